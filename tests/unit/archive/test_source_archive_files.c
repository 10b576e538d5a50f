/*
 * The archive source and its files: changed, cut, gone, links, standard input; and the bytes of
 * objects as they stand in the files.
 */
#include "archive/source_archive.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A folder of its own for a test, gone at its end. */
struct folder {
    char path[64];
    char file[96];
};

static void folder_make(struct folder *folder)
{
    (void)snprintf(folder->path, sizeof folder->path, "/tmp/test-archive-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    (void)snprintf(folder->file, sizeof folder->file, "%s/x.jsonl", folder->path);
}

static void folder_remove(const struct folder *folder)
{
    (void)unlink(folder->file);
    assert_int_equal(rmdir(folder->path), 0);
}

static void write_file(const char *path, const char *mode, const char *text)
{
    FILE *stream = fopen(path, mode);

    assert_non_null(stream);
    assert_true(fputs(text, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
}

static const char LINES[] =
    "{\"id\":\"m1\",\"thread_id\":\"a\",\"role\":\"user\",\"content\":\"one\",\"created_at\":1}\n"
    "{\"id\":\"m2\",\"thread_id\":\"b\",\"role\":\"user\",\"content\":\"two\",\"created_at\":2}\n";

static enum error_code code_of(struct source *source, const char *id)
{
    struct reading *reading = source_read(source, span_of(id));
    struct wish wish;

    reading->ops->ask(reading, FETCH_MESSAGES, (struct span){NULL, 0});
    reading->ops->next(reading, &wish);
    reading->ops->close(reading);
    return wish.kind == WISH_FAIL ? wish.error.code : ERROR_NONE;
}

static void silent(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
}

static void a_changed_file_is_not_read_on(void **state)
{
    struct folder folder;
    struct error err = {0};

    (void)state;
    folder_make(&folder);
    write_file(folder.file, "w", LINES);
    struct archive_options options = {.path = folder.path};
    struct source *source = source_archive_open(&options, silent, NULL, &err);
    assert_non_null(source);
    assert_int_equal(code_of(source, "a"), ERROR_NONE);
    write_file(folder.file, "a", "{}\n");
    assert_int_equal(code_of(source, "b"), ERROR_NONE); /* read ahead before the change */
    source_close(source);
    source = source_archive_open(&options, silent, NULL, &err);
    assert_non_null(source);
    write_file(folder.file, "a", "{}\n");
    assert_int_equal(code_of(source, "a"), ERROR_BAD_SOURCE);
    source_close(source);
    folder_remove(&folder);
}

static void a_thread_that_is_not_there(void **state)
{
    struct folder folder;
    struct error err = {0};

    (void)state;
    folder_make(&folder);
    write_file(folder.file, "w", LINES);
    struct archive_options options = {.path = folder.file};
    struct source *source = source_archive_open(&options, silent, NULL, &err);
    assert_non_null(source);
    assert_int_equal(source_archive_count(source), 2);
    assert_int_equal(code_of(source, "c"), ERROR_SOURCE_MISSING);
    source_close(source);
    folder_remove(&folder);
    assert_null(source_archive_open(&options, silent, NULL, &err));
    assert_int_equal(err.code, ERROR_USAGE);
}

/* The file cut at every byte: nothing crashes, and a thread comes whole or fails. */
static void cut_at_every_byte(void **state)
{
    struct folder folder;
    size_t whole = strlen(LINES) / 2;

    (void)state;
    folder_make(&folder);
    for (size_t len = 1; len < strlen(LINES); len++) {
        struct error err = {0};
        char text[sizeof LINES];

        memcpy(text, LINES, len);
        text[len] = '\0';
        write_file(folder.file, "w", text);
        struct archive_options options = {.path = folder.path};
        struct source *source = source_archive_open(&options, silent, NULL, &err);
        /* Torn before it names its own thread, the line may be one of the only thread there is. */
        bool is_named = strstr(text, "\"thread_id\":\"b\"") || len == whole - 1 || len == whole;
        if (len >= whole - 1) {
            assert_non_null(source);
            assert_int_equal(code_of(source, "a"), is_named ? ERROR_NONE : ERROR_BAD_SOURCE);
        }
        if (source && len < strlen(LINES) - 1)
            assert_int_not_equal(code_of(source, "b"), ERROR_NONE);
        source_close(source);
    }
    folder_remove(&folder);
}

static void raw_bytes_are_kept(void **state)
{
    static const char OBJECT[] = "{\"id\":\"m1\",\"object\":\"thread.message\",\"role\":\"user\", "
                                 "\"content\":\"x\",\"score\":1.10,"
                                 "\"u\":{\"n\":1e2}}";
    struct folder folder;
    struct error err = {0};
    char *line = mem_printf("{\"kind\":\"message\",\"thread_id\":\"t\",\"object\":%s}\n"
                            "{\"kind\":\"end\",\"thread_id\":\"t\",\"messages\":1,\"runs\":0,"
                            "\"run_steps\":0}\n"
                            "{\"id\":\"c\",\"messages\":[ %s ]}\n",
                            OBJECT, OBJECT);

    (void)state;
    folder_make(&folder);
    write_file(folder.file, "w", line);
    struct archive_options options = {.path = folder.path, .keep_raw = true};
    struct source *source = source_archive_open(&options, silent, NULL, &err);
    assert_non_null(source);
    static const char *const IDS[] = {"t", "c"};
    for (size_t i = 0; i < 2; i++) {
        struct reading *reading = source_read(source, span_of(IDS[i]));
        struct page page;

        reading->ops->ask(reading, FETCH_MESSAGES, (struct span){NULL, 0});
        reading->ops->take(reading, &page);
        assert_int_equal(page.count, 1);
        assert_true(span_is(page.raw[0], OBJECT));
        reading->ops->close(reading);
    }
    source_close(source);
    free(line);
    folder_remove(&folder);
}

/* What is no object of the API stands as one that was made of it, with its own bytes beside. */
static void others_are_made(void **state)
{
    static const char ROW[] = "{\"thread_id\":\"t\",\"role\":\"human\", \"text\":\"x\\ud800\","
                              "\"created_at\":\"2023-11-14T22:13:20Z\",\"rank\":1}";
    static const char MADE[] =
        "{\"object\":\"thread.message\",\"thread_id\":\"t\",\"created_at\":1700000000,"
        "\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":{\"value\":\"x\\ud800\","
        "\"annotations\":[]}}]}";
    struct folder folder;
    struct error err = {0};
    struct page page;

    (void)state;
    folder_make(&folder);
    write_file(folder.file, "w", ROW);
    struct archive_options options = {.path = folder.path, .keep_raw = true};
    struct source *source = source_archive_open(&options, silent, NULL, &err);
    assert_non_null(source);
    struct reading *reading = source_read(source, span_of("t"));
    reading->ops->ask(reading, FETCH_MESSAGES, (struct span){NULL, 0});
    reading->ops->take(reading, &page);
    assert_int_equal(page.count, 1);
    assert_true(span_is(page.raw[0], MADE));
    assert_true(span_is(page.from[0], ROW));
    reading->ops->close(reading);
    source_close(source);
    folder_remove(&folder);
}

/* How many files were looked at, and what was said while opening. */
struct witness {
    size_t files;
    char notes[512];
};

static void take_note(void *ctx, const char *text)
{
    struct witness *witness = ctx;
    size_t len = strlen(witness->notes);

    (void)snprintf(witness->notes + len, sizeof witness->notes - len, "%s\n", text);
}

static bool count_file(void *ctx, const struct archive_file_facts *file)
{
    struct witness *witness = ctx;

    assert_true(file->path[0] && file->shape[0]);
    witness->files++;
    return true;
}

static void links_are_not_followed(void **state)
{
    struct folder folder;
    struct witness witness = {0};
    struct error err = {0};
    char link[96];

    (void)state;
    folder_make(&folder);
    (void)snprintf(link, sizeof link, "%s/up.json", folder.path);
    write_file(folder.file, "w", LINES);
    assert_int_equal(symlink("/etc/passwd", link), 0);
    struct archive_options options = {.path = folder.path};
    struct source *source = source_archive_open(&options, take_note, &witness, &err);
    assert_non_null(source);
    source_archive_each_file(source, count_file, &witness);
    assert_int_equal(witness.files, 1);
    struct buf ledger;
    buf_init(&ledger, BUF_NO_LIMIT);
    source_archive_write_ledger(source, &ledger);
    assert_non_null(strstr(ledger.data, "\"passed_over\":{\"a symbolic link\":1}"));
    buf_release(&ledger);
    source_close(source);
    assert_int_equal(unlink(link), 0);
    folder_remove(&folder);
}

static bool is_stdin(void *ctx, struct span thread_id)
{
    (void)ctx;
    assert_true(span_is(thread_id, "stdin"));
    return true;
}

static void standard_input_is_read(void **state)
{
    struct folder folder;
    struct error err = {0};
    int saved = dup(STDIN_FILENO);

    (void)state;
    folder_make(&folder);
    write_file(folder.file, "w", "[{\"role\":\"user\",\"content\":\"hi\"}]");
    assert_non_null(freopen(folder.file, "r", stdin));
    struct archive_options options = {.path = "-"};
    struct source *source = source_archive_open(&options, silent, NULL, &err);
    assert_non_null(source);
    assert_int_equal(source_archive_count(source), 1);
    source_archive_each(source, is_stdin, NULL);
    assert_int_equal(code_of(source, "stdin"), ERROR_NONE);
    source_close(source);
    assert_true(dup2(saved, STDIN_FILENO) >= 0);
    (void)close(saved);
    folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_changed_file_is_not_read_on),
        cmocka_unit_test(a_thread_that_is_not_there),
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(raw_bytes_are_kept),
        cmocka_unit_test(others_are_made),
        cmocka_unit_test(links_are_not_followed),
        cmocka_unit_test(standard_input_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
