#include "archive/shape_object.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { ID_MAX_CHARACTERS = 256 };

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

static bool is_camel(const char *key)
{
    for (const char *c = key; *c; c++) {
        if (is_upper(*c) && c > key)
            return true;
    }
    return false;
}

static void write_snake(struct buf *out, const char *key)
{
    buf_clear(out);
    for (const char *c = key; *c; c++) {
        if (is_upper(*c) && c > key)
            (void)buf_add_char(out, '_');
        (void)buf_add_char(out, is_upper(*c) ? (char)(*c - 'A' + 'a') : *c);
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

bool shape_is_camel(json_t *object)
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
struct work {
    json_t **values;
    size_t count;
    size_t cap;
};

static void work_push(struct work *work, json_t *value)
{
    if (!json_is_object(value) && !json_is_array(value))
        return;
    if (work->count == work->cap) {
        work->cap = work->cap ? 2 * work->cap : 16;
        work->values = mem_resize(work->values, work->cap, sizeof(void *));
    }
    work->values[work->count++] = value;
}

/* The value to stand in the place of `value`: a renamed copy or itself. New. */
static json_t *renamed_or_same(json_t *value, struct buf *name)
{
    if (json_is_object(value) && shape_is_camel(value))
        return rename_keys(value, name);
    return json_incref(value);
}

static void descend(struct work *work, json_t *value, struct buf *name)
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

json_t *shape_steal_snake(json_t *object)
{
    struct work work = {0};
    struct buf name;

    buf_init(&name, 0);
    json_t *root = renamed_or_same(object, &name);
    work_push(&work, root);
    while (work.count > 0)
        descend(&work, work.values[--work.count], &name);
    free(work.values);
    buf_release(&name);
    json_decref(object);
    return root;
}

/* Moves a member to another name, with its mark of repair, where that name is free. */
static void move_member(json_t *object, const char *from, const char *to)
{
    json_t *value = json_object_get(object, from);
    char mark_from[64];
    char mark_to[64];

    if (!value || json_is_null(value) || !json_is_absent(object, to))
        return;
    (void)json_object_set(object, to, value);
    (void)json_object_del(object, from);
    if (!json_was_repaired(object, to) && json_was_repaired(object, from)) {
        (void)snprintf(mark_from, sizeof mark_from, JSON_REPAIRED_PREFIX "%s", from);
        (void)snprintf(mark_to, sizeof mark_to, JSON_REPAIRED_PREFIX "%s", to);
        (void)json_object_del(object, mark_from);
        (void)json_object_set_new_nocheck(object, mark_to, json_true());
    }
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

static bool is_good_id(struct span id)
{
    size_t count = 0;

    for (size_t at = 0; at < id.len; count++) {
        uint32_t code;
        size_t len = text_utf8_next((struct span){id.data + at, id.len - at}, &code);

        if (len == 0 || is_control(code))
            return false;
        at += len;
    }
    return count >= 1 && count <= ID_MAX_CHARACTERS;
}

/* An id becomes a text; null becomes absent. */
static bool fix_id(json_t *object, const char *key, struct error *err)
{
    json_t *value = json_object_get(object, key);
    char digits[32];

    if (!value)
        return true;
    if (json_is_null(value)) {
        (void)json_object_del(object, key);
        return true;
    }
    if (json_is_integer(value)) {
        (void)snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(value));
        (void)json_object_set_new(object, key, json_string(digits));
        return true;
    }
    if (is_good_id(json_get_text(object, key)) && !json_was_repaired(object, key))
        return true;
    error_set(err, ERROR_BAD_ID, "%s is no text of 1 to 256 characters without control characters",
              key);
    return false;
}

bool shape_fix_object(json_t *object, struct error *err)
{
    move_member(object, "timestamp", "created_at");
    return fix_id(object, "id", err) && fix_id(object, "thread_id", err) &&
           fix_id(object, "run_id", err);
}

static const struct {
    const char *name;
    const char *role;
} ROLES[] = {
    {"human", "user"},           {"ai", "assistant"}, {"bot", "assistant"},
    {"system_prompt", "system"}, {"user", "user"},    {"assistant", "assistant"},
    {"system", "system"},
};

static void fix_role(json_t *message)
{
    struct span role = json_get_text(message, "role");

    for (size_t i = 0; i < sizeof ROLES / sizeof ROLES[0]; i++) {
        size_t len = strlen(ROLES[i].name);

        if (role.len != len || strncasecmp(role.data, ROLES[i].name, len) != 0)
            continue;
        if (!span_is(role, ROLES[i].role))
            (void)json_object_set_new(message, "role", json_string(ROLES[i].role));
        return;
    }
}

bool shape_fix_message(json_t *message, struct error *err)
{
    move_member(message, "message_id", "id");
    if (json_is_string(json_object_get(message, "text")))
        move_member(message, "text", "content");
    fix_role(message);
    return shape_fix_object(message, err);
}
