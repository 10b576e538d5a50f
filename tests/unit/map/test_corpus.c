/*
 * Payloads recorded from real servers, where $THREADFERRY_CORPUS names them:
 * under every pair of policy choices each message and run step becomes items
 * that the destination takes, or fails by name; and the losses are those that
 * a count over the raw objects expects. Skipped without the variable.
 */
#include "base/mem.h"
#include "json/json.h"
#include "map/map.h"
#include "unit/map/item_rules.h"

#include <dirent.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FILES_MAX = 1024, VALUES_MAX = 65536 };

struct corpus {
    size_t file_count;
    char *names[FILES_MAX];
    json_t *roots[FILES_MAX];
};

static json_t *read_file(const char *folder, const char *name)
{
    struct error err = {0};
    char path[PATH_MAX];
    char piece[65536];
    struct buf text;
    FILE *stream;
    json_t *root;
    size_t len;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    stream = fopen(path, "rb");
    assert_non_null(stream);
    buf_init(&text, BUF_NO_LIMIT);
    while ((len = fread(piece, 1, sizeof piece, stream)) > 0)
        buf_add(&text, piece, len);
    (void)fclose(stream);
    root = json_read(buf_span(&text), &err);
    if (!root)
        fail_msg("%s: %s", name, err.text);
    buf_release(&text);
    return root;
}

static int is_json(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);

    return len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

