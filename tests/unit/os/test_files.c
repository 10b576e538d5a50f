#include "os/files.h"

#include "base/mem.h"
#include "os/stop.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const SUFFIXES[] = {".json", ".csv", NULL};

/* A folder to walk: paths are made below it and removed again. */
struct tree {
    char root[64];
    int fd;
};

static int tree_make(void **state)
{
    static struct tree tree;

    (void)snprintf(tree.root, sizeof tree.root, "/tmp/test-files-XXXXXX");
    if (!mkdtemp(tree.root))
        return -1;
    tree.fd = open(tree.root, O_RDONLY | O_DIRECTORY);
    *state = &tree;
    return tree.fd < 0 ? -1 : 0;
}

static int tree_remove(void **state)
{
    static const char *const PATHS[] = {"a.json",    "d/b.CSV", "d/e/c.json", "d/link.json", "d/up",
                                        "pipe.json", "x.txt",   ".json",      "whole"};
    static const char *const FOLDERS[] = {"d/e", "d"};
    const struct tree *tree = *state;

    for (size_t i = 0; i < sizeof PATHS / sizeof PATHS[0]; i++)
        (void)unlinkat(tree->fd, PATHS[i], 0);
    for (size_t i = 0; i < sizeof FOLDERS / sizeof FOLDERS[0]; i++)
        (void)unlinkat(tree->fd, FOLDERS[i], AT_REMOVEDIR);
    (void)close(tree->fd);
    return rmdir(tree->root);
}

