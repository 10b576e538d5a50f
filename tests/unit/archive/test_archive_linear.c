/*
 * Archives that are large or hostile cost what their size does: inputs that would take minutes to
 * hours if something were looked at again for each of its parts, and what must come out of them.
 */
#include "archive/source_archive.h"

#include "base/buf.h"
#include "unit/play/many.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { MANY = 100000 };

/* An archive of one file, and what was told while it was opened. */
struct archive {
    char path[64];
    FILE *stream;
    struct source *source;
    struct buf notes;
};

static void archive_begin(struct archive *a)
{
    int file;

    (void)snprintf(a->path, sizeof a->path, "/tmp/test-linear-XXXXXX.json");
    file = mkstemps(a->path, 5);
    assert_true(file >= 0);
    a->stream = fdopen(file, "w");
    assert_non_null(a->stream);
    a->source = NULL;
    buf_init(&a->notes, BUF_NO_LIMIT);
}

static void take_note(void *ctx, const char *text)
{
    struct archive *a = ctx;

    buf_add_text(&a->notes, text);
    buf_add_char(&a->notes, '\n');
}

static bool archive_open(struct archive *a)
{
    const struct archive_options options = {.path = a->path};
    struct error err;

    assert_int_equal(fclose(a->stream), 0);
    a->source = source_archive_open(&options, take_note, a, &err);
    return a->source != NULL;
}

static void archive_end(struct archive *a)
{
    source_close(a->source);
    (void)unlink(a->path);
    buf_release(&a->notes);
}

/* How many messages a thread has, or -1 where it fails with that code. */
static long messages_of(struct archive *a, const char *id, enum error_code code)
{
    struct reading *reading = source_read(a->source, span_of(id));
    struct page page = {0};
    struct wish wish;
    long count = -1;

    reading->ops->ask(reading, FETCH_MESSAGES, (struct span){NULL, 0});
    reading->ops->next(reading, &wish);
    if (wish.kind == WISH_READY) {
        reading->ops->take(reading, &page);
        count = (long)page.count;
    } else {
        assert_int_equal(wish.error.code, code);
    }
    reading->ops->close(reading);
    return count;
}

/* A message of many deltas is put together in one go, its text not copied for each of them. */
static void a_stream_of_many_deltas(void **state)
{
    struct archive a;

    (void)state;
    archive_begin(&a);
    (void)fputs("event: thread.created\n"
                "data: {\"id\":\"thread_1\",\"object\":\"thread\",\"created_at\":1}\n\n"
                "event: thread.message.created\n"
                "data: {\"id\":\"m\",\"object\":\"thread.message\",\"thread_id\":\"thread_1\","
                "\"created_at\":2,\"role\":\"assistant\",\"status\":\"in_progress\","
                "\"content\":[]}\n\n",
                a.stream);
    for (int i = 0; i < many(2 * MANY); i++)
        (void)fputs(
            "event: thread.message.delta\n"
            "data: {\"id\":\"m\",\"object\":\"thread.message.delta\",\"delta\":{"
            "\"content\":[{\"index\":0,\"type\":\"text\",\"text\":{\"value\":"
            "\"a hundred bytes or so, so that what is copied again and again is felt at once\""
            "}}]}}\n\n",
            a.stream);
    assert_true(archive_open(&a));
    assert_int_equal(messages_of(&a, "thread_1", ERROR_NONE), 1);
    archive_end(&a);
}

/* An object's line is counted on from the object before it, also where a file is one line. */
static void an_array_on_one_line(void **state)
{
    struct archive a;

    (void)state;
    archive_begin(&a);
    (void)fprintf(a.stream, "[{\"none of ours\":\"%*s\"}", many(800 * MANY), "");
    for (int i = 0; i < many(6 * MANY); i++)
        (void)fprintf(a.stream, ",{\"thread_id\":\"t%d\",\"role\":\"user\",\"content\":\"x\"}",
                      i % 1000);
    (void)fputs("]", a.stream);
    assert_true(archive_open(&a));
    assert_int_equal(messages_of(&a, "t999", ERROR_NONE), many(6 * MANY) / 1000);
    archive_end(&a);
}

/* A thread is told after what is in it: its line is counted back from there, not from the top. */
static void threads_in_one_document(void **state)
{
    const int count = many(2 * MANY);
    struct archive a;
    char last[32];

    (void)state;
    archive_begin(&a);
    (void)fputs("[", a.stream);
    for (int i = 0; i < count; i++)
        (void)fprintf(
            a.stream,
            "{\"id\":\"t%d\",\n\"messages\":[{\"role\":\"user\",\n\"content\":\"x\"}]},\n", i);
    (void)fputs("null]", a.stream);
    assert_true(archive_open(&a));
    (void)snprintf(last, sizeof last, "t%d", count - 1);
    assert_int_equal(messages_of(&a, last, ERROR_NONE), 1);
    assert_int_equal(source_archive_count(a.source), (size_t)count);
    (void)snprintf(last, sizeof last, ":%d $[%d]: ", 3 * count + 1, count);
    assert_non_null(strstr(a.notes.data, last));
    archive_end(&a);
}

