#include "archive/shape.h"

#include "json/json.h"
#include "json/json_scan.h"

#include <stdint.h>

/* Sorted by length, so that a key is compared with few names. */
static const struct {
    const char *key;
    uint8_t field;
    bool is_camel;
} KEYS[] = {
    {"id", FIELD_ID, false},
    {"kind", FIELD_KIND, false},
    {"type", FIELD_TYPE, false},
    {"role", FIELD_ROLE, false},
    {"text", FIELD_TEXT, false},
    {"runs", FIELD_RUNS, false},
    {"data", FIELD_DATA, false},
    {"event", FIELD_EVENT, false},
    {"error", FIELD_ERROR, false},
    {"object", FIELD_OBJECT, false},
    {"content", FIELD_CONTENT, false},
    {"hasMore", FIELD_HAS_MORE, true},
    {"has_more", FIELD_HAS_MORE, false},
    {"messages", FIELD_MESSAGES, false},
    {"threadId", FIELD_THREAD_ID, true},
    {"runSteps", FIELD_RUN_STEPS, true},
    {"createdAt", FIELDS, true},
    {"messageId", FIELD_MESSAGE_ID, true},
    {"thread_id", FIELD_THREAD_ID, false},
    {"run_steps", FIELD_RUN_STEPS, false},
    {"message_id", FIELD_MESSAGE_ID, false},
};

enum { KEY_COUNT = sizeof KEYS / sizeof KEYS[0], KEY_LENGTHS = 12 };

/* Where the keys of a length start in KEYS; the last two entries are the end. */
static const uint8_t STARTS[KEY_LENGTHS + 1] = {0, 0, 0, 1, 1, 7, 9, 10, 12, 16, 20, 21, 21};

static void note_member(struct shape_look *look, struct span key, struct span value)
{
    if (key.len >= KEY_LENGTHS)
        return;
    for (size_t i = STARTS[key.len]; i < STARTS[key.len + 1]; i++) {
        if (memcmp(KEYS[i].key, key.data, key.len) != 0)
            continue;
        look->is_camel = look->is_camel || KEYS[i].is_camel;
        if (KEYS[i].field == FIELDS || !value.data || span_is(value, "null"))
            return;
        look->is_twice = look->is_twice || look->field[KEYS[i].field].data;
        look->field[KEYS[i].field] = value;
        return;
    }
}

void shape_look(struct shape_look *look, struct span text)
{
    struct json_scan scan = json_scan_of(text);
    enum json_scan_step step = JSON_SCAN_ITEM;

    memset(look, 0, sizeof *look);
    look->is_object = json_scan_enter(&scan, '{');
    while (look->is_object && step == JSON_SCAN_ITEM) {
        struct span key;
        struct span value;

        step = json_scan_member(&scan, &key, &value);
        if (key.data)
            note_member(look, key, value);
    }
    look->is_whole = look->is_object && step == JSON_SCAN_END;
    look->end = look->is_whole || !scan.stop ? scan.at : scan.stop;
}

static bool starts_with(struct span raw, char c)
{
    return raw.data && raw.len > 0 && raw.data[0] == c;
}

bool shape_text_is(struct span raw, const char *text)
{
    size_t len = strlen(text);

    return raw.len == len + 2 && raw.data[0] == '"' && memcmp(raw.data + 1, text, len) == 0;
}

static bool has_prefix(struct span raw, const char *prefix)
{
    size_t len = strlen(prefix);

    return raw.len > len + 1 && raw.data[0] == '"' && memcmp(raw.data + 1, prefix, len) == 0;
}

struct named_class {
    const char *name;
    enum shape_class class;
};

/* The values of "object". */
static const struct named_class OBJECTS[] = {
    {"thread.message", CLASS_MESSAGE},     {"thread.run", CLASS_RUN},
    {"thread.run.step", CLASS_STEP},       {"thread", CLASS_THREAD},
    {"assistant", CLASS_ASSISTANT},        {"list", CLASS_PAGE},
    {"thread.message.delta", CLASS_DELTA}, {"thread.run.step.delta", CLASS_DELTA},
};

/* The values of "kind". */
static const struct named_class KINDS[] = {
    {"thread", CLASS_THREAD}, {"message", CLASS_MESSAGE},     {"run", CLASS_RUN},
    {"run_step", CLASS_STEP}, {"assistant", CLASS_ASSISTANT}, {"end", CLASS_END},
};

/* How ids start, for objects that do not say what they are. */
static const struct named_class PREFIXES[] = {
    {"thread_", CLASS_THREAD},
    {"run_", CLASS_RUN},
    {"step_", CLASS_STEP},
    {"asst_", CLASS_ASSISTANT},
};

