#include "mock/source/quirk.h"

#include "mock/source/source.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct {
    const char *name;
    unsigned mask;
    unsigned twists;
} quirks_table[] = {
    {"litellm", MOCK_QUIRK_LITELLM, MOCK_TWIST_IGNORE_PARAMS},
    {"astra", MOCK_QUIRK_ASTRA, MOCK_TWIST_NEVER_MORE | MOCK_TWIST_RUNS | MOCK_TWIST_AFTER_500},
    {"openopenai", MOCK_QUIRK_OPENOPENAI, MOCK_TWIST_FULL_IS_MORE | MOCK_TWIST_LIMIT_10},
    {"openassistant", MOCK_QUIRK_OPENASSISTANT, 0},
    {"supercompat", MOCK_QUIRK_SUPERCOMPAT, MOCK_TWIST_NO_OBJECT | MOCK_TWIST_NO_FIRST},
    {"dashscope", MOCK_QUIRK_DASHSCOPE, 0},
    {"sdk_dump", MOCK_QUIRK_SDK_DUMP, 0},
    {"v1", MOCK_QUIRK_V1, 0},
    {"lists_threads", MOCK_QUIRK_LISTS_THREADS, 0},
    {"no_runs", MOCK_QUIRK_NO_RUNS, 0},
    {"alter_text", MOCK_QUIRK_ALTER_TEXT, 0},
    {"reorder", MOCK_QUIRK_REORDER, 0},
    {"ogx", MOCK_QUIRK_OGX | MOCK_QUIRK_STRICT_IDS, 0},
    {"ogx_old", MOCK_QUIRK_OGX | MOCK_QUIRK_OGX_OLD | MOCK_QUIRK_STRICT_IDS, 0},
    {"sglang", MOCK_QUIRK_SGLANG, 0},
    {"no_files", MOCK_QUIRK_NO_FILES, 0},
    {"plain_404", MOCK_QUIRK_PLAIN_404, 0},
    {"missing_500", MOCK_QUIRK_MISSING_500, 0},
    {"false_end", MOCK_QUIRK_FALSE_END, MOCK_TWIST_FALSE_END},
    {"twice", MOCK_QUIRK_TWICE, 0},
    {"no_nul", MOCK_QUIRK_NO_NUL, 0},
    {"no_refusals", MOCK_QUIRK_NO_REFUSALS, 0},
    {"full", MOCK_QUIRK_FULL, 0},
};

enum { QUIRKS = sizeof quirks_table / sizeof quirks_table[0] };

/* What changes the objects themselves and not only their pages. */
static const unsigned object_quirks = MOCK_QUIRK_ASTRA | MOCK_QUIRK_OPENASSISTANT |
                                      MOCK_QUIRK_SUPERCOMPAT | MOCK_QUIRK_DASHSCOPE |
                                      MOCK_QUIRK_SDK_DUMP | MOCK_QUIRK_V1;

unsigned mock_quirk_from_name(const char *name)
{
    for (size_t i = 0; i < QUIRKS; i++)
        if (strcmp(quirks_table[i].name, name) == 0)
            return quirks_table[i].mask;
    return 0;
}

void mock_quirk_names(struct mock_text *out)
{
    for (size_t i = 0; i < QUIRKS; i++)
        mock_text_printf(out, "%s%s", i > 0 ? " " : "", quirks_table[i].name);
}

unsigned mock_quirk_page(unsigned quirks)
{
    unsigned twists = 0;

    for (size_t i = 0; i < QUIRKS; i++)
        if ((quirks & quirks_table[i].mask) == quirks_table[i].mask)
            twists |= quirks_table[i].twists;
    return twists;
}

static void null_to_string(json_t *object, const char *name, const char *value)
{
    if (json_is_null(json_object_get(object, name)))
        (void)json_object_set_new(object, name, json_string(value));
}

static void set_null(json_t *object, const char *name)
{
    if (json_object_get(object, name) == NULL)
        (void)json_object_set_new(object, name, json_null());
}

/* Without its prefix: "msg_x" → "x". */
static void strip_id(json_t *object, const char *name)
{
    const char *id = json_string_value(json_object_get(object, name));
    const char *line = id ? strchr(id, '_') : NULL;

    if (line)
        (void)json_object_set_new(object, name, json_string(line + 1));
}

