#include "archive/shelf_parts.h"

#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

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
    if (!own.data && s->look && s->kind == RECORD_THREAD)
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
    bool is_unknown = s->kind == RECORD_NONE && s->tape && !s->look;

    unread->offset = s->offset;
    unread->list = s->list;
    unread->denies = s->look && s->look->is_null[FIELD_THREAD_ID];
    unread_explain(shelf, unread, s->path,
                   is_unknown && shelf->unknown_why ? shelf->unknown_why : s->why,
                   shelf->unknown_hint && (is_unknown || (shelf->unknown_why && !s->hint))
                       ? shelf->unknown_hint
                       : s->hint,
                   keys_of(s->tape, s->value));
    own_by_claim(shelf, unread, s);
    if (s->beside.data)
        own_by_bytes(shelf, unread, s->beside);
    if (s->kind == RECORD_ERROR)
        own_error(shelf, unread, s);
}

void shelf_note(struct shelf *shelf, uint32_t line, const char *why, const char *hint,
                struct span beside)
{
    struct shelf_unread *unread = unread_add(shelf, line);
    char *keys = mem_strdup("[]");

    unread_explain(shelf, unread, (struct span){"", 0}, why, hint, keys);
    if (beside.data)
        own_by_bytes(shelf, unread, beside);
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