static enum shape_class find_class(const struct named_class *names, size_t count, struct span raw)
{
    for (size_t i = 0; i < count; i++) {
        if (shape_text_is(raw, names[i].name))
            return names[i].class;
    }
    return CLASS_OTHER;
}

enum shape_class shape_kind(struct span raw)
{
    return find_class(KINDS, sizeof KINDS / sizeof KINDS[0], raw);
}

static bool holds_list(struct span raw)
{
    return starts_with(raw, '[') || starts_with(raw, '{');
}

/* An object that says what it is in "object" (or, as lists of some servers, nearly so). */
static enum shape_class class_by_name(const struct shape_look *look)
{
    const struct span *field = look->field;
    enum shape_class class =
        find_class(OBJECTS, sizeof OBJECTS / sizeof OBJECTS[0], field[FIELD_OBJECT]);

    if (class == CLASS_THREAD && holds_list(field[FIELD_MESSAGES]))
        return CLASS_CONTAINER;
    if (class == CLASS_PAGE && !starts_with(field[FIELD_DATA], '['))
        return CLASS_OTHER;
    return class;
}

/* A thread's message has a role and something said; items of a conversation have a type too. */
static bool is_message(const struct span *field)
{
    bool says = field[FIELD_CONTENT].data || starts_with(field[FIELD_TEXT], '"');

    return starts_with(field[FIELD_ROLE], '"') && says &&
           !shape_text_is(field[FIELD_TYPE], "message");
}

static enum shape_class class_by_members(const struct span *field)
{
    if (holds_list(field[FIELD_MESSAGES]))
        return CLASS_CONTAINER;
    if (is_message(field))
        return CLASS_MESSAGE;
    if (starts_with(field[FIELD_EVENT], '"') && field[FIELD_DATA].data)
        return CLASS_EVENT;
    if (starts_with(field[FIELD_DATA], '['))
        return CLASS_PAGE;
    if (field[FIELD_ERROR].data)
        return CLASS_ERROR;
    for (size_t i = 0; i < sizeof PREFIXES / sizeof PREFIXES[0]; i++) {
        if (has_prefix(field[FIELD_ID], PREFIXES[i].name))
            return PREFIXES[i].class;
    }
    return CLASS_OTHER;
}

enum shape_class shape_class(const struct shape_look *look)
{
    const struct span *field = look->field;
    enum shape_class kind = shape_kind(field[FIELD_KIND]);

    if (kind == CLASS_END && !field[FIELD_OBJECT].data)
        return CLASS_END;
    if (kind != CLASS_OTHER && starts_with(field[FIELD_OBJECT], '{'))
        return CLASS_WRAPPED;
    if (starts_with(field[FIELD_OBJECT], '"')) {
        enum shape_class class = class_by_name(look);
        bool is_list = starts_with(field[FIELD_DATA], '[');

        /* Servers are seen that name their lists "runs" or "messages". */
        if (class == CLASS_OTHER && is_list && field[FIELD_HAS_MORE].data)
            return CLASS_PAGE;
        return class;
    }
    return class_by_members(field);
}

struct span shape_text(struct span raw, struct buf *scratch)
{
    struct error ignored;

    if (raw.len > 0 && (raw.data[0] == '-' || (raw.data[0] >= '0' && raw.data[0] <= '9'))) {
        bool is_integer = !memchr(raw.data, '.', raw.len) && !memchr(raw.data, 'e', raw.len) &&
                          !memchr(raw.data, 'E', raw.len);
        return is_integer ? raw : (struct span){NULL, 0};
    }
    if (raw.len < 2 || raw.data[0] != '"' || raw.data[raw.len - 1] != '"')
        return (struct span){NULL, 0};
    if (!memchr(raw.data, '\\', raw.len))
        return (struct span){raw.data + 1, raw.len - 2};
    json_t *value = json_read(raw, &ignored);
    if (!value)
        return (struct span){NULL, 0};
    buf_clear(scratch);
    (void)buf_add(scratch, json_string_value(value), json_string_length(value));
    json_decref(value);
    return buf_span(scratch);
}

size_t shape_count(struct span raw)
{
    struct json_scan scan = json_scan_of(raw);
    struct span element;
    size_t count = 0;

    if (!raw.data || !json_scan_enter(&scan, '['))
        return 0;
    while (json_scan_element(&scan, &element) == JSON_SCAN_ITEM)
        count++;
    return count;
}
