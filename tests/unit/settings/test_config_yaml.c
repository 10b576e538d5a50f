#include "settings/config.h"

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

enum { PATH_SIZE = 256 };

/* A file of its own for each text; the caller unlinks it. */
static void write_file(char path[PATH_SIZE], const char *text, size_t len)
{
    const char *folder = getenv("TMPDIR");
    int fd;

    (void)snprintf(path, PATH_SIZE, "%s/config.XXXXXX", folder ? folder : "/tmp");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), len);
    assert_int_equal(close(fd), 0);
}

static bool load(struct config *config, const char *text, size_t len, struct error *err)
{
    char *const environment[] = {NULL};
    char path[PATH_SIZE];
    struct config_input input = {.file = path, .environment = environment};
    bool ok;

    write_file(path, text, len);
    error_clear(err);
    ok = config_load(config, &input, err);
    (void)unlink(path);
    if (!ok && strncmp(err->text, path, strlen(path)) == 0)
        memmove(err->text, err->text + strlen(path), strlen(err->text + strlen(path)) + 1);
    return ok;
}

static const struct {
    const char *text;
    const char *error; /* behind the file's name; its beginning */
} MISTAKES[] = {
    {"sorce:\n  type: archive\n", ":1:1: unknown key 'sorce'\nhint: did you mean 'source'?"},
    {"source:\n  typ: archive\n",
     ":2:3: unknown key 'source.typ'\nhint: did you mean 'source.type'?"},
    {"base_url: x\n", ":1:1: unknown key 'base_url'\nhint: did you mean 'source.base_url'?"},
    {"source.path: x\n",
     ":1:1: unknown key 'source.path'\nhint: write 'path' below 'source:' and indented"},
    {"destination:\n  page_size: 3\n", ":2:3: unknown key 'destination.page_size'"},
    {"source:\n  fields: {thred: a}\n",
     ":2:12: source.fields: 'thred' is not one of thread, role, text, time, message, metadata, "
     "question, answer, list\nhint: did you mean 'thread'?"},
    {"source:\n  fields:\n    thread: a\n    thread: b\n",
     ":4:5: source.fields: duplicate member 'thread'"},
    {"source:\n  fields:\n    thread: [a]\n",
     ":3:13: source.fields: the value must be a mapping of names to single values"},
    {"source:\n  fields: [thread]\n", ":2:11: source.fields: the value must be a mapping"},
    {"source:\n  fields: thread\n", ":2:11: source.fields: the value must be a mapping"},
    {"source:\n  roles: {a: bee}\n",
     ":2:14: source.roles: 'bee' is not one of user, assistant, system, developer"},
    {"source:\n  roles: {\"\": user}\n", ":2:11: source.roles: a name of 1 to 256 bytes"},
    {"source:\n  roles: {[a]: user}\n",
     ":2:11: source.roles: the value must be a mapping of words"},
    {"source:\n  roles: {a: user\n", ":3:1: "},
    {"source:\n  path: {a: b}\n", ":2:9: source.path: the value must be a single value, not a map"},
    {"source:\n  auth: berer\n", ":2:9: source.auth: 'berer' is not one of auto, bearer, api-key\n"
                                 "hint: did you mean 'bearer'?"},
    {"source:\n  exclude: x\n", ":2:12: source.exclude: the value must be a list of strings: [one"},
    {"threads:\n  zzzzzz: 1\n", ":2:3: unknown key 'threads.zzzzzz'\nhint: did you mean"},
    {"\"\": 1\n", ":1:1: unknown key ''"},
    {"\"a\\e[31m\": 1\n", ":1:1: unknown key 'a\\x1b[31m'"},
    {"source:\n  source:\n    path: x\n", ":2:3: unknown key 'source.source'"},

    {"source:\n  type: archiv\n",
     ":2:9: source.type: 'archiv' is not one of archive, openai, azure,"
     " foundry, compatible\nhint: did you mean 'archive'?"},
    {"destination:\n  type: archive\n", ":2:9: destination.type: 'archive' is not one of openai"},
    {"create: Inline\n", ":1:9: create: 'Inline' is not one of empty, inline"},
    {"mapping:\n  unknown: explode\n", ":2:12: mapping.unknown: 'explode' is not one of "},
    {"mapping:\n  provenance: 1\n", ":2:15: mapping.provenance: '1' is not one of true, false"},
    {"threads:\n  all: yes\n", ":2:8: threads.all: 'yes' is not one of true, false"},
    {"threads:\n  all: 'true'\n", ":2:8: threads.all: the value must be true or false"},
    {"threads:\n  shard: 3/2\n", ":2:10: threads.shard: '3/2' is not I/N"},

    {"batch_items: 0\n", ":1:14: batch_items: 0 is out of range, which is 1 to 20"},
    {"batch_items: 21\n", ":1:14: batch_items: 21 is out of range"},
    {"batch_items: 1.0\n", ":1:14: batch_items: '1.0' is not an integer"},
    {"batch_items: 0x10\n", ":1:14: batch_items: '0x10' is not an integer"},
    {"batch_items: 1e1\n", ":1:14: batch_items: '1e1' is not an integer"},
    {"batch_items: many\n", ":1:14: batch_items: 'many' is not an integer"},
    {"batch_items: '3'\n", ":1:14: batch_items: the value must be an integer, without quotes"},
    {"batch_items: 9223372036854775808\n", ":1:14: batch_items: '9223372036854775808' is not"},
    {"batch_items: [3]\n", ":1:14: batch_items: the value must be a single value, not a list"},
    {"source:\n  page_size: {a: 1}\n", ":2:14: source.page_size: the value must be a single "},
    {"source:\n  path: [x]\n", ":2:9: source.path: the value must be a single value"},
    {"source: x\n", ":1:9: source: the value must be a mapping of keys"},
    {"source: [a]\n", ":1:9: source: the value must be a mapping of keys"},
    {"source:\n  api_key_command: az\n",
     ":2:20: source.api_key_command: the value must be a list of strings"},
    {"source:\n  api_key_command: [az, [b]]\n",
     ":2:25: source.api_key_command: the value must be a list of at most 64 strings"},
    {"source:\n  api_key_command:\n    - az\n    -\n",
     ":4:6: source.api_key_command: the value must be a list"},
    {"source:\n  api_key_command: ['']\n", ":2:20: source.api_key_command: the first word"},

    {"create: empty\nbatch_items: 2\ncreate: empty\n",
     ":3:1: duplicate key 'create': already on line 1"},
    {"create:\ncreate: empty\n", ":2:1: duplicate key 'create'"},
    {"source:\n  path: a\n  path: a\n", ":3:3: duplicate key 'source.path'"},
    {"source:\n  path: a\nthreads:\nsource:\n", ":4:1: duplicate key 'source'"},

    {"create: &a empty\n", ":1:9: an anchor"},
    {"source: &a\n  path: x\n", ":1:9: an anchor"},
    {"create: *a\n", ":1:9: an alias"},
    {"create: !!str empty\n", ":1:9: a tag"},
    {"source:\n  api_key_command: !x [a]\n", ":2:20: a tag"},
    {"create: empty\n---\ncreate: empty\n", ":2:1: a second document"},
    {"? [a]\n: b\n", ":1:3: a key must be a word"},
    {"- a\n", ":1:1: the file must be a mapping"},
    {"word\n", ":1:1: the file must be a mapping"},
    {"source:\n\tpath: x\n", ":2:1: not YAML: "},
    {"source:\n  path: \"x\n", ":3:1: not YAML: "},
    {"source:\n  path: a\xff\n", ":2:10: not UTF-8 text"},
    {"source:\n  path: \xc3\xa4\xff\n", ":2:10: not UTF-8 text"},
    {"source:\n  path: \"a\\0b\"\n", ":2:9: source.path: the value holds a control character"},
    {"checkpoint: ''\n", ":1:13: checkpoint: the value is empty"},

    {"source:\n  api_key_env: sk-x\n", ":2:16: source.api_key_env: not the name of an env"},
    {"source:\n  base_url: ftp://x\n", ":2:13: source.base_url: not a URL"},
    {"source:\n  base_url: https://h/?code=x\n", ":2:13: source.base_url: the URL has a query"},
    {"source:\n  base_url: https://u:p@h/\n", ":2:13: source.base_url: the URL names a user"},
    {"source:\n  base_url: http://h/\n", ":2:13: source.base_url: http:// would send"},
    {"source:\n  project: a b\n", ":2:12: source.project: the value holds a space"},
    {"destination:\n  api_key_env: A\n  api_key_file: b\n",
     ":3:3: two places for one key: destination.api_key_env and destination.api_key_file"},
    {"source:\n  api_key_command: [b]\n  api_key_file: b\n",
     ":2:3: two places for one key: source.api_key_file and source.api_key_command"},
};

