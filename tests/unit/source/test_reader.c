/*
 * One thread's objects in, its items out. What a reader gives is told in a
 * row: a page's items in brackets (skipped ones as "-", only where they are
 * wanted), "?" for a call that was answered, and the end. What a live source
 * is asked for stands in test_source_live.c.
 */
#include "source/reader.h"

#include "base/buf.h"

#include "unit/play/paged_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { PAGES = 6 };

#define THREAD "{\"id\":\"t1\",\"created_at\":5,\"metadata\":{\"a\":\"b\"}}"
#define RUN(status) "{\"id\":\"r1\",\"created_at\":6,\"status\":\"" status "\"}"
#define CONTENT(text) "[{\"type\":\"text\",\"text\":{\"value\":\"" text "\",\"annotations\":[]}}]"
#define MESSAGE(id, role, text)                                                                    \
    "{\"id\":\"" id "\",\"created_at\":7,\"role\":\"" role "\",\"content\":" CONTENT(text) "}"
#define NAMELESS(text) "{\"created_at\":7,\"role\":\"user\",\"content\":" CONTENT(text) "}"
#define EMPTY "{\"id\":\"m0\",\"created_at\":7,\"role\":\"user\",\"content\":[]}"
#define STRANGE                                                                                    \
    "{\"id\":\"m9\",\"created_at\":7,\"role\":\"user\",\"content\":[{\"type\":\"hologram\"}]}"
#define STRANGE_PICTURE                                                                            \
    "{\"id\":\"m9\",\"created_at\":7,\"role\":\"user\",\"content\":[{\"type\":\"image_file\","     \
    "\"image_file\":{\"file_id\":\"file-2\"}},{\"type\":\"hologram\"}]}"
#define CALL                                                                                       \
    "{\"id\":\"s1\",\"type\":\"tool_calls\",\"step_details\":{\"type\":\"tool_calls\","            \
    "\"tool_calls\":[{\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"f\","       \
    "\"arguments\":\"{}\",\"output\":\"out\"}}]}}"

struct row {
    const char *name;
    struct source_page pages[PAGES];
    bool is_archive;
    bool keep_skipped;
    bool asks_files;
    int tools;           /* enum tool_calls */
    int active;          /* enum active_runs */
    enum loss_kind loss; /* that is looked at */
    int64_t losses;      /* of it */
    const char *asked;
    const char *expected;
};

#define PICTURE(id, file)                                                                          \
    "{\"id\":\"" id "\",\"created_at\":7,\"role\":\"user\",\"content\":[{\"type\":\"image_file\"," \
    "\"image_file\":{\"file_id\":\"" file "\"}}]}"

