#include "archive/shelf_parts.h"

#include "base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    WIDE_MAX = 4096,  /* messages of a file that are looked at: one in another code shows at once */
    SAID_MAX = 10000, /* numbers beside lists */
};

/* ---- unread places ---- */

static char *keys_of(const struct tape *tape, uint32_t value)
{
    struct buf out;
    int count = 0;

    /* Of a list, the names in its first element. */
    if (tape && tape_type(tape, value) == TAPE_ARRAY && tape_first(tape, value) != TAPE_NONE)
        value = tape_first(tape, value);
    buf_init(&out, BUF_NO_LIMIT);
    buf_add_char(&out, '[');
    for (uint32_t i = tape ? tape_first(tape, value) : TAPE_NONE;
         i != TAPE_NONE && tape_type(tape, value) == TAPE_OBJECT && count < 20;
         i = tape_next(tape, value, i)) {
        struct span key = tape_raw_key(tape, i);

        if (key.len > 64)
            continue;
        buf_add_text(&out, count++ > 0 ? ",\"" : "\"");
        text_add_json(&out, key);
        buf_add_char(&out, '"');
    }
    buf_add_char(&out, ']');
    return buf_steal(&out);
}

struct shelf_unread *unread_add(struct shelf *shelf, uint32_t line)
{
    size_t kept = index_unread(shelf->index, shelf->file, line);

    shelf->unread =
        mem_grow(shelf->unread, shelf->unread_count, &shelf->unread_cap, sizeof *shelf->unread);
    struct shelf_unread *unread = &shelf->unread[shelf->unread_count++];
    *unread =
        (struct shelf_unread){.line = line, .kept = kept == SIZE_MAX ? INDEX_NONE : (uint32_t)kept};
    return unread;
}

void unread_explain(struct shelf *shelf, const struct shelf_unread *unread, struct span path,
                    const char *why, const char *hint, char *keys)
{
    if (unread->kept == INDEX_NONE) {
        free(keys);
        return;
    }
    struct index_unread *place = &shelf->index->unread[unread->kept];
    place->path = mem_dup(path.data, path.len);
    place->why = mem_strdup(why);
    place->hint = mem_strdup(hint);
    place->keys = keys;
}

/* Fails a thread for a place. */
void unread_own(struct shelf *shelf, struct shelf_unread *unread, uint32_t thread)
{
    struct index *index = shelf->index;
    const char *why = unread->kept != INDEX_NONE ? index->unread[unread->kept].why : "unread";

    index_fail(index, thread, ERROR_BAD_SOURCE, "%s:%u: %s", shelf->inputs->files[shelf->file].path,
               unread->line, why);
    if (!unread->is_owned) {
        index->unread_known++;
        index->threads[thread].unread++;
    }
    unread->is_owned = true;
    if (unread->kept != INDEX_NONE && index->unread[unread->kept].thread == INDEX_NONE)
        index->unread[unread->kept].thread = thread;
}

static void own_by_id(struct shelf *shelf, struct shelf_unread *unread, struct span id)
{
    shelf->names_beside = true;
    unread_own(shelf, unread, index_thread(shelf->index, id));
}

/* Of "thread_id", "Thread ID", "threadId", "/threads/". */
static const char STEM[] = "hread";

static bool is_id_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.' || c == ':';
}

/* Passes quotes, escaped or not, and blanks. */
static size_t pass_quotes(struct span text, size_t at)
{
    while (at < text.len && (text.data[at] == '"' || text.data[at] == '\\' ||
                             text.data[at] == '\'' || text.data[at] == ' '))
        at++;
    return at;
}

