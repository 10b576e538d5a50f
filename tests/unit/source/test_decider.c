/*
 * The table of files, row by row: what is asked ("/files/…"), and what is
 * decided. Then what several threads make of one id, and what is on record.
 */
#include "source/decider.h"

#include "checkpoint/checkpoint.h"
#include "fakes/fake_fsio.h"
#include "fakes/fake_journal.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { REPLIES = 3 };

struct reply {
    long status;
    const char *body;
};

struct row {
    const char *name;
    const char *id;
    struct decider_options options;
    struct reply replies[REPLIES];
    const char *expected;
};

#define LIST                                                                                       \
    {                                                                                              \
        200, "{\"data\":[]}"                                                                       \
    }

static const struct row ROWS[] = {
    {"map goes first",
     "file-old",
     {.same_project = true, .ask = ASK_ALWAYS},
     {{0}},
     "mapped file-new"},
    {"one project", "file-1", {.same_project = true, .ask = ASK_ALWAYS}, {{0}}, "kept"},
    {"the destination knows it",
     "file-1",
     {.ask = ASK_ALWAYS},
     {LIST, {200, "{\"id\":\"file-1\",\"expires_at\":null}"}},
     "/files?limit=1 /files/file-1 kept"},
    {"it expires later",
     "file-1",
     {.ask = ASK_ALWAYS, .wall_ms = 1000},
     {LIST, {200, "{\"id\":\"file-1\",\"expires_at\":2}"}},
     "/files?limit=1 /files/file-1 kept"},
    {"it has expired",
     "file-1",
     {.ask = ASK_ALWAYS, .wall_ms = 2000},
     {LIST, {200, "{\"id\":\"file-1\",\"expires_at\":2}"}},
     "/files?limit=1 /files/file-1 file_open"},
    {"the destination does not know it",
     "file-1",
     {.ask = ASK_ALWAYS},
     {LIST, {404, "{\"error\":{}}"}},
     "/files?limit=1 /files/file-1 file_open"},
    {"no such route", "file-1", {.ask = ASK_ALWAYS}, {{404, "{}"}}, "/files?limit=1 file_open"},
    {"no such route either",
     "file-1",
     {.ask = ASK_ALWAYS},
     {{501, "{}"}},
     "/files?limit=1 file_open"},
    {"a list that is kept from the key says nothing of one file",
     "file-1",
     {.ask = ASK_ALWAYS},
     {{403, "{}"}, {200, "{\"id\":\"file-1\"}"}},
     "/files?limit=1 /files/file-1 kept"},
    {"the key may not ask",
     "file-1",
     {.ask = ASK_ALWAYS},
     {LIST, {403, "{}"}},
     "/files?limit=1 /files/file-1 forbidden"},
    {"a failure is no answer",
     "file-1",
     {.ask = ASK_ALWAYS},
     {LIST, {500, "{}"}},
     "/files?limit=1 /files/file-1 server_error"},
    {"nor is a redirect",
     "file-1",
     {.ask = ASK_ALWAYS},
     {LIST, {302, "{}"}},
     "/files?limit=1 /files/file-1 server_error"},
    {"nor is another file",
     "file-1",
     {.ask = ASK_ALWAYS},
     {LIST, {200, "{\"id\":\"file-2\"}"}},
     "/files?limit=1 /files/file-1 server_error"},
    {"nor is a failure of the list",
     "file-1",
     {.ask = ASK_ALWAYS},
     {{503, "{}"}},
     "/files?limit=1 server_error"},
    {"nobody is asked", "file-1", {.ask = ASK_NEVER}, {{0}}, "file_open"},
    {"no id for a URL", "../x", {.ask = ASK_ALWAYS}, {{0}}, "missing bad_id"},
    {"without a key", "file-1", {.mode = DECIDER_TRIES, .ask = ASK_LATER}, {{0}}, "unknown"},
    {"without a key, and no question would help",
     "a b",
     {.mode = DECIDER_TRIES, .ask = ASK_LATER},
     {{0}},
     "missing bad_id"},
    {"without a destination", "file-1", {.mode = DECIDER_CONVERTS}, {{0}}, "kept"},
    {"without a destination, but with a map",
     "file-old",
     {.mode = DECIDER_CONVERTS},
     {{0}},
     "mapped file-new"},
    {"looking up", "file-1", {.mode = DECIDER_LOOKS_UP, .ask = ASK_ALWAYS}, {{0}}, "-"},
};

