#include "settings/keys.h"

#include "settings/config.h"
#include "settings/config_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_each_key_is_found_by_its_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);

        assert_int_equal(key_find(key.section, span_of(key.name)), i);
        assert_int_equal(key_find_path(key_path(&key).text), i);
        assert_int_equal(key_find_flag(span_of(key_flag(&key).text)), i);
        if (key.alias)
            assert_int_equal(key_find_flag(span_of(key.alias)), i);
    }
    assert_int_equal(key_find(NULL, span_of("base_url")), KEY_NONE);
    assert_int_equal(key_find("source", span_of("checkpoint")), KEY_NONE);
    assert_int_equal(key_find_path("source"), KEY_NONE);
    assert_int_equal(key_find_flag(span_of("")), KEY_NONE);
    assert_int_equal(key_find_flag(span_of("source-base")), KEY_NONE);
    assert_int_equal(key_find_flag(span_of("source-base-urls")), KEY_NONE);
    assert_int_equal(key_find_flag(span_of("source-base_url")), KEY_NONE);
}

static void test_names_follow_one_rule(void **state)
{
    const struct key key = key_at((size_t)key_find_path("source.base_url"));
    const struct key top = key_at((size_t)key_find_path("batch_items"));

    (void)state;
    assert_string_equal(key_flag(&key).text, "source-base-url");
    assert_string_equal(key_variable(&key).text, "THREADFERRY_SOURCE_BASE_URL");
    assert_string_equal(key_flag(&top).text, "batch-items");
    assert_string_equal(key_variable(&top).text, "THREADFERRY_BATCH_ITEMS");
}

static void test_rows_are_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);

        assert_true(strlen(key_variable(&key).text) < sizeof key_variable(&key).text - 1);
        assert_non_null(key.help);
        assert_int_not_equal(key.help[strlen(key.help) - 1], '.');
        assert_true((key.value_name != NULL) == (key.kind != KEY_BOOLEAN));
        assert_true((key.kind == KEY_INTEGER) == (key.max > 0));
        assert_true(key.min <= key.max);
        if (key.kind == KEY_ENUM)
            assert_non_null(key.choices[0]);
        assert_true(key.kind == KEY_MAP || !key.members);
        if (key.kind == KEY_INTEGER || key.kind == KEY_BOOLEAN || key.kind == KEY_ENUM)
            assert_non_null(key.fallback);
    }
}

/* --source-fields-thread: a map's flags are its members'. */
static void test_members_of_maps(void **state)
{
    static const struct {
        const char *flag;
        const char *path; /* NULL: none */
        const char *member;
    } ROWS[] = {
        {"source-fields-thread", "source.fields", "thread"},
        {"source-fields-unheard-of", "source.fields", "unheard-of"},
        {"source-roles-a b", "source.roles", "a b"},
        {"source-roles-", NULL, NULL},
        {"source-roles", NULL, NULL},
        {"source-rolesx", NULL, NULL},
        {"source-path-x", NULL, NULL},
    };
    const struct key fields = key_at((size_t)key_find_path("source.fields"));

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct span member = {NULL, 0};
        const int place = key_find_member(span_of(ROWS[i].flag), &member);

        assert_int_equal(place, ROWS[i].path ? key_find_path(ROWS[i].path) : KEY_NONE);
        if (ROWS[i].path)
            assert_true(span_is(member, ROWS[i].member));
    }
    for (size_t i = 0; fields.members[i]; i++) {
        const struct key_name flag = key_member_flag(&fields, fields.members[i]);
        struct span member;

        assert_int_equal(key_find_member(span_of(flag.text), &member),
                         key_find_path("source.fields"));
        assert_true(span_is(member, fields.members[i]));
    }
}

/* A default that its own row refuses would silently be 0. */
static void test_defaults_are_valid(void **state)
{
    struct config config = {0};
    struct error err;

    (void)state;
    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);

        if (key.fallback)
            assert_true(config_value_set(&config, &key, span_of(key.fallback), &err));
    }
    config_release(&config);
}

static void test_every_member_has_one_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < key_count(); i++) {
        for (size_t j = i + 1; j < key_count(); j++)
            assert_int_not_equal(key_at(i).offset, key_at(j).offset);
    }
}

/* One table serves both sides: a key belongs to its own, and what one has the other may lack. */
static void test_sides(void **state)
{
    static const struct {
        const char *path;
        size_t offset;
    } ROWS[] = {
        {"source.type", offsetof(struct config, source.type)},
        {"destination.type", offsetof(struct config, destination.type)},
        {"source.ca_file", offsetof(struct config, source.ca_file)},
        {"destination.ca_file", offsetof(struct config, destination.ca_file)},
        {"source.page_size", offsetof(struct config, source.page_size)},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        int place = key_find_path(ROWS[i].path);

        assert_int_not_equal(place, KEY_NONE);
        assert_int_equal(key_at((size_t)place).offset, ROWS[i].offset);
    }
    assert_string_equal(key_at((size_t)key_find_path("source.type")).choices[0], "archive");
    assert_string_equal(key_at((size_t)key_find_path("destination.type")).choices[0], "openai");
    assert_int_equal(key_find_path("destination.path"), KEY_NONE);
    assert_int_equal(key_find_path("destination.page_size"), KEY_NONE);
}

static void test_sections_stand_together(void **state)
{
    const char *section = NULL;
    int changes = 0;

    (void)state;
    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);

        if (key.section != section &&
            (!section || !key.section || strcmp(key.section, section) != 0))
            changes++;
        section = key.section;
    }
    /* source, destination, threads, the top, mapping */
    assert_int_equal(changes, KEY_SECTIONS + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_key_is_found_by_its_names),
        cmocka_unit_test(test_names_follow_one_rule),
        cmocka_unit_test(test_rows_are_whole),
        cmocka_unit_test(test_members_of_maps),
        cmocka_unit_test(test_defaults_are_valid),
        cmocka_unit_test(test_every_member_has_one_key),
        cmocka_unit_test(test_sides),
        cmocka_unit_test(test_sections_stand_together),
    };

    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