static const struct row ROWS[] = {
    {.name = "no item before the files of its page are decided",
     .pages = {{.kind = FETCH_MESSAGES,
                .objects = {MESSAGE("m1", "user", "one"), PICTURE("m2", "file-1"),
                            PICTURE("m3", "file-2"), PICTURE("m4", "file-1")},
                .more = true},
               {.kind = FETCH_MESSAGES, .objects = {PICTURE("m5", "file-1")}}},
     .asks_files = true,
     .asked = "thread active_run messages messages",
     .expected = "? ? ? [m1:one m2:file-1 m3:file-2 m4:file-1] [m5:file-1] done"},
    {.name = "a page that cannot be mapped decides nothing",
     .pages = {{.kind = FETCH_MESSAGES, .objects = {PICTURE("m1", "file-1"), STRANGE_PICTURE}}},
     .asks_files = true,
     .asked = "thread active_run messages",
     .expected = "unsupported"},
    {.name = "a file that nobody knows",
     .pages = {{.kind = FETCH_MESSAGES, .objects = {MESSAGE("m1", "user", "one")}, .more = true},
               {.kind = FETCH_MESSAGES, .objects = {PICTURE("m2", "file-gone")}}},
     .asks_files = true,
     .asked = "thread active_run messages messages",
     .expected = "[m1:one] ? ? file_open"},
    {.name = "page by page",
     .pages = {{.kind = FETCH_THREAD, .objects = {THREAD}, .asks = true},
               {.kind = FETCH_MESSAGES,
                .objects = {MESSAGE("m1", "user", "one"), MESSAGE("m2", "assistant", "two")},
                .more = true},
               {.kind = FETCH_MESSAGES, .objects = {MESSAGE("m3", "user", "three")}, .asks = true}},
     .asked = "thread active_run messages messages",
     .expected = "? [m1:one m2:two] ? [m3:three] done"},
    {.name = "nothing at all", .asked = "thread active_run messages", .expected = "done"},
    {.name = "what the source has found adds up",
     .pages = {{.kind = FETCH_MESSAGES, .more = true, .duplicates = 2},
               {.kind = FETCH_MESSAGES, .duplicates = 3}},
     .loss = LOSS_DUPLICATE_MESSAGE,
     .losses = 5,
     .asked = "thread active_run messages messages",
     .expected = "done"},
    {.name = "messages without ids are numbered through the thread",
     .pages = {{.kind = FETCH_MESSAGES,
                .objects = {NAMELESS("one"), MESSAGE("m2", "user", "two")},
                .more = true},
               {.kind = FETCH_MESSAGES, .objects = {NAMELESS("three")}}},
     .asked = "thread active_run messages messages",
     .expected = "[#1:one m2:two] [#3:three] done"},
    {.name = "a page is mapped whole before its first item is handed out",
     .pages = {{.kind = FETCH_MESSAGES, .objects = {MESSAGE("m1", "user", "one")}, .more = true},
               {.kind = FETCH_MESSAGES, .objects = {MESSAGE("m2", "user", "two"), STRANGE}}},
     .asked = "thread active_run messages messages",
     .expected = "[m1:one] unsupported"},
    {.name = "messages that give no item are passed over",
     .pages = {{.kind = FETCH_MESSAGES, .objects = {EMPTY, MESSAGE("m1", "user", "one"), EMPTY}}},
     .loss = LOSS_EMPTY_MESSAGE,
     .losses = 2,
     .asked = "thread active_run messages",
     .expected = "[m1:one] done"},
    {.name = "and handed out to those who want them",
     .pages = {{.kind = FETCH_MESSAGES, .objects = {EMPTY, MESSAGE("m1", "user", "one"), EMPTY}}},
     .keep_skipped = true,
     .asked = "thread active_run messages",
     .expected = "[- m1:one -] done"},
    {.name = "an active run",
     .pages = {{.kind = FETCH_ACTIVE_RUN, .objects = {RUN("in_progress")}}},
     .active = ACTIVE_REFUSE,
     .asked = "thread active_run",
     .expected = "active_run"},
    {.name = "an active run before others",
     .pages = {{.kind = FETCH_RUNS,
                .objects = {RUN("in_progress"), "{\"id\":\"r2\",\"status\":\"completed\"}"}}},
     .active = ACTIVE_REFUSE,
     .tools = TOOLS_FUNCTIONS,
     .asked = "thread runs",
     .expected = "active_run"},
    {.name = "an active run, and what is there is wanted",
     .pages = {{.kind = FETCH_ACTIVE_RUN, .objects = {RUN("in_progress")}},
               {.kind = FETCH_MESSAGES, .objects = {MESSAGE("m1", "user", "one")}}},
     .active = ACTIVE_SNAPSHOT,
     .loss = LOSS_ACTIVE_RUN,
     .losses = 1,
     .asked = "thread active_run messages",
     .expected = "[m1:one] done"},
    {.name = "an archive is a snapshot, whatever the policy, and has its steps counted",
     .pages = {{.kind = FETCH_RUNS, .objects = {RUN("in_progress")}},
               {.kind = FETCH_STEPS, .run = "r1", .objects = {CALL}}},
     .is_archive = true,
     .active = ACTIVE_REFUSE,
     .loss = LOSS_TOOL_CALL,
     .losses = 1,
     .asked = "thread runs messages steps:r1",
     .expected = "[] done"},
    {.name = "tool calls, over two pages of runs and of steps",
     .pages = {{.kind = FETCH_RUNS, .more = true},
               {.kind = FETCH_RUNS, .objects = {RUN("completed")}},
               {.kind = FETCH_MESSAGES, .objects = {MESSAGE("m1", "user", "one")}},
               {.kind = FETCH_STEPS, .run = "r1", .more = true},
               {.kind = FETCH_STEPS, .run = "r1", .objects = {CALL}, .asks = true}},
     .tools = TOOLS_FUNCTIONS,
     .asked = "thread runs runs messages steps:r1",
     .expected = "? [call output m1:one] done"},
    {.name = "the thread cannot be read",
     .pages = {{.kind = FETCH_THREAD, .fails = ERROR_SOURCE_MISSING}},
     .asked = "thread",
     .expected = "source_missing"},
    {.name = "the second page cannot be read",
     .pages = {{.kind = FETCH_MESSAGES, .objects = {MESSAGE("m1", "user", "one")}, .more = true},
               {.kind = FETCH_MESSAGES, .fails = ERROR_BAD_SOURCE}},
     .asked = "thread active_run messages messages",
     .expected = "[m1:one] bad_source"},
    {.name = "the steps cannot be read",
     .pages = {{.kind = FETCH_RUNS, .objects = {RUN("completed")}},
               {.kind = FETCH_STEPS, .run = "r1", .fails = ERROR_FORBIDDEN}},
     .tools = TOOLS_TEXT,
     .asked = "thread runs messages steps:r1",
     .expected = "forbidden"},
};

