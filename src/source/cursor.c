#include "source/cursor.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"
#include "json/json_hash.h"
#include "map/map.h"

#include <stdlib.h>

enum { SHRINK_FACTOR = 2, MS_PER_SECOND = 1000 };

void cursor_init(struct cursor *cursor, const struct cursor_options *options)
{
    *cursor = (struct cursor){
        .options = *options, .limit = options->page_size, .newest_second = INT64_MIN};
    cursor->base = mem_strdup(options->path);
    cursor->options.path = cursor->base;
    cursor->start = mem_strdup(options->after);
    cursor->options.after = cursor->start;
    cursor->after = mem_strdup(options->after);
    idset_init(&cursor->seen);
    idset_init(&cursor->contents);
}

void cursor_drop_page(struct cursor *cursor)
{
    json_decref(cursor->page);
    free(cursor->objects);
    free(cursor->places);
    free(cursor->raw);
    free(cursor->raw_objects);
    cursor->raw_objects = NULL;
    cursor->page = NULL;
    cursor->objects = NULL;
    cursor->places = NULL;
    cursor->raw = NULL;
    cursor->raw_len = 0;
    cursor->count = 0;
    cursor->duplicates = 0;
}

void cursor_release(struct cursor *cursor)
{
    cursor_drop_page(cursor);
    idset_release(&cursor->seen);
    idset_release(&cursor->contents);
    free(cursor->base);
    free(cursor->start);
    free(cursor->path);
    free(cursor->after);
    *cursor = (struct cursor){0};
}

void cursor_call(struct cursor *cursor, struct call *call)
{
    struct buf path;
    const bool rereads = cursor->state == CURSOR_REREAD;
    const int64_t limit = rereads ? CURSOR_LARGEST_LIMIT : cursor->limit;
    const char *after = rereads ? cursor->start : cursor->after;

    buf_init(&path, BUF_NO_LIMIT);
    buf_add_text(&path, cursor->options.path);
    buf_add_text(&path, "limit=");
    buf_add_int(&path, limit);
    buf_add_text(&path, "&order=asc");
    if (after) {
        buf_add_text(&path, "&after=");
        text_add_url(&path, span_of(after));
    }
    free(cursor->path);
    cursor->path = buf_steal(&path);
    *call = (struct call){
        .side = cursor->options.side,
        .method = CALL_GET,
        .path = cursor->path,
        .probe = cursor->state == CURSOR_PROBE || cursor->state == CURSOR_PROBE_CAP,
        .keep_raw = cursor->options.keep_raw,
        .shortens = cursor->options.shortens,
        .allow_shrink = true,
    };
}

void cursor_explain(struct error *err, const struct answer *answer, const char *what)
{
    if (answer->status == 403)
        error_set(err, ERROR_FORBIDDEN, "cannot read %s: HTTP 403", what);
    else if (answer_is_missing(answer) && !span_is(answer->param, "after"))
        error_set(err, ERROR_SOURCE_MISSING, "cannot read %s: HTTP %ld", what, answer->status);
    else if (answer->status >= 300 && answer->status < 400)
        error_set(err, ERROR_SERVER_ERROR,
                  "cannot read %s: HTTP %ld, and redirects are not followed; is base_url right?",
                  what, answer->status);
    else if (answer->status == 409)
        error_set(err, ERROR_REFUSED, "cannot read %s: HTTP 409, again and again", what);
    else if (answer->status >= 500)
        error_set(err, ERROR_SERVER_ERROR, "cannot read %s: HTTP %ld, again and again", what,
                  answer->status);
    else
        error_set(err, ERROR_BAD_SOURCE, "cannot read %s: HTTP %ld%s", what, answer->status,
                  answer->status < 300 ? " with an error in its place" : "");
}

/* The whole second in which an object was created: some servers write half of their times with
 * fractions and half without, so what is behind the point orders nothing. */
static bool second_of(const json_t *object, int64_t *second)
{
    int64_t ms;

    if (!source_time_ms(json_object_get(object, "created_at"), &ms))
        return false;
    *second = ms / MS_PER_SECOND;
    return true;
}