static int load(void **state)
{
    const char *folder = getenv("THREADFERRY_CORPUS");
    struct corpus *corpus;
    struct dirent **entries;
    int count;

    if (!folder)
        return 0;
    corpus = mem_zalloc(1, sizeof *corpus);
    count = scandir(folder, &entries, is_json, alphasort);
    for (int i = 0; i < count; i++) {
        if (corpus->file_count < FILES_MAX) {
            corpus->names[corpus->file_count] = mem_strdup(entries[i]->d_name);
            corpus->roots[corpus->file_count] = read_file(folder, entries[i]->d_name);
            corpus->file_count++;
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    *state = corpus;
    return 0;
}

static int unload(void **state)
{
    struct corpus *corpus = *state;

    for (size_t i = 0; corpus && i < corpus->file_count; i++) {
        free(corpus->names[i]);
        json_decref(corpus->roots[i]);
    }
    free(corpus);
    return 0;
}

/* Calls each() for every object of a document, outer ones first. */
static void walk(json_t *root, void (*each)(void *ctx, const json_t *object), void *ctx)
{
    json_t **stack = mem_alloc(VALUES_MAX * sizeof(json_t *));
    size_t count = 1;

    stack[0] = root;
    while (count > 0) {
        json_t *value = stack[--count];
        const char *key;
        json_t *child;
        size_t i;

        if (json_is_object(value))
            each(ctx, value);
        json_object_foreach(value, key, child)
        {
            assert_true(count < VALUES_MAX);
            stack[count++] = child;
        }
        json_array_foreach(value, i, child)
        {
            assert_true(count < VALUES_MAX);
            stack[count++] = child;
        }
    }
    free(stack);
}

static bool is_message(const json_t *object)
{
    return json_is_string(json_object_get(object, "role")) && json_object_get(object, "content") &&
           json_object_get(object, "created_at");
}

static bool is_thread(const json_t *object)
{
    return span_is(json_get_text(object, "object"), "thread");
}

/* What one file is mapped with, and what came of it. */
struct run {
    const char *name;
    struct map_context context;
    struct losses losses;
    struct losses expected;
    size_t objects;
};

static void check_mapped(struct run *run, struct mapped *mapped)
{
    const struct item *previous = NULL;
    struct item *item;

    while ((item = mapped_take(mapped))) {
        const char *rule;

        if (item->type == ITEM_SKIPPED)
            continue;
        rule = item_broken_rule(item, previous);
        if (rule)
            fail_msg("%s: %s", run->name, rule);
        previous = item;
    }
}

/* Maps a message, run step or thread; an error must say what it is about. */
static void map_object(void *ctx, const json_t *object)
{
    struct run *run = ctx;
    struct metadata metadata;
    struct error err = {0};
    struct mapped mapped;
    bool ok = true;

    mapped_init(&mapped);
    if (is_message(object))
        ok = map_message(&mapped, &run->context, object, json_get_text(object, "id"), &err);
    else if (json_object_get(object, "step_details"))
        ok = map_run_step(&mapped, &run->context, object, &err);
    else if (is_thread(object))
        map_thread(&metadata, &mapped.losses, &run->context, object, span_of("t"), INT64_MIN);
    else
        return;
    run->objects++;
    if (ok)
        check_mapped(run, &mapped);
    else if (err.code == ERROR_NONE || strncmp(err.text, "cannot map ", 11) != 0)
        fail_msg("%s: '%s'", run->name, err.text);
    losses_add(&run->losses, &mapped.losses);
}

static void map_file(struct corpus *corpus, size_t file, const struct policy *policy,
                     struct run *run)
{
    struct arena arena;

    arena_init(&arena);
    run->name = corpus->names[file];
    run->context = (struct map_context){.policy = policy, .arena = &arena};
    walk(corpus->roots[file], map_object, run);
    arena_release(&arena);
}

static void set_choice(struct policy *policy, size_t row, size_t choice)
{
    const char *name = POLICY_ROWS[row].choices[choice];

    assert_true(policy_set(policy, &POLICY_ROWS[row], span_of(name)));
}

static void map_all(struct corpus *corpus, const struct policy *policy)
{
    size_t objects = 0;

    for (size_t file = 0; file < corpus->file_count; file++) {
        struct run run = {.objects = 0};

        map_file(corpus, file, policy, &run);
        objects += run.objects;
    }
    assert_true(objects > 0);
}

/* Each choice of a row with each choice of another. */
static void map_pair(struct corpus *corpus, size_t first, size_t second)
{
    for (size_t i = 0; POLICY_ROWS[first].choices[i]; i++) {
        for (size_t k = 0; POLICY_ROWS[second].choices[k]; k++) {
            struct policy policy = policy_default();

            set_choice(&policy, first, i);
            set_choice(&policy, second, k);
            map_all(corpus, &policy);
        }
    }
}

static void test_every_pair_of_choices(void **state)
{
    struct corpus *corpus = *state;

    if (!corpus) {
        skip();
        return;
    }
    for (size_t first = 0; first < POLICY_ROW_COUNT; first++) {
        for (size_t second = first + 1; second < POLICY_ROW_COUNT; second++)
            map_pair(corpus, first, second);
    }
}

static size_t text_length(const json_t *part)
{
    const json_t *text = json_object_get(part, "text");

    if (json_is_string(part))
        return json_string_length(part);
    return json_string_length(json_is_object(text) ? json_object_get(text, "value") : text);
}

/* Counts what a text's annotations lose. */
static void expect_annotations(struct losses *expected, const json_t *part)
{
    const json_t *list = json_object_get(json_object_get(part, "text"), "annotations");
    bool unknown = false;
    size_t i;
    json_t *annotation;

    json_array_foreach(list, i, annotation)
    {
        struct span type = json_get_text(annotation, "type");

        if (span_is(type, "file_citation") || span_is(type, "file_path") ||
            span_is(type, "url_citation"))
            expected->count[LOSS_ANNOTATION]++;
        else
            unknown = true;
    }
    expected->count[LOSS_UNKNOWN] += unknown;
}

/* True where the part stays, under `unknown: drop` and placeholders for images. */
static bool expect_part(struct losses *expected, const json_t *part, bool of_assistant)
{
    struct span type = json_get_text(part, "type");
    bool is_image = span_is(type, "image_file") || span_is(type, "image_url");

    if (json_is_string(part) || span_is(type, "text")) {
        expect_annotations(expected, part);
        return text_length(part) > 0;
    }
    if (span_is(type, "refusal") && of_assistant)
        return json_get_text(part, "refusal").len > 0;
    if (!is_image) {
        expected->count[LOSS_UNKNOWN]++;
        return false;
    }
    expected->count[LOSS_ASSISTANT_IMAGE] += of_assistant;
    return true;
}

static void expect_content(struct losses *expected, const json_t *message)
{
    bool of_assistant = span_is(json_get_text(message, "role"), "assistant");
    const json_t *content = json_object_get(message, "content");
    size_t empty_texts = 0;
    size_t kept = 0;
    size_t i;
    json_t *part;

    if (json_is_string(content))
        kept = json_string_length(content) > 0;
    json_array_foreach(content, i, part)
    {
        bool is_text = span_is(json_get_text(part, "type"), "text") ||
                       (of_assistant && span_is(json_get_text(part, "type"), "refusal"));

        if (expect_part(expected, part, of_assistant))
            kept++;
        else if (is_text)
            empty_texts++;
    }
    if (kept == 0)
        expected->count[LOSS_EMPTY_MESSAGE]++;
    else
        expected->count[LOSS_EMPTY_TEXT] += (int64_t)empty_texts;
}

static void expect_message(struct losses *expected, const json_t *message)
{
    static const char *const ROLES[] = {"user", "assistant", "system", "developer"};
    struct span role = json_get_text(message, "role");
    struct span status = json_get_text(message, "status");
    bool known = false;

    for (size_t i = 0; i < 4; i++)
        known = known || span_is(role, ROLES[i]);
    expected->count[LOSS_MESSAGE_METADATA] +=
        json_object_size(json_object_get(message, "metadata")) > 0;
    expected->count[LOSS_ACTIVE_RUN] += span_is(status, "in_progress");
    if (!known) {
        expected->count[LOSS_UNKNOWN]++;
        return;
    }
    expected->count[LOSS_INCOMPLETE] += span_is(status, "incomplete");
    expected->count[LOSS_ATTACHMENT] +=
        (int64_t)(json_array_size(json_object_get(message, "attachments")) +
                  json_array_size(json_object_get(message, "file_ids")));
    expect_content(expected, message);
}

static void expect_thread(struct losses *expected, const json_t *thread)
{
    const json_t *resources = json_object_get(thread, "tool_resources");
    const json_t *code = json_object_get(resources, "code_interpreter");
    const json_t *search = json_object_get(resources, "file_search");
    size_t named = json_array_size(json_object_get(code, "file_ids")) +
                   json_array_size(json_object_get(search, "vector_store_ids"));
    size_t wanted = json_object_get(thread, "created_at") ? 2 : 1;

    expected->count[LOSS_TOOL_RESOURCES] += named > 0;
    expected->count[LOSS_PROVENANCE] +=
        json_object_size(json_object_get(thread, "metadata")) + wanted > METADATA_PAIRS_MAX;
}

static void expect_object(void *ctx, const json_t *object)
{
    struct losses *expected = &((struct run *)ctx)->expected;
    const json_t *details = json_object_get(object, "step_details");

    if (is_message(object))
        expect_message(expected, object);
    else if (details)
        expected->count[LOSS_TOOL_CALL] +=
            (int64_t)json_array_size(json_object_get(details, "tool_calls"));
    else if (is_thread(object))
        expect_thread(expected, object);
}

static void test_losses_of_each_file(void **state)
{
    struct corpus *corpus = *state;
    struct policy policy = policy_default();

    if (!corpus) {
        skip();
        return;
    }
    policy.unknown = UNKNOWN_DROP;
    policy.active_runs = ACTIVE_SNAPSHOT;
    for (size_t file = 0; file < corpus->file_count; file++) {
        struct run run = {.objects = 0};

        map_file(corpus, file, &policy, &run);
        walk(corpus->roots[file], expect_object, &run);
        for (enum loss_kind kind = 0; kind < LOSS_KINDS; kind++) {
            if (run.losses.count[kind] != run.expected.count[kind])
                fail_msg("%s: %s: %d, expected %d", run.name, loss_name(kind),
                         (int)run.losses.count[kind], (int)run.expected.count[kind]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_pair_of_choices),
        cmocka_unit_test(test_losses_of_each_file),
    };

    json_start();
    return cmocka_run_group_tests(tests, load, unload);
}
