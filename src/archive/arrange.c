#include "archive/arrange.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/strmap.h"
#include "json/json.h"
#include "map/map.h"

#include <stdlib.h>

static enum arrange_course course_of(const struct arrange_message *messages, size_t count)
{
    bool up = false;
    bool down = false;
    bool any = false;
    int64_t last = 0;

    for (size_t i = 0; i < count; i++) {
        if (!messages[i].is_timed)
            continue;
        up = up || (any && messages[i].ms > last);
        down = down || (any && messages[i].ms < last);
        last = messages[i].ms;
        any = true;
    }
    if (up && down)
        return COURSE_MIXED;
    if (up || down)
        return up ? COURSE_UP : COURSE_DOWN;
    return any ? COURSE_CONSTANT : COURSE_NONE;
}

static void turn(struct arrange_list *list)
{
    for (size_t i = 0; i < list->count / 2; i++) {
        struct arrange_message other = list->messages[i];

        list->messages[i] = list->messages[list->count - 1 - i];
        list->messages[list->count - 1 - i] = other;
    }
}

/* A message without a time takes its neighbour's place when sorted: the one before, else after. */
static void fill_times(struct arrange_message *messages, size_t count, int64_t last)
{
    for (size_t i = count; i-- > 0;) {
        if (messages[i].is_timed)
            last = messages[i].ms;
    }
    for (size_t i = 0; i < count; i++) {
        if (messages[i].is_timed)
            last = messages[i].ms;
        messages[i].ms = last;
    }
}

/* Stable merge sort of messages by time. */
static void sort_messages(struct arrange_message *messages, size_t count)
{
    struct arrange_message *other = mem_zalloc(count, sizeof *other);

    for (size_t width = 1; width < count; width *= 2) {
        for (size_t start = 0; start < count; start += 2 * width) {
            size_t middle = start + width < count ? start + width : count;
            size_t end = middle + width < count ? middle + width : count;
            size_t a = start;
            size_t b = middle;

            for (size_t i = start; i < end; i++) {
                bool take_a = a < middle && (b == end || messages[a].ms <= messages[b].ms);
                other[i] = messages[take_a ? a++ : b++];
            }
        }
        memcpy(messages, other, count * sizeof *messages);
    }
    free(other);
}

/* The lists as they are worked on. */
struct chain {
    struct arrange_list *lists;
    size_t count;
    bool is_down;    /* the pages run newest first */
    bool is_known;   /* which way they run was seen, not assumed */
    bool is_guessed; /* some order was guessed */
};

/* ---- lists that claim one thread ---- */

static bool lacks_ids(const struct arrange_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (json_get_text(list->messages[i].object, "id").len == 0)
            return true;
    }
    return false;
}

static bool begins_with(const struct arrange_list *more, const struct arrange_list *less)
{
    for (size_t i = 0; i < less->count; i++) {
        if (!json_equal(more->messages[i].object, less->messages[i].object))
            return false;
    }
    return true;
}

/* Pages that go on are pieces of one list, not lists that claim the same. */
static bool is_piece(const struct arrange_list *list)
{
    return list->form == LIST_PAGE && list->more == MORE_YES;
}

static void clash(struct arrange_result *result, size_t a, size_t b, const char *why)
{
    result->has_clash = true;
    result->clash_list[0] = a;
    result->clash_list[1] = b;
    result->clash = why;
}

/* True if each message of `less` is in `more`, by its id. */
static bool holds_ids(const struct arrange_list *more, const struct arrange_list *less)
{
    struct strmap ids;
    bool holds = true;
    bool added;

    strmap_init(&ids);
    for (size_t i = 0; i < more->count; i++)
        (void)strmap_add(&ids, json_get_text(more->messages[i].object, "id"), &added);
    for (size_t i = 0; i < less->count && holds; i++)
        holds = strmap_find(&ids, json_get_text(less->messages[i].object, "id")) != SIZE_MAX;
    strmap_release(&ids);
    return holds;
}

