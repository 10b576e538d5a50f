#include "archive/record.h"

#include "base/mem.h"
#include "base/text.h"
#include "fields/key_name.h"
#include "fields/fields.h"
#include "json/json.h"
#include "map/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* ---- keys in snake_case ---- */

/* Members whose keys are the user's own. */
static bool is_foreign(const char *key)
{
    return strcmp(key, "metadata") == 0 || strcmp(key, "parameters") == 0 ||
           strcmp(key, "schema") == 0;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* "$numberLong" is a word of MongoDB's, not a name. */
static bool is_camel(const char *key)
{
    for (const char *c = key; *key != '$' && *c; c++) {
        if (is_upper(*c))
            return true;
    }
    return false;
}

static void write_snake(struct buf *out, const char *key)
{
    buf_clear(out);
    for (const char *c = key; *c; c++) {
        if (is_upper(*c) && c > key)
            buf_add_char(out, '_');
        buf_add_char(out, is_upper(*c) ? (char)(*c - 'A' + 'a') : *c);
    }
}

/* A copy of one object with other keys; the values stay the same. A key that is there in its right
 * spelling already wins. */
static json_t *rename_keys(json_t *object, struct buf *name)
{
    json_t *renamed = json_object();
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        if (!is_camel(key)) {
            (void)json_object_set_nocheck(renamed, key, value);
            continue;
        }
        write_snake(name, key);
        if (!json_object_get(object, name->data))
            (void)json_object_set_nocheck(renamed, name->data, value);
    }
    return renamed;
}

static bool has_camel(json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        if (is_camel(key))
            return true;
    }
    return false;
}

/* Values that are still to be looked into; a list and not the C stack, for nesting is foreign. */
struct work_list {
    json_t **values;
    size_t count;
    size_t cap;
};

static void work_push(struct work_list *work, json_t *value)
{
    if (!json_is_object(value) && !json_is_array(value))
        return;
    work->values = mem_grow(work->values, work->count, &work->cap, sizeof(void *));
    work->values[work->count++] = value;
}

/* The value to stand in the place of `value`: a renamed copy or itself. New. */
static json_t *renamed_or_same(json_t *value, struct buf *name)
{
    if (json_is_object(value) && has_camel(value))
        return rename_keys(value, name);
    return json_incref(value);
}

static void descend(struct work_list *work, json_t *value, struct buf *name)
{
    const char *key;
    json_t *member;
    size_t i;

    if (json_is_array(value)) {
        json_array_foreach(value, i, member)
        {
            json_t *other = renamed_or_same(member, name);

            (void)json_array_set_new(value, i, other);
            work_push(work, other);
        }
        return;
    }
    json_object_foreach(value, key, member)
    {
        if (is_foreign(key))
            continue;
        json_t *other = renamed_or_same(member, name);
        /* Setting a key that is there keeps the iteration valid. */
        (void)json_object_set_new_nocheck(value, key, other);
        work_push(work, other);
    }
}

/* The object with its keys in snake_case, at any depth, but not inside of metadata. Steals it. */
static json_t *steal_snake(json_t *object)
{
    struct work_list work = {0};
    struct buf name;

    buf_init(&name, BUF_NO_LIMIT);
    json_t *root = renamed_or_same(object, &name);
    work_push(&work, root);
    while (work.count > 0)
        descend(&work, work.values[--work.count], &name);
    free(work.values);
    buf_release(&name);
    json_decref(object);
    return root;
}

/* ---- members under the API's names ---- */