static struct file_map map;

static struct checkpoint *open_checkpoint(void)
{
    const struct checkpoint_options options = journal_options();
    struct checkpoint_opening opening;
    struct error err;
    struct checkpoint *checkpoint = checkpoint_open(&options, &opening, &err);

    assert_non_null(checkpoint);
    return checkpoint;
}

static void tell(struct buf *seen, const char *what)
{
    buf_printf(seen, "%s%s", seen->len > 0 ? " " : "", what);
}

static void answer(struct file_ask *ask, const struct reply *reply)
{
    struct error err;
    json_t *json = json_read(span_of(reply->body), &err);
    const struct answer answer = {.kind = reply->status / 100 == 2 ? ANSWER_YES : ANSWER_NO,
                                  .status = reply->status,
                                  .json = json};

    file_ask_feed(ask, &answer);
    json_decref(json);
}

static void tell_fate(struct buf *seen, const struct file_ask *ask, struct span id)
{
    struct fate fate;

    if (!file_ask_find(ask, id, &fate)) {
        tell(seen, "-");
        return;
    }
    tell(seen, fate_name(fate.kind));
    if (fate.kind == FATE_MISSING)
        tell(seen, missing_name(fate.code));
    if (fate.kind == FATE_MAPPED)
        buf_printf(seen, " %.*s", (int)fate.id.len, fate.id.data);
}

static void talk(struct file_ask *ask, struct span id, const struct reply *replies,
                 struct buf *seen)
{
    struct error err = {.code = ERROR_NONE};
    struct call call;
    enum file_ask_step step = file_ask_next(ask, id, &call, &err);

    for (; step == FILE_ASK_SENDS; step = file_ask_next(ask, id, &call, &err)) {
        tell(seen, call.path);
        answer(ask, replies++);
    }
    if (step == FILE_ASK_FAILS)
        tell(seen, error_code_name(err.code));
    else if (step == FILE_ASK_WAITS)
        tell(seen, "waits");
    else
        tell_fate(seen, ask, id);
}

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        struct decider_options options = ROWS[i].options;
        struct decider *decider;
        struct file_ask ask;
        struct buf seen;

        fake_fsio_reset();
        options.checkpoint = open_checkpoint();
        options.map = &map;
        decider = decider_new(&options);
        file_ask_init(&ask, decider, false);
        buf_init(&seen, BUF_NO_LIMIT);
        talk(&ask, span_of(ROWS[i].id), ROWS[i].replies, &seen);
        if (strcmp(seen.data, ROWS[i].expected) != 0)
            fail_msg("%s: %s", ROWS[i].name, seen.data);
        file_ask_release(&ask);
        decider_free(decider);
        checkpoint_close(options.checkpoint);
        buf_release(&seen);
    }
}

/* What a list says of a file that is not saved counts once files_end closes it. */
static void test_closed_list(void **state)
{
    static const char LINE[] =
        "{\"kind\":\"file\",\"file_id\":\"file-1\",\"state\":\"not_found\"}\n";
    struct saved_folder folder = {.path = NULL};
    const struct saved_files saved = {.folders = &folder, .count = 1};
    const struct decider_options options = {
        .mode = DECIDER_TRIES, .ask = ASK_NEVER, .saved = &saved};
    struct error err;
    struct buf seen;

    (void)state;
    buf_init(&seen, BUF_NO_LIMIT);
    manifest_init(&folder.manifest);
    assert_true(manifest_take(&folder.manifest, span_of(LINE), "LIST", &err));
    manifest_taken(&folder.manifest);
    for (int closed = 0; closed < 2; closed++) {
        struct decider *decider = decider_new(&options);
        struct file_ask ask;
        struct buf line;

        file_ask_init(&ask, decider, false);
        talk(&ask, span_of("file-1"), NULL, &seen);
        file_ask_release(&ask);
        decider_free(decider);
        buf_init(&line, BUF_NO_LIMIT);
        manifest_write_end(&line, &folder.manifest);
        buf_release(&line);
    }
    assert_string_equal(seen.data, "file_open missing not_found");
    manifest_release(&folder.manifest);
    buf_release(&seen);
}

