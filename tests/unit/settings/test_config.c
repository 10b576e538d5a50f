#include "settings/config.h"

#include "base/mem.h"
#include "settings/example.h"
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

struct given {
    struct config_flag flags[FLAGS_MAX];
    size_t count;
};

static void add_flag(struct given *given, const char *path, const char *value)
{
    const int place = key_find_path(path);

    assert_int_not_equal(place, KEY_NONE);
    given->flags[given->count].key = (size_t)place;
    given->flags[given->count].value = value;
    given->count++;
}

static bool load(struct config *config, const struct given *given, char *const *environment,
                 struct error *err)
{
    const struct config_input input = {
        .file = "/dev/null",
        .flags = given->flags,
        .flag_count = given->count,
        .environment = environment,
    };

    error_clear(err);
    return config_load(config, &input, err);
}

static void test_flags_before_variables_before_the_file(void **state)
{
    char path[] = "/tmp/threadferry-test-XXXXXX";
    char variable[] = "THREADFERRY_BATCH_ITEMS=3";
    char other[] = "THREADFERRY_CREATE=inline";
    char empty[] = "THREADFERRY_MAX_ATTEMPTS=";
    char *const environment[] = {variable, other, empty, NULL};
    const int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    struct given given = {.count = 0};
    struct config config;
    struct error err;

    (void)state;
    assert_non_null(file);
    assert_true(fputs("batch_items: 2\ncreate: empty\nconcurrency: 5\nmax_attempts: 4\n", file) >=
                0);
    assert_int_equal(fclose(file), 0);
    add_flag(&given, "batch_items", "7");
    add_flag(&given, "batch_items", "4");
    {
        const struct config_input input = {
            .file = path, .flags = given.flags, .flag_count = 2, .environment = environment};

        assert_true(config_load(&config, &input, &err));
    }
    assert_int_equal(config.batch_items, 4);
    assert_int_equal(config.create, CREATE_INLINE);
    assert_int_equal(config.concurrency, 5);
    assert_int_equal(config.max_attempts, 4);
    assert_int_equal(config.settle_ms, 30000);
    assert_int_equal(config_origin(&config, "batch_items"), FROM_FLAG);
    assert_int_equal(config_origin(&config, "create"), FROM_VARIABLE);
    assert_int_equal(config_origin(&config, "concurrency"), FROM_FILE);
    assert_int_equal(config_origin(&config, "settle_ms"), FROM_DEFAULT);
    assert_string_equal(config_file(&config), path);
    config_release(&config);
    (void)unlink(path);
}

static void expect_map(const struct pairs *map, const char *name, const char *value)
{
    const char *found = pairs_get(map, span_of(name));

    assert_true((found == NULL) == (value == NULL));
    if (value)
        assert_string_equal(found, value);
}

/* A variable replaces the map, flags change its members; an empty one takes a member away. */
static void test_members_of_maps(void **state)
{
    char variable[] = "THREADFERRY_SOURCE_FIELDS={\"thread\": \"a\", \"text\": \"b\"}";
    char *const environment[] = {variable, NULL};
    struct given given = {.count = 0};
    struct config config;
    struct error err;
    struct buf lines;

    (void)state;
    buf_init(&lines, BUF_NO_LIMIT);
    assert_true(load(&config, &given, environment, &err));
    expect_map(&config.source.fields, "thread", "a");
    config_write_pinned(&lines, &config);
    assert_string_equal(lines.data, "source.fields.text=b\nsource.fields.thread=a\n");
    config_release(&config);

    add_flag(&given, "source.fields", "c");
    given.flags[0].member = span_of("role");
    add_flag(&given, "source.fields", "");
    given.flags[1].member = span_of("text");
    add_flag(&given, "source.roles", "user");
    given.flags[2].member = span_of("visitor");
    add_flag(&given, "source.preset", "n8n");
    assert_true(load(&config, &given, environment, &err));
    expect_map(&config.source.fields, "thread", "a");
    expect_map(&config.source.fields, "role", "c");
    expect_map(&config.source.fields, "text", NULL);
    expect_map(&config.source.roles, "visitor", "user");
    buf_clear(&lines);
    config_write_pinned(&lines, &config);
    assert_string_equal(lines.data, "source.fields.role=c\nsource.fields.thread=a\n"
                                    "source.preset=n8n\nsource.roles.visitor=user\n");
    config_release(&config);

    given.count = 0;
    assert_true(load(&config, &given, NULL, &err));
    buf_clear(&lines);
    config_write_pinned(&lines, &config);
    assert_string_equal(lines.data, "");
    config_release(&config);
    buf_release(&lines);
}