/* Moves a member to another name, with its mark of repair, if that name is free. */
static void move_member(json_t *object, const char *from, const char *to)
{
    json_t *value = json_object_get(object, from);

    if (!value || json_is_null(value) || !json_is_absent(object, to) || strcmp(from, to) == 0)
        return;
    bool repaired = json_was_repaired(object, from);
    char *mark_from = mem_printf("%s%s", JSON_REPAIRED_PREFIX, from);
    char *mark_to = mem_printf("%s%s", JSON_REPAIRED_PREFIX, to);
    char *name = mem_strdup(from);
    (void)json_object_set_nocheck(object, to, value);
    if (repaired) {
        (void)json_object_del(object, mark_from);
        (void)json_object_set_new_nocheck(object, mark_to, json_true());
    }
    (void)json_object_del(object, name);
    free(mark_from);
    free(mark_to);
    free(name);
}

/* Names that members go by, folded, and the API's; those of one name in the order of preference. */
static const struct {
    const char *folded;
    const char *name;
} ALIASES[] = {
    {"id", "id"},
    {"messageid", "id"},
    {"role", "role"},
    {"threadid", "thread_id"},
    {"openaithreadid", "thread_id"},
    {"runid", "run_id"},
    {"assistantid", "assistant_id"},
    {"createdat", "created_at"},
    {"created", "created_at"},
    {"timestamp", "created_at"},
    {"time", "created_at"},
    {"date", "created_at"},
    {"fileids", "file_ids"},
    {"incompletedetails", "incomplete_details"},
};

enum { ALIAS_COUNT = sizeof ALIASES / sizeof ALIASES[0] };

/* The key of the object that folds to the name of a text, or NULL. Borrowed. */
static const char *find_key(json_t *object, const char *folded)
{
    const char *key;
    json_t *value;

    if (!json_is_absent(object, folded))
        return folded;
    json_object_foreach(object, key, value)
    {
        if (!json_is_null(value) && key_name_same(span_of(key), span_of(folded)))
            return key;
    }
    return NULL;
}

static bool is_blank_text(const json_t *value)
{
    return json_is_string(value) && json_string_length(value) == 0;
}

/* The row of ALIASES that a key folds to, or ALIAS_COUNT. "_id" is not "id". */
static size_t alias_of(const char *key)
{
    char first;

    if (*key == '_' && key_name_same(span_of(key), span_of("id")))
        return ALIAS_COUNT;
    key += strspn(key, " _-");
    first = is_upper(*key) ? (char)(*key - 'A' + 'a') : *key;
    for (size_t i = 0; i < ALIAS_COUNT; i++) {
        if (ALIASES[i].folded[0] == first &&
            key_name_same(span_of(key), span_of(ALIASES[i].folded)))
            return i;
    }
    return ALIAS_COUNT;
}

static void use_api_names(json_t *object)
{
    const char *keys[ALIAS_COUNT] = {NULL};
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        size_t row = json_is_null(value) ? ALIAS_COUNT : alias_of(key);

        if (row < ALIAS_COUNT && (!keys[row] || strcmp(key, ALIASES[row].folded) == 0))
            keys[row] = key;
    }
    for (size_t i = 0; i < ALIAS_COUNT; i++) {
        if (keys[i] && strcmp(keys[i], ALIASES[i].name) != 0 &&
            !is_blank_text(json_object_get(object, keys[i])))
            move_member(object, keys[i], ALIASES[i].name);
    }
}

/* {"$date":…}, {"$numberLong":"…"}, one in the other: what is inside. */
static json_t *unwrap(json_t *value)
{
    for (int depth = 0; depth < 4 && json_is_object(value); depth++) {
        json_t *inner = json_object_get(value, "$date");
        const char *key;
        json_t *member;

        json_object_foreach(value, key, member)
        {
            if (!inner && (fields_is_wrapper(span_of(key)) || strcmp(key, "$numberDouble") == 0))
                inner = member;
        }
        if (!inner)
            break;
        value = inner;
    }
    return value;
}

static int64_t integer_in(json_t *value)
{
    int64_t number = -1;

    value = unwrap(value);
    if (json_is_integer(value))
        number = json_integer_value(value);
    else if (json_is_string(value) &&
             !text_to_int((struct span){json_string_value(value), json_string_length(value)},
                          &number))
        number = -1;
    return number;
}

