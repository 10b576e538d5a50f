/*
 * Every folder of tests/archives is a case: the files in it are read as an
 * archive, and expected.json says what must come out:
 *
 *   threads     in order: id; messages as "id|role|text"; thread (its object's id); runs;
 *               steps by run; active (how many runs are); first (members of the first message);
 *               losses, exactly; or error and a part of the reason
 *   error       what opening fails with instead, and a part of the reason
 *   path        what to open in the folder; all of it where it is not given
 *   shapes      file -> what it was recognised as
 *   ledger      members of the ledger: taken, duplicate, unread, passed_over, other
 *   fields, roles, preset   settings of source
 *   notes       parts of what was told while opening; []: nothing was
 *   assistants  their ids
 *   unordered   true: the order of the threads is not part of the case
 *
 * CASE=PATTERN runs some of them.
 */
#include "archive/source_archive.h"

#include "base/mem.h"
#include "json/json.h"

#include <dirent.h>
#include <fnmatch.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char ROOT[] = "tests/archives";

/* What a source said, in the form of expected.json. */
struct outcome {
    struct source *source;
    json_t *threads;
    json_t *shapes;
    json_t *ledger;
    json_t *notes;
    json_t *assistants;
};

static void take_note(void *ctx, const char *text)
{
    (void)json_array_append_new(ctx, json_string(text));
}

static struct page fetch(struct reading *reading, enum fetch_kind kind, struct span run_id)
{
    struct wish wish;
    struct page page = {0};

    reading->ops->ask(reading, kind, run_id);
    reading->ops->next(reading, &wish);
    assert_int_equal(wish.kind, WISH_READY);
    reading->ops->take(reading, &page);
    assert_true(page.last);
    return page;
}

static struct span text_of(const json_t *message)
{
    const json_t *content = json_object_get(message, "content");
    const json_t *part = json_array_get(content, 0);

    if (json_is_string(content))
        return json_get_text(message, "content");
    return json_get_text(json_object_get(part, "text"), "value");
}

static json_t *describe_message(const json_t *message)
{
    struct span id = json_get_text(message, "id");
    struct span role = json_get_text(message, "role");
    struct span text = text_of(message);
    struct buf line;

    buf_init(&line, BUF_NO_LIMIT);
    buf_add_span(&line, id);
    buf_add_char(&line, '|');
    buf_add_span(&line, role);
    buf_add_char(&line, '|');
    buf_add_span(&line, text);
    json_t *described = json_stringn(line.data, line.len);
    buf_release(&line);
    return described;
}

static json_t *ids_of(const struct page *page)
{
    json_t *ids = json_array();

    for (size_t i = 0; i < page->count; i++)
        (void)json_array_append(ids, json_object_get(page->objects[i], "id"));
    return ids;
}

static json_t *losses_of(const struct losses *losses)
{
    json_t *counts = json_object();

    for (int i = 0; i < LOSS_KINDS; i++) {
        if (losses->count[i] != 0)
            (void)json_object_set_new(counts, loss_name((enum loss_kind)i),
                                      json_integer(losses->count[i]));
    }
    return counts;
}

static void describe_runs(json_t *thread, struct reading *reading)
{
    struct page runs = fetch(reading, FETCH_RUNS, (struct span){NULL, 0});
    json_t *steps = json_object();

    (void)json_object_set_new(thread, "runs", ids_of(&runs));
    for (size_t i = 0; i < runs.count; i++) {
        struct page page = fetch(reading, FETCH_STEPS, json_get_text(runs.objects[i], "id"));
        const json_t *id = json_object_get(runs.objects[i], "id");

        (void)json_object_set_new(steps, json_string_value(id), ids_of(&page));
    }
    (void)json_object_set_new(thread, "steps", steps);
}

static bool describe_thread(void *ctx, struct span id)
{
    struct outcome *outcome = ctx;
    struct reading *reading = source_read(outcome->source, id);
    json_t *thread = json_object();
    struct wish wish;

    (void)json_object_set_new(thread, "id", json_stringn(id.data, id.len));
    (void)json_array_append_new(outcome->threads, thread);
    reading->ops->ask(reading, FETCH_MESSAGES, (struct span){NULL, 0});
    reading->ops->next(reading, &wish);
    if (wish.kind == WISH_FAIL) {
        (void)json_object_set_new(thread, "error", json_string(error_code_name(wish.error.code)));
        (void)json_object_set_new(thread, "reason", json_string(wish.error.text));
        reading->ops->close(reading);
        return true;
    }
    struct page page = fetch(reading, FETCH_MESSAGES, (struct span){NULL, 0});
    json_t *messages = json_array();
    for (size_t i = 0; i < page.count; i++)
        (void)json_array_append_new(messages, describe_message(page.objects[i]));
    (void)json_object_set_new(thread, "messages", messages);
    (void)json_object_set_new(thread, "losses", losses_of(&page.losses));
    if (page.count > 0)
        (void)json_object_set(thread, "first", page.objects[0]);
    page = fetch(reading, FETCH_THREAD, (struct span){NULL, 0});
    if (page.count > 0)
        (void)json_object_set(thread, "thread", json_object_get(page.objects[0], "id"));
    describe_runs(thread, reading);
    reading->ops->close(reading);
    return true;
}