static const struct reply KNOWN[] = {LIST, {200, "{\"id\":\"file-1\"}"}};
static const struct reply UNKNOWN[] = {LIST, {404, "{}"}};

/* Others wait for the one that asks; what it hears is true for all. */
static void test_asked_once(void **state)
{
    const struct decider_options options = {.ask = ASK_ALWAYS, .mode = DECIDER_TRIES, .map = &map};
    struct decider *decider = decider_new(&options);
    const struct span id = span_of("file-1");
    struct file_ask first;
    struct file_ask second;
    struct error err;
    struct call call;
    struct buf seen;

    (void)state;
    buf_init(&seen, BUF_NO_LIMIT);
    file_ask_init(&first, decider, false);
    file_ask_init(&second, decider, false);
    assert_int_equal(file_ask_next(&first, id, &call, &err), FILE_ASK_SENDS);
    assert_int_equal(file_ask_next(&second, id, &call, &err), FILE_ASK_WAITS);
    answer(&first, &UNKNOWN[0]);
    assert_int_equal(file_ask_next(&first, id, &call, &err), FILE_ASK_SENDS);
    assert_int_equal(file_ask_next(&second, id, &call, &err), FILE_ASK_WAITS);
    answer(&first, &UNKNOWN[1]);
    talk(&second, id, KNOWN, &seen);
    talk(&first, id, KNOWN, &seen);
    assert_string_equal(seen.data, "file_open file_open");
    file_ask_release(&first);
    file_ask_release(&second);
    decider_free(decider);
    buf_release(&seen);
}

/* Whoever asked is gone: nobody asks again, and nothing is missing. */
static void test_no_answer(void **state)
{
    const struct decider_options options = {.ask = ASK_ALWAYS, .mode = DECIDER_TRIES, .map = &map};
    const struct span id = span_of("file-1");

    (void)state;
    for (int answers = 0; answers < 2; answers++) {
        struct decider *decider = decider_new(&options);
        struct file_counts counts = {.bytes = 0};
        struct file_ask first;
        struct file_ask second;
        struct error err;
        struct call call;

        file_ask_init(&first, decider, false);
        file_ask_init(&second, decider, false);
        assert_int_equal(file_ask_next(&first, id, &call, &err), FILE_ASK_SENDS);
        if (answers > 0) {
            answer(&first, &KNOWN[0]);
            assert_int_equal(file_ask_next(&first, id, &call, &err), FILE_ASK_SENDS);
        }
        file_ask_release(&first);
        assert_int_equal(file_ask_next(&second, id, &call, &err), FILE_ASK_FAILS);
        assert_int_equal(err.code, ERROR_SERVER_ERROR);
        decider_count(decider, &counts);
        assert_int_equal(counts.of[FATE_MISSING], 0);
        file_ask_release(&second);
        decider_free(decider);
    }
}

/* What is on record stands, whatever the destination would say now. */
static void test_on_record(void **state)
{
    struct decider_options options = {.ask = ASK_ALWAYS, .map = &map};
    struct decider *decider;
    struct file_ask ask;
    struct error err;
    struct buf seen;

    (void)state;
    fake_fsio_reset();
    buf_init(&seen, BUF_NO_LIMIT);
    for (int run = 0; run < 2; run++) {
        options.checkpoint = open_checkpoint();
        decider = decider_new(&options);
        file_ask_init(&ask, decider, false);
        talk(&ask, span_of("file-1"), run == 0 ? KNOWN : UNKNOWN, &seen);
        talk(&ask, span_of("a b"), NULL, &seen);
        /* A thread with a conversation waits until it is durable. */
        assert_false(file_ask_needs_sync(&ask));
        ask.created_at = 0;
        assert_int_equal(file_ask_needs_sync(&ask), run == 0);
        assert_true(checkpoint_sync(options.checkpoint, &err));
        assert_false(file_ask_needs_sync(&ask));
        file_ask_release(&ask);
        decider_free(decider);
        checkpoint_close(options.checkpoint);
    }
    assert_string_equal(seen.data,
                        "/files?limit=1 /files/file-1 kept missing bad_id kept missing bad_id");
    buf_release(&seen);
}