/* Of two of our own archives that hold one thread, one holds all that the other does. */
static void check_archives(struct arrange_result *result, const struct chain *chain)
{
    const struct arrange_list *most = NULL;

    for (size_t i = 0; i < chain->count && !result->has_clash; i++) {
        const struct arrange_list *list = &chain->lists[i];

        if (list->form != LIST_ARCHIVE)
            continue;
        const struct arrange_list *less = most && most->count < list->count ? most : list;
        if (most && !holds_ids(less == list ? most : list, less))
            clash(result, most->place, list->place, "two threads claim the same id");
        most = less == list && most ? most : list;
    }
}

/* Of two lists of messages without ids, one is the beginning of the other, or they clash. */
static void check_claims(struct arrange_result *result, struct chain *chain)
{
    struct arrange_list *longest = NULL;

    for (size_t i = 0; i < chain->count && !result->has_clash; i++) {
        struct arrange_list *list = &chain->lists[i];

        if (list->count == 0 || list->form == LIST_ARCHIVE || !lacks_ids(list))
            continue;
        if (!longest) {
            longest = list;
            continue;
        }
        if (is_piece(longest) || is_piece(list)) {
            longest = list;
            continue;
        }
        struct arrange_list *less = longest->count < list->count ? longest : list;
        struct arrange_list *more = less == list ? longest : list;
        if (!begins_with(more, less)) {
            clash(result, longest->place, list->place, "two lists of messages claim one thread");
            return;
        }
        for (size_t k = 0; k < less->count; k++)
            less->messages[k].fate = FATE_DUPLICATE;
        result->losses.count[LOSS_DUPLICATE_MESSAGE] += (int64_t)less->count;
        less->count = 0;
        longest = more;
    }
}

/* ---- the way of the lists ---- */

/* Notes from when to when each list runs; one without any time is where the one before ends. */
static void measure(struct chain *chain)
{
    int64_t carried = 0;

    for (size_t i = 0; i < chain->count; i++) {
        struct arrange_list *list = &chain->lists[i];

        fill_times(list->messages, list->count, carried);
        list->least_ms = carried;
        list->most_ms = carried;
        for (size_t j = 0; j < list->count && list->course != COURSE_NONE; j++) {
            int64_t ms = list->messages[j].ms;

            list->least_ms = j == 0 || ms < list->least_ms ? ms : list->least_ms;
            list->most_ms = j == 0 || ms > list->most_ms ? ms : list->most_ms;
        }
        carried = list->most_ms;
    }
}

static int compare_int(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* The page that ends the chain comes last in it: so first in time if pages run newest first. */
static int compare_end(const struct arrange_list *a, const struct arrange_list *b)
{
    return (a->more == MORE_NO) - (b->more == MORE_NO);
}

/* Pages by time; those that nothing tells apart as they are in their files, the way they run. */
static int compare_pages(const struct arrange_list *a, const struct arrange_list *b, int way)
{
    int order = compare_int(a->least_ms, b->least_ms);

    if (order == 0)
        order = compare_int(a->most_ms, b->most_ms);
    if (order == 0)
        order = way * compare_end(a, b);
    return order ? order : way * ((a->place > b->place) - (a->place < b->place));
}

static int compare_up(const void *left, const void *right)
{
    return compare_pages(left, right, 1);
}

static int compare_down(const void *left, const void *right)
{
    return compare_pages(left, right, -1);
}

/* Turns every list whose own times tell its way and counts which way the pages run. */
static void turn_known(struct chain *chain)
{
    size_t up = 0;
    size_t down = 0;

    for (size_t i = 0; i < chain->count; i++) {
        struct arrange_list *list = &chain->lists[i];

        list->course = course_of(list->messages, list->count);
        if (list->form == LIST_ARCHIVE)
            continue;
        if (list->course == COURSE_DOWN)
            turn(list);
        up += list->course == COURSE_UP;
        down += list->course == COURSE_DOWN;
    }
    chain->is_down = down > up;
    chain->is_known = up + down > 0;
}

/* Pages of one second each: where the page that ends the chain is tells how they follow. */
static void find_way_by_end(struct chain *chain)
{
    int64_t least = INT64_MAX;
    int64_t most = INT64_MIN;
    const struct arrange_list *last = NULL;

    for (size_t i = 0; i < chain->count; i++) {
        const struct arrange_list *list = &chain->lists[i];

        if (list->count == 0 || list->more == MORE_ABSENT)
            continue;
        if (list->more == MORE_NO)
            last = list;
        least = list->least_ms < least ? list->least_ms : least;
        most = list->most_ms > most ? list->most_ms : most;
    }
    if (last && least < most)
        chain->is_down = last->least_ms == least;
}

static bool has_role(const struct arrange_message *message, const char *role)
{
    return span_is(json_get_text(message->object, "role"), role);
}

static bool is_of_api(const struct arrange_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!list->messages[i].is_api)
            return false;
    }
    return list->count > 0;
}