/* Does the page run from the newest to the oldest? Constant or unknown times say nothing. */
static bool runs_newest_first(const json_t *data)
{
    int64_t previous = 0;
    bool falls = false;

    for (size_t i = 0; i < json_array_size(data); i++) {
        int64_t second;

        if (!second_of(json_array_get(data, i), &second))
            return false;
        if (i > 0 && second > previous)
            return false;
        falls = falls || (i > 0 && second < previous);
        previous = second;
    }
    return falls;
}

static bool fault(const struct cursor *cursor, struct error *err, const char *what)
{
    error_set(err, ERROR_BAD_SOURCE, "the server's list of %s is faulty: %s", cursor->options.what,
              what);
    return false;
}

/* Does the object stand behind those before it, as far as times can tell? */
static bool is_in_order(struct cursor *cursor, const json_t *object)
{
    const int64_t before = cursor->newest_second;
    int64_t second;

    if (!cursor->options.order_matters || !second_of(object, &second))
        return true;
    cursor->newest_second = second;
    return second >= before;
}

/* What an answer says of the list, before it is believed. */
struct page_claim {
    const json_t *data;
    size_t count;
    bool has_more;
    bool newest_first;
    size_t noted; /* of its objects, in the order of the thread: see note_contents() */
};

/* Notes what stands under its id; false if that has been noted before. What a server adds and
 * changes later (times, status, usage) tells nothing apart. */
static bool note_contents(struct cursor *cursor, const json_t *object)
{
    static const char *const MEMBERS[] = {"id", "role", "content", "type", "step_details"};
    uint64_t hashes[COUNT_OF(MEMBERS)];

    for (size_t i = 0; i < COUNT_OF(MEMBERS); i++)
        hashes[i] = json_hash(json_object_get(object, MEMBERS[i]));
    return idset_add(&cursor->contents, (struct span){(const char *)hashes, sizeof hashes});
}

static size_t place_of(const struct page_claim *page, size_t number)
{
    return page->newest_first ? page->count - 1 - number : number;
}

/* Only what something may be compared with is noted. */
static void note_until(struct cursor *cursor, struct page_claim *page, size_t end)
{
    for (; page->noted < end && cursor->options.side == SIDE_SOURCE; page->noted++)
        (void)note_contents(cursor, json_array_get(page->data, place_of(page, page->noted)));
}

/* Is what stands under the id for the second time what stood there first? */
static bool is_same_again(struct cursor *cursor, struct page_claim *page, size_t number)
{
    if (cursor->options.side != SIDE_SOURCE)
        return true;
    note_until(cursor, page, number);
    page->noted++;
    return !note_contents(cursor, json_array_get(page->data, place_of(page, number)));
}

/* Keeps the objects that were not listed before, in order or reversed. */
static bool collect(struct cursor *cursor, struct page_claim *page, bool goes_on, struct error *err)
{
    cursor->objects = mem_zalloc(page->count, sizeof(json_t *));
    cursor->places = mem_zalloc(page->count, sizeof *cursor->places);
    for (size_t i = 0; i < page->count; i++) {
        const size_t place = place_of(page, i);
        json_t *object = json_array_get(page->data, place);
        struct span id = json_get_text(object, "id");

        if (!text_is_id(id)) {
            error_set(err, ERROR_BAD_ID, "one of the %s has no usable id", cursor->options.what);
            return false;
        }
        if (!idset_add(&cursor->seen, id)) {
            if (!is_same_again(cursor, page, i))
                return fault(cursor, err, "two of them that differ have one id");
            cursor->duplicates++;
            continue;
        }
        if (!is_in_order(cursor, object))
            return fault(cursor, err, "it runs neither oldest first nor newest first");
        cursor->places[cursor->count] = place;
        cursor->objects[cursor->count++] = object;
    }
    if (goes_on)
        note_until(cursor, page, page->count);
    return true;
}

/* Finds the bytes of the objects that were kept. */
static bool find_raw(struct cursor *cursor, const json_t *data, struct error *err)
{
    const size_t all = json_array_size(data);
    struct span *spans;

    if (!cursor->options.keep_raw)
        return true;
    spans = mem_zalloc(all, sizeof *spans);
    bool ok = json_split_array((struct span){cursor->raw, cursor->raw_len}, "data", spans, all);
    cursor->raw_objects = mem_zalloc(cursor->count, sizeof *cursor->raw_objects);
    for (size_t i = 0; i < cursor->count && ok; i++)
        cursor->raw_objects[i] = spans[cursor->places[i]];
    free(spans);
    return ok || fault(cursor, err, "its objects cannot be found in its text");
}

