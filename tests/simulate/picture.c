#include "simulate/picture.h"

#include "base/mem.h"
#include "crash/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *parse(struct mock_text *dump)
{
    json_t *root = json_loadb(dump->data, dump->len, JSON_ALLOW_NUL, NULL);

    assert(root);
    mock_text_release(dump);
    return root;
}

void picture_thread_id(size_t number, char id[PICTURE_ID_SIZE])
{
    (void)snprintf(id, PICTURE_ID_SIZE, "thread_%04zu", number);
}

int picture_thread_number(const char *id)
{
    char other[PICTURE_ID_SIZE];

    for (size_t i = 0; id && i <= SCRIPT_THREADS; i++) {
        picture_thread_id(i, other);
        if (strcmp(id, other) == 0)
            return (int)i;
    }
    return PICTURE_NOBODY;
}

static const char *string_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* ---- threads ---- */

static void take_thread(struct picture_thread *thread, const json_t *object)
{
    const json_t *list = json_object_get(object, "messages");
    size_t index;
    const json_t *message;

    thread->is_deleted = json_is_true(json_object_get(object, "deleted"));
    thread->messages = mem_zalloc(json_array_size(list) + 1, sizeof *thread->messages);
    json_array_foreach(list, index, message)
    {
        const json_t *part = json_array_get(json_object_get(message, "content"), 0);

        thread->messages[thread->count++] = (struct picture_text){
            string_of(message, "role"), string_of(json_object_get(part, "text"), "value")};
    }
}

/* ---- conversations ---- */

static bool is_same(const struct picture_text *a, const struct picture_text *b)
{
    return strcmp(a->role, b->role) == 0 && strcmp(a->text, b->text) == 0;
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
    match->at = at + 1;
}

static void take_conversation(struct picture *picture, const json_t *object)
{
    struct picture_conversation *conversation = &picture->conversations[picture->count++];
    const json_t *metadata = json_object_get(object, "metadata");
    struct match match = {.conversation = conversation};
    size_t index;
    const json_t *item;

    *conversation = (struct picture_conversation){
        .id = string_of(object, "id"),
        .thread = picture_thread_number(string_of(metadata, "source_thread_id")),
        .is_deleted = json_is_true(json_object_get(object, "deleted")),
        .is_in_order = true,
        .has_no_gap = true,
    };
    if (conversation->thread >= 0 && (size_t)conversation->thread < picture->thread_count)
        match.thread = &picture->threads[conversation->thread];
    json_array_foreach(json_object_get(object, "items"), index, item)
    {
        const json_t *part = json_array_get(json_object_get(item, "content"), 0);

        take_item(&match, &(struct picture_text){string_of(item, "role"), string_of(part, "text")});
    }
}

void picture_take(struct picture *picture)
{
    struct mock_text dump = {0};
    const json_t *list;
    size_t index;
    const json_t *object;

    *picture = (struct picture){.count = 0};
    mock_dump_source(world_mock(), &dump);
    picture->source = parse(&dump);
    json_array_foreach(json_object_get(picture->source, "threads"), index, object)
    {
        assert(picture->thread_count < SCRIPT_THREADS + 1);
        take_thread(&picture->threads[picture->thread_count++], object);
    }
    mock_dump(world_mock(), false, &dump);
    picture->destination = parse(&dump);
    list = json_object_get(picture->destination, "conversations");
    picture->conversations = mem_zalloc(json_array_size(list) + 1, sizeof *picture->conversations);
    json_array_foreach(list, index, object) take_conversation(picture, object);
}

void picture_release(struct picture *picture)
{
    for (size_t i = 0; i < picture->thread_count; i++)
        free(picture->threads[i].messages);
    free(picture->conversations);
    json_decref(picture->source);
    json_decref(picture->destination);
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
        (void)buf_printf(out, "%s%zu:%s%zu", i > 0 ? "  " : "", i,
                         picture->threads[i].is_deleted ? "deleted " : "",
                         picture->threads[i].count);
        for (size_t k = 0; k < picture->count; k++) {
            const struct picture_conversation *one = &picture->conversations[k];

            if (one->thread != (int)i)
                continue;
            (void)buf_printf(out, " %s#%zu=%zu", one->is_deleted ? "-" : "", k, one->ours);
            if (one->foreign > 0)
                (void)buf_printf(out, "+%zu", one->foreign);
            if (!one->has_no_gap)
                (void)buf_add_text(out, one->is_in_order ? "(gap)" : "(disorder)");
        }
    }
}