/*
 * Lists whose times do not tell their way. A page runs as the others of its thread do; a page or
 * an array of API objects is turned only if it begins with an answer and ends with a question.
 */
static void turn_unknown(struct chain *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        struct arrange_list *list = &chain->lists[i];
        bool is_page = list->form == LIST_PAGE;

        if (list->count < 2 || list->form == LIST_ARCHIVE ||
            (list->course != COURSE_CONSTANT && list->course != COURSE_NONE))
            continue;
        if (is_page && chain->is_known) {
            if (chain->is_down)
                turn(list);
            continue;
        }
        chain->is_guessed = true;
        if ((is_page || (list->form == LIST_ARRAY && is_of_api(list))) &&
            has_role(&list->messages[0], "assistant") &&
            has_role(&list->messages[list->count - 1], "user"))
            turn(list);
    }
}

/* Two lists of one and the same second, which only their place tells apart. */
static void note_ties(struct chain *chain)
{
    for (size_t i = 1; i < chain->count; i++) {
        const struct arrange_list *a = &chain->lists[i - 1];
        const struct arrange_list *b = &chain->lists[i];
        bool is_chain = a->more != MORE_ABSENT && b->more != MORE_ABSENT;

        if (a->count > 0 && b->count > 0 && !is_chain && a->form != LIST_ARCHIVE &&
            a->least_ms == b->least_ms && a->most_ms == b->most_ms)
            chain->is_guessed = true;
    }
}

/* ---- the end ---- */

/* From when to when some pages run. */
struct reach {
    bool any;
    int64_t least_ms;
    int64_t most_ms;
};

enum way { WAY_UP, WAY_DOWN, WAYS };

/* The pages that say whether more follows, by the way they run. */
struct ends {
    struct reach last[WAYS];  /* those after which nothing follows, and that have messages */
    struct reach pages[WAYS]; /* all of those whose own times tell their way */
    bool has_last[WAYS];      /* one of these is the last */
    bool shares[WAYS];        /* those that go on this way share a message with the other way's */
    bool any_empty;
    uint32_t empty_file; /* of the last empty one */
    size_t empty_place;
    bool is_far; /* there are empty ones in several files */
};

static void stretch(struct reach *reach, const struct arrange_list *list)
{
    if (!reach->any || list->least_ms < reach->least_ms)
        reach->least_ms = list->least_ms;
    if (!reach->any || list->most_ms > reach->most_ms)
        reach->most_ms = list->most_ms;
    reach->any = true;
}

static bool runs(const struct arrange_list *list, enum way way)
{
    return list->course == (way == WAY_DOWN ? COURSE_DOWN : COURSE_UP);
}

static void add_empty_end(struct ends *ends, const struct arrange_list *end)
{
    ends->is_far = ends->is_far || (ends->any_empty && ends->empty_file != end->file);
    if (!ends->any_empty || end->place > ends->empty_place)
        ends->empty_place = end->place;
    ends->any_empty = true;
    ends->empty_file = end->file;
}

static void add_page(struct ends *ends, const struct arrange_list *page)
{
    for (enum way way = WAY_UP; way < WAYS; way++) {
        bool is_other = runs(page, way == WAY_UP ? WAY_DOWN : WAY_UP);

        if (page->more == MORE_NO && !is_other)
            stretch(&ends->last[way], page);
        if (!runs(page, way))
            continue;
        stretch(&ends->pages[way], page);
        ends->has_last[way] = ends->has_last[way] || page->more == MORE_NO;
    }
}

