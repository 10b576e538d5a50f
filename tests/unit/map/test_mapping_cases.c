/*
 * Every folder of tests/mapping is a case: source.json and policy in,
 * expected.json (items in request form) and losses out. Where there is a file
 * `error`, its first line is the code and its second a part of the text that the
 * thread fails with. metadata.json, where there is one, is the conversation's
 * metadata. The file `foreign` says that file ids mean nothing at the
 * destination. CASE=PATTERN runs some of them.
 */
#include "files/manifest.h"
#include "json/json.h"
#include "map/map.h"
#include "unit/map/mapping.h"

#include <dirent.h>
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char ROOT[] = "tests/mapping";

struct test_case {
    char name[NAME_MAX + 1];
    struct policy policy;
    json_t *fates;
    json_t *source;
    struct arena arena;
    struct mapped mapped;
    struct losses thread_losses; /* of the metadata */
    struct metadata metadata;
    struct error err;
};

/* The file's bytes, or false where it is not there. */
static bool read_file(const char *name, const char *file, struct buf *out)
{
    char path[512];
    char piece[4096];
    FILE *stream;
    size_t len;

    (void)snprintf(path, sizeof path, "%s/%s/%s", ROOT, name, file);
    stream = fopen(path, "rb");
    buf_init(out, BUF_NO_LIMIT);
    if (!stream)
        return false;
    while ((len = fread(piece, 1, sizeof piece, stream)) > 0)
        buf_add(out, piece, len);
    (void)fclose(stream);
    return true;
}

static json_t *read_json_file(const char *name, const char *file)
{
    struct error err = {0};
    struct buf text;
    json_t *value = NULL;

    if (read_file(name, file, &text)) {
        value = json_read(buf_span(&text), &err);
        if (!value)
            fail_msg("%s/%s: %s", name, file, err.text);
    }
    buf_release(&text);
    return value;
}

static void set_policy(struct test_case *c, const char *line)
{
    char key[64] = "";
    const char *equals = strchr(line, '=');
    const struct policy_row *row;

    assert_non_null(equals);
    memcpy(key, line, (size_t)(equals - line));
    row = policy_row_of(key);
    if (!row || !policy_set(&c->policy, row, span_of(equals + 1)))
        fail_msg("%s/policy: %s", c->name, line);
}

static void read_policy(struct test_case *c)
{
    struct buf text;
    char *rest;

    c->policy = policy_default();
    if (!read_file(c->name, "policy", &text))
        fail_msg("%s: no policy", c->name);
    rest = text.data;
    while (rest && *rest) {
        char *line = strsep(&rest, "\n");

        if (*line)
            set_policy(c, line);
    }
    buf_release(&text);
}

static void load_case(struct test_case *c, const char *name)
{
    *c = (struct test_case){.fates = read_json_file(name, "fates.json")};
    (void)snprintf(c->name, sizeof c->name, "%s", name);
    read_policy(c);
    c->source = read_json_file(name, "source.json");
    if (!c->source)
        fail_msg("%s: no source.json", name);
    arena_init(&c->arena);
    mapped_init(&c->mapped);
}

static void release_case(struct test_case *c)
{
    json_decref(c->source);
    json_decref(c->fates);
    arena_release(&c->arena);
}

/* Maps the steps up to the one that made this message; all that are left for NULL. */
static bool map_steps(struct test_case *c, const struct map_context *context, size_t *at,
                      const json_t *message)
{
    const json_t *steps = json_object_get(c->source, "run_steps");
    struct span id = json_get_text(message, "id");
    size_t end = json_array_size(steps);

    for (size_t i = *at; message && i <= json_array_size(steps); i++) {
        const json_t *details = json_object_get(json_array_get(steps, i), "step_details");
        const json_t *made = json_object_get(details, "message_creation");

        if (i == json_array_size(steps))
            return true;
        end = i;
        if (made && span_equal(json_get_text(made, "message_id"), id))
            break;
    }
    for (; *at < end; ++*at) {
        if (!map_run_step(&c->mapped, context, json_array_get(steps, *at), &c->err))
            return false;
    }
    return true;
}

/* {"file-1":{"state":"missing","code":"not_found"},…} */
static struct fate fate_of(void *ctx, struct span id)
{
    struct test_case *c = ctx;
    const json_t *decided = json_object_get(c->fates, arena_dup(&c->arena, id.data, id.len));
    struct fate fate = {.kind = FATE_KEPT};

    if (!decided)
        return fate;
    assert_true(fate_find(json_get_text(decided, "state"), &fate.kind));
    (void)missing_find(json_get_text(decided, "code"), &fate.code);
    fate.id = json_get_text(decided, "id");
    if (fate.kind == FATE_INSIDE) {
        struct saved_file *saved = arena_alloc(&c->arena, sizeof *saved);

        *saved = (struct saved_file){.state = SAVED_CONTENTS,
                                     .bytes = json_integer_value(json_object_get(decided, "bytes")),
                                     .magic = magic_named(span_of("png"))};
        assert_true(fingerprint_read(&saved->sha256, json_get_text(decided, "sha256")));
        fate.saved = saved;
    }
    return fate;
}

