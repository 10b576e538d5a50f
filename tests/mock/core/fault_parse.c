#include "mock/core/fault.h"

#include "mock/api/list.h"
#include "mock/api/reply.h"
#include "mock/base/gzip.h"
#include "mock/core/body.h"

#include <stdlib.h>
#include <string.h>

static const char *const action_names[MOCK_ACTIONS] = {
    [MOCK_DO_ERROR] = "error",
    [MOCK_DO_ERROR_AFTER] = "error_after",
    [MOCK_DO_PARTIAL] = "partial",
    [MOCK_DO_RESET_EARLY] = "reset_early",
    [MOCK_DO_RESET_BEFORE] = "reset_before",
    [MOCK_DO_RESET_AFTER] = "reset_after",
    [MOCK_DO_FIN_BEFORE] = "fin_before",
    [MOCK_DO_FIN_AFTER] = "fin_after",
    [MOCK_DO_TRUNCATE] = "truncate",
    [MOCK_DO_STALL] = "stall",
    [MOCK_DO_MUTE_BEFORE] = "mute_before",
    [MOCK_DO_MUTE_AFTER] = "mute_after",
    [MOCK_DO_DRIP] = "drip",
    [MOCK_DO_LATENCY] = "latency",
    [MOCK_DO_SLOW_COMMIT] = "slow_commit",
    [MOCK_DO_TWICE] = "twice",
    [MOCK_DO_COMMIT_LATER] = "commit_later",
    [MOCK_DO_RAW] = "raw",
    [MOCK_DO_EDIT] = "edit",
    [MOCK_DO_PAGE] = "page",
    [MOCK_DO_STALE] = "stale",
    [MOCK_DO_GROW_THREAD] = "grow_thread",
    [MOCK_DO_DELETE_THREAD] = "delete_thread",
    [MOCK_DO_INSERT_ITEM] = "insert_item",
    [MOCK_DO_DELETE_CONVERSATION] = "delete_conversation",
    [MOCK_DO_SET_KEY] = "set_key",
    [MOCK_DO_TOKEN_BUCKET] = "token_bucket",
    [MOCK_DO_CLOSE_AFTER] = "close_after",
};

/* Where a value goes: each handler reads one key into the rule. */
struct reader {
    struct mock_fault *fault;
    struct mock_text *error;
};

static bool complain(struct reader *reader, const char *key, const char *expected)
{
    mock_text_printf(reader->error, "fault script: '%s' must be %s", key, expected);
    return false;
}

static bool read_number(struct reader *reader, const char *key, json_t *value, uint64_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return complain(reader, key, "a number");
    *out = (uint64_t)json_integer_value(value);
    return true;
}

static bool read_string(struct reader *reader, const char *key, json_t *value, char **out)
{
    if (!json_is_string(value))
        return complain(reader, key, "a string");
    free(*out);
    *out = mock_strdup(json_string_value(value));
    return true;
}

static bool read_body(struct reader *reader, json_t *value)
{
    mock_text_clear(&reader->fault->body);
    reader->fault->has_body = true;
    return mock_body_compose(value, reader->fault->latin1, &reader->fault->body) ||
           complain(reader, "body", "a text, JSON, or a list of strings and [text, count] pairs");
}

static bool read_wire(struct reader *reader, json_t *value)
{
    static const struct {
        const char *name;
        enum mock_wire wire;
    } wires[] = {
        {"reset", MOCK_WIRE_RESET}, {"fin", MOCK_WIRE_FIN},     {"cut", MOCK_WIRE_CUT},
        {"torn", MOCK_WIRE_TORN},   {"stall", MOCK_WIRE_STALL}, {"mute", MOCK_WIRE_MUTE},
        {"drip", MOCK_WIRE_DRIP},   {"whole", MOCK_WIRE_WHOLE},
    };

    for (size_t i = 0; json_is_string(value) && i < sizeof wires / sizeof wires[0]; i++) {
        if (strcmp(wires[i].name, json_string_value(value)) == 0) {
            reader->fault->wire = wires[i].wire;
            return true;
        }
    }
    return complain(reader, "wire", "reset, fin, cut, torn, stall, mute, drip or whole");
}

static bool read_twists(struct reader *reader, json_t *value)
{
    json_t *list = json_is_array(value) ? json_incref(value) : json_pack("[O]", value);
    bool ok = true;

    for (size_t i = 0; ok && i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        unsigned mask = name ? mock_twist_from_name(name) : 0;

        reader->fault->twists |= mask;
        ok = mask != 0;
    }
    json_decref(list);
    return ok || complain(reader, "how", "the name of a page twist");
}