/* True if a page that goes on one way has a message that a page of the other way has too. */
static bool find_shared(const struct chain *chain, enum way way)
{
    struct strmap ids;
    bool found = false;
    bool added;

    strmap_init(&ids);
    for (size_t i = 0; i < chain->count; i++) {
        const struct arrange_list *page = &chain->lists[i];

        for (size_t k = 0; k < page->count && page->more == MORE_YES && runs(page, way); k++)
            (void)strmap_add(&ids, json_get_text(page->messages[k].object, "id"), &added);
    }
    for (size_t i = 0; i < chain->count && !found; i++) {
        const struct arrange_list *page = &chain->lists[i];
        bool is_other = page->more != MORE_ABSENT && runs(page, way == WAY_UP ? WAY_DOWN : WAY_UP);

        for (size_t k = 0; k < page->count && is_other && !found; k++) {
            struct span id = json_get_text(page->messages[k].object, "id");

            found = id.len > 0 && strmap_find(&ids, id) != SIZE_MAX;
        }
    }
    strmap_release(&ids);
    return found;
}

static struct ends find_ends(const struct chain *chain)
{
    struct ends ends = {0};

    for (size_t i = 0; i < chain->count; i++) {
        const struct arrange_list *page = &chain->lists[i];

        if (page->more == MORE_NO && page->count == 0)
            add_empty_end(&ends, page);
        else if (page->more != MORE_ABSENT && page->count > 0)
            add_page(&ends, page);
    }
    ends.shares[WAY_UP] = ends.has_last[WAY_DOWN] && find_shared(chain, WAY_UP);
    ends.shares[WAY_DOWN] = ends.has_last[WAY_UP] && find_shared(chain, WAY_DOWN);
    return ends;
}

/*
 * A page that goes on is ended by a last page of its way that reaches as far, by an empty one that
 * comes after it in its file or is in a file of its own, or by pages that run the other way, have
 * their last one, share a message with those that go on, and reach further: the end of the one way
 * alone is the beginning of the other.
 */
static bool is_ended(const struct chain *chain, const struct ends *ends,
                     const struct arrange_list *page)
{
    bool is_down = page->course == COURSE_DOWN || (page->course != COURSE_UP && chain->is_down);
    const struct reach *last = &ends->last[is_down ? WAY_DOWN : WAY_UP];
    const struct reach *other = &ends->pages[is_down ? WAY_UP : WAY_DOWN];

    if (ends->any_empty &&
        (ends->is_far || ends->empty_file != page->file || ends->empty_place > page->place))
        return true;
    if (last->any && (is_down ? last->least_ms <= page->least_ms : last->most_ms >= page->most_ms))
        return true;
    return ends->shares[is_down ? WAY_DOWN : WAY_UP] &&
           (is_down ? other->least_ms < page->least_ms : other->most_ms > page->most_ms);
}

/* True if a page says that more follows, and nothing does: the one that reaches furthest. */
static bool find_truncation(const struct chain *chain, size_t *place)
{
    struct ends ends = find_ends(chain);
    bool found = false;

    for (size_t i = 0; i < chain->count; i++) {
        const struct arrange_list *page = &chain->lists[i];

        if (page->more != MORE_YES || is_ended(chain, &ends, page))
            continue;
        if (!found || !chain->is_down)
            *place = page->place;
        found = true;
    }
    return found;
}

/* ---- messages that are there twice ---- */

static bool is_unfinished(const struct arrange_message *message)
{
    return span_is(json_get_text(message->object, "status"), "in_progress");
}

static bool same_content(const json_t *a, const json_t *b)
{
    return json_equal(json_object_get(a, "role"), json_object_get(b, "role")) &&
           json_equal(json_object_get(a, "content"), json_object_get(b, "content"));
}

/* The second of two messages of one id: a later state of it, a copy, or another message. */
static void settle_twice(struct arrange_result *result, struct arrange_message *first,
                         struct arrange_message *second)
{
    if (is_unfinished(first) || is_unfinished(second)) {
        second->fate = FATE_STATE;
        if (is_unfinished(first)) {
            first->object = second->object;
            first->raw = second->raw;
            first->from = second->from;
        }
        return;
    }
    if (same_content(first->object, second->object)) {
        second->fate = FATE_DUPLICATE;
        result->losses.count[LOSS_DUPLICATE_MESSAGE]++;
        return;
    }
    clash(result, SIZE_MAX, SIZE_MAX, "two messages have one id");
}

