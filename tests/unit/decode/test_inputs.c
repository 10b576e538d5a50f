/*
 * The files of a folder: their order, the names they give, and what is read of them.
 */
#include "decode/inputs.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct folder {
    char path[64];
    char *files[8];
    size_t count;
};

static void folder_open(struct folder *folder)
{
    (void)snprintf(folder->path, sizeof folder->path, "/tmp/inputs-XXXXXX");
    folder->count = 0;
    assert_non_null(mkdtemp(folder->path));
}

static void folder_put(struct folder *folder, const char *name, const char *text)
{
    char *path = mem_printf("%s/%s", folder->path, name);
    char *slash = strrchr(path, '/');

    *slash = '\0';
    assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
    *slash = '/';
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)close(fd);
    folder->files[folder->count++] = path;
}

static void folder_close(struct folder *folder)
{
    while (folder->count > 0) {
        char *path = folder->files[--folder->count];

        (void)unlink(path);
        *strrchr(path, '/') = '\0';
        (void)rmdir(path);
        free(path);
    }
    (void)rmdir(folder->path);
}

static void ignore(void *ctx, const char *path, const char *kind)
{
    buf_printf(ctx, "%s: %s\n", path, kind);
}

/* Numbers in names count by value; what is hidden or excluded is told. */
static void test_order_and_names(void **state)
{
    static const char *const EXCLUDE[] = {"*.bak", NULL};
    static const char *const NAMES[] = {"a", "page_2", "page_10", "sub_x_y"};
    struct error err = {.code = ERROR_NONE};
    struct folder folder;
    struct inputs inputs;
    struct buf text;

    (void)state;
    folder_open(&folder);
    folder_put(&folder, "page_10.json", "");
    folder_put(&folder, "page_2.json.gz", "");
    folder_put(&folder, "sub/x y.tar.json", "");
    folder_put(&folder, "a", "");
    folder_put(&folder, ".hidden", "");
    folder_put(&folder, "old.bak", "");
    inputs_init(&inputs);
    buf_init(&text, BUF_NO_LIMIT);
    assert_true(inputs_find(&inputs, folder.path, EXCLUDE, ignore, &text, &err));
    assert_non_null(strstr(text.data, ".hidden: hidden\n"));
    assert_non_null(strstr(text.data, "old.bak: excluded\n"));
    assert_int_equal(inputs.count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        buf_clear(&text);
        inputs_name(&inputs, i, &text);
        if (strncmp(text.data, NAMES[i], strlen(NAMES[i])) != 0)
            fail_msg("%u: %.*s", i, (int)text.len, text.data);
    }
    buf_release(&text);
    inputs_release(&inputs);
    folder_close(&folder);
}

/* What export saved is passed over, whatever it looks like; a list of another sort is a file. */
static void test_saved_contents(void **state)
{
    struct error err = {.code = ERROR_NONE};
    struct folder folder;
    struct inputs inputs;
    struct buf text;

    (void)state;
    folder_open(&folder);
    folder_put(&folder, "a.jsonl", "");
    folder_put(&folder, "a.jsonl.files/MANIFEST", "");
    folder_put(&folder, "a.jsonl.files/55/x", "{\"kind\":\"thread\"");
    folder_put(&folder, "renamed/MANIFEST", "{\"kind\":\"file\",\"file_id\":\"file-a\"");
    folder_put(&folder, "renamed/y.json", "");
    folder_put(&folder, "other/MANIFEST", "include y.json");
    folder_put(&folder, "other/y.json", "");
    folder_put(&folder, "b.files/z.json", "");
    inputs_init(&inputs);
    buf_init(&text, BUF_NO_LIMIT);
    assert_true(inputs_find(&inputs, folder.path, NULL, ignore, &text, &err));
    assert_non_null(strstr(text.data, "a.jsonl.files/55/x: saved contents\n"));
    assert_non_null(strstr(text.data, "renamed/y.json: saved contents\n"));
    assert_int_equal(inputs.count, 4);
    assert_string_equal(inputs.files[0].path + inputs.files[0].name, "a.jsonl");
    assert_string_equal(inputs.files[1].path + inputs.files[1].name, "b.files/z.json");
    assert_string_equal(inputs.files[2].path + inputs.files[2].name, "other/MANIFEST");
    assert_string_equal(inputs.files[3].path + inputs.files[3].name, "other/y.json");
    buf_release(&text);
    inputs_release(&inputs);
    folder_close(&folder);
}

/* A file that is another one by now is not read. */
static void test_changed(void **state)
{
    struct error err = {.code = ERROR_NONE};
    struct folder folder;
    struct inputs inputs;
    struct span bytes;

    (void)state;
    folder_open(&folder);
    folder_put(&folder, "a.json", "0123456789");
    inputs_init(&inputs);
    assert_true(inputs_find(&inputs, folder.files[0], NULL, ignore, NULL, &err));
    assert_non_null(inputs_open(&inputs, 0, &err));
    assert_true(inputs_read(&inputs, 0, 3, 4, &bytes, &err) && span_is(bytes, "3456"));
    assert_false(inputs_read(&inputs, 0, 8, 4, &bytes, &err));
    err = (struct error){.code = ERROR_NONE};
    assert_int_equal(truncate(folder.files[0], 9), 0);
    inputs_release(&inputs);
    inputs_init(&inputs);
    assert_true(inputs_find(&inputs, folder.files[0], NULL, ignore, NULL, &err));
    assert_non_null(inputs_open(&inputs, 0, &err));
    assert_int_equal(truncate(folder.files[0], 20), 0);
    assert_false(inputs_read(&inputs, 0, 0, 4, &bytes, &err));
    assert_int_equal(err.code, ERROR_BAD_SOURCE);
    inputs_release(&inputs);
    folder_close(&folder);
}

static void test_kept(void **state)
{
    struct error err = {.code = ERROR_NONE};
    struct inputs inputs;
    struct span bytes;
    uint64_t at[2];

    (void)state;
    inputs_init(&inputs);
    assert_true(inputs_keep(&inputs, span_of("first"), &at[0], &err));
    assert_true(inputs_keep(&inputs, span_of("second"), &at[1], &err));
    assert_true(inputs_read_kept(&inputs, at[1], 6, &bytes, &err) && span_is(bytes, "second"));
    assert_true(inputs_read_kept(&inputs, at[0], 5, &bytes, &err) && span_is(bytes, "first"));
    inputs_release(&inputs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_names),
        cmocka_unit_test(test_saved_contents),
        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
