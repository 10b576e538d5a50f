#include "simulate/picture.h"

#include "base/mem.h"
#include "base/text.h"
#include "crash/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Most of what is dumped was there the last time, and reading it costs more than anything else. So
 * what was read is kept with its text, and read again only where the text is another one.
 */
struct line {
    char *text;
    size_t len;
    struct picture_conversation seen;
};

enum { LENGTHS = 64 };

static struct {
    struct line source;
    /* By the lengths of their texts, so those of worlds before as well. */
    struct {
        struct line line;
        json_t *object;
    } threads[SCRIPT_THREADS + 1][LENGTHS];
    struct line *lines;
    size_t count;
} cache;

static bool is_text(const struct line *line, struct span text)
{
    return line->len == text.len && line->text && memcmp(line->text, text.data, text.len) == 0;
}

static void keep_text(struct line *line, struct span text)
{
    free(line->text);
    line->text = mem_dup(text.data, text.len);
    line->len = text.len;
}

static json_t *parse(struct span text)
{
    json_t *root = json_loadb(text.data, text.len, JSON_ALLOW_NUL, NULL);

    assert(root);
    return root;
}

static void forget_lines(void)
{
    for (size_t i = 0; i < cache.count; i++)
        free(cache.lines[i].text);
    cache.count = 0;
}

void picture_thread_id(size_t number, char id[PICTURE_ID_SIZE])
{
    (void)snprintf(id, PICTURE_ID_SIZE, "thread_%04zu", number);
}

int picture_thread_number(const char *id)
{
    const size_t len = id ? strlen(id) : 0;
    const int number = len > 0 ? id[len - 1] - '0' : PICTURE_NOBODY;
    char other[PICTURE_ID_SIZE];

    _Static_assert(SCRIPT_THREADS < 10, "the last digit says which");
    if (number < 0 || number > SCRIPT_THREADS)
        return PICTURE_NOBODY;
    picture_thread_id((size_t)number, other);
    return strcmp(id, other) == 0 ? number : PICTURE_NOBODY;
}

static const char *string_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static const char *text_of(const json_t *part)
{
    const json_t *text = json_object_get(part, "text");

    if (json_object_get(part, "refusal"))
        return string_of(part, "refusal");
    return json_is_object(text) ? string_of(text, "value") : string_of(part, "text");
}

/* ---- threads ---- */

static json_t *read_thread(size_t number, struct span text)
{
    struct line *line = &cache.threads[number][text.len % LENGTHS].line;
    json_t **object = &cache.threads[number][text.len % LENGTHS].object;

    if (!is_text(line, text)) {
        json_decref(*object);
        *object = parse(text);
        keep_text(line, text);
    }
    return json_incref(*object);
}

static void take_thread(struct picture_thread *thread, json_t *object)
{
    const json_t *list = json_object_get(object, "messages");
    size_t index;
    const json_t *message;

    thread->object = object;
    thread->is_deleted = json_is_true(json_object_get(object, "deleted"));
    thread->messages = mem_zalloc(json_array_size(list) + 1, sizeof *thread->messages);
    json_array_foreach(list, index, message)
    {
        const json_t *part = json_array_get(json_object_get(message, "content"), 0);

        thread->messages[thread->count++] =
            (struct picture_text){string_of(message, "role"), text_of(part), message};
    }
}

/* ---- conversations ---- */

/* A message that ends with a NUL may have another character there. */
static bool is_same(const struct picture_text *item, const struct picture_text *message)
{
    static const char REPLACEMENT[] = "\xef\xbf\xbd";
    const size_t len = strlen(message->text);

    return strcmp(item->role, message->role) == 0 && strncmp(item->text, message->text, len) == 0 &&
           (item->text[len] == '\0' || strcmp(item->text + len, REPLACEMENT) == 0);
}

struct match {
    const struct picture_thread *thread;
    struct picture_conversation *conversation;
    size_t at; /* the message that comes next */
};

static void take_item(struct match *match, const struct picture_text *item)
{
    struct picture_conversation *conversation = match->conversation;
    const struct picture_thread *thread = match->thread;
    size_t at = match->at;

    if (strncmp(item->text, PICTURE_FOREIGN, sizeof PICTURE_FOREIGN - 1) == 0) {
        conversation->foreign++;
        return;
    }
    if (thread && conversation->ours < thread->count) {
        const size_t other = conversation->ours ^ 1;

        conversation->is_in_pairs &=
            is_same(item, &thread->messages[conversation->ours]) ||
            (other < thread->count && is_same(item, &thread->messages[other]));
    }
    conversation->ours++;
    conversation->is_continued |= conversation->foreign > 0;
    while (thread && at < thread->count && !is_same(item, &thread->messages[at]))
        at++;
    if (!thread || at >= thread->count) {
        conversation->is_in_order = false;
        conversation->has_no_gap = false;
        return;
    }
    conversation->has_no_gap &= at == match->at;
    if (conversation->has_no_gap)
        carried_take(&conversation->carried, item->whole, thread->messages[at].whole);
    match->at = at + 1;
}

static void read_conversation(const struct picture *picture, struct span line,
                              struct picture_conversation *conversation)
{
    json_t *object = parse(line);
    const json_t *metadata = json_object_get(object, "metadata");
    struct match match = {.conversation = conversation};
    size_t index;
    const json_t *item;