/* After "hread" of "thread_id", "threadId", "thread": the id that is its value. */
static struct span id_after(struct span text, size_t at)
{
    if (at < text.len && (text.data[at] == '_' || text.data[at] == '-' || text.data[at] == ' '))
        at++;
    if (at + 2 <= text.len && strncasecmp(text.data + at, "id", 2) == 0)
        at += 2;
    size_t quoted = pass_quotes(text, at);
    if (quoted == at || quoted == text.len ||
        (text.data[quoted] != ':' && text.data[quoted] != '='))
        return (struct span){NULL, 0};
    at = pass_quotes(text, quoted + 1);
    size_t end = at;
    while (end < text.len && end - at <= 256 && is_id_byte(text.data[end]))
        end++;
    if (end == at || end - at > 256 || end == text.len)
        return (struct span){NULL, 0};
    struct span id = {text.data + at, end - at};
    return span_is(id, "null") || span_is(id, "None") ? (struct span){NULL, 0} : id;
}

/* True if what ends at `end` is a string as a whole: "thread_…", escaped quotes or not. */
static bool is_quoted(struct span text, size_t from, size_t end)
{
    return from > 0 && (text.data[from - 1] == '"' || text.data[from - 1] == '\'') &&
           end < text.len &&
           (text.data[end] == '"' || text.data[end] == '\'' || text.data[end] == '\\');
}

/* True if the string that ends here is a key. */
static bool is_key(struct span text, size_t at)
{
    at = pass_quotes(text, at);
    return at < text.len && text.data[at] == ':';
}

/* How far the bytes of an id go. */
static size_t id_end(struct span text, size_t at)
{
    while (at < text.len && is_id_byte(text.data[at]))
        at++;
    return at;
}

/* "hread" is at `stem`: the id that "thread_…" is, as a whole string that is no key. */
static struct span quoted_id(struct span text, size_t stem)
{
    size_t end;

    if (stem == 0 || text.data[stem - 1] != 't')
        return (struct span){NULL, 0};
    end = id_end(text, stem);
    struct span id = {text.data + stem - 1, end - stem + 1};
    bool is_id = shelf_is_thread_key(id) && look_is_map_key(id) && is_quoted(text, stem - 1, end) &&
                 !is_key(text, end);
    return is_id ? id : (struct span){NULL, 0};
}

/* The id that the bytes at "hread" name: "thread_id":"ID", /threads/ID, "id":"thread_…". */
static struct span named_id(struct span text, size_t stem)
{
    size_t at = stem + sizeof STEM - 1;
    struct span id = id_after(text, at);

    if (!id.data && text.len - at > 2 && memcmp(text.data + at, "s/", 2) == 0)
        return (struct span){text.data + at + 2, id_end(text, at + 2) - at - 2};
    return id.data ? id : quoted_id(text, stem);
}

/* Fails the threads that bytes name. */
static void own_by_bytes(struct shelf *shelf, struct shelf_unread *unread, struct span bytes)
{
    size_t at = 0;

    while (at < bytes.len) {
        const char *found = memmem(bytes.data + at, bytes.len - at, STEM, sizeof STEM - 1);

        if (!found)
            return;
        at = (size_t)(found - bytes.data);
        struct span id = named_id(bytes, at);
        if (id.len > 0 && id.len <= 256)
            own_by_id(shelf, unread, id);
        at += sizeof STEM - 1;
    }
}

/* The ids of threads that an error's words name: thread_ and twelve bytes or more. */
static void own_by_words(struct shelf *shelf, struct shelf_unread *unread, struct span bytes)
{
    static const char PREFIX[] = "thread_";
    size_t at = 0;

    while (at < bytes.len) {
        const char *found = memmem(bytes.data + at, bytes.len - at, PREFIX, sizeof PREFIX - 1);

        if (!found)
            return;
        size_t from = (size_t)(found - bytes.data);
        size_t end = from + sizeof PREFIX - 1;
        while (end < bytes.len && isalnum((unsigned char)bytes.data[end]))
            end++;
        if (end - from >= sizeof PREFIX - 1 + 12)
            own_by_id(shelf, unread, (struct span){found, end - from});
        at = end;
    }
}

