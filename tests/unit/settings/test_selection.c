#include "settings/selection.h"

#include "settings/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { FLAGS_MAX = 8 };

/* A command line in parts: words, flags of keys and variables. */
struct given {
    struct options options;
    struct config_flag flags[FLAGS_MAX];
    size_t flag_count;
    char *const *environment;
    struct config config;
};

static char *const NO_VARIABLES[] = {NULL};

static void give(struct given *given, const char *path, const char *value)
{
    given->flags[given->flag_count].key = (size_t)key_find_path(path);
    given->flags[given->flag_count].value = value;
    given->flag_count++;
}

static bool load(struct selection *selection, struct given *given, struct error *err)
{
    const struct invocation invocation = {
        .options = &given->options, .config = &given->config, .environment = given->environment};
    const struct config_input input = {
        .file = "/dev/null",
        .flags = given->flags,
        .flag_count = given->flag_count,
        .environment = given->environment,
    };

    assert_true(config_load(&given->config, &input, err));
    error_clear(err);
    return selection_load(selection, &invocation, err);
}

static void drop(struct selection *selection, struct given *given)
{
    selection_release(selection);
    config_release(&given->config);
}

/* A list in a file; the caller unlinks it. */
static void write_list(char *path, const char *text)
{
    const int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static void assert_ids(const struct selection *selection, const char *const *ids, size_t count)
{
    assert_int_equal(selection_count(selection), count);
    for (size_t i = 0; i < count; i++)
        assert_true(span_is(selection_get(selection, i), ids[i]));
}

static void test_words_and_a_list_together(void **state)
{
    char path[] = "/tmp/threadferry-test-XXXXXX";
    char a[] = "a";
    char b[] = "b";
    char *words[] = {b, a, b};
    struct given given = {.options = {.words = words, .word_count = 3},
                          .environment = NO_VARIABLES};
    struct selection selection;
    struct error err;

    (void)state;
    write_list(path, "c\na\nd\nc\n");
    give(&given, "threads.file", path);
    assert_true(load(&selection, &given, &err));
    assert_int_equal(selection.kind, SELECTION_IDS);
    assert_ids(&selection, (const char *const[]){"b", "a", "c", "d"}, 4);
    assert_int_equal(selection.duplicates, 3);
    drop(&selection, &given);
    (void)unlink(path);
}

/* A list from the file or the environment is what is done without words, not beside them. */
static void test_words_replace_what_the_environment_says(void **state)
{
    char list[] = "THREADFERRY_THREADS_FILE=/nonexistent";
    char all[] = "THREADFERRY_THREADS_ALL=true";
    char *const environment[] = {list, all, NULL};
    char word[] = "t";
    char *words[] = {word};
    struct given given = {.options = {.words = words, .word_count = 1}, .environment = environment};
    struct selection selection;
    struct error err;

    (void)state;
    assert_true(load(&selection, &given, &err));
    assert_ids(&selection, (const char *const[]){"t"}, 1);
    drop(&selection, &given);
    given.options.word_count = 0;
    give(&given, "threads.all", "true");
    assert_true(load(&selection, &given, &err));
    assert_int_equal(selection.kind, SELECTION_ALL);
    drop(&selection, &given);
}

/* What is to be forced is selected, alone or beside others; --all stays all. */
static void test_forced(void **state)
{
    char b[] = "b";
    char *words[] = {b};
    const char *forced[] = {"b", "c"};
    char file[] = "THREADFERRY_THREADS_FILE=/nothing";
    char *environment[] = {file, NULL};
    struct given given = {.options = {.force = {.all = forced, .count = 2}},
                          .environment = environment};
    struct selection selection;
    struct error err;

    (void)state;
    assert_true(load(&selection, &given, &err));
    assert_int_equal(selection.kind, SELECTION_IDS);
    assert_ids(&selection, (const char *const[]){"b", "c"}, 2);
    drop(&selection, &given);

    given = (struct given){
        .options = {.words = words, .word_count = 1, .force = {.all = forced, .count = 2}}};
    assert_true(load(&selection, &given, &err));
    assert_ids(&selection, (const char *const[]){"b", "c"}, 2);
    assert_int_equal(selection.duplicates, 0);
    drop(&selection, &given);

    given = (struct given){.options = {.force = {.all = forced, .count = 2}}};
    give(&given, "threads.all", "true");
    assert_true(load(&selection, &given, &err));
    assert_int_equal(selection.kind, SELECTION_ALL);
    assert_int_equal(selection_count(&selection), 0);
    drop(&selection, &given);
}

static void test_nothing_said(void **state)
{
    struct given given = {.environment = NO_VARIABLES};
    struct selection selection;
    struct error err;

    (void)state;
    assert_true(load(&selection, &given, &err));
    assert_int_equal(selection.kind, SELECTION_DEFAULT);
    assert_int_equal(selection_count(&selection), 0);
    assert_string_equal(selection.shard_text, "");
    drop(&selection, &given);
}

static void test_what_is_refused(void **state)
{
    static const struct {
        const char *word;
        const char *list; /* content, NULL for none; "-" for standard input */
        const char *all;
        const char *path;
        const char *error;
    } ROWS[] = {
        {"a/b", NULL, NULL, NULL, "'a/b' is not a thread id"},
        {"", NULL, NULL, NULL, "'' is not a thread id"},
        {"a\x1b[2J", NULL, NULL, NULL, "'a\\x1b[2J' is not a thread id"},
        {NULL, "a\nb c\n", NULL, NULL, ":2: 'b c' is not a thread id"},
        {NULL, "a\n../../etc\n", NULL, NULL, ":2: '../../etc' is not a thread id"},
        {"a", NULL, "true", NULL, "exclude each other"},
        {NULL, "a\n", "true", NULL, "exclude each other"},
        {NULL, "-", NULL, "-", "cannot be both"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char path[] = "/tmp/threadferry-test-XXXXXX";
        char word[64];
        char *words[] = {word};
        struct given given = {.options = {.words = words, .word_count = ROWS[i].word != NULL},
                              .environment = NO_VARIABLES};
        const bool has_file = ROWS[i].list && strcmp(ROWS[i].list, "-") != 0;
        struct selection selection;
        struct error err;

        (void)snprintf(word, sizeof word, "%s", ROWS[i].word ? ROWS[i].word : "");
        if (has_file)
            write_list(path, ROWS[i].list);
        if (ROWS[i].list)
            give(&given, "threads.file", has_file ? path : "-");
        if (ROWS[i].all)
            give(&given, "threads.all", ROWS[i].all);
        if (ROWS[i].path)
            give(&given, "source.path", ROWS[i].path);
        assert_false(load(&selection, &given, &err));
        assert_int_equal(err.code, ERROR_USAGE);
        assert_non_null(strstr(err.text, ROWS[i].error));
        drop(&selection, &given);
        if (has_file)
            (void)unlink(path);
    }
}

static void test_a_list_that_is_not_there(void **state)
{
    struct given given = {.environment = NO_VARIABLES};
    struct selection selection;
    struct error err;

    (void)state;
    give(&given, "threads.file", "/nonexistent/list");
    assert_false(load(&selection, &given, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    drop(&selection, &given);
}

static void test_the_limit_takes_the_first(void **state)
{
    static const char *const OFFERED[] = {"a", "a", "b", "c", "d"};
    struct given given = {.environment = NO_VARIABLES};
    struct selection selection;
    struct error err;
    size_t offered = 0;

    (void)state;
    give(&given, "threads.limit", "2");
    assert_true(load(&selection, &given, &err));
    while (selection_offer(&selection, span_of(OFFERED[offered])))
        offered++;
    assert_int_equal(offered, 2);
    assert_ids(&selection, (const char *const[]){"a", "b"}, 2);
    assert_int_equal(selection.duplicates, 1);
    drop(&selection, &given);
}

/* What narrows a selection comes before the limit. */
static void test_the_limit_is_last(void **state)
{
    static const bool KEEPS[] = {false, true, true};
    char a[] = "a";
    char b[] = "b";
    char c[] = "c";
    char *words[] = {a, b, c};
    struct given given = {.options = {.words = words, .word_count = 3, .since = "2026-01-01"},
                          .environment = NO_VARIABLES};
    struct selection selection;
    struct error err;

    (void)state;
    give(&given, "threads.limit", "1");
    assert_true(load(&selection, &given, &err));
    selection_keep(&selection, KEEPS);
    selection_cut(&selection);
    assert_ids(&selection, (const char *const[]){"b"}, 1);
    drop(&selection, &given);
}

/* What stands behind the limit of a list is judged all the same. */
static void test_the_limit_hides_no_mistake(void **state)
{
    char path[] = "/tmp/threadferry-test-XXXXXX";
    struct given given = {.environment = NO_VARIABLES};
    struct selection selection;
    struct error err;

    (void)state;
    write_list(path, "a\nb\n?\n");
    give(&given, "threads.file", path);
    give(&given, "threads.limit", "1");
    assert_false(load(&selection, &given, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    drop(&selection, &given);
    (void)unlink(path);
}

static void test_shards_divide_what_is_there(void **state)
{
    enum { IDS = 1000, SHARDS = 7 };
    char variable[] = "JOB_COMPLETION_INDEX=6";
    char *const environment[] = {variable, NULL};
    size_t total = 0;

    (void)state;
    for (int index = 1; index <= SHARDS; index++) {
        struct given given = {.environment = environment};
        struct selection selection;
        struct error err;
        char text[16];

        (void)snprintf(text, sizeof text, "%.0d%s/7", index < SHARDS ? index : 0,
                       index < SHARDS ? "" : "auto");
        give(&given, "threads.shard", text);
        assert_true(load(&selection, &given, &err));
        assert_int_equal(selection.shard.index, index);
        assert_int_equal(selection.shard_text[0], '0' + index);
        for (int i = 0; i < IDS; i++) {
            char id[32];

            (void)snprintf(id, sizeof id, "thread_%d", i);
            assert_true(selection_offer(&selection, span_of(id)));
        }
        /* Roughly even: nobody gets less than half of a fair share or more than two. */
        assert_true(selection_count(&selection) >= IDS / SHARDS / 2 &&
                    selection_count(&selection) <= IDS / SHARDS * 2);
        total += selection_count(&selection);
        drop(&selection, &given);
    }
    assert_int_equal(total, IDS);
}

static void test_auto_without_a_scheduler(void **state)
{
    struct given given = {.environment = NO_VARIABLES};
    struct selection selection;
    struct error err;

    (void)state;
    give(&given, "threads.shard", "auto/7");
    assert_false(load(&selection, &given, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    assert_non_null(strstr(err.text, "JOB_COMPLETION_INDEX"));
    drop(&selection, &given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_and_a_list_together),
        cmocka_unit_test(test_words_replace_what_the_environment_says),
        cmocka_unit_test(test_forced),
        cmocka_unit_test(test_nothing_said),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_a_list_that_is_not_there),
        cmocka_unit_test(test_the_limit_takes_the_first),
        cmocka_unit_test(test_the_limit_is_last),
        cmocka_unit_test(test_the_limit_hides_no_mistake),
        cmocka_unit_test(test_shards_divide_what_is_there),
        cmocka_unit_test(test_auto_without_a_scheduler),
    };

    return cmocka_run_group_tests_name("selection", tests, NULL, NULL);
}
