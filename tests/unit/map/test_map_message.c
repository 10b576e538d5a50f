/* What folders of tests/mapping cannot show: sizes, errors, details, memory. */
#include "json/json.h"
#include "map/map.h"
#include "unit/map/mapping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct policy policy;
    struct arena arena;
    struct mapped mapped;
    struct error err;
    json_t *message;
};

static void set_up(struct fixture *f)
{
    *f = (struct fixture){.policy = policy_default()};
    arena_init(&f->arena);
    mapped_init(&f->mapped);
}

static void tear_down(struct fixture *f)
{
    arena_release(&f->arena);
    json_decref(f->message);
}

static bool map_it(struct fixture *f, const char *id)
{
    struct map_context context = {.policy = &f->policy, .arena = &f->arena};

    return map_message(&f->mapped, &context, f->message, span_of(id), &f->err);
}

static bool map(struct fixture *f, struct span text, const char *id)
{
    json_decref(f->message);
    f->message = json_read(text, &f->err);
    assert_non_null(f->message);
    return map_it(f, id);
}

/* A new string of count pieces, made without parsing a document of that size. */
static json_t *long_string(const char *piece, size_t count)
{
    size_t len = strlen(piece) * count;
    char *text = malloc(len);
    json_t *string;

    assert_non_null(text);
    memcpy(text, piece, strlen(piece));
    for (size_t done = strlen(piece); done < len; done *= 2)
        memcpy(text + done, text, done < len - done ? done : len - done);
    string = json_stringn_nocheck(text, len);
    free(text);
    return string;
}