static bool take_file(void *ctx, const struct archive_file_facts *file)
{
    return json_object_set_new(ctx, file->path, json_string(file->shape)) == 0;
}

static json_t *take_ledger(struct source *source)
{
    struct buf text;
    json_error_t where;

    buf_init(&text, BUF_NO_LIMIT);
    source_archive_write_ledger(source, &text);
    json_t *ledger = json_loadb(text.data, text.len, 0, &where);
    buf_release(&text);
    assert_non_null(ledger);
    return ledger;
}

static bool take_assistant(void *ctx, const struct archive_assistant_facts *assistant)
{
    return json_array_append(ctx, json_object_get(assistant->object, "id")) == 0;
}

static bool open_outcome(struct outcome *outcome, const struct archive_options *options,
                         struct error *err)
{
    *outcome = (struct outcome){.threads = json_array(),
                                .shapes = json_object(),
                                .notes = json_array(),
                                .assistants = json_array()};
    outcome->source = source_archive_open(options, take_note, outcome->notes, err);
    if (!outcome->source)
        return false;
    source_archive_each(outcome->source, describe_thread, outcome);
    source_archive_each_file(outcome->source, take_file, outcome->shapes);
    outcome->ledger = take_ledger(outcome->source);
    source_archive_each_assistant(outcome->source, take_assistant, outcome->assistants);
    return true;
}

static void close_outcome(struct outcome *outcome)
{
    source_close(outcome->source);
    json_decref(outcome->threads);
    json_decref(outcome->shapes);
    json_decref(outcome->ledger);
    json_decref(outcome->notes);
    json_decref(outcome->assistants);
}

/* The case that is being checked; all its complaints are printed. */
struct check {
    const char *name;
    int failed;
};