/* {"_seconds":…,"_nanoseconds":…} of Firestore, {"seconds":…,"nanos":…} of protobuf, perhaps inside
 * of {"__datatype__":"timestamp","value":…}: milliseconds, or -1. */
static int64_t stamp_ms(const json_t *value)
{
    static const char *const NAMES[][2] = {
        {"_seconds", "_nanoseconds"}, {"seconds", "nanos"}, {"seconds", "nanoseconds"}};
    const int64_t max_seconds = INT64_C(100000000000);

    if (json_object_get(value, "__datatype__"))
        value = json_object_get(value, "value");
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        const int64_t seconds = integer_in(json_object_get(value, NAMES[i][0]));
        const int64_t nanos = integer_in(json_object_get(value, NAMES[i][1]));

        if (seconds >= 0 && seconds <= max_seconds && nanos >= 0 && nanos <= 999999999)
            return seconds * 1000 + nanos / 1000000;
    }
    return -1;
}

/* [2024, 5, 21, 10, 13, 20, 500000000], as Java and Python write a local time: milliseconds, or
 * -1. The last number counts nanoseconds and may be missing, so may the seconds. */
static int64_t fields_ms(const json_t *value)
{
    int64_t number[7] = {0};
    char text[32];
    int64_t ms;

    if (json_array_size(value) < 5 || json_array_size(value) > 7)
        return -1;
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *one = json_array_get(value, i);

        number[i] = json_is_integer(one) ? json_integer_value(one) : -1;
        if (number[i] < 0 || number[i] > (i < 6 ? 9999 : 999999999))
            return -1;
    }
    (void)snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", (int)number[0],
                   (int)number[1], (int)number[2], (int)number[3], (int)number[4], (int)number[5]);
    return text_parse_iso8601(span_of(text), &ms) && ms >= 0 ? ms + number[6] / 1000000 : -1;
}

/* Times that are objects or arrays, also as JSON in a string. */
static void use_timestamp(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    const struct span text = {json_string_value(value), json_string_length(value)};
    struct error ignored;
    json_t *inner = NULL;

    if (text.len > 1 && (text.data[0] == '{' || text.data[0] == '['))
        value = inner = json_read(text, &ignored);
    int64_t ms = stamp_ms(value);
    if (ms < 0)
        ms = fields_ms(value);
    if (ms >= 0)
        (void)json_object_set_new(object, key, json_integer(ms));
    json_decref(inner);
}

/* What a member is then; borrowed, or NULL. */
static json_t *unwrap_member(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    json_t *inner = unwrap(value);

    if (inner != value)
        (void)json_object_set_new(object, key, json_incref(inner));
    return inner;
}

/* A member that is JSON in a string becomes what it is; an empty one is absent. */
static void open_member(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    struct error ignored = {.code = ERROR_NONE};
    struct span text;

    if (!json_is_string(value))
        return;
    if (is_blank_text(value)) {
        (void)json_object_del(object, key);
        return;
    }
    text = text_trim((struct span){json_string_value(value), json_string_length(value)});
    if (text.len < 2 || (text.data[0] != '{' && text.data[0] != '['))
        return;
    value = json_read(text, &ignored);
    if (value)
        (void)json_object_set_new(object, key, value);
}

/* ---- ids ---- */

/* An id becomes a text; null and "" become absent. */
static bool fix_id(json_t *object, const char *key, struct error *err)
{
    char digits[32];

    json_t *value = unwrap_member(object, key);
    if (!value)
        return true;
    if (json_is_null(value) || is_blank_text(value)) {
        (void)json_object_del(object, key);
        return true;
    }
    if (json_is_integer(value)) {
        (void)snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(value));
        (void)json_object_set_new(object, key, json_string(digits));
        return true;
    }
    if (text_is_archive_id((struct span){json_string_value(value), json_string_length(value)}) &&
        !json_was_repaired(object, key))
        return true;
    error_set(err, ERROR_BAD_ID,
              "%s is not a text of 1 to 256 characters without control characters", key);
    return false;
}