static void tell(struct buf *seen, const char *what)
{
    buf_printf(seen, "%s%s", seen->len > 0 ? " " : "", what);
}

static void tell_items(struct buf *seen, struct reader *reader)
{
    const char *before = "";

    tell(seen, "[");
    for (struct item *item = reader_take(reader); item; item = reader_take(reader)) {
        buf_add_text(seen, before);
        before = " ";
        if (item->type == ITEM_SKIPPED)
            buf_add_char(seen, '-');
        else if (item->type == ITEM_FUNCTION_CALL)
            buf_add_text(seen, "call");
        else if (item->type == ITEM_FUNCTION_CALL_OUTPUT)
            buf_add_text(seen, "output");
        else
            buf_printf(seen, "%.*s:%.*s", (int)item->source_id.len, item->source_id.data,
                       (int)item->parts[0].text.len, item->parts[0].text.data);
    }
    buf_add_char(seen, ']');
}

/* A destination that knows all files but one. */
static void answer_call(struct reader *reader, const char *path)
{
    const char *file = path && strncmp(path, "/files/", 7) == 0 ? path + 7 : NULL;
    const bool is_gone = file && strcmp(file, "file-gone") == 0;
    json_t *json = json_pack("{s:s?}", "id", file);
    const struct answer answer = {
        .kind = is_gone ? ANSWER_NO : ANSWER_YES, .status = is_gone ? 404 : 200, .json = json};

    reader_feed(reader, &answer);
    json_decref(json);
}

static void read_all(struct reader *reader, struct buf *seen)
{
    struct wish wish;

    for (reader_next(reader, &wish); wish.kind == WISH_SEND || wish.kind == WISH_READY;
         reader_next(reader, &wish)) {
        if (wish.kind == WISH_READY) {
            tell_items(seen, reader);
            continue;
        }
        tell(seen, "?");
        answer_call(reader, wish.call.path);
    }
    tell(seen, wish.kind == WISH_DONE ? "done" : error_code_name(wish.error.code));
}