/* --retry-files: what is missing is decided anew for threads without a conversation, and once. */
static void decide_anew(enum decider_mode mode)
{
    struct decider_options options = {
        .ask = ASK_ALWAYS, .map = &map, .mode = mode, .retries = true};
    const struct record missing = {.kind = RECORD_FILE,
                                   .file = span_of("file-1"),
                                   .state = span_of("missing"),
                                   .code = span_of("not_found")};
    struct record second = missing;
    struct decider *decider;
    struct file_ask ask;
    struct error err;
    struct buf seen;

    second.file = span_of("file-2");
    fake_fsio_reset();
    buf_init(&seen, BUF_NO_LIMIT);
    options.checkpoint = open_checkpoint();
    assert_true(checkpoint_add(options.checkpoint, &missing, &err));
    assert_true(checkpoint_add(options.checkpoint, &second, &err));
    assert_true(checkpoint_sync(options.checkpoint, &err));
    decider = decider_new(&options);
    file_ask_init(&ask, decider, false);
    ask.created_at = INT64_MAX;
    talk(&ask, span_of("file-1"), NULL, &seen);
    ask.created_at = -1;
    talk(&ask, span_of("file-1"), KNOWN, &seen);
    talk(&ask, span_of("file-1"), NULL, &seen);
    /* The conversation had been there before. */
    ask.created_at = 1;
    talk(&ask, span_of("file-1"), NULL, &seen);
    /* It would have been created by now. */
    ask.created_at = -1;
    ask.is_begun = true;
    talk(&ask, span_of("file-2"), NULL, &seen);
    assert_string_equal(seen.data, "missing not_found /files?limit=1 /files/file-1 kept kept "
                                   "missing not_found missing not_found");
    file_ask_release(&ask);
    decider_free(decider);
    checkpoint_close(options.checkpoint);
    buf_release(&seen);
}

static void test_decided_anew(void **state)
{
    (void)state;
    decide_anew(DECIDER_RECORDS);
    decide_anew(DECIDER_TRIES);
}

/* An id that no line of the checkpoint could hold. */
static void test_endless_id(void **state)
{
    static char endless[100000];
    const struct decider_options options = {.ask = ASK_ALWAYS, .map = &map};
    struct decider *decider = decider_new(&options);
    struct file_ask ask;
    struct buf seen;

    (void)state;
    memset(endless, '"', sizeof endless);
    buf_init(&seen, BUF_NO_LIMIT);
    file_ask_init(&ask, decider, false);
    talk(&ask, (struct span){endless, sizeof endless}, NULL, &seen);
    assert_string_equal(seen.data, "missing bad_id");
    file_ask_release(&ask);
    decider_free(decider);
    buf_release(&seen);
}

static int make_map(void **state)
{
    struct error err;

    (void)state;
    json_start();
    file_map_init(&map);
    return file_map_read(&map, span_of("file_id,new_id\nfile-old,file-new\n"), &err) ? 0 : 1;
}

static int release_map(void **state)
{
    (void)state;
    file_map_release(&map);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),      cmocka_unit_test(test_closed_list),
        cmocka_unit_test(test_asked_once), cmocka_unit_test(test_no_answer),
        cmocka_unit_test(test_on_record),  cmocka_unit_test(test_decided_anew),
        cmocka_unit_test(test_endless_id),
    };

    return cmocka_run_group_tests(tests, make_map, release_map);
}