/* By the ids in the place itself and around it. */
static void own_by_claim(struct shelf *shelf, struct shelf_unread *unread, const struct sighting *s)
{
    const struct claim *claim = &s->claim;
    struct span own = {NULL, 0};

    if (s->look)
        own = shelf_own_thread(shelf, s);
    if (!own.data && s->look && s->kind == OBJECT_THREAD)
        own = look_id(s->tape, s->look->at[FIELD_ID], &shelf->scratch);
    if (own.data)
        own_by_id(shelf, unread, own);
    if (claim->strong.data)
        own_by_id(shelf, unread, claim->strong);
    if (claim->other.data)
        own_by_id(shelf, unread, claim->other);
    if (!unread->is_owned && shelf_is_thread_key(claim->plain))
        own_by_id(shelf, unread, claim->plain);
    if (!unread->is_owned && claim->key.data)
        own_by_id(shelf, unread, claim->key);
}

/* An error reply is of the thread that its words name, or of the page that went on before it. */
static void own_error(struct shelf *shelf, struct shelf_unread *unread, const struct sighting *s)
{
    const struct index *index = shelf->index;

    if (!unread->is_owned)
        own_by_words(shelf, unread, s->raw);
    if (!unread->is_owned && shelf->last_more == MORE_YES && shelf->last_page != INDEX_NONE &&
        index->lists[shelf->last_page].thread != INDEX_NONE)
        unread_own(shelf, unread, index->lists[shelf->last_page].thread);
}

void unread_tell(void *ctx, const struct sighting *s)
{
    struct shelf *shelf = ctx;
    struct shelf_unread *unread = unread_add(shelf, s->line);
    bool is_unknown = s->kind == OBJECT_NONE && s->tape && !s->look;

    unread->offset = s->offset;
    unread->list = s->list;
    unread->denies = s->look && s->look->is_null[FIELD_THREAD_ID];
    unread->is_cut = strcmp(s->why, PARSE_CUT) == 0 || strcmp(s->why, TABLE_CUT) == 0;
    unread_explain(shelf, unread, s->path,
                   is_unknown && shelf->unknown_why ? shelf->unknown_why : s->why,
                   shelf->unknown_hint && (is_unknown || (shelf->unknown_why && !s->hint))
                       ? shelf->unknown_hint
                       : s->hint,
                   keys_of(s->tape, s->value));
    own_by_claim(shelf, unread, s);
    if (s->beside.data)
        own_by_bytes(shelf, unread, s->beside);
    if (s->kind == OBJECT_ERROR)
        own_error(shelf, unread, s);
}

struct shelf_unread *shelf_note(struct shelf *shelf, uint32_t line, const char *why,
                                const char *hint, struct span beside)
{
    struct shelf_unread *unread = unread_add(shelf, line);
    char *keys = mem_strdup("[]");

    unread_explain(shelf, unread, (struct span){"", 0}, why, hint, keys);
    if (beside.data)
        own_by_bytes(shelf, unread, beside);
    return unread;
}

/* The one thread that all of the file is of; INDEX_NONE if it has none, SHELF_MANY. */
static uint32_t only_thread(const struct shelf *shelf)
{
    const struct index *index = shelf->index;
    uint32_t only = INDEX_NONE;

    for (size_t i = shelf->first_list; i < index->list_count; i++) {
        uint32_t thread = index->lists[i].thread;

        if (thread == INDEX_NONE || index->lists[i].messages == 0)
            continue;
        if (only != INDEX_NONE && only != thread)
            return SHELF_MANY;
        only = thread;
    }
    return only;
}

static int compare_offsets(const void *left, const void *right)
{
    const struct shelf_unread *a = left;
    const struct shelf_unread *b = right;

    return (a->offset > b->offset) - (a->offset < b->offset);
}