static void mark_duplicates(struct arrange_result *result)
{
    struct strmap seen;

    strmap_init(&seen);
    for (size_t i = 0; i < result->count; i++) {
        struct arrange_message *message = &result->messages[i];
        struct span id = json_get_text(message->object, "id");
        bool added = true;

        if (id.len == 0)
            continue;
        size_t position = strmap_add(&seen, id, &added);
        if (added)
            strmap_set_value(&seen, position, i);
        else
            settle_twice(result, &result->messages[strmap_value(&seen, position)], message);
    }
    strmap_release(&seen);
}

static void drop_duplicates(struct arrange_result *result)
{
    size_t kept = 0;

    for (size_t i = 0; i < result->count; i++) {
        if (result->messages[i].fate == FATE_TAKEN)
            result->messages[kept++] = result->messages[i];
    }
    result->count = kept;
}

/* Copies the lists one after the other. */
static void join(struct arrange_result *result, const struct chain *chain)
{
    size_t total = 0;

    for (size_t i = 0; i < chain->count; i++)
        total += chain->lists[i].count;
    result->messages = mem_zalloc(total, sizeof *result->messages);
    for (size_t i = 0; i < chain->count; i++) {
        if (chain->lists[i].count > 0)
            memcpy(result->messages + result->count, chain->lists[i].messages,
                   chain->lists[i].count * sizeof *result->messages);
        result->count += chain->lists[i].count;
    }
}

static bool is_one_archive(const struct chain *chain)
{
    return chain->count == 1 && chain->lists[0].form == LIST_ARCHIVE;
}

/* Tells the lists' own messages what became of them: the result has copies. */
static void return_fates(const struct arrange_result *result, struct arrange_message *all)
{
    for (size_t i = 0; all && i < result->count; i++)
        all[result->messages[i].at].fate = result->messages[i].fate;
}

void arrange_thread(struct arrange_result *result, struct arrange_list *lists, size_t count)
{
    struct chain chain = {.lists = lists, .count = count};
    struct arrange_message *all = count > 0 ? lists[0].messages : NULL;
    size_t at = 0;

    memset(result, 0, sizeof *result);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < lists[i].count; k++)
            lists[i].messages[k].at = (uint32_t)at++;
    }
    check_archives(result, &chain);
    check_claims(result, &chain);
    turn_known(&chain);
    measure(&chain);
    if (!chain.is_known)
        find_way_by_end(&chain);
    turn_unknown(&chain);
    if (count > 1)
        qsort(lists, count, sizeof *lists, chain.is_down ? compare_down : compare_up);
    result->is_truncated = find_truncation(&chain, &result->truncated_list);
    note_ties(&chain);
    join(result, &chain);
    mark_duplicates(result);
    /* Turning has moved the messages, so their numbers say where they are. */
    struct arrange_message *sorted = mem_zalloc(at, sizeof *sorted);
    for (size_t i = 0; i < at; i++)
        sorted[all[i].at] = all[i];
    if (at > 0)
        memcpy(all, sorted, at * sizeof *sorted);
    free(sorted);
    return_fates(result, all);
    drop_duplicates(result);
    enum arrange_course course = course_of(result->messages, result->count);
    if ((course == COURSE_MIXED || course == COURSE_DOWN) && !is_one_archive(&chain)) {
        sort_messages(result->messages, result->count);
        chain.is_guessed = true;
    }
    for (size_t i = 0; i < result->count && !is_one_archive(&chain); i++)
        chain.is_guessed = chain.is_guessed || result->messages[i].is_unclear;
    result->losses.count[LOSS_ORDER_GUESSED] = chain.is_guessed && result->count > 1;
}

void arrange_by_time(json_t **objects, struct span *raw, struct span *from, size_t count)
{
    struct arrange_message *messages = mem_zalloc(count, sizeof *messages);

    for (size_t i = 0; i < count; i++) {
        messages[i] =
            (struct arrange_message){.object = objects[i], .raw = raw[i], .from = from[i]};
        messages[i].is_timed =
            source_time_ms(json_object_get(objects[i], "created_at"), &messages[i].ms);
    }
    struct arrange_list all = {.messages = messages, .count = count};
    if (course_of(messages, count) == COURSE_DOWN)
        turn(&all);
    fill_times(messages, count, 0);
    sort_messages(messages, count);
    for (size_t i = 0; i < count; i++) {
        objects[i] = messages[i].object;
        raw[i] = messages[i].raw;
        from[i] = messages[i].from;
    }
    free(messages);
}

