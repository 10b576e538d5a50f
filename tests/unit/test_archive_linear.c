/*
 * Archives that are large or hostile cost what their size does: inputs that would take minutes to
 * hours if something were looked at again for each of its parts, and what must come out of them.
 */
#include "engine/source_archive.h"

#include "base/buf.h"

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
    const size_t path_len = strlen(a->path);

    assert_int_equal(strncmp(text, a->path, path_len), 0);
    (void)buf_add_text(&a->notes, text + path_len);
    (void)buf_add_char(&a->notes, '\n');
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

/* An object's line is counted on from the object before it, also where a file is one line. */
static void an_array_on_one_line(void **state)
{
    struct archive a;

    (void)state;
    archive_begin(&a);
    (void)fprintf(a.stream, "[{\"none of ours\":\"%*s\"}", 800 * MANY, "");
    for (int i = 0; i < 6 * MANY; i++)
        (void)fprintf(a.stream, ",{\"thread_id\":\"t%d\",\"role\":\"user\",\"content\":\"x\"}",
                      i % 1000);
    (void)fputs("]", a.stream);
    assert_true(archive_open(&a));
    assert_int_equal(messages_of(&a, "t999", ERROR_NONE), 6 * MANY / 1000);
    archive_end(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_array_on_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