static bool map_case(struct test_case *c)
{
    const struct fates fates = {fate_of, c};
    const json_t *messages = json_object_get(c->source, "messages");
    const json_t *thread = messages ? c->source : NULL;
    struct map_context context = {&c->policy, &fates, &c->arena};
    int64_t first_ms = INT64_MIN;
    struct span thread_id;
    size_t step = 0;
    size_t i;
    json_t *message;

    if (!messages)
        messages = json_object_get(c->source, "data");
    (void)source_time_ms(json_object_get(json_array_get(messages, 0), "created_at"), &first_ms);
    thread_id = thread ? json_get_text(thread, "id")
                       : json_get_text(json_array_get(messages, 0), "thread_id");
    map_thread(&c->metadata, &c->thread_losses, &context, thread, thread_id, first_ms);
    json_array_foreach(messages, i, message)
    {
        if (!map_steps(c, &context, &step, message) ||
            !map_message(&c->mapped, &context, message, json_get_text(message, "id"), &c->err))
            return false;
    }
    return map_steps(c, &context, &step, NULL);
}

static void check_json(const struct test_case *c, const char *file, const struct buf *actual)
{
    struct error err = {0};
    json_t *expected = read_json_file(c->name, file);
    json_t *value = json_read(buf_span(actual), &err);

    if (!expected || !value || !json_equal(expected, value))
        fail_msg("%s/%s: got %s", c->name, file, actual->data);
    json_decref(expected);
    json_decref(value);
}

/* The losses that stand at the items must be those that were counted. */
static void check_item_losses(const struct test_case *c, const struct losses *at_items)
{
    for (enum loss_kind kind = 0; kind < LOSS_KINDS; kind++) {
        if (kind != LOSS_ACTIVE_RUN && at_items->count[kind] != c->mapped.losses.count[kind])
            fail_msg("%s: %s counted %d, at items %d", c->name, loss_name(kind),
                     (int)c->mapped.losses.count[kind], (int)at_items->count[kind]);
    }
}

static void check_items(struct test_case *c)
{
    struct losses at_items = {{0}};
    struct item *item;
    struct buf out;

    buf_init(&out, BUF_NO_LIMIT);
    while ((item = mapped_take(&c->mapped))) {
        for (const struct loss *loss = item->losses; loss; loss = loss->next) {
            at_items.count[loss->kind]++;
            assert_true(strlen(loss->detail) > 0);
        }
        if (item->type == ITEM_SKIPPED)
            continue;
        buf_add_char(&out, out.len > 0 ? ',' : '[');
        item_write_request(&out, item, JSON_ESCAPE_HOSTILE);
    }
    if (out.len == 0)
        buf_add_char(&out, '[');
    buf_add_char(&out, ']');
    check_json(c, "expected.json", &out);
    check_item_losses(c, &at_items);
    buf_release(&out);
}

static void check_result(struct test_case *c)
{
    json_t *metadata = read_json_file(c->name, "metadata.json");
    struct buf out;

    check_items(c);
    losses_add(&c->mapped.losses, &c->thread_losses);
    buf_init(&out, BUF_NO_LIMIT);
    losses_write_json(&out, &c->mapped.losses);
    check_json(c, "losses", &out);
    if (metadata) {
        buf_clear(&out);
        metadata_write_json(&out, &c->metadata, JSON_ESCAPE_CANONICAL);
        check_json(c, "metadata.json", &out);
    }
    json_decref(metadata);
    buf_release(&out);
}

static void check_error(const struct test_case *c, bool mapped, const struct buf *expected)
{
    char *rest = expected->data;
    const char *code = strsep(&rest, "\n");
    const char *text = strsep(&rest, "\n");

    if (mapped)
        fail_msg("%s: mapped, but must fail", c->name);
    if (strcmp(code, error_code_name(c->err.code)) != 0 || !strstr(c->err.text, text))
        fail_msg("%s: %s: %s", c->name, error_code_name(c->err.code), c->err.text);
}

static void run_case(const char *name)
{
    struct test_case c;
    struct buf expected_error;
    bool mapped;

    load_case(&c, name);
    mapped = map_case(&c);
    if (read_file(name, "error", &expected_error))
        check_error(&c, mapped, &expected_error);
    else if (!mapped)
        fail_msg("%s: %s", name, c.err.text);
    else
        check_result(&c);
    buf_release(&expected_error);
    release_case(&c);
}

static int is_case(const struct dirent *entry)
{
    const char *wanted = getenv("CASE");

    return entry->d_name[0] != '.' &&
           (!wanted || !*wanted || fnmatch(wanted, entry->d_name, 0) == 0);
}

static void test_cases(void **state)
{
    struct dirent **entries;
    int count = scandir(ROOT, &entries, is_case, alphasort);

    (void)state;
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        run_case(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
    };

    json_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