/* ---- deltas ---- */

/* The parts of a message that grows. */
struct growth {
    json_t *content;
    struct grown {
        struct buf text;
        bool is_more; /* than what the part holds */
    } * parts;        /* beside those of the content */
    size_t cap;
};

static struct grown *grown_at(struct growth *growth, size_t index)
{
    while (index >= growth->cap) {
        size_t cap = growth->cap ? 2 * growth->cap : 4;

        growth->parts = mem_resize(growth->parts, cap, sizeof *growth->parts);
        for (size_t i = growth->cap; i < cap; i++) {
            growth->parts[i].is_more = false;
            buf_init(&growth->parts[i].text, BUF_NO_LIMIT);
        }
        growth->cap = cap;
    }
    return &growth->parts[index];
}

static void append_text(struct grown *grown, json_t *part, const json_t *more)
{
    struct span old = json_get_text(part, "value");
    struct span new = json_get_text(more, "value");
    json_t *annotations = json_object_get(more, "annotations");

    if (!grown->is_more && old.data)
        buf_add_span(&grown->text, old);
    if (new.data)
        buf_add_span(&grown->text, new);
    grown->is_more = true;
    if (json_is_array(annotations) && json_is_array(json_object_get(part, "annotations")))
        (void)json_array_extend(json_object_get(part, "annotations"), annotations);
}

/* Adds a piece of a part to the content: to the part of its index, or as a new one. */
static void add_piece(struct growth *growth, const json_t *piece)
{
    json_t *content = growth->content;
    json_t *place = json_object_get(piece, "index");
    size_t index = json_is_integer(place) && json_integer_value(place) >= 0
                       ? (size_t)json_integer_value(place)
                       : json_array_size(content);
    json_t *part = json_array_get(content, index);

    if (part && json_is_object(json_object_get(part, "text")) &&
        json_is_object(json_object_get(piece, "text"))) {
        append_text(grown_at(growth, index), json_object_get(part, "text"),
                    json_object_get(piece, "text"));
        return;
    }
    json_t *copy = json_deep_copy(piece);
    (void)json_object_del(copy, "index");
    (void)json_array_append_new(content, copy);
}

/* Gives the parts their texts. */
static void end_growth(struct growth *growth)
{
    for (size_t i = 0; i < growth->cap; i++) {
        struct grown *grown = &growth->parts[i];
        json_t *text = json_object_get(json_array_get(growth->content, i), "text");

        if (grown->is_more)
            (void)json_object_set_new(text, "value",
                                      json_stringn_nocheck(grown->text.data, grown->text.len));
        buf_release(&grown->text);
    }
    free(growth->parts);
}

json_t *arrange_join_deltas(const json_t *base, json_t *const *deltas, size_t count)
{
    json_t *message = base ? json_copy((json_t *)(uintptr_t)base) : json_object();
    struct growth growth = {.content = json_array()};

    for (size_t i = 0; i < count; i++) {
        json_t *delta = json_object_get(deltas[i], "delta");
        json_t *pieces = json_object_get(delta, "content");
        json_t *piece;
        size_t k;

        if (json_is_absent(message, "id"))
            (void)json_object_set(message, "id", json_object_get(deltas[i], "id"));
        if (json_is_absent(message, "role") && json_is_string(json_object_get(delta, "role")))
            (void)json_object_set(message, "role", json_object_get(delta, "role"));
        json_array_foreach(pieces, k, piece)
        {
            add_piece(&growth, piece);
        }
    }
    end_growth(&growth);
    if (json_is_absent(message, "role"))
        (void)json_object_set_new(message, "role", json_string("assistant"));
    (void)json_object_set_new(message, "object", json_string("thread.message"));
    (void)json_object_set_new(message, "content", growth.content);
    (void)json_object_set_new(message, "status", json_string("incomplete"));
    return message;
}