    *conversation = (struct picture_conversation){
        .thread = picture_thread_number(string_of(metadata, "source_thread_id")),
        .is_deleted = json_is_true(json_object_get(object, "deleted")),
        .is_in_order = true,
        .is_in_pairs = true,
        .has_no_gap = true,
    };
    (void)snprintf(conversation->id, sizeof conversation->id, "%s", string_of(object, "id"));
    if (conversation->thread >= 0 && (size_t)conversation->thread < picture->thread_count)
        match.thread = &picture->threads[conversation->thread];
    json_array_foreach(json_object_get(object, "items"), index, item)
    {
        const json_t *part = json_array_get(json_object_get(item, "content"), 0);

        take_item(&match, &(struct picture_text){string_of(item, "role"), text_of(part), item});
    }
    json_decref(object);
}

/* Without the numbers that reading changes. */
static void add_lasting(struct buf *key, struct span line)
{
    static const char COUNTS[] = ",\"appends\":";
    static const char ITEMS[] = ",\"items\":[";
    const char *counts = memmem(line.data, line.len, COUNTS, sizeof COUNTS - 1);
    const char *items = memmem(line.data, line.len, ITEMS, sizeof ITEMS - 1);

    assert(counts && items && counts < items);
    buf_clear(key);
    buf_add(key, line.data, (size_t)(counts - line.data));
    buf_add(key, items, (size_t)(line.data + line.len - items));
}

static void take_conversation(struct picture *picture, struct span line, struct buf *key)
{
    const size_t number = picture->count++;
    struct line *known;

    add_lasting(key, line);
    if (number == cache.count) {
        cache.lines = mem_resize(cache.lines, ++cache.count, sizeof *cache.lines);
        cache.lines[number] = (struct line){.text = NULL};
    }
    known = &cache.lines[number];
    if (!is_text(known, buf_span(key))) {
        read_conversation(picture, line, &known->seen);
        keep_text(known, buf_span(key));
    }
    picture->conversations =
        mem_resize(picture->conversations, picture->count, sizeof *picture->conversations);
    picture->conversations[number] = known->seen;
}

/* The line of a list that holds an object; false at its end. */
static bool next_object(struct span *rest, struct span *line)
{
    if (!text_next_line(rest, line) || line->len == 0 || line->data[0] != '{')
        return false;
    line->len -= line->data[line->len - 1] == ',';
    return true;
}

static void take_source(struct picture *picture)
{
    struct mock_text dump = {0};
    struct span rest;
    struct span line;

    mock_dump_source(world_mock(), &dump);
    rest = (struct span){dump.data, dump.len};
    if (!is_text(&cache.source, rest)) {
        forget_lines();
        keep_text(&cache.source, rest);
    }
    (void)text_next_line(&rest, &line); /* {"threads":[ */
    while (next_object(&rest, &line)) {
        const size_t number = picture->thread_count++;

        assert(number < SCRIPT_THREADS + 1);
        take_thread(&picture->threads[number], read_thread(number, line));
    }
    mock_text_release(&dump);
}

void picture_take(struct picture *picture)
{
    struct mock_text dump = {0};
    struct span rest;
    struct span line;
    struct buf key;

    *picture = (struct picture){.count = 0};
    take_source(picture);
    mock_dump(world_mock(), false, &dump);
    buf_init(&key, BUF_NO_LIMIT);
    rest = (struct span){dump.data, dump.len};
    (void)text_next_line(&rest, &line); /* {"conversations":[ */
    while (next_object(&rest, &line))
        take_conversation(picture, line, &key);
    buf_release(&key);
    mock_text_release(&dump);
}

void picture_release(struct picture *picture)
{
    for (size_t i = 0; i < picture->thread_count; i++) {
        free(picture->threads[i].messages);
        json_decref(picture->threads[i].object);
    }
    free(picture->conversations);
    *picture = (struct picture){.count = 0};
}

/* ---- questions ---- */

const struct picture_conversation *picture_copy_of(const struct picture *picture, size_t thread)
{
    for (size_t i = 0; i < picture->count; i++) {
        const struct picture_conversation *one = &picture->conversations[i];

        if (one->thread == (int)thread && !one->is_deleted && one->has_no_gap &&
            one->ours == picture->threads[thread].count)
            return one;
    }
    return NULL;
}

const struct picture_conversation *picture_newest_of(const struct picture *picture, size_t thread)
{
    const struct picture_conversation *best = NULL;

    for (size_t i = 0; i < picture->count; i++) {
        const struct picture_conversation *one = &picture->conversations[i];

        if (one->thread == (int)thread && !one->is_deleted &&
            (!best || best->ours == 0 || one->ours > 0))
            best = one;
    }
    return best;
}

void picture_tell(const struct picture *picture, struct buf *out)
{
    for (size_t i = 0; i < picture->thread_count; i++) {
        buf_printf(out, "%s%zu:%s%zu", i > 0 ? "  " : "", i,
                   picture->threads[i].is_deleted ? "deleted " : "", picture->threads[i].count);
        for (size_t k = 0; k < picture->count; k++) {
            const struct picture_conversation *one = &picture->conversations[k];

            if (one->thread != (int)i)
                continue;
            buf_printf(out, " %s#%zu=%zu", one->is_deleted ? "-" : "", k, one->ours);
            if (one->foreign > 0)
                buf_printf(out, "+%zu", one->foreign);
            if (!one->has_no_gap)
                buf_add_text(out, one->is_in_order ? "(gap)" : "(disorder)");
        }
    }
}