static bool fix_object(json_t *object, struct error *err)
{
    use_api_names(object);
    (void)unwrap_member(object, "created_at");
    use_timestamp(object, "created_at");
    return fix_id(object, "id", err) && fix_id(object, "thread_id", err) &&
           fix_id(object, "run_id", err) && fix_id(object, "assistant_id", err);
}

/* ---- texts ---- */

static bool is_empty(const json_t *value)
{
    return !value || json_is_null(value) || is_blank_text(value) ||
           (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

static const char *const TEXT_KEYS[] = {"content", "text", "value", "message", "parts"};

/* A string among parts as one of type text. New. */
static json_t *part_of(json_t *text, bool repaired)
{
    json_t *part = json_pack("{s:s, s:O}", "type", "text", "text", text);

    if (repaired && json_holds_replacement(json_get_text(part, "text")))
        (void)json_object_set_new(part, JSON_REPAIRED_PREFIX "text", json_true());
    return part;
}

/* A part that is a string, or {"text":…} without a type, becomes a part of type text. */
static void fix_parts(json_t *message)
{
    json_t *content = json_object_get(message, "content");
    bool repaired = json_is_array(content) && json_was_repaired(message, "content");
    json_t *part;
    size_t i;

    if (repaired)
        (void)json_object_del(message, JSON_REPAIRED_PREFIX "content");
    json_array_foreach(content, i, part)
    {
        if (json_is_string(part))
            (void)json_array_set_new(content, i, part_of(part, repaired));
        else if (json_is_object(part) && json_is_absent(part, "type") &&
                 !json_is_absent(part, "text"))
            (void)json_object_set_new(part, "type", json_string("text"));
    }
}

/* The text becomes "content": the first of the keys that is not empty. */
static void fix_text(json_t *message, const struct record_source *source)
{
    for (size_t i = 0; i < sizeof TEXT_KEYS / sizeof TEXT_KEYS[0]; i++) {
        const char *key = find_key(message, TEXT_KEYS[i]);

        if (!key || is_empty(json_object_get(message, key)))
            continue;
        if (strcmp(key, "content") != 0) {
            (void)json_object_del(message, "content");
            move_member(message, key, "content");
        }
        if (source->input && source->input->inner_content[i])
            open_member(message, "content");
        break;
    }
    fix_parts(message);
}

static void fix_role(json_t *message, const struct fields *fields)
{
    struct span word = json_get_text(message, "role");
    struct span role;

    if (!word.data)
        return;
    role = fields_role(fields, word);
    if (!span_equal(role, word))
        (void)json_object_set_new(message, "role", json_stringn_nocheck(role.data, role.len));
}

json_t *record_message(json_t *message, const struct record_source *source, struct error *err)
{
    static const char *const OPENED[] = {"metadata", "attachments", "file_ids",
                                         "incomplete_details", "status"};

    if (has_camel(message))
        message = steal_snake(message);
    fix_text(message, source);
    if (!fix_object(message, err)) {
        json_decref(message);
        return NULL;
    }
    for (size_t i = 0; i < sizeof OPENED / sizeof OPENED[0]; i++)
        open_member(message, OPENED[i]);
    fix_role(message, source->fields);
    return message;
}

json_t *record_object(json_t *object, struct error *err)
{
    if (has_camel(object))
        object = steal_snake(object);
    if (fix_object(object, err))
        return object;
    json_decref(object);
    return NULL;
}

/* ---- threads ---- */

/* Members that a thread object is not made of, in what holds its messages. */
static bool is_list_key(struct span key)
{
    static const char *const LISTS[] = {"messages", "runs",  "run_steps",
                                        "runSteps", "steps", "data"};

    for (size_t i = 0; i < sizeof LISTS / sizeof LISTS[0]; i++) {
        if (span_is(key, LISTS[i]))
            return true;
    }
    return false;
}

/* The text of an object without its lists of messages: they may be as large as the file. True if
 * nothing is left out that could hold records. */
static bool add_without_lists(struct buf *out, const struct tape *tape)
{
    bool is_whole = true;
    bool any = false;

    buf_add_char(out, '{');
    for (uint32_t i = tape_first(tape, 0); i != TAPE_NONE; i = tape_next(tape, 0, i)) {
        struct span key = tape_raw_key(tape, i);
        bool is_list = tape_type(tape, i) == TAPE_ARRAY || is_list_key(key);

        is_list = is_list || (tape_type(tape, i) == TAPE_STRING && look_is_inner(tape, i) &&
                              !span_is(key, "tool_resources"));
        if (is_list && !span_is(key, "metadata")) {
            is_whole = is_whole && !span_holds(tape_raw(tape, i), "{");
            continue;
        }
        if (any)
            buf_add_char(out, ',');
        any = true;
        buf_add_char(out, '"');
        buf_add_span(out, key);
        buf_add_text(out, "\":");
        buf_add_span(out, tape_raw(tape, i));
    }
    buf_add_char(out, '}');
    return is_whole;
}

json_t *record_thread(struct span text, struct buf *own, bool *is_whole, struct error *err)
{
    struct tape tape;
    json_t *thread = NULL;
    size_t used;

    tape_init(&tape);
    if (tape_read(&tape, text, &used) == TAPE_WHOLE && tape_type(&tape, 0) == TAPE_OBJECT) {
        *is_whole = add_without_lists(own, &tape);
        thread = json_read_object(buf_span(own), err);
    } else {
        error_set(err, ERROR_BAD_SOURCE, "cannot read a thread object: it is not JSON");
    }
    tape_release(&tape);
    if (!thread)
        return NULL;
    thread = record_object(thread, err);
    if (thread) {
        open_member(thread, "metadata");
        open_member(thread, "tool_resources");
    }
    return thread;
}

/* ---- objects of the API ---- */

bool record_is_api(const json_t *object, const char *kind)
{
    return span_is(json_get_text(object, "object"), kind) &&
           !has_camel((json_t *)(uintptr_t)object);
}

bool record_stands_alone(struct span bytes, const json_t *message)
{
    static const struct record_source ALONE = {NULL, NULL};
    struct error ignored = {.code = ERROR_NONE};
    json_t *alone = json_read_object(bytes, &ignored);
    bool stands = alone && record_is_api(alone, "thread.message");

    alone = alone ? record_message(alone, &ALONE, &ignored) : NULL;
    stands = stands && alone && json_equal(alone, message);
    json_decref(alone);
    return stands;
}

/* The members of the API's objects that are read; NULL: all but lists of steps. */
static const struct form {
    const char *object;
    const char *members[16];
} FORMS[OBJECT_KINDS] = {
    [OBJECT_MESSAGE] = {"thread.message",
                        {"created_at", "status", "incomplete_details", "completed_at",
                         "incomplete_at", "role", "content", "assistant_id", "run_id",
                         "attachments", "file_ids", "metadata"}},
    [OBJECT_THREAD] = {"thread", {"created_at", "tool_resources", "metadata"}},
    [OBJECT_RUN] = {"thread.run", {NULL}},
    [OBJECT_STEP] = {"thread.run.step", {NULL}},
    [OBJECT_ASSISTANT] = {"assistant", {NULL}},
};

/* Copies a member with its mark of repair. */
static void copy_member(json_t *to, const json_t *from, const char *key)
{
    json_t *value = json_object_get(from, key);
    char *mark = mem_printf("%s%s", JSON_REPAIRED_PREFIX, key);

    if (value)
        (void)json_object_set_nocheck(to, key, value);
    if (value && json_is_true(json_object_get(from, mark)))
        (void)json_object_set_new_nocheck(to, mark, json_true());
    free(mark);
}

/* A time becomes seconds, if it is a whole number of them; others stay as they are. */
static void write_time(json_t *object)
{
    json_t *seconds;
    int64_t ms;
    int64_t again = 0;

    if (!source_time_ms(json_object_get(object, "created_at"), &ms) || ms % 1000 != 0)
        return;
    seconds = json_integer(ms / 1000);
    if (source_time_ms(seconds, &again) && again == ms)
        (void)json_object_set_nocheck(object, "created_at", seconds);
    json_decref(seconds);
}

/* Content that is one text, or one part, becomes a list of it. */
static void write_content(json_t *object)
{
    json_t *content = json_object_get(object, "content");
    json_t *text;

    if (json_is_object(content))
        (void)json_object_set_new_nocheck(object, "content", json_pack("[O]", content));
    if (!json_is_string(content))
        return;
    text = json_pack("{s:O, s:[]}", "value", content, "annotations");
    if (json_was_repaired(object, "content"))
        (void)json_object_set_new_nocheck(text, JSON_REPAIRED_PREFIX "value", json_true());
    (void)json_object_del(object, JSON_REPAIRED_PREFIX "content");
    (void)json_object_set_new_nocheck(object, "content",
                                      json_pack("[{s:s, s:o}]", "type", "text", "text", text));
}

void record_form(struct buf *out, const json_t *record, enum object_kind kind,
                 struct span thread_id)
{
    const struct form *form = &FORMS[kind];
    json_t *object = json_object();
    const char *key;
    json_t *value;

    copy_member(object, record, "id");
    (void)json_object_set_new_nocheck(object, "object", json_string(form->object));
    if (kind == OBJECT_THREAD)
        (void)json_object_set_new_nocheck(object, "id",
                                          json_stringn_nocheck(thread_id.data, thread_id.len));
    else if (kind != OBJECT_ASSISTANT)
        (void)json_object_set_new_nocheck(object, "thread_id",
                                          json_stringn_nocheck(thread_id.data, thread_id.len));
    for (size_t i = 0; form->members[i]; i++)
        copy_member(object, record, form->members[i]);
    json_object_foreach((json_t *)(uintptr_t)record, key, value)
    {
        if (!form->members[0] && !json_object_get(object, key) && strcmp(key, "steps") != 0 &&
            strcmp(key, "run_steps") != 0)
            (void)json_object_set_nocheck(object, key, value);
    }
    write_time(object);
    if (kind == OBJECT_MESSAGE)
        write_content(object);
    json_write_value(out, object, JSON_ESCAPE_REPAIRED);
    json_decref(object);
}

/* The marks of repair in a value. */
static int64_t count_marks(json_t *value)
{
    struct work_list work = {0};
    int64_t count = 0;
    const char *key;
    json_t *member;
    size_t i;

    work_push(&work, value);
    while (work.count > 0) {
        json_t *at = work.values[--work.count];

        json_array_foreach(at, i, member)
        {
            work_push(&work, member);
        }
        json_object_foreach(at, key, member)
        {
            count += json_is_repair_mark(key, member);
            work_push(&work, member);
        }
    }
    free(work.values);
    return count;
}

int64_t record_repaired(const json_t *record, enum object_kind kind)
{
    static const char *const OF_MESSAGE[] = {"content", "attachments", "file_ids",
                                             "incomplete_details", NULL};
    static const char *const OF_THREAD[] = {"metadata", NULL};
    const char *const *members = kind == OBJECT_THREAD ? OF_THREAD : OF_MESSAGE;
    int64_t count = 0;

    for (; *members; members++)
        count +=
            json_was_repaired(record, *members) + count_marks(json_object_get(record, *members));
    return count;
}