static void keep_answer(struct cursor *cursor, const struct answer *answer)
{
    cursor_drop_page(cursor);
    cursor->page = json_incref(answer->json);
    if (cursor->options.keep_raw) {
        cursor->raw = mem_dup(answer->raw.data, answer->raw.len);
        cursor->raw_len = answer->raw.len;
    }
}

static bool read_claim(const struct cursor *cursor, const struct answer *answer,
                       struct page_claim *claim, struct error *err)
{
    const json_t *more = json_object_get(answer->json, "has_more");

    claim->data = json_object_get(answer->json, "data");
    if (!json_is_array(claim->data))
        return fault(cursor, err, "a page without data");
    if (!json_is_boolean(more))
        return fault(cursor, err, "a page without has_more");
    claim->count = json_array_size(claim->data);
    claim->has_more = json_is_true(more);
    claim->noted = 0;
    claim->newest_first =
        cursor->options.ordered_by_time && claim->count > 1 && runs_newest_first(claim->data);
    if (claim->count == 0 && claim->has_more)
        return fault(cursor, err, "an empty page that claims more");
    if (claim->newest_first && (claim->has_more || cursor->started))
        return fault(cursor, err,
                     "it runs newest first although order=asc was asked for, so its pages cannot "
                     "be followed");
    return true;
}

/* The sizes at which servers stop that cap their pages, whatever limit was asked for. */
static bool is_cap(size_t count)
{
    static const size_t CAPS[] = {10, 20, 25, 50};

    for (size_t i = 0; i < COUNT_OF(CAPS); i++) {
        if (count == CAPS[i])
            return true;
    }
    return false;
}

/* How sure is it that nothing follows a page that claims to be the last? */
static enum cursor_state state_after_last(const struct cursor *cursor,
                                          const struct page_claim *claim)
{
    if (claim->newest_first)
        return CURSOR_END;
    if (claim->count >= (size_t)cursor->limit)
        return CURSOR_PROBE;
    if (cursor->options.doubts_end && !cursor->started && is_cap(claim->count))
        return CURSOR_PROBE_CAP;
    return CURSOR_END;
}

/* What follows a page that was too large will hardly be much smaller. */
static void grow(struct cursor *cursor, const struct answer *answer)
{
    if (answer->is_large)
        return;
    cursor->limit *= SHRINK_FACTOR;
    if (cursor->limit > cursor->options.page_size)
        cursor->limit = cursor->options.page_size;
}

static enum cursor_result take_page(struct cursor *cursor, const struct answer *answer,
                                    struct page_claim *claim, struct error *err)
{
    const enum cursor_state state = claim->has_more ? CURSOR_LIST : state_after_last(cursor, claim);

    keep_answer(cursor, answer);
    if (!collect(cursor, claim, state != CURSOR_END, err) || !find_raw(cursor, claim->data, err))
        return CURSOR_FAILED;
    if (claim->count > 0 && cursor->count == 0) {
        (void)fault(cursor, err, "a page without a new id, so its cursor does not move");
        return CURSOR_FAILED;
    }
    if (claim->count > 0) {
        struct span id = json_get_text(json_array_get(claim->data, claim->count - 1), "id");

        free(cursor->after);
        cursor->after = mem_dup(id.data, id.len);
    }
    cursor->last = !claim->has_more;
    grow(cursor, answer);
    cursor->state = state;
    if (state == CURSOR_PROBE || state == CURSOR_PROBE_CAP)
        return CURSOR_AGAIN;
    cursor->started = true;
    return CURSOR_PAGE;
}

/* The answer to "is there anything after the full page that claimed to be the last?" The page
 * itself is still in hand and is handed out now. */
static enum cursor_result take_probe(struct cursor *cursor, const struct answer *answer,
                                     struct error *err)
{
    struct page_claim claim;