static void test_mistakes_have_a_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof MISTAKES / sizeof MISTAKES[0]; i++) {
        struct config config;
        struct error err;

        assert_false(load(&config, MISTAKES[i].text, strlen(MISTAKES[i].text), &err));
        assert_int_equal(err.code, ERROR_USAGE);
        err.text[strlen(MISTAKES[i].error)] = '\0';
        assert_string_equal(err.text, MISTAKES[i].error);
        config_release(&config);
    }
}

/* What may be a key put in the wrong place is never shown. */
static void test_possible_secrets_are_not_repeated(void **state)
{
    static const char *const TEXTS[] = {
        "source:\n  api_key_env: sk-canary\n",
        "source:\n  base_url: https://canary:canary@host/\n",
        "source:\n  base_url: https://host/?key=canary\n",
        "source:\n  api_key_command: canary\n",
        "source:\n  api_key: canary\n",
        "destination:\n  organization: 'can ary'\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        struct config config;
        struct error err;

        assert_false(load(&config, TEXTS[i], strlen(TEXTS[i]), &err));
        assert_null(strstr(err.text, "canary"));
        config_release(&config);
    }
}

static void test_what_leaves_the_defaults(void **state)
{
    static const char *const TEXTS[] = {
        "",
        "# nothing\n",
        "---\n",
        "---\n...\n",
        "~\n",
        "null\n",
        "source:\n",
        "source: {}\n",
        "create:\nbatch_items: ~\nsource:\n  page_size: null\n  api_key_command: []\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        struct config config;
        struct error err;

        assert_true(load(&config, TEXTS[i], strlen(TEXTS[i]), &err));
        assert_int_equal(config.batch_items, 20);
        assert_int_equal(config.create, CREATE_EMPTY);
        assert_int_equal(config.source.page_size, 100);
        assert_null(config.source.api_key_command);
        assert_int_equal(config_origin(&config, "create"), FROM_DEFAULT);
        config_release(&config);
    }
}