static void odd_time(json_t *object, size_t index)
{
    json_int_t seconds = json_integer_value(json_object_get(object, "created_at"));
    time_t time = (time_t)seconds;
    char text[32];
    struct tm parts;

    if (index % 2 == 0) {
        (void)json_object_set_new(object, "created_at", json_real((double)seconds + 0.25));
        return;
    }
    (void)gmtime_r(&time, &parts);
    (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    (void)json_object_set_new(object, "created_at", json_string(text));
}

static void to_file_ids(json_t *message)
{
    json_t *ids = json_array();
    json_t *attachments = json_object_get(message, "attachments");

    for (size_t i = 0; i < json_array_size(attachments); i++)
        (void)json_array_append(ids, json_object_get(json_array_get(attachments, i), "file_id"));
    (void)json_object_del(message, "attachments");
    (void)json_object_set_new(message, "file_ids", ids);
}

static void to_dashscope(json_t *message)
{
    const char *id = json_string_value(json_object_get(message, "id"));
    json_int_t seconds = json_integer_value(json_object_get(message, "created_at"));

    (void)json_object_set_new(message, "id",
                              json_sprintf("message_%.8s-%.4s-4%.3s-8%.3s-%.12s", id + 4, id + 12,
                                           id + 16, id + 19, id + 4));
    (void)json_object_set_new(message, "created_at", json_integer(seconds * 1000));
    (void)json_object_set_new(message, "status", json_string(""));
    null_to_string(message, "assistant_id", "");
}

static void rewrite_message(unsigned quirks, json_t *message, size_t index)
{
    if ((quirks & MOCK_QUIRK_ASTRA) != 0) {
        null_to_string(message, "assistant_id", "none");
        null_to_string(message, "run_id", "none");
    }
    if ((quirks & MOCK_QUIRK_OPENASSISTANT) != 0) {
        strip_id(message, "id");
        odd_time(message, index);
        to_file_ids(message);
    }
    if ((quirks & MOCK_QUIRK_SUPERCOMPAT) != 0) {
        (void)json_object_del(message, "object");
        (void)json_object_set_new(message, "created_at", json_integer(1700000000));
    }
    if ((quirks & MOCK_QUIRK_DASHSCOPE) != 0)
        to_dashscope(message);
    if ((quirks & MOCK_QUIRK_SDK_DUMP) != 0) {
        set_null(message, "status");
        set_null(message, "incomplete_details");
        set_null(message, "completed_at");
        set_null(message, "incomplete_at");
    }
    if ((quirks & MOCK_QUIRK_V1) != 0)
        to_file_ids(message);
}

static void rewrite_messages(unsigned quirks, struct mock_thread *thread)
{
    struct mock_objects old = thread->messages;

    thread->messages = (struct mock_objects){0};
    for (size_t i = 0; i < old.count; i++) {
        json_t *message = json_loads(old.at[i]->json, JSON_ALLOW_NUL, NULL);

        rewrite_message(quirks, message, i);
        mock_source_add_object(&thread->messages, message);
        json_decref(message);
    }
    mock_objects_release(&old);
}

/* The steps go on naming the messages that they created. */
static void rewrite_steps(struct mock_thread *thread)
{
    struct mock_objects old = thread->steps;

    thread->steps = (struct mock_objects){0};
    for (size_t i = 0; i < old.count; i++) {
        const struct mock_object *step = old.at[i];
        json_t *json = json_loads(step->json_included ? step->json_included : step->json,
                                  JSON_ALLOW_NUL, NULL);
        json_t *details = json_object_get(json, "step_details");

        strip_id(json_object_get(details, "message_creation"), "message_id");
        mock_source_add_object(&thread->steps, json);
        json_decref(json);
    }
    mock_objects_release(&old);
}

void mock_quirk_thread(unsigned quirks, struct mock_thread *thread)
{
    if ((quirks & object_quirks) == 0)
        return;
    rewrite_messages(quirks, thread);
    if ((quirks & MOCK_QUIRK_OPENASSISTANT) != 0)
        rewrite_steps(thread);
}