/* Each document opens a string that each line behind it closes and opens again, whichever way it is
 * read: so all seem to go on to the end. */
static void documents_that_never_end(void **state)
{
    struct archive a;

    (void)state;
    archive_begin(&a);
    (void)fputs("{\"id\":\"m\",\"thread_id\":\"whole\",\n\"role\":\"user\",\"content\":\"x\"}\n",
                a.stream);
    (void)fputs("{\"id\":\"m\",\"thread_id\":\"torn\",\"content\":[\"\n", a.stream);
    for (int i = 0; i < 3 * MANY; i++)
        (void)fputs("{\"k\":[\"\\\"\n", a.stream);
    (void)fputs("{\"id\":\"m\",\"thread_id\":\"late\",\"role\":\"user\",\"content\":\"x\"}\n",
                a.stream);
    assert_true(archive_open(&a));
    assert_int_equal(messages_of(&a, "whole", ERROR_NONE), 1);
    assert_int_equal(messages_of(&a, "torn", ERROR_BAD_SOURCE), -1);
    assert_int_equal(messages_of(&a, "late", ERROR_NONE), 1);
    assert_int_equal(source_archive_count(a.source), 3);
    assert_non_null(strstr(a.notes.data, ":3: a line ends inside of a string\n"));
    assert_non_null(strstr(a.notes.data, " more places\n"));
    archive_end(&a);
}

/* Torn in the same way everywhere, documents cost no more than the depth that is looked into: all
 * of them are seen. */
static void documents_that_are_all_torn(void **state)
{
    struct archive a;

    (void)state;
    archive_begin(&a);
    for (int i = 0; i < many(MANY / 10); i++)
        (void)fputs("{\"k\":[\"\n", a.stream);
    (void)fputs("{\"id\":\"m\",\"thread_id\":\"late\",\"role\":\"user\",\"content\":\"x\"}\n",
                a.stream);
    assert_true(archive_open(&a));
    /* It is the file's only thread, and any of the others may have been a message of it. */
    assert_int_equal(messages_of(&a, "late", ERROR_BAD_SOURCE), -1);
    archive_end(&a);
}

/* A file with torn documents here and there is read to its end, whatever it takes. */
static void documents_torn_here_and_there(void **state)
{
    enum { DOCUMENTS = 200 };
    struct archive a;
    char id[16];

    (void)state;
    archive_begin(&a);
    for (int i = 0; i < DOCUMENTS; i++) {
        (void)fprintf(a.stream, "{\"id\":\"m\",\"thread_id\":\"t%d\",\n\"role\":\"user\",", i);
        (void)fputs(i % 2 == 0 ? "\"content\":[\"x\n" : "\"content\":\"x\"}\n", a.stream);
    }
    assert_true(archive_open(&a));
    for (int i = 0; i < DOCUMENTS; i++) {
        (void)snprintf(id, sizeof id, "t%d", i);
        assert_int_equal(messages_of(&a, id, ERROR_BAD_SOURCE), i % 2 == 0 ? -1 : 1);
    }
    archive_end(&a);
}

/* A key that could be a thread's, with a value that nothing closes, again and again. */
static void ids_that_never_end(void **state)
{
    struct archive a;

    (void)state;
    archive_begin(&a);
    (void)fputs("{\"id\":\"m\",\"thread_id\":\"whole\",\"role\":\"user\",\"content\":\"x\"}\n{",
                a.stream);
    for (int i = 0; i < many(3 * MANY); i++)
        (void)fputs("\"thread_id\":[\"\\\"", a.stream);
    (void)fputs("\"thread_id\":\"torn\"\n", a.stream);
    assert_true(archive_open(&a));
    assert_int_equal(messages_of(&a, "whole", ERROR_NONE), 1);
    assert_int_equal(messages_of(&a, "torn", ERROR_BAD_SOURCE), -1);
    archive_end(&a);
}

/* A broken array fails the threads that stand in it, without asking all others. */
static void broken_arrays_beside_many_threads(void **state)
{
    struct archive a;

    (void)state;
    archive_begin(&a);
    for (int i = 0; i < many(3 * MANY); i++)
        (void)fprintf(a.stream, "{\"thread_id\":\"t%d\",\"role\":\"user\",\"content\":\"x\"}\n", i);
    for (int i = 0; i < many(20 * MANY); i++)
        (void)fputs("[\n", a.stream);
    for (int i = 0; i < 10; i++)
        (void)fprintf(a.stream,
                      "[{\"thread_id\":\"u%d\",\"role\":\"user\",\"content\":\"x\"},{\"id\n", i);
    assert_true(archive_open(&a));
    assert_int_equal(messages_of(&a, "t7", ERROR_NONE), 1);
    assert_int_equal(messages_of(&a, "u0", ERROR_BAD_SOURCE), -1);
    assert_int_equal(messages_of(&a, "u9", ERROR_BAD_SOURCE), -1);
    archive_end(&a);
}