static void test_values_of_every_kind(void **state)
{
    static const char TEXT[] = "\xef\xbb\xbf# with a BOM\r\n"
                               "source:\r\n"
                               "  type: foundry\r\n"
                               "  base_url: https://h.example/api/projects/p//\r\n"
                               "  api_key_command: [az, \"a b\", 'it''s', 7]\r\n"
                               "  project: 12345\r\n"
                               "  path: 'null'\r\n"
                               "threads: {all: true, limit: 12}\r\n"
                               "mapping:\r\n"
                               "  provenance: false\r\n"
                               "  tool_calls: functions\r\n"
                               "checkpoint: \"a\\u00e4 # no comment\"\r\n";
    struct config config;
    struct error err;

    (void)state;
    assert_true(load(&config, TEXT, strlen(TEXT), &err));
    assert_int_equal(config.source.type, SERVICE_FOUNDRY);
    assert_string_equal(config.source.base_url, "https://h.example/api/projects/p");
    assert_string_equal(config.source.api_version, "v1");
    assert_string_equal(config.source.api_key_command[1], "a b");
    assert_string_equal(config.source.api_key_command[2], "it's");
    assert_string_equal(config.source.api_key_command[3], "7");
    assert_null(config.source.api_key_command[4]);
    assert_string_equal(config.source.project, "12345");
    /* Below the folder of the file, which is somewhere else. */
    assert_string_equal(strrchr(config.source.path, '/'), "/null");
    assert_true(config.threads.all);
    assert_int_equal(config.threads.limit, 12);
    assert_int_equal(config.policy.provenance, 0);
    assert_int_equal(config.policy.tool_calls, TOOLS_FUNCTIONS);
    assert_string_equal(strrchr(config.checkpoint, '/'), "/a\xc3\xa4 # no comment");
    assert_int_equal(config_origin(&config, "mapping.tool_calls"), FROM_FILE);
    assert_int_equal(config_origin(&config, "mapping.unknown"), FROM_DEFAULT);
    config_release(&config);
}

/* Wherever a file is cut it is either read or refused; sanitizers watch the rest. */
static void test_a_file_cut_anywhere(void **state)
{
    static const char TEXT[] = "source:\n  type: 'archive'\n  api_key_command: [a, \"b\"]\n"
                               "threads: {all: true}\nmapping:\n  unknown: fail\n";

    (void)state;
    for (size_t len = 0; len < sizeof TEXT; len++) {
        struct config config;
        struct error err;

        if (!load(&config, TEXT, len, &err))
            assert_int_equal(err.code, ERROR_USAGE);
        config_release(&config);
    }
}

static void test_files_that_cannot_be_read(void **state)
{
    static const char *const PATHS[] = {"/nonexistent/migrate.yaml", "/"};
    char *large = calloc(1, 2 << 20);
    struct config config;
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof PATHS / sizeof PATHS[0]; i++) {
        const struct config_input input = {.file = PATHS[i]};

        assert_false(config_load(&config, &input, &err));
        assert_int_equal(err.code, ERROR_USAGE);
        assert_non_null(strstr(err.text, "cannot read configuration '"));
        config_release(&config);
    }
    memset(large, '#', 2 << 20);
    assert_false(load(&config, large, 2 << 20, &err));
    assert_non_null(strstr(err.text, "larger than 1 MiB"));
    config_release(&config);
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes_have_a_place),
        cmocka_unit_test(test_possible_secrets_are_not_repeated),
        cmocka_unit_test(test_what_leaves_the_defaults),
        cmocka_unit_test(test_values_of_every_kind),
        cmocka_unit_test(test_a_file_cut_anywhere),
        cmocka_unit_test(test_files_that_cannot_be_read),
    };

    return cmocka_run_group_tests_name("config_yaml", tests, NULL, NULL);
}
