#include "mock/source/source.h"

#include "mock/source/generate.h"
#include "mock/source/quirk.h"

#include <stdlib.h>
#include <string.h>

static struct mock_thread *announce(struct mock_source *source, char *id, int64_t generated)
{
    struct mock_thread *thread = mock_alloc(1, sizeof *thread);

    thread->object.id = id;
    thread->generated = generated;
    if (source->count == source->cap) {
        source->cap = source->cap == 0 ? 64 : source->cap * 2;
        source->threads = mock_resize(source->threads, source->cap, sizeof(source->threads[0]));
    }
    source->threads[source->count++] = thread;
    source->changed = true;
    mock_map_set(&source->by_id, id, thread);
    return thread;
}

void mock_source_init(struct mock *mock)
{
    const struct mock_generator *generator = &mock->config.generator;

    for (unsigned i = 0; i < generator->threads; i++)
        (void)announce(&mock->source, mock_generate_id(generator, i), i);
    if (generator->threads > 0)
        mock_generate_assistants(generator, &mock->source.assistants);
}

static void unload(struct mock_thread *thread)
{
    mock_objects_release(&thread->messages);
    mock_objects_release(&thread->runs);
    mock_objects_release(&thread->steps);
    thread->loaded = false;
}

void mock_source_release(struct mock_source *source)
{
    for (size_t i = 0; i < source->count; i++) {
        unload(source->threads[i]);
        free(source->threads[i]->object.json);
        free(source->threads[i]->object.id);
        free(source->threads[i]);
    }
    free(source->threads);
    mock_map_release(&source->by_id);
    mock_objects_forget(&source->listed);
    mock_objects_release(&source->assistants);
    *source = (struct mock_source){0};
}

/* The oldest of the recently used gives way. */
static void remember(struct mock_source *source, struct mock_thread *thread)
{
    struct mock_thread *oldest = source->recent[source->recent_at];

    if (oldest && oldest->generated >= 0)
        unload(oldest);
    source->recent[source->recent_at] = thread;
    source->recent_at = (source->recent_at + 1) % MOCK_RECENT_THREADS;
}

void mock_source_load(struct mock *mock, struct mock_thread *thread)
{
    if (thread->loaded || thread->generated < 0)
        return;
    mock_source_describe(mock, thread);
    mock_generate_thread(&mock->config.generator, (unsigned)thread->generated, thread);
    mock_quirk_thread(mock->config.quirks, thread);
    thread->loaded = true;
    remember(&mock->source, thread);
}

void mock_source_describe(struct mock *mock, struct mock_thread *thread)
{
    if (!thread->object.json) {
        thread->object.json =
            mock_generate_head(&mock->config.generator, (unsigned)thread->generated);
    }
}

void mock_source_refresh(struct mock *mock)
{
    struct mock_source *source = &mock->source;

    if (!source->changed)
        return;
    source->listed.count = 0;
    for (size_t i = 0; i < source->count; i++) {
        if (!source->threads[i]->deleted) {
            mock_source_describe(mock, source->threads[i]);
            mock_objects_add(&source->listed, &source->threads[i]->object);
        }
    }
    source->changed = false;
}

void mock_source_delete(struct mock *mock, struct mock_thread *thread)
{
    thread->deleted = true;
    mock->source.changed = true;
}

struct mock_thread *mock_source_find(struct mock *mock, const char *id)
{
    struct mock_thread *thread = mock_map_get(&mock->source.by_id, id);

    if (!thread || thread->deleted)
        return NULL;
    mock_source_load(mock, thread);
    return thread;
}

void mock_source_pin(struct mock_thread *thread)
{
    thread->generated = -1;
}

struct mock_thread *mock_source_add(struct mock *mock, const char *id, json_t *json)
{
    struct mock_thread *thread = mock_source_find(mock, id);
    struct mock_text text = {0};

    if (!thread) {
        thread = announce(&mock->source, mock_strdup(id), -1);
        thread->loaded = true;
    }
    mock_source_pin(thread);
    if (json) {
        mock_text_json(&text, json);
    } else if (!thread->object.json) {
        mock_text_puts(&text, "{\"id\":");
        mock_text_json_string(&text, id, strlen(id));
        mock_text_puts(&text, ",\"object\":\"thread\",\"created_at\":1700000000,\"metadata\":{},"
                              "\"tool_resources\":{}}");
    }
    if (text.len > 0) {
        free(thread->object.json);
        thread->object.json = mock_text_steal(&text);
    }
    return thread;
}

static const char *string_of(json_t *json, const char *name)
{
    const char *value = json_string_value(json_object_get(json, name));

    return value ? value : "";
}

/* A file search shows the contents of its results only when they are asked for. */
static bool strip_contents(json_t *step)
{
    json_t *calls = json_object_get(json_object_get(step, "step_details"), "tool_calls");
    bool stripped = false;

    for (size_t i = 0; i < json_array_size(calls); i++) {
        json_t *search = json_object_get(json_array_get(calls, i), "file_search");
        json_t *results = json_object_get(search, "results");

        for (size_t k = 0; k < json_array_size(results); k++)
            stripped |= json_object_del(json_array_get(results, k), "content") == 0;
    }
    return stripped;
}

void mock_source_add_object(struct mock_objects *objects, json_t *json)
{
    struct mock_object *object = mock_alloc(1, sizeof *object);
    struct mock_text text = {0};
    const char *run_id = json_string_value(json_object_get(json, "run_id"));

    mock_text_json(&text, json);
    object->json = mock_text_steal(&text);
    if (strip_contents(json)) {
        object->json_included = object->json;
        mock_text_json(&text, json);
        object->json = mock_text_steal(&text);
    }
    object->id = mock_strdup(string_of(json, "id"));
    object->run_id = run_id ? mock_strdup(run_id) : NULL;
    object->time = json_integer_value(json_object_get(json, "created_at"));
    mock_objects_add(objects, object);
}

void mock_source_grow(struct mock *mock, struct mock_thread *thread, unsigned count)
{
    mock_source_pin(thread);
    for (unsigned i = 0; i < count; i++) {
        size_t number = thread->messages.count;
        int64_t time = number > 0 ? thread->messages.at[number - 1]->time + 1 : 1700000000;
        char id[32] = "msg_";

        mock_rng_alnum(&mock->rng, id + 4, 24);
        json_t *message = json_pack(
            "{s:s, s:s, s:I, s:n, s:s, s:n, s:s, s:[{s:s, s:{s:o, s:[]}}], s:[], s:{}}", "id", id,
            "object", "thread.message", "created_at", (json_int_t)time, "assistant_id", "thread_id",
            thread->object.id, "run_id", "role", number % 2 == 0 ? "user" : "assistant", "content",
            "type", "text", "text", "value", json_sprintf("grown message %zu", number + 1),
            "annotations", "attachments", "metadata");
        mock_source_add_object(&thread->messages, message);
        json_decref(message);
    }
}