/* The limits count characters, so wide ones and narrow ones fit alike. */
static void test_sizes(void **state)
{
    static const struct {
        const char *role;
        const char *type;
        const char *key; /* of the member, where it is an object */
        const char *piece;
        size_t count;
        const char *error; /* NULL: it fits */
    } CASES[] = {
        {"user", "text", NULL, "a", 10485760, NULL},
        {"user", "text", NULL, "a", 10485761, "text of 10485761 characters, 10485760 are allowed"},
        {"user", "text", "value", "\xE2\x82\xAC", 10485760, NULL},
        {"user", "text", "value", "\xE2\x82\xAC", 10485761, "content[0]: text of 10485761"},
        {"user", "image_url", "url", "a", 20971520, NULL},
        {"user", "image_url", "url", "a", 20971521, "image URL of 20971521 characters"},
        {"assistant", "refusal", NULL, "a", 10485761, "refusal of 10485761 characters"},
        /* The placeholder is a text like any other. */
        {"assistant", "image_url", "url", "a", 10485760, "text of 10485769 characters"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        json_t *value = long_string(CASES[i].piece, CASES[i].count);
        struct fixture f;

        set_up(&f);
        if (CASES[i].key)
            value = json_pack("{s:o}", CASES[i].key, value);
        f.message = json_pack("{s:s, s:[{s:s, s:o}]}", "role", CASES[i].role, "content", "type",
                              CASES[i].type, CASES[i].type, value);
        assert_int_equal(map_it(&f, "msg_1"), CASES[i].error == NULL);
        if (CASES[i].error) {
            assert_int_equal(f.err.code, ERROR_TOO_LARGE);
            assert_non_null(strstr(f.err.text, CASES[i].error));
            assert_int_equal(mapped_count(&f.mapped), 0);
        }
        tear_down(&f);
    }
}

static void test_errors(void **state)
{
    static const struct {
        const char *message;
        enum error_code code;
        const char *text;
    } CASES[] = {
        {"7", ERROR_BAD_SOURCE, "cannot map message 'm\\x1b[0m': not an object"},
        {"{\"content\":\"x\"}", ERROR_UNSUPPORTED, "unknown role 'role'"},
        {"{\"role\":\"\\u001b]52;\",\"content\":\"x\"}", ERROR_UNSUPPORTED, "role '\\x1b]52;'"},
        {"{\"role\":\"user\",\"content\":[null]}", ERROR_UNSUPPORTED, "unknown part 'part'"},
        {"{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":{\"value\":\"secret\","
         "\"annotations\":[{}]}}]}",
         ERROR_UNSUPPORTED, "content[0]: unknown annotation 'annotation'"},
        {"{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":{\"value\":\"secret\","
         "\"annotations\":\"x\"}}]}",
         ERROR_BAD_SOURCE, "annotations is not an array"},
        {"{\"role\":\"user\",\"content\":\"x\",\"attachments\":\"x\"}", ERROR_BAD_SOURCE,
         "attachments is not an array"},
        {"{\"role\":\"user\",\"status\":\"in_progress\"}", ERROR_ACTIVE_RUN, "it is in progress"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct fixture f;

        set_up(&f);
        assert_false(map(&f, span_of(CASES[i].message), "m\x1b[0m"));
        assert_int_equal(f.err.code, CASES[i].code);
        if (!strstr(f.err.text, CASES[i].text))
            fail_msg("%s", f.err.text);
        assert_null(strstr(f.err.text, "secret"));
        assert_null(f.mapped.first);
        tear_down(&f);
    }
}

/* A skipped message is handed out too, and carries what was lost in our words. */
static void test_skipped(void **state)
{
    static const char MESSAGE[] = "{\"role\":\"assistant\",\"content\":[{\"type\":\"image_file\","
                                  "\"image_file\":{\"file_id\":\"file-1\\u001b\"}}]}";
    struct fixture f;
    struct item *item;

    (void)state;
    set_up(&f);
    f.policy.assistant_images = ASSISTANT_IMAGES_DROP;
    assert_true(map(&f, span_of(MESSAGE), "msg_1"));
    assert_int_equal(mapped_count(&f.mapped), 0);
    item = mapped_take(&f.mapped);
    assert_non_null(item);
    assert_int_equal(item->type, ITEM_SKIPPED);
    assert_true(span_is(item->source_id, "msg_1"));
    assert_int_equal(item->losses->kind, LOSS_ASSISTANT_IMAGE);
    assert_string_equal(item->losses->detail, "file-1\\x1b dropped");
    assert_int_equal(item->losses->next->kind, LOSS_EMPTY_MESSAGE);
    assert_null(item->losses->next->next);
    assert_null(mapped_take(&f.mapped));
    tear_down(&f);
}

static void test_list(void **state)
{
    struct fixture f;
    struct item *first;

    (void)state;
    set_up(&f);
    assert_null(mapped_take(&f.mapped));
    assert_true(map(&f, span_of("{\"role\":\"user\",\"content\":\"a\"}"), "1"));
    first = mapped_take(&f.mapped);
    assert_non_null(first);
    assert_int_equal(mapped_count(&f.mapped), 0);
    assert_true(map(&f, span_of("{\"role\":\"user\",\"content\":[]}"), "2"));
    assert_true(map(&f, span_of("{\"role\":\"user\",\"content\":\"c\"}"), "3"));
    assert_int_equal(mapped_count(&f.mapped), 1);
    assert_true(span_is(mapped_take(&f.mapped)->source_id, "2"));
    assert_true(span_is(mapped_take(&f.mapped)->source_id, "3"));
    assert_null(mapped_take(&f.mapped));
    tear_down(&f);
}

/* Ten thousand annotations whose markers are not there take no time that somebody would notice,
 * and what would take minutes is refused. */
static void test_strip_work(void **state)
{
    static const struct {
        size_t text;
        size_t annotations;
        bool ok;
    } CASES[] = {{1000, 10000, true}, {1000000, 10000, false}};

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct fixture f;
        struct buf out;

        set_up(&f);
        f.policy.annotations = ANNOTATIONS_STRIP;
        buf_init(&out, BUF_NO_LIMIT);
        buf_add_text(&out, "{\"role\":\"assistant\",\"content\":[{\"text\":{\"value\":\"");
        for (size_t n = 0; n < CASES[i].text; n++)
            buf_add_char(&out, 'a');
        buf_add_text(&out, "\",\"annotations\":[");
        for (size_t n = 0; n < CASES[i].annotations; n++)
            buf_printf(&out, "%s{\"type\":\"file_path\",\"text\":\"b\"}", n > 0 ? "," : "");
        buf_add_text(&out, "]}}]}");
        assert_int_equal(map(&f, buf_span(&out), "msg_1"), CASES[i].ok);
        if (!CASES[i].ok)
            assert_int_equal(f.err.code, ERROR_TOO_LARGE);
        buf_release(&out);
        tear_down(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),      cmocka_unit_test(test_errors),
        cmocka_unit_test(test_skipped),    cmocka_unit_test(test_list),
        cmocka_unit_test(test_strip_work),
    };

    json_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