/* A thread that was exported many times: each copy is held against the first. */
static void many_copies_of_a_thread(void **state)
{
    struct archive a;

    (void)state;
    archive_begin(&a);
    (void)fputs("{\"id\":\"t\",\"object\":\"thread\",\"messages\":[", a.stream);
    for (int i = 0; i < many(MANY); i++)
        (void)fprintf(a.stream, "%s{\"id\":\"m%d\",\"role\":\"user\",\"content\":\"x\"}",
                      i == 0 ? "" : ",", i);
    (void)fputs("]}\n", a.stream);
    for (int i = 0; i < many(MANY); i++)
        (void)fprintf(a.stream,
                      "{\"id\":\"t\",\"object\":\"thread\",\"x%d\":1,"
                      "\"messages\":[{\"id\":\"m%d\",\"role\":\"user\",\"content\":\"x\"}]}\n",
                      i, i);
    assert_true(archive_open(&a));
    assert_int_equal(messages_of(&a, "t", ERROR_NONE), many(MANY));
    archive_end(&a);
}

/* So many that name no thread are those of several talks, whatever they say; and they would all
 * have to be in memory. */
static void more_than_a_thread_can_have(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        struct archive a;

        archive_begin(&a);
        for (int i = 0; i < MANY + more; i++)
            (void)fprintf(a.stream, "{\"role\":\"user\",\"content\":\"%d\"}\n", i);
        assert_int_equal(archive_open(&a), !more);
        if (!more)
            assert_int_equal(source_archive_count(a.source), 1);
        archive_end(&a);
    }
}

/* Lists side by side: what is around them, and the first of them, is looked at once. */
static void many_lists_in_one_object(void **state)
{
    struct archive a;

    (void)state;
    archive_begin(&a);
    (void)fputs("{\"metadata\":{\"a\":1", a.stream);
    for (int i = 0; i < many(MANY); i++)
        (void)fprintf(a.stream, ",\"k%d\":1", i);
    (void)fputs(",\"thread_id\":\"t\"}", a.stream);
    for (int i = 0; i < many(MANY); i++)
        (void)fprintf(a.stream, ",\"list%dx\":[{\"role\":\"user\",\"content\":\"x\"}]", i);
    (void)fputs("}", a.stream);
    assert_true(archive_open(&a));
    assert_int_equal(messages_of(&a, "t", ERROR_BAD_SOURCE), -1);
    archive_end(&a);
}

/* Threads after lists that wait for a name, which is found by its number. */
static void threads_after_nameless_lists(void **state)
{
    struct archive a;

    (void)state;
    archive_begin(&a);
    (void)fputs("[", a.stream);
    for (int i = 0; i < many(MANY); i++)
        (void)fputs("{\"a\":[{\"role\":\"user\",\"content\":\"x\"}]},\n", a.stream);
    for (int i = 0; i < many(MANY); i++)
        (void)fprintf(a.stream,
                      "%s{\"id\":\"thread_%d\",\"messages\":[{\"role\":\"user\",\"content\":"
                      "\"x\"}]}\n",
                      i == 0 ? "" : ",", i);
    (void)fputs("]", a.stream);
    assert_true(archive_open(&a));
    assert_int_equal(messages_of(&a, "thread_7", ERROR_NONE), 1);
    archive_end(&a);
}

/* The end of a line of many documents is looked for once. */
static void documents_on_one_line(void **state)
{
    struct archive a;

    (void)state;
    archive_begin(&a);
    for (int i = 0; i < many(5 * MANY); i++)
        (void)fprintf(a.stream, "{\"thread_id\":\"t%d\",\"role\":\"user\",\"content\":\"x\"} ",
                      i % 1000);
    assert_true(archive_open(&a));
    assert_int_equal(messages_of(&a, "t999", ERROR_NONE), many(5 * MANY) / 1000);
    archive_end(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_of_many_deltas),
        cmocka_unit_test(an_array_on_one_line),
        cmocka_unit_test(threads_in_one_document),
        cmocka_unit_test(documents_that_never_end),
        cmocka_unit_test(documents_that_are_all_torn),
        cmocka_unit_test(documents_torn_here_and_there),
        cmocka_unit_test(ids_that_never_end),
        cmocka_unit_test(broken_arrays_beside_many_threads),
        cmocka_unit_test(many_copies_of_a_thread),
        cmocka_unit_test(more_than_a_thread_can_have),
        cmocka_unit_test(many_lists_in_one_object),
        cmocka_unit_test(threads_after_nameless_lists),
        cmocka_unit_test(documents_on_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