static bool read_size(struct reader *reader, const char *key, json_t *value)
{
    struct mock_fault *fault = reader->fault;
    uint64_t number = 0;

    if (!read_number(reader, key, value, &number))
        return false;
    if (strcmp(key, "status") == 0)
        fault->status = (int)number;
    else if (strcmp(key, "ms") == 0)
        fault->ms = (int64_t)number;
    else if (strcmp(key, "bytes") == 0)
        fault->bytes = (size_t)number;
    else if (strcmp(key, "count") == 0)
        fault->count = (unsigned)number;
    else if (strcmp(key, "body_size") == 0)
        fault->body_size = (size_t)number;
    else if (strcmp(key, "times") == 0)
        fault->times = number;
    else if (strcmp(key, "per_minute") == 0)
        fault->per_ms = (double)number / 60000.0;
    else
        fault->burst = (double)number;
    return true;
}

static bool is_size(const char *key)
{
    static const char *const sizes[] = {"status",    "ms",    "bytes",      "count",
                                        "body_size", "times", "per_minute", "burst"};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (strcmp(sizes[i], key) == 0)
            return true;
    return false;
}

static bool read_action(struct reader *reader, json_t *value)
{
    const char *name = json_string_value(value);

    for (unsigned i = 0; name && i < MOCK_ACTIONS; i++) {
        if (strcmp(action_names[i], name) == 0) {
            reader->fault->action = (enum mock_action)i;
            return true;
        }
    }
    return complain(reader, "do", "a known action");
}

static bool read_bomb(struct reader *reader, json_t *value)
{
    struct mock_fault *fault = reader->fault;
    uint64_t size = 0;

    if (!read_number(reader, "gzip_bomb", value, &size))
        return false;
    fault->has_body = true;
    mock_text_clear(&fault->body);
    mock_gzip_bomb(&fault->body, size);
    if (!fault->headers)
        fault->headers = json_object();
    return json_object_set_new(fault->headers, "Content-Encoding", json_string("gzip")) == 0;
}

static bool read_text_member(struct reader *reader, const char *key, json_t *value)
{
    struct mock_fault *fault = reader->fault;

    if (strcmp(key, "key") == 0)
        return read_string(reader, key, value, &fault->key);
    if (strcmp(key, "retry_after") == 0)
        return read_string(reader, key, value, &fault->retry_after);
    if (strcmp(key, "body") == 0 || strcmp(key, "item") == 0)
        return read_body(reader, value);
    if (strcmp(key, "gzip_bomb") == 0)
        return read_bomb(reader, value);
    if (strcmp(key, "body_file") == 0 && json_is_string(value)) {
        fault->has_body = true;
        return mock_text_read_file(&fault->body, json_string_value(value)) ||
               complain(reader, key, "a readable file");
    }
    if (strcmp(key, "error") == 0 && json_is_string(value)) {
        return mock_fault_preset(json_string_value(value), fault) ||
               complain(reader, key, "a known error");
    }
    return complain(reader, key, "left out: it is unknown, or of the wrong type");
}

static bool read_member(struct reader *reader, const char *key, json_t *value)
{
    struct mock_fault *fault = reader->fault;

    if (is_size(key))
        return read_size(reader, key, value);
    if (strcmp(key, "headers") == 0 && json_is_object(value)) {
        if (!fault->headers)
            fault->headers = json_object();
        return json_object_update(fault->headers, value) == 0;
    }
    if (strcmp(key, "edits") == 0 && json_is_array(value)) {
        fault->edits = json_incref(value);
        return true;
    }
    if (strcmp(key, "wire") == 0)
        return read_wire(reader, value);
    if (strcmp(key, "how") == 0)
        return read_twists(reader, value);
    if (strcmp(key, "advertise") == 0 || strcmp(key, "commit") == 0) {
        *(key[0] == 'a' ? &fault->advertise : &fault->commit) = json_is_true(value);
        return true;
    }
    return read_text_member(reader, key, value);
}

static bool read_nth(struct reader *reader, json_t *value)
{
    struct mock_match *match = &reader->fault->match;

    if (!json_is_array(value)) {
        match->nth_count = 1;
        return read_number(reader, "nth", value, &match->nth[0]);
    }
    for (size_t i = 0; i < json_array_size(value) && i < MOCK_NTH_MAX; i++) {
        if (!read_number(reader, "nth", json_array_get(value, i), &match->nth[i]))
            return false;
        match->nth_count++;
    }
    return true;
}

static bool read_routes(struct reader *reader, json_t *value)
{
    json_t *list = json_is_array(value) ? json_incref(value) : json_pack("[O]", value);
    bool ok = true;

    for (size_t i = 0; ok && i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        enum mock_route route = name ? mock_route_from_name(name) : MOCK_UNKNOWN_ROUTE;

        reader->fault->match.routes |= 1u << route;
        ok = route != MOCK_UNKNOWN_ROUTE;
    }
    json_decref(list);
    return ok || complain(reader, "route", "the name of a route");
}