/* An end stays the end. */
static void assert_ended(struct reader *reader, const struct buf *seen)
{
    struct buf again;

    buf_init(&again, BUF_NO_LIMIT);
    read_all(reader, &again);
    assert_string_equal(again.data,
                        strrchr(seen->data, ' ') ? strrchr(seen->data, ' ') + 1 : seen->data);
    buf_release(&again);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const struct row *row = &ROWS[i];
        struct policy policy = policy_default();
        struct paged_source source;
        struct reader_options options = {
            .source = &source.base, .policy = &policy, .keep_skipped = row->keep_skipped};
        const struct decider_options asks = {.mode = DECIDER_TRIES, .ask = ASK_ALWAYS};
        struct decider *decider = row->asks_files ? decider_new(&asks) : NULL;
        struct reader *reader;
        struct buf seen;
        size_t count = PAGES;

        while (count > 0 && row->pages[count - 1].kind == FETCH_THREAD &&
               !row->pages[count - 1].objects[0] && row->pages[count - 1].fails == ERROR_NONE)
            count--;
        options.files = decider;
        policy.tool_calls = row->tools;
        policy.active_runs = row->active;
        paged_source_init(&source, row->pages, count);
        source.base.is_archive = row->is_archive;
        reader = reader_new(&options, span_of("t1"));
        buf_init(&seen, BUF_NO_LIMIT);
        read_all(reader, &seen);
        if (strcmp(seen.data, row->expected) != 0 || strcmp(source.asked.data, row->asked) != 0)
            print_error("%s\n", row->name);
        assert_string_equal(seen.data, row->expected);
        assert_string_equal(source.asked.data, row->asked);
        assert_int_equal(reader_losses(reader)->count[row->loss], row->losses);
        assert_ended(reader, &seen);
        buf_release(&seen);
        reader_free(reader);
        decider_free(decider);
        paged_source_release(&source);
    }
}

/* What is lost comes with the item behind it, page by page, and at the end there is no rest. */
static void test_taken(void **state)
{
    static const struct source_page PAGE[] = {
        {.kind = FETCH_MESSAGES,
         .objects = {EMPTY, MESSAGE("m1", "user", "one"), MESSAGE("m2", "user", "two")},
         .more = true,
         .duplicates = 2},
        {.kind = FETCH_MESSAGES,
         .objects = {EMPTY, MESSAGE("m3", "user", "three"), EMPTY},
         .duplicates = 3}};
    const struct policy policy = policy_default();
    struct paged_source source;
    const struct reader_options options = {.source = &source.base, .policy = &policy};
    struct reader *reader;
    struct wish wish;
    struct buf seen; /* with each item: duplicates, empty messages */

    (void)state;
    buf_init(&seen, BUF_NO_LIMIT);
    paged_source_init(&source, PAGE, 2);
    reader = reader_new(&options, span_of("t1"));
    for (reader_next(reader, &wish); wish.kind == WISH_READY; reader_next(reader, &wish)) {
        while (reader_take(reader)) {
            const struct losses *taken = reader_taken(reader);

            buf_printf(&seen, "%d %d, ", (int)taken->count[LOSS_DUPLICATE_MESSAGE],
                       (int)taken->count[LOSS_EMPTY_MESSAGE]);
        }
    }
    assert_int_equal(wish.kind, WISH_DONE);
    assert_string_equal(seen.data, "2 1, 2 1, 5 2, ");
    buf_release(&seen);
    assert_int_equal(reader_losses(reader)->count[LOSS_EMPTY_MESSAGE], 3);
    assert_memory_equal(reader_taken(reader), reader_losses(reader), sizeof(struct losses));
    reader_free(reader);
    paged_source_release(&source);
}