    if (answer->kind != ANSWER_YES) {
        if (!cursor->started && cursor->count < CURSOR_LARGEST_LIMIT) {
            cursor->state = CURSOR_REREAD;
            return CURSOR_AGAIN;
        }
        (void)fault(cursor, err,
                    "a full page claims to be the last, and the server refuses to list what "
                    "follows it");
        return CURSOR_FAILED;
    }
    if (!read_claim(cursor, answer, &claim, err))
        return CURSOR_FAILED;
    for (size_t i = 0; i < claim.count; i++) {
        struct span id = json_get_text(json_array_get(claim.data, i), "id");

        if (cursor->after && span_is(id, cursor->after)) {
            (void)fault(cursor, err, "a page without a new id, so its cursor does not move");
            return CURSOR_FAILED;
        }
    }
    cursor->started = true;
    cursor->last = claim.count == 0;
    cursor->state = cursor->last ? CURSOR_END : CURSOR_LIST;
    return CURSOR_PAGE;
}

/* The answer to "is this the server's cap?" Only ids that were not listed yet say so; anything else
 * leaves the page what it claims to be. A cap counts as the limit from here on: whatever fills it
 * is asked about like every full page. */
static enum cursor_result take_probe_cap(struct cursor *cursor, const struct answer *answer)
{
    const json_t *data = json_object_get(answer->json, "data");

    cursor->started = true;
    cursor->state = CURSOR_END;
    for (size_t i = 0; answer->kind == ANSWER_YES && i < json_array_size(data); i++) {
        struct span id = json_get_text(json_array_get(data, i), "id");

        if (id.len == 0 || idset_has(&cursor->seen, id))
            continue;
        cursor->last = false;
        cursor->state = CURSOR_LIST;
        cursor->options.page_size = (int64_t)json_array_size(json_object_get(cursor->page, "data"));
        cursor->limit = cursor->options.page_size;
        break;
    }
    return CURSOR_PAGE;
}

static enum cursor_result take_reread(struct cursor *cursor, const struct answer *answer,
                                      struct error *err)
{
    struct page_claim claim;

    if (answer->kind != ANSWER_YES || !read_claim(cursor, answer, &claim, err) || claim.has_more ||
        claim.count >= CURSOR_LARGEST_LIMIT || claim.count < cursor->count) {
        (void)fault(cursor, err,
                    "a full page claims to be the last, and the server refuses to list what "
                    "follows it");
        return CURSOR_FAILED;
    }
    idset_release(&cursor->seen);
    idset_release(&cursor->contents);
    cursor->newest_second = INT64_MIN;
    keep_answer(cursor, answer);
    if (!collect(cursor, &claim, false, err) || !find_raw(cursor, claim.data, err))
        return CURSOR_FAILED;
    cursor->started = true;
    cursor->last = true;
    cursor->state = CURSOR_END;
    return CURSOR_PAGE;
}

static enum cursor_result shrink(struct cursor *cursor, struct error *err)
{
    if (cursor->limit <= 1) {
        error_set(err, ERROR_TOO_LARGE,
                  "the list of %s is too large to be read, even one at a time",
                  cursor->options.what);
        return CURSOR_FAILED;
    }
    cursor->limit /= SHRINK_FACTOR;
    return CURSOR_AGAIN;
}

enum cursor_result cursor_feed(struct cursor *cursor, const struct answer *answer,
                               struct error *err)
{
    struct page_claim claim;

    if (answer->kind == ANSWER_TOO_LARGE && cursor->state != CURSOR_REREAD)
        return shrink(cursor, err);
    if (cursor->state == CURSOR_PROBE)
        return take_probe(cursor, answer, err);
    if (cursor->state == CURSOR_PROBE_CAP)
        return take_probe_cap(cursor, answer);
    if (cursor->state == CURSOR_REREAD)
        return take_reread(cursor, answer, err);
    if (answer->kind != ANSWER_YES) {
        cursor_explain(err, answer, cursor->options.what);
        return CURSOR_FAILED;
    }
    if (!read_claim(cursor, answer, &claim, err))
        return CURSOR_FAILED;
    return take_page(cursor, answer, &claim, err);
}

const struct span *cursor_raw(const struct cursor *cursor)
{
    return cursor->raw_objects;
}