static bool read_condition(struct reader *reader, const char *key, json_t *value)
{
    struct mock_match *match = &reader->fault->match;
    const struct {
        const char *name;
        uint64_t *out;
    } numbers[] = {
        {"first", &match->first},
        {"from", &match->from},
        {"every", &match->every},
        {"global", &match->global},
        {"global_from", &match->global_from},
        {"seed", &reader->fault->rng.state},
    };

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (strcmp(numbers[i].name, key) == 0)
            return read_number(reader, key, value, numbers[i].out);
    if (strcmp(key, "p") == 0 && json_is_number(value)) {
        match->chance = json_number_value(value);
        return true;
    }
    if (strcmp(key, "after_ms") == 0 && json_is_integer(value)) {
        match->after_ms = json_integer_value(value);
        return true;
    }
    if (strcmp(key, "until_ms") == 0 && json_is_integer(value)) {
        match->until_ms = json_integer_value(value);
        return true;
    }
    return complain(reader, key, "left out: it is unknown, or of the wrong type");
}

static bool read_match_member(struct reader *reader, const char *key, json_t *value)
{
    struct mock_match *match = &reader->fault->match;

    if (strcmp(key, "route") == 0)
        return read_routes(reader, value);
    if (strcmp(key, "nth") == 0)
        return read_nth(reader, value);
    if (strcmp(key, "method") == 0)
        return read_string(reader, key, value, &match->method);
    if (strcmp(key, "path") == 0)
        return read_string(reader, key, value, &match->path);
    if (strcmp(key, "key") == 0)
        return read_string(reader, key, value, &match->key);
    if (strcmp(key, "body") == 0)
        return read_string(reader, key, value, &match->body);
    if (strcmp(key, "metadata") == 0)
        return read_string(reader, key, value, &match->metadata);
    if (strcmp(key, "per") == 0) {
        match->per_id = true;
        return true;
    }
    return read_condition(reader, key, value);
}

static bool read_match(struct reader *reader, json_t *object)
{
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i))
        if (!read_match_member(reader, json_object_iter_key(i), json_object_iter_value(i)))
            return false;
    return true;
}

/* A preset comes first, so that the rule's own status and headers win over it. */
static bool read_rule(struct reader *reader, json_t *rule)
{
    json_t *preset = json_object_get(rule, "error");

    reader->fault->latin1 = json_is_true(json_object_get(rule, "latin1"));
    if (!json_is_object(rule) || !read_action(reader, json_object_get(rule, "do")) ||
        !read_match(reader, json_object_get(rule, "match")) ||
        (preset && !read_member(reader, "error", preset)))
        return false;
    for (void *i = json_object_iter(rule); i; i = json_object_iter_next(rule, i)) {
        const char *key = json_object_iter_key(i);

        if (strcmp(key, "do") != 0 && strcmp(key, "match") != 0 && strcmp(key, "latin1") != 0 &&
            strcmp(key, "error") != 0 && !read_member(reader, key, json_object_iter_value(i)))
            return false;
    }
    return true;
}

static bool add_rule(struct mock_faults *out, json_t *json, uint64_t seed, struct mock_text *error)
{
    struct mock_fault *fault = mock_alloc(1, sizeof *fault);
    struct reader reader = {.fault = fault, .error = error};

    fault->match.chance = -1;
    fault->rng.state = seed + out->count;
    if (!read_rule(&reader, json)) {
        mock_fault_free(fault);
        if (error->len == 0)
            mock_text_puts(error, "fault script: a rule must be an object");
        return false;
    }
    if (fault->burst < 1)
        fault->burst = fault->per_ms * 1000 < 1 ? 1 : fault->per_ms * 1000;
    fault->tokens = fault->burst;
    out->rules = mock_resize(out->rules, out->count + 1, sizeof(out->rules[0]));
    out->rules[out->count++] = fault;
    return true;
}

static bool add_document(struct mock_faults *out, json_t *json, uint64_t seed,
                         struct mock_text *error)
{
    if (!json_is_array(json))
        return add_rule(out, json, seed, error);
    for (size_t i = 0; i < json_array_size(json); i++)
        if (!add_rule(out, json_array_get(json, i), seed, error))
            return false;
    return true;
}

bool mock_faults_parse(const char *script, size_t len, uint64_t seed, struct mock_faults *out,
                       struct mock_text *error)
{
    size_t at = 0;
    bool ok = true;

    *out = (struct mock_faults){0};
    while (ok) {
        json_error_t problem;

        at += strspn(script + at, " \t\r\n");
        if (at >= len)
            break;
        json_t *json =
            json_loadb(script + at, len - at, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &problem);
        if (!json) {
            mock_text_printf(error, "fault script: %s at byte %zu", problem.text,
                             at + (size_t)problem.position);
            ok = false;
        } else {
            at += (size_t)problem.position;
            ok = add_document(out, json, seed, error);
        }
        json_decref(json);
    }
    if (!ok)
        mock_faults_release(out);
    return ok;
}