static void write_at(const struct tree *tree, const char *path, const char *text)
{
    int fd = openat(tree->fd, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

struct seen {
    int found;
    int skipped;
    char names[512];
};

static void on_found(void *ctx, const char *path)
{
    struct seen *seen = ctx;
    size_t len = strlen(seen->names);

    seen->found++;
    (void)snprintf(seen->names + len, sizeof seen->names - len, "[%s]", path);
}

static void on_skipped(void *ctx, const char *path, const char *why)
{
    struct seen *seen = ctx;
    size_t len = strlen(seen->names);

    seen->skipped++;
    (void)snprintf(seen->names + len, sizeof seen->names - len, "<%s: %s>", path, why);
}

static void walking(void **state)
{
    const struct tree *tree = *state;
    struct seen seen = {0};
    const struct files_visitor visitor = {on_found, on_skipped, &seen};
    struct error err = {0};

    assert_int_equal(mkdirat(tree->fd, "d", 0700), 0);
    assert_int_equal(mkdirat(tree->fd, "d/e", 0700), 0);
    write_at(tree, "a.json", "1");
    write_at(tree, "d/b.CSV", "22");
    write_at(tree, "d/e/c.json", "333");
    write_at(tree, "x.txt", "4444");
    write_at(tree, ".json", "55555");
    assert_int_equal(symlinkat("b.CSV", tree->fd, "d/link.json"), 0);
    assert_int_equal(symlinkat("..", tree->fd, "d/up"), 0);
    assert_int_equal(mkfifoat(tree->fd, "pipe.json", 0600), 0);
    assert_true(files_walk(tree->root, SUFFIXES, &visitor, &err));
    assert_int_equal(seen.found, 3);
    assert_non_null(strstr(seen.names, "[a.json]"));
    assert_non_null(strstr(seen.names, "[d/b.CSV]"));
    assert_non_null(strstr(seen.names, "[d/e/c.json]"));
    assert_int_equal(seen.skipped, 3);
    assert_non_null(strstr(seen.names, "<d/up: a symbolic link>"));
    assert_non_null(strstr(seen.names, "<pipe.json: not a regular file>"));
}

static void no_link_is_followed(void **state)
{
    const struct tree *tree = *state;
    struct error err = {0};

    assert_null(files_open(tree->root, "d/link.json", &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_null(files_open(tree->root, "d/up/a.json", &err));
    assert_null(files_open(tree->root, "../../etc/passwd", &err));
    assert_null(files_open(tree->root, "pipe.json", &err));
    assert_null(files_open(tree->root, "nothing.json", &err));
    assert_non_null(strstr(err.text, "'nothing.json'"));
}

static void reading(void **state)
{
    const struct tree *tree = *state;
    struct error err = {0};
    struct files_stamp before;
    struct files_stamp after;
    char data[8];
    size_t got;
    struct files_file *file = files_open(tree->root, "d/e/c.json", &err);

    assert_non_null(file);
    assert_true(files_read(file, 1, data, sizeof data, &got, &err));
    assert_int_equal(got, 2);
    assert_memory_equal(data, "33", 2);
    assert_true(files_read(file, 9, data, sizeof data, &got, &err));
    assert_int_equal(got, 0);
    assert_true(files_stamp(file, &before, &err));
    assert_int_equal(before.size, 3);
    write_at(tree, "d/e/c.json", "4444");
    assert_true(files_stamp(file, &after, &err));
    assert_false(files_stamp_equal(&before, &after));
    files_close(file);
    files_close(NULL);
}

static void kinds(void **state)
{
    const struct tree *tree = *state;
    struct error err = {0};
    enum files_kind kind;
    char path[96];

    assert_true(files_kind(tree->root, &kind, &err));
    assert_int_equal(kind, FILES_DIRECTORY);
    (void)snprintf(path, sizeof path, "%s/a.json", tree->root);
    assert_true(files_kind(path, &kind, &err));
    assert_int_equal(kind, FILES_FILE);
    (void)snprintf(path, sizeof path, "%s/pipe.json", tree->root);
    assert_true(files_kind(path, &kind, &err));
    assert_int_equal(kind, FILES_STREAM);
    (void)snprintf(path, sizeof path, "%s/nothing", tree->root);
    assert_false(files_kind(path, &kind, &err));
    assert_int_equal(err.code, ERROR_USAGE);
}

static void spooling(void **state)
{
    const struct tree *tree = *state;
    struct error err = {0};
    char path[96];
    char data[8];
    size_t got;

    (void)snprintf(path, sizeof path, "%s/a.json", tree->root);
    struct files_file *file = files_spool(path, &err);
    assert_non_null(file);
    assert_int_equal(unlink(path), 0);
    assert_true(files_read(file, 0, data, sizeof data, &got, &err));
    assert_int_equal(got, 1);
    files_close(file);
    assert_null(files_spool(path, &err));
    assert_int_equal(err.code, ERROR_IO);
}

static void assert_holds(const struct tree *tree, const char *name, const char *text)
{
    char data[32] = "";
    int fd = openat(tree->fd, name, O_RDONLY | O_NOFOLLOW);
    struct stat about;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_true(read(fd, data, sizeof data - 1) >= 0);
    assert_string_equal(data, text);
    assert_int_equal(close(fd), 0);
}

/* How many names of the root begin so. */
static int count_names(const struct tree *tree, const char *beginning)
{
    DIR *stream = opendir(tree->root);
    int count = 0;

    assert_non_null(stream);
    for (struct dirent *entry = readdir(stream); entry; entry = readdir(stream))
        count += strncmp(entry->d_name, beginning, strlen(beginning)) == 0;
    (void)closedir(stream);
    return count;
}

static void replacing(void **state)
{
    const struct tree *tree = *state;
    struct error err = {0};
    char longest[NAME_MAX + 1];
    char *whole;
    char path[96];

    (void)snprintf(path, sizeof path, "%s/whole", tree->root);
    assert_true(files_replace(path, span_of("one"), &err));
    assert_holds(tree, "whole", "one");
    assert_int_equal(chmod(path, 0644), 0);
    assert_true(files_replace(path, span_of("two"), &err));
    assert_holds(tree, "whole", "two");
    assert_int_equal(unlink(path), 0);
    write_at(tree, "x.txt", "precious");
    assert_int_equal(symlinkat("x.txt", tree->fd, "whole"), 0);
    assert_true(files_replace(path, span_of(""), &err));
    assert_holds(tree, "whole", "");
    assert_holds(tree, "x.txt", "precious");
    assert_int_equal(count_names(tree, "whole"), 1);
    /* A name as long as names can be. */
    memset(longest, 'n', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    whole = mem_printf("%s/%s", tree->root, longest);
    assert_true(files_replace(whole, span_of("long"), &err));
    assert_holds(tree, longest, "long");
    assert_int_equal(count_names(tree, ".threadferry"), 0);
    assert_int_equal(unlink(whole), 0);
    free(whole);
    (void)snprintf(path, sizeof path, "%s/nowhere/whole", tree->root);
    assert_false(files_replace(path, span_of("one"), &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_non_null(strstr(err.text, "No such file or directory"));
}

/* What does not fit leaves the old one, nothing beside it, and the system's own reason. */
static void replacing_where_there_is_no_room(void **state)
{
    const struct tree *tree = *state;
    struct rlimit before;
    struct rlimit limit;
    struct error err = {0};
    char path[96];
    bool ok;

    (void)snprintf(path, sizeof path, "%s/whole", tree->root);
    assert_true(files_replace(path, span_of("old"), &err));
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 6;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ok = files_replace(path, span_of("too long"), &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_false(ok);
    assert_int_equal(err.code, ERROR_IO);
    assert_non_null(strstr(err.text, "whole': File too large"));
    assert_holds(tree, "whole", "old");
    assert_int_equal(count_names(tree, "whole"), 1);
}

/* A pipe that nobody writes to, and a signal. In a child, because a stop cannot be taken back. */
static void spooling_ends_by_a_signal(void **state)
{
    const struct tree *tree = *state;
    char path[96];
    pid_t child;
    int status;

    (void)snprintf(path, sizeof path, "%s/pipe.json", tree->root);
    (void)fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct error err = {.code = ERROR_NONE};

        (void)alarm(30);
        stop_install();
        (void)raise(SIGTERM);
        _exit(!files_spool(path, &err) && err.code == ERROR_STOPPED ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walking),   cmocka_unit_test(no_link_is_followed),
        cmocka_unit_test(reading),   cmocka_unit_test(kinds),
        cmocka_unit_test(spooling),  cmocka_unit_test(spooling_ends_by_a_signal),
        cmocka_unit_test(replacing), cmocka_unit_test(replacing_where_there_is_no_room),
    };

    return cmocka_run_group_tests(tests, tree_make, tree_remove);
}