static void complain(struct check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void complain(struct check *check, const char *format, ...)
{
    char text[4096];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    print_error("%s: %s\n", check->name, text);
    check->failed++;
}

static void expect_equal(struct check *check, const char *what, const json_t *want, json_t *got)
{
    if (json_equal(want, got))
        return;
    char *wanted = json_dumps(want, JSON_ENCODE_ANY);
    char *gotten = json_dumps(got, JSON_ENCODE_ANY);
    complain(check, "%s: want %s, got %s", what, wanted, gotten ? gotten : "nothing");
}

static const char *text_in(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* A thread against what is expected of it: every member of `want` must be as it says. */
static void check_thread(struct check *check, json_t *want, json_t *got)
{
    const char *key;
    json_t *value;

    if (!json_object_get(want, "error") && !json_object_get(want, "losses"))
        (void)json_object_set_new(want, "losses", json_object());
    json_object_foreach(want, key, value)
    {
        json_t *have = json_object_get(got, key);

        if (strcmp(key, "reason") == 0) {
            if (!strstr(text_in(got, "reason"), json_string_value(value)))
                complain(check, "reason '%s'", text_in(got, "reason"));
        } else if (strcmp(key, "steps") == 0 || strcmp(key, "first") == 0) {
            const char *member;
            json_t *part;

            json_object_foreach(value, member, part)
                expect_equal(check, member, part, json_object_get(have, member));
        } else if (strcmp(key, "active") != 0) {
            expect_equal(check, key, value, have);
        }
    }
}

static json_t *find_thread(const json_t *threads, const char *id)
{
    size_t i;
    json_t *thread;

    json_array_foreach(threads, i, thread)
    {
        if (strcmp(text_in(thread, "id"), id) == 0)
            return thread;
    }
    return NULL;
}

static void check_threads(struct check *check, const json_t *expected, const json_t *got)
{
    const json_t *threads = json_object_get(expected, "threads");
    bool unordered = json_is_true(json_object_get(expected, "unordered"));
    size_t i;
    json_t *want;

    if (json_array_size(threads) != json_array_size(got)) {
        char *text = json_dumps(got, 0);
        complain(check, "%zu threads: %s", json_array_size(got), text);
    }
    json_array_foreach(threads, i, want)
    {
        json_t *have = unordered ? find_thread(got, text_in(want, "id")) : json_array_get(got, i);
        if (have)
            check_thread(check, want, have);
        else
            complain(check, "thread %s is not there", text_in(want, "id"));
    }
}

static void check_shapes(struct check *check, const char *folder, const json_t *expected,
                         json_t *got)
{
    const char *file;
    json_t *want;
    char path[2 * PATH_MAX];

    json_object_foreach(json_object_get(expected, "shapes"), file, want)
    {
        (void)snprintf(path, sizeof path, "%s/%s", folder, file);
        expect_equal(check, file, want, json_object_get(got, path));
    }
}

static void check_ledger(struct check *check, const json_t *expected, const json_t *got)
{
    const char *key;
    json_t *want;

    json_object_foreach(json_object_get(expected, "ledger"), key, want)
        expect_equal(check, key, want, json_object_get(got, key));
}

static void check_notes(struct check *check, const json_t *expected, json_t *got)
{
    size_t i;
    json_t *want;
    char *all = json_dumps(got, JSON_ESCAPE_SLASH);

    if (json_object_get(expected, "notes") &&
        json_array_size(json_object_get(expected, "notes")) == 0 && json_array_size(got) > 0)
        complain(check, "told: %s", all);
    json_array_foreach(json_object_get(expected, "notes"), i, want)
    {
        if (!strstr(all, json_string_value(want)))
            complain(check, "no note of %s in %s", json_string_value(want), all);
    }
    free(all);
}

/* The members of a setting that is a map. */
static struct pairs pairs_in(const json_t *expected, const char *key)
{
    struct pairs pairs = {0};
    const char *name;
    json_t *value;

    json_object_foreach(json_object_get(expected, key), name, value)
        pairs_set(&pairs, span_of(name), span_of(json_string_value(value)));
    return pairs;
}

static void run_case(struct check *check)
{
    const char *name = check->name;
    char folder[PATH_MAX];
    char path[2 * PATH_MAX];
    struct error err = {0};
    struct outcome outcome;
    json_error_t where;

    (void)snprintf(folder, sizeof folder, "%s/%s/files", ROOT, name);
    (void)snprintf(path, sizeof path, "%s/%s/expected.json", ROOT, name);
    json_t *expected = json_load_file(path, JSON_ALLOW_NUL, &where);
    if (!expected)
        complain(check, "%s: %s", path, where.text);
    const char *file = text_in(expected, "path");
    (void)snprintf(path, sizeof path, "%s%s%s", folder, *file ? "/" : "", file);
    struct pairs fields = pairs_in(expected, "fields");
    struct pairs roles = pairs_in(expected, "roles");
    struct archive_options options = {
        .path = path,
        .fields = &fields,
        .roles = &roles,
        .preset = json_string_value(json_object_get(expected, "preset")),
        .allow_truncated = json_is_true(json_object_get(expected, "allow_truncated")),
    };
    if (!open_outcome(&outcome, &options, &err)) {
        if (!json_object_get(expected, "error") || err.code != ERROR_USAGE ||
            !strstr(err.text, text_in(expected, "reason")))
            complain(check, "%s", err.text);
    } else {
        if (json_object_get(expected, "error"))
            complain(check, "it was opened");
        check_threads(check, expected, outcome.threads);
        check_shapes(check, folder, expected, outcome.shapes);
        check_ledger(check, expected, outcome.ledger);
        check_notes(check, expected, outcome.notes);
        if (json_object_get(expected, "assistants"))
            expect_equal(check, "assistants", json_object_get(expected, "assistants"),
                         outcome.assistants);
    }
    close_outcome(&outcome);
    pairs_release(&fields);
    pairs_release(&roles);
    json_decref(expected);
}

static int is_case(const struct dirent *entry)
{
    const char *wanted = getenv("CASE");

    return entry->d_name[0] != '.' &&
           (!wanted || !*wanted || fnmatch(wanted, entry->d_name, 0) == 0);
}

static void cases_of_the_folder(void **state)
{
    struct dirent **names;
    int count = scandir(ROOT, &names, is_case, alphasort);
    struct check check = {.failed = 0};

    (void)state;
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        check.name = names[i]->d_name;
        run_case(&check);
        free(names[i]);
    }
    free(names);
    assert_int_equal(check.failed, 0);
}

/* Recorded payloads of public projects: all are recognised, and none harms another. */
static void corpus(void **state)
{
    const char *root = getenv("THREADFERRY_CORPUS");
    struct outcome outcome;
    struct error err = {0};
    const char *path;
    json_t *shape;
    size_t i;
    json_t *thread;

    (void)state;
    if (!root)
        skip();
    /* Objects of the Conversations API, and the list of where all that is from, are no threads. */
    static const char *const OTHERS[] = {"conversations", "SOURCES.tsv", NULL};
    struct archive_options options = {.path = root, .exclude = OTHERS};
    assert_true(open_outcome(&outcome, &options, &err));
    assert_true(json_array_size(outcome.threads) >= 30);
    json_array_foreach(outcome.threads, i, thread)
    {
        /* One id is that of several threads in made-up payloads; many are without messages. */
        if (json_object_get(thread, "error") && strcmp(text_in(thread, "error"), "truncated") != 0)
            assert_non_null(strstr(text_in(thread, "id"), "thread_syn"));
    }
    json_object_foreach(outcome.shapes, path, shape)
    {
        if (strcmp(json_string_value(shape), "not recognised") == 0)
            fail_msg("%s: %s", path, json_string_value(shape));
    }
    close_outcome(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_of_the_folder),
        cmocka_unit_test(corpus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