static void test_mistakes_in_flags_and_variables(void **state)
{
    static const struct {
        const char *path;
        const char *value;
        const char *error;
    } ROWS[] = {
        {"batch_items", "21", "--batch-items: 21 is out of range, which is 1 to 20"},
        {"batch_items", "", "--batch-items: '' is not an integer"},
        {"source.type", "files", "--source-type: 'files' is not one of "},
        {"destination.api_key_command", "az", "--destination-api-key-command: not a JSON array"},
        {"destination.api_key_command", "[1]", "--destination-api-key-command: not a JSON array"},
        {"destination.api_key_command", "[\"a\"",
         "--destination-api-key-command: not a JSON array"},
        {"destination.api_key_command", "{}", "--destination-api-key-command: not a JSON array"},
        {"source.exclude", "a", "--source-exclude: not a JSON array"},
        {"source.fields", "[]", "--source-fields: not a JSON object"},
        {"source.fields", "{\"thread\":1}", "--source-fields: not a JSON object"},
        {"source.fields", "{\"talk\":\"x\"}", "--source-fields: talk: 'talk' is not one of thread"},
        {"source.roles", "{\"a\":\"b\"}", "--source-roles: a: 'b' is not one of user"},
        {"source.preset", "x", "--source-preset: 'x' is not one of openassistantgpt"},
        {"threads.shard", "0/3", "--threads-shard: threads.shard: '0/3' is not I/N"},
        {"source.base_url", "http://10.0.0.1/", "--source-base-url: source.base_url: http://"},
        {"threads.column", "id", "--threads-column: --column needs --threads FILE"},
        {"checkpoint", "", "--checkpoint: the value is empty"},
        {"source.path", "a\nb", "--source-path: the value holds a control character"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char *const none[] = {NULL};
        struct given given = {.count = 0};
        struct config config;
        struct error err;

        add_flag(&given, ROWS[i].path, ROWS[i].value);
        assert_false(load(&config, &given, none, &err));
        assert_int_equal(err.code, ERROR_USAGE);
        err.text[strlen(ROWS[i].error)] = '\0';
        assert_string_equal(err.text, ROWS[i].error);
        config_release(&config);
    }
}

static void test_a_variable_names_itself(void **state)
{
    char variable[] = "THREADFERRY_SOURCE_PAGE_SIZE=x";
    char *const environment[] = {variable, NULL};
    const struct given none = {.count = 0};
    struct config config;
    struct error err;

    (void)state;
    assert_false(load(&config, &none, environment, &err));
    assert_non_null(strstr(err.text, "THREADFERRY_SOURCE_PAGE_SIZE: 'x' is not an integer"));
    config_release(&config);
}

static void test_lists_are_json(void **state)
{
    char *const none[] = {NULL};
    struct given given = {.count = 0};
    struct config config;
    struct error err;

    (void)state;
    add_flag(&given, "destination.api_key_command", "[\"a\", \"b c\"]");
    assert_true(load(&config, &given, none, &err));
    assert_string_equal(config.destination.api_key_command[0], "a");
    assert_string_equal(config.destination.api_key_command[1], "b c");
    assert_null(config.destination.api_key_command[2]);
    assert_null(config.destination.api_key_env);
    config_release(&config);
    add_flag(&given, "destination.api_key_command", "[]");
    assert_true(load(&config, &given, none, &err));
    assert_null(config.destination.api_key_command);
    assert_string_equal(config.destination.api_key_env, "OPENAI_API_KEY");
    config_release(&config);
}

/* The default variable is none that the user gave. */
static void test_the_default_key_is_no_second_one(void **state)
{
    char *const none[] = {NULL};
    struct given given = {.count = 0};
    struct config config;
    struct error err;

    (void)state;
    add_flag(&given, "destination.api_key_file", "key");
    assert_true(load(&config, &given, none, &err));
    assert_null(config.destination.api_key_env);
    config_release(&config);
    add_flag(&given, "destination.api_key_env", "OPENAI_API_KEY");
    assert_false(load(&config, &given, none, &err));
    assert_non_null(strstr(err.text, "--destination-api-key-file: two places for one key"));
    config_release(&config);
    add_flag(&given, "destination.api_key_file", "");
    assert_true(load(&config, &given, none, &err));
    config_release(&config);
}

static void test_defaults_of_services(void **state)
{
    static const struct {
        const char *source;
        const char *destination;
        const char *source_url;
        const char *source_version;
        const char *destination_url;
        const char *destination_key;
    } ROWS[] = {
        {"archive", "openai", NULL, NULL, "https://api.openai.com/v1", "OPENAI_API_KEY"},
        {"openai", "compatible", "https://api.openai.com/v1", NULL, NULL, NULL},
        {"azure", "azure", NULL, "2024-05-01-preview", NULL, NULL},
        {"foundry", "foundry", NULL, "v1", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char *const none[] = {NULL};
        struct given given = {.count = 0};
        struct config config;
        struct error err;

        add_flag(&given, "source.type", ROWS[i].source);
        add_flag(&given, "destination.type", ROWS[i].destination);
        assert_true(load(&config, &given, none, &err));
        assert_true((config.source.base_url == NULL) == (ROWS[i].source_url == NULL));
        assert_true((config.source.api_version == NULL) == (ROWS[i].source_version == NULL));
        if (ROWS[i].source_version)
            assert_string_equal(config.source.api_version, ROWS[i].source_version);
        assert_true((config.destination.base_url == NULL) == (ROWS[i].destination_url == NULL));
        assert_true((config.destination.api_key_env == NULL) == (ROWS[i].destination_key == NULL));
        assert_int_equal(config_needs_destination(&config, &err), ROWS[i].destination_url != NULL);
        assert_int_equal(config_needs_source(&config, &err), ROWS[i].source_url != NULL);
        assert_int_equal(config_origin(&config, "destination.base_url"), FROM_DEFAULT);
        config_release(&config);
    }
}

static void test_plain_http(void **state)
{
    static const struct {
        const char *url;
        bool ok;
    } ROWS[] = {
        {"http://localhost:8080/v1", true},
        {"http://127.0.0.1/v1", true},
        {"http://127.9.9.9/v1", true},
        {"http://[::1]:1/", true},
        {"https://example.com/v1", true},
        {"http://example.com/v1", false},
        {"http://127.0.0.1.example.com/", false},
        {"http://localhost.example.com/", false},
        {"http://128.0.0.1/", false},
        {"http://0.0.0.0/", false},
        {"http://[::2]/", false},
        {"HTTP://EXAMPLE.com/", false},
        {"http://2130706433.example.com/", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char *const none[] = {NULL};
        struct given given = {.count = 0};
        struct config config;
        struct error err;
        struct config_input input = {.file = "/dev/null", .environment = none, .flag_count = 1};

        add_flag(&given, "destination.base_url", ROWS[i].url);
        input.flags = given.flags;
        assert_int_equal(config_load(&config, &input, &err), ROWS[i].ok);
        config_release(&config);
        input.insecure_http = true;
        assert_true(config_load(&config, &input, &err));
        config_release(&config);
    }
}

static void test_printing_masks_and_tells_origins(void **state)
{
    char *const none[] = {NULL};
    struct given given = {.count = 0};
    struct config config;
    struct error err;
    struct buf out;

    (void)state;
    add_flag(&given, "source.api_key_command", "[\"printer\", \"canary\"]");
    add_flag(&given, "source.path", "a\xff\"\xc2\x9b");
    assert_true(load(&config, &given, none, &err));
    buf_init(&out, BUF_NO_LIMIT);
    config_print(&out, &config, false);
    assert_null(strstr(out.data, "canary"));
    assert_non_null(strstr(out.data, "  api_key_command: [\"printer\", \"***\"] "));
    assert_non_null(strstr(out.data, "# --source-api-key-command\n"));
    assert_non_null(strstr(out.data, "  path: \"a\\\\xff\\\"\\\\x9b\" "));
    buf_clear(&out);
    config_print_json(&out, &config, false);
    assert_null(strstr(out.data, "canary"));
    assert_non_null(strstr(out.data, "{\"key\":\"source.api_key_command\",\"value\":[\"printer\","
                                     "\"***\"],\"origin\":\"--source-api-key-command\"}"));
    assert_non_null(
        strstr(out.data, "{\"key\":\"batch_items\",\"value\":20,\"origin\":\"default\"}"));
    assert_non_null(strstr(out.data, "{\"key\":\"threads.all\",\"value\":false,"));
    assert_non_null(strstr(out.data, "{\"key\":\"threads.file\",\"value\":null,"));
    buf_release(&out);
    config_release(&config);
}

/* What is printed or written as an example loads again and says the same. */
static void test_what_is_written_loads_again(void **state)
{
    static const char *const TYPES[] = {"openai", "azure", "foundry", "compatible"};

    (void)state;
    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++) {
        char path[] = "/tmp/threadferry-test-XXXXXX";
        const int fd = mkstemp(path);
        char *const none[] = {NULL};
        struct given given = {.count = 0};
        const struct config_input again = {.file = path, .environment = none};
        struct config config;
        struct error err;
        struct buf out;

        add_flag(&given, "source.type", TYPES[i]);
        add_flag(&given, "destination.type", TYPES[i]);
        add_flag(&given, "threads.file", "- # 'a' \"b\": [");
        add_flag(&given, "checkpoint", "null");
        add_flag(&given, "threads.column", "#x");
        assert_true(load(&config, &given, none, &err));
        buf_init(&out, BUF_NO_LIMIT);
        example_write(&out, &config);
        config_release(&config);
        assert_int_equal(write(fd, out.data, out.len), out.len);
        assert_int_equal(close(fd), 0);
        assert_true(config_load(&config, &again, &err));
        assert_true(config_needs_source(&config, &err));
        assert_true(config_needs_destination(&config, &err));
        /* Below the folder of the file. */
        assert_string_equal(config.threads.file, "/tmp/- # 'a' \"b\": [");
        assert_string_equal(config.checkpoint, "/tmp/null");
        assert_string_equal(config.threads.column, "#x");
        config_release(&config);
        buf_release(&out);
        (void)unlink(path);
    }
}

static void test_the_example_file_is_current(void **state)
{
    const struct config_input input = {.flags_only = true};
    FILE *file = fopen("migrate.yaml.example", "r");
    struct config config;
    struct error err;
    struct buf out;
    char *text;

    (void)state;
    if (!file)
        skip();
    text = mem_zalloc(1, 65536);
    assert_true(fread(text, 1, 65535, file) > 0);
    assert_int_equal(fclose(file), 0);
    assert_true(config_load(&config, &input, &err));
    buf_init(&out, BUF_NO_LIMIT);
    example_write(&out, &config);
    assert_string_equal(out.data, text);
    buf_release(&out);
    config_release(&config);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flags_before_variables_before_the_file),
        cmocka_unit_test(test_members_of_maps),
        cmocka_unit_test(test_mistakes_in_flags_and_variables),
        cmocka_unit_test(test_a_variable_names_itself),
        cmocka_unit_test(test_lists_are_json),
        cmocka_unit_test(test_the_default_key_is_no_second_one),
        cmocka_unit_test(test_defaults_of_services),
        cmocka_unit_test(test_plain_http),
        cmocka_unit_test(test_printing_masks_and_tells_origins),
        cmocka_unit_test(test_what_is_written_loads_again),
        cmocka_unit_test(test_the_example_file_is_current),
    };

    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