/* The first place of nobody after an offset, or NULL. */
static struct shelf_unread *first_after(struct shelf *shelf, uint64_t offset)
{
    size_t low = 0;
    size_t high = shelf->unread_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (shelf->unread[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < shelf->unread_count ? &shelf->unread[low] : NULL;
}

/* From where to where in the file a thread has records. */
struct extent {
    uint32_t thread;
    uint64_t first;
    uint64_t last;
};

static int compare_extents(const void *left, const void *right)
{
    const struct extent *a = left;
    const struct extent *b = right;

    return (a->thread > b->thread) - (a->thread < b->thread);
}

/* The thread of the row that the file's last place follows, if the file ends in that place. */
static void doubt_before_cut(struct shelf *shelf)
{
    struct index *index = shelf->index;
    const struct shelf_unread *cut;
    const struct index_list *last;

    if (shelf->unread_count == 0 || shelf->first_list == index->list_count)
        return;
    cut = &shelf->unread[shelf->unread_count - 1];
    last = &index->lists[shelf->first_list];
    for (size_t i = shelf->first_list; i < index->list_count; i++) {
        if (index->lists[i].first != INDEX_NONE && index->lists[i].last_at >= last->last_at)
            last = &index->lists[i];
    }
    if (cut->is_cut && !cut->is_owned && last->form == LIST_ROWS && last->thread != INDEX_NONE &&
        cut->offset >= last->last_at)
        index_doubt(index, last->thread,
                    "%s:%u: the file ends in a place that may be a message of this thread",
                    shelf->inputs->files[shelf->file].path, cut->line);
}

/* Threads that have records in the file on both sides of a place of nobody, and no "end". */
static void doubt_around(struct shelf *shelf)
{
    struct index *index = shelf->index;
    size_t count = index->list_count - shelf->first_list;
    struct extent *extents;
    size_t n = 0;

    if (shelf->unread_count == 0 || count == 0)
        return;
    extents = mem_zalloc(count, sizeof *extents);
    for (size_t i = shelf->first_list; i < index->list_count; i++) {
        const struct index_list *list = &index->lists[i];

        if (list->thread != INDEX_NONE && list->first != INDEX_NONE)
            extents[n++] = (struct extent){list->thread, list->first_at, list->last_at};
    }
    qsort(extents, n, sizeof *extents, compare_extents);
    for (size_t i = 0; i < n;) {
        struct extent all = extents[i];

        for (; i < n && extents[i].thread == all.thread; i++) {
            all.first = extents[i].first < all.first ? extents[i].first : all.first;
            all.last = extents[i].last > all.last ? extents[i].last : all.last;
        }
        const struct shelf_unread *unread = first_after(shelf, all.first);
        if (unread && unread->offset < all.last && !index->threads[all.thread].is_closed)
            index_doubt(index, all.thread,
                        "%s:%u: a place that cannot be read may be a message of this thread",
                        shelf->inputs->files[shelf->file].path, unread->line);
    }
    free(extents);
}

/* Whose the places are that nothing in them or around them tells. */
void unread_settle(struct shelf *shelf)
{
    struct index *index = shelf->index;
    uint32_t only = only_thread(shelf);
    struct buf name;
    size_t left = 0;

    doubt_before_cut(shelf);
    buf_init(&name, BUF_NO_LIMIT);
    nameless_name_of(shelf, &name);
    uint32_t named = index_find(index, buf_span(&name));
    if (named == INDEX_NONE && shelf_is_thread_key(buf_span(&name)) && only == INDEX_NONE &&
        shelf->unread_count > 0)
        named = index_thread(index, buf_span(&name));
    for (size_t i = 0; i < shelf->unread_count; i++) {
        struct shelf_unread *unread = &shelf->unread[i];
        uint32_t thread = unread->list < shelf->only_count && unread->list != 0
                              ? shelf->only[unread->list]
                              : INDEX_NONE;

        if ((thread == INDEX_NONE || thread == SHELF_MANY) && !unread->denies)
            thread = only;
        if (thread == INDEX_NONE || thread == SHELF_MANY)
            thread = named;
        if (!unread->is_owned && thread != INDEX_NONE)
            unread_own(shelf, unread, thread);
        if (!unread->is_owned)
            shelf->unread[left++] = *unread;
    }
    shelf->unread_count = left;
    if (left > 1)
        qsort(shelf->unread, left, sizeof *shelf->unread, compare_offsets);
    doubt_around(shelf);
    buf_release(&name);
}

/* ---- what was asked ---- */

/* Adds what was said in a part, or a text. */
static void add_text(const struct tape *tape, uint32_t value, struct buf *scratch, struct buf *out)
{
    struct object_look look;

    for (int depth = 0; depth < 3 && value != TAPE_NONE && tape_type(tape, value) == TAPE_OBJECT;
         depth++) {
        look_at(&look, tape, value);
        value = look_has(&look, FIELD_TEXT) ? look.at[FIELD_TEXT] : look.at[FIELD_VALUE];
    }
    if (value != TAPE_NONE && tape_type(tape, value) == TAPE_STRING)
        buf_add_span(out, tape_text(tape, value, scratch));
}

/* A digest of what a message says, whatever its form; false where that is nothing. */
static bool digest_of(struct shelf *shelf, const struct object_look *look, const struct tape *tape,
                      uint64_t *digest)
{
    enum look_field field;
    const uint32_t text = look_text(look, tape, &field);
    struct buf *said = &shelf->held;

    buf_clear(said);
    if (text != TAPE_NONE && tape_type(tape, text) == TAPE_ARRAY) {
        for (uint32_t i = tape_first(tape, text); i != TAPE_NONE; i = tape_next(tape, text, i))
            add_text(tape, i, &shelf->scratch, said);
    } else {
        add_text(tape, text, &shelf->scratch, said);
    }
    *digest = siphash(shelf->key, buf_span(said));
    return said->len > 0;
}

static void note_asked(struct shelf *shelf, const struct tape *tape, uint32_t value, uint32_t line)
{
    const uint32_t end = tape->values[value].next;
    struct object_look look;
    uint64_t digest;

    for (uint32_t i = value; i < end;) {
        bool is_message = false;

        if (tape_type(tape, i) == TAPE_OBJECT) {
            look_at(&look, tape, i);
            is_message = look_kind(&look, tape) == OBJECT_MESSAGE;
        }
        if (is_message && digest_of(shelf, &look, tape, &digest)) {
            if (shelf->asked_count == 0)
                shelf->asked_line = line;
            shelf->asked =
                mem_grow(shelf->asked, shelf->asked_count, &shelf->asked_cap, sizeof *shelf->asked);
            shelf->asked[shelf->asked_count++] = digest;
        }
        i = is_message ? tape->values[i].next : i + 1;
    }
}

void notice_asked(void *ctx, const struct sighting *s)
{
    struct shelf *shelf = ctx;
    struct buf text;
    struct tape inner;

    if (tape_type(s->tape, s->value) != TAPE_STRING) {
        note_asked(shelf, s->tape, s->value, s->line);
        return;
    }
    buf_init(&text, BUF_NO_LIMIT);
    tape_init(&inner);
    if (look_read_inner(s->tape, s->value, &text, &inner))
        note_asked(shelf, &inner, 0, s->line);
    tape_release(&inner);
    buf_release(&text);
}

static int compare_digests(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

/* Marks what was asked and is held all the same: both are sorted, and each counts once. */
static uint64_t count_unheld(const struct shelf *shelf, uint64_t *held, size_t held_count)
{
    uint64_t count = 0;

    qsort(shelf->asked, shelf->asked_count, sizeof *shelf->asked, compare_digests);
    if (held_count > 0)
        qsort(held, held_count, sizeof *held, compare_digests);
    for (size_t i = 0, k = 0; i < shelf->asked_count; i++) {
        const uint64_t asked = shelf->asked[i];

        if (i > 0 && asked == shelf->asked[i - 1])
            continue;
        while (k < held_count && held[k] < asked)
            k++;
        count += k == held_count || held[k] != asked;
    }
    return count;
}

/* Reads the messages of the file again: what was asked may be among them. */
static void settle_asked(struct shelf *shelf)
{
    const struct index *index = shelf->index;
    uint64_t *held = NULL;
    size_t count = 0;
    size_t cap = 0;

    for (size_t l = shelf->first_list; l < index->list_count; l++) {
        for (uint32_t p = index->lists[l].first; p != INDEX_NONE; p = index->places[p].next) {
            const struct index_place *place = &index->places[p];
            struct error ignored = {.code = ERROR_NONE};
            struct span bytes;
            struct object_look look;
            size_t used;

            if (place->kind != OBJECT_MESSAGE || (place->flags & PLACE_IS_CSV) ||
                !(place->flags & PLACE_IS_KEPT
                      ? inputs_read_kept(shelf->inputs, place->offset, place->len, &bytes, &ignored)
                      : inputs_read(shelf->inputs, shelf->file, place->offset, place->len, &bytes,
                                    &ignored)) ||
                tape_read(&shelf->parts, bytes, &used) != TAPE_WHOLE)
                continue;
            look_at(&look, &shelf->parts, 0);
            held = mem_grow(held, count, &cap, sizeof *held);
            count += digest_of(shelf, &look, &shelf->parts, &held[count]);
        }
    }
    const uint64_t unheld = count_unheld(shelf, held, count);
    free(held);
    if (unheld > 0)
        index_tell(shelf->index, &(struct index_notice){.kind = NOTICE_ASKED,
                                                        .file = shelf->file,
                                                        .line = shelf->asked_line,
                                                        .count = unheld});
}

/* ---- lists that go on, and numbers beside them ---- */

/* The longest array in an object, and how many elements it has. */
static uint32_t longest_array(const struct tape *tape, uint32_t object, uint64_t *count)
{
    uint32_t longest = TAPE_NONE;

    *count = 0;
    for (uint32_t i = tape_first(tape, object); i != TAPE_NONE; i = tape_next(tape, object, i)) {
        uint64_t n = 0;

        if (tape_type(tape, i) != TAPE_ARRAY)
            continue;
        for (uint32_t k = tape_first(tape, i); k != TAPE_NONE; k = tape_next(tape, i, k))
            n++;
        if (longest == TAPE_NONE || n > *count) {
            longest = i;
            *count = n;
        }
    }
    return longest;
}

/* What a list is of, if it goes on without being one of messages. */
static enum notice_kind kind_of_list(const struct tape *tape, uint32_t array)
{
    const uint32_t first = tape_first(tape, array);
    struct object_look look;

    if (first == TAPE_NONE || tape_type(tape, first) != TAPE_OBJECT)
        return NOTICES;
    look_at(&look, tape, first);
    switch (look_kind(&look, tape)) {
    case OBJECT_THREAD:
        return NOTICE_THREADS;
    case OBJECT_RUN:
        return NOTICE_RUNS;
    case OBJECT_STEP:
        return NOTICE_STEPS;
    case OBJECT_NONE:
        return look_has(&look, FIELD_MESSAGES) || look_has(&look, FIELD_THREAD) ? NOTICE_THREADS
                                                                                : NOTICES;
    case OBJECT_MESSAGE:
    case OBJECT_DELTA:
    case OBJECT_ASSISTANT:
    case OBJECT_WRAPPED:
    case OBJECT_END:
    case OBJECT_TRUNCATED:
    case OBJECT_ENVELOPE:
    case OBJECT_FOREIGN:
    case OBJECT_ERROR:
    case OBJECT_KINDS:
        break;
    }
    return NOTICES;
}

/* The number of elements that an object says of its list, or -1. */
static int64_t total_in(struct shelf *shelf, const struct tape *tape, uint32_t object)
{
    static const char *const NAMES[] = {"total",        "count",         "totalcount",
                                        "totalitems",   "totalresults",  "totalmessages",
                                        "messagecount", "messagescount", "nummessages"};
    int64_t number;

    for (uint32_t i = tape_first(tape, object); i != TAPE_NONE; i = tape_next(tape, object, i)) {
        /* {"total": {"value": 120}} of Elasticsearch */
        const uint32_t value = tape_type(tape, i) == TAPE_OBJECT ? tape_first(tape, i) : i;

        if (value == TAPE_NONE || tape_type(tape, value) != TAPE_NUMBER)
            continue;
        look_fold(tape_raw_key(tape, i), &shelf->scratch);
        for (size_t n = 0; n < sizeof NAMES / sizeof NAMES[0]; n++) {
            if (span_is(buf_span(&shelf->scratch), NAMES[n]) &&
                text_to_int(tape_raw(tape, value), &number))
                return number;
        }
    }
    return -1;
}

/* Adds up what is there of a number that several pages may say. */
static void note_total(struct shelf *shelf, const struct sighting *s, uint64_t total,
                       uint64_t count)
{
    struct index *index = shelf->index;
    struct span id = look_thread(s->look, s->tape, &shelf->scratch);
    struct buf name;
    bool added;

    if (!id.data)
        id = look_id(s->tape, s->look->at[FIELD_ID], &shelf->scratch);
    buf_init(&name, BUF_NO_LIMIT);
    buf_printf(&name, "%" PRIu64 "/%u/", total, id.data ? 0 : shelf->file + 1);
    buf_add(&name, id.data, id.len < 256 ? id.len : 256);
    if (index->totals.count < SAID_MAX ||
        strmap_find(&index->totals, buf_span(&name)) != SIZE_MAX) {
        const size_t at = strmap_add(&index->totals, buf_span(&name), &added);

        if (added) {
            index->said = mem_grow(index->said, at, &index->said_cap, sizeof *index->said);
            index->said[at] =
                (struct index_said){.total = total, .file = shelf->file, .line = s->line};
        }
        index->said[at].count += count;
    }
    buf_release(&name);
}

void notice_around(void *ctx, const struct sighting *s)
{
    struct shelf *shelf = ctx;
    const uint32_t paging = s->look->at[FIELD_PAGING];
    const enum list_more more = look_more(s->look, s->tape);
    int64_t total = total_in(shelf, s->tape, s->value);
    uint64_t count;
    uint32_t array;

    if (total < 0 && paging != TAPE_NONE && tape_type(s->tape, paging) == TAPE_OBJECT)
        total = total_in(shelf, s->tape, paging);
    if (total <= 0 && more == MORE_ABSENT)
        return;
    array = longest_array(s->tape, s->value, &count);
    if (array == TAPE_NONE)
        return;
    const enum notice_kind kind = kind_of_list(s->tape, array);
    if (kind != NOTICES && more != MORE_ABSENT)
        shelf->index->pages[kind] = (struct index_said){
            .count = 1, .file = shelf->file, .line = s->line, .goes_on = more == MORE_YES};
    else if (total > 0 && more != MORE_YES)
        note_total(shelf, s, (uint64_t)total, count);
}

/* ---- text that is none ---- */

void notice_message(struct shelf *shelf, const struct sighting *s)
{
    const uint32_t end = s->tape->values[s->value].next;
    bool is_wide = false;

    if (shelf->wide == WIDE_MAX)
        return;
    for (uint32_t i = s->value; i < end && !is_wide; i++)
        is_wide = (s->tape->values[i].flags & TAPE_WIDE) != 0;
    if (!is_wide)
        return;
    shelf->wide++;
    if (text_utf8_valid_prefix(s->raw) == s->raw.len)
        return;
    if (shelf->broken++ == 0)
        shelf->broken_line = s->line;
}

void notice_settle(struct shelf *shelf)
{
    if (shelf->asked_count > 0)
        settle_asked(shelf);
    if (shelf->broken > 1)
        index_tell(shelf->index, &(struct index_notice){.kind = NOTICE_ENCODING,
                                                        .file = shelf->file,
                                                        .line = shelf->broken_line,
                                                        .count = shelf->broken});
}