/* The metadata is there with the first item, and stays when the source is let go. */
static void test_metadata(void **state)
{
    static const struct source_page WITH[] = {
        {.kind = FETCH_THREAD, .objects = {THREAD}},
        {.kind = FETCH_MESSAGES, .objects = {MESSAGE("m1", "user", "one")}, .more = true},
        {.kind = FETCH_MESSAGES, .objects = {MESSAGE("m2", "user", "two")}}};
    struct policy policy = policy_default();
    struct paged_source source;
    const struct reader_options options = {.source = &source.base, .policy = &policy};
    struct reader *reader;
    struct buf first;
    struct buf last;
    struct wish wish;

    (void)state;
    policy.provenance = true;
    buf_init(&first, BUF_NO_LIMIT);
    buf_init(&last, BUF_NO_LIMIT);
    paged_source_init(&source, WITH, 3);
    reader = reader_new(&options, span_of("t1"));
    reader_next(reader, &wish);
    assert_int_equal(wish.kind, WISH_READY);
    metadata_write_json(&first, reader_metadata(reader), JSON_ESCAPE_CANONICAL);
    assert_non_null(strstr(first.data, "\"a\":\"b\""));
    assert_non_null(strstr(first.data, "\"t1\""));
    assert_non_null(reader_take(reader));
    assert_int_equal(source.open, 1);
    reader_next(reader, &wish);
    assert_int_equal(wish.kind, WISH_READY);
    assert_non_null(reader_take(reader));
    reader_next(reader, &wish);
    assert_int_equal(wish.kind, WISH_DONE);
    assert_int_equal(source.open, 0);
    metadata_write_json(&last, reader_metadata(reader), JSON_ESCAPE_CANONICAL);
    assert_string_equal(last.data, first.data);
    buf_release(&first);
    buf_release(&last);
    reader_free(reader);
    paged_source_release(&source);
}

/* Left in the middle of a page. */
static void test_left_early(void **state)
{
    static const struct source_page PAGE[] = {
        {.kind = FETCH_MESSAGES,
         .objects = {MESSAGE("m1", "user", "one"), MESSAGE("m2", "user", "two")},
         .more = true}};
    const struct policy policy = policy_default();
    struct paged_source source;
    const struct reader_options options = {.source = &source.base, .policy = &policy};
    struct reader *reader;
    struct wish wish;

    (void)state;
    paged_source_init(&source, PAGE, 1);
    reader = reader_new(&options, span_of("t1"));
    reader_next(reader, &wish);
    assert_non_null(reader_take(reader));
    reader_free(reader);
    reader_free(NULL);
    paged_source_release(&source);
}

static void note(void *ctx, enum fetch_kind kind, const json_t *object)
{
    buf_printf(ctx, "%d:%s ", (int)kind, json_string_value(json_object_get(object, "id")));
}

/* Whoever wants to is told all that is read. */
static void test_objects_are_seen(void **state)
{
    static const struct source_page PAGES_SEEN[] = {
        {.kind = FETCH_THREAD, .objects = {THREAD}},
        {.kind = FETCH_RUNS, .objects = {RUN("completed")}},
        {.kind = FETCH_STEPS, .run = "r1", .objects = {CALL}},
        {.kind = FETCH_MESSAGES, .objects = {MESSAGE("m1", "user", "one")}, .more = true},
        {.kind = FETCH_MESSAGES, .objects = {MESSAGE("m2", "user", "two")}}};
    const struct policy policy = policy_default();
    struct paged_source source;
    const struct reader_options options = {.source = &source.base, .policy = &policy};
    struct reader *reader;
    struct wish wish;
    struct buf seen;

    (void)state;
    buf_init(&seen, BUF_NO_LIMIT);
    paged_source_init(&source, PAGES_SEEN, 5);
    source.base.is_archive = true;
    source.base.see = note;
    source.base.see_ctx = &seen;
    reader = reader_new(&options, span_of("t1"));
    do {
        reader_next(reader, &wish);
        while (reader_take(reader))
            continue;
    } while (wish.kind == WISH_READY);
    assert_int_equal(wish.kind, WISH_DONE);
    assert_string_equal(seen.data, "0:t1 2:r1 3:m1 4:s1 3:m2 ");
    reader_free(reader);
    buf_release(&seen);
    paged_source_release(&source);
}

static void test_without_a_source(void **state)
{
    const struct policy policy = policy_default();
    const struct reader_options options = {.policy = &policy};
    struct reader *reader = reader_new(&options, span_of("t1"));
    struct wish wish;

    (void)state;
    reader_next(reader, &wish);
    assert_int_equal(wish.kind, WISH_FAIL);
    assert_int_equal(wish.error.code, ERROR_SOURCE_MISSING);
    reader_free(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_metadata),
        cmocka_unit_test(test_left_early),
        cmocka_unit_test(test_objects_are_seen),
        cmocka_unit_test(test_without_a_source),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
