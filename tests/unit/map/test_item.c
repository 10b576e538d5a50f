#include "map/item.h"

#include "unit/play/json_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Text of the id and members that a server adds; each must be ignored. */
#define ADDED "\"id\":\"msg_1\",\"status\":\"completed\""

/* The name of a data URL that holds "ABC". */
#define ABC "sha256:b5d4045c3f466fa91fe2cc6abe79232a1a57cdf104f7a26e716e0a1e2789df78"

static const struct {
    const char *listed;
    const char *request;
    const char *canonical;
} CASES[] = {
    {"{" ADDED ",\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\","
     "\"text\":\"hi\\u0000\\u00e9\"}]}",
     "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\","
     "\"text\":\"hi\\u0000\xC3\xA9\"}]}",
     "{\"content\":[{\"text\":\"hi\\u0000\xC3\xA9\",\"type\":\"input_text\"}],\"role\":\"user\","
     "\"type\":\"message\"}"},
    {"{" ADDED ",\"role\":\"assistant\",\"content\":\"text\"}",
     "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":"
     "\"text\",\"annotations\":[]}]}",
     "{\"content\":[{\"text\":\"text\",\"type\":\"output_text\"}],\"role\":\"assistant\","
     "\"type\":\"message\"}"},
    {"{" ADDED
     ",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\","
     "\"text\":\"a\",\"annotations\":[{\"type\":\"x\"}],\"logprobs\":[]},{\"type\":\"refusal\","
     "\"refusal\":\"no\"}]}",
     "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":"
     "\"a\",\"annotations\":[]},{\"type\":\"refusal\",\"refusal\":\"no\"}]}",
     "{\"content\":[{\"text\":\"a\",\"type\":\"output_text\"},{\"refusal\":\"no\",\"type\":"
     "\"refusal\"}],\"role\":\"assistant\",\"type\":\"message\"}"},
    {"{" ADDED ",\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_image\","
     "\"image_url\":\"https://h/x\",\"file_id\":null,\"detail\":\"low\"},{\"type\":\"input_image\","
     "\"file_id\":\"file-1\",\"detail\":\"auto\"},{\"type\":\"input_file\",\"file_id\":\"file-2\"}]"
     "}",
     "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":"
     "\"https://h/x\",\"detail\":\"low\"},{\"type\":\"input_image\",\"file_id\":\"file-1\","
     "\"detail\":\"auto\"},{\"type\":\"input_file\",\"file_id\":\"file-2\"}]}",
     "{\"content\":[{\"image_url\":\"https://h/"
     "x\",\"type\":\"input_image\"},{\"file_id\":\"file-1\","
     "\"type\":\"input_image\"},{\"file_id\":\"file-2\",\"type\":\"input_file\"}],\"role\":"
     "\"user\","
     "\"type\":\"message\"}"},
    {"{\"id\":\"fc_1\",\"type\":\"function_call\",\"call_id\":\"call_1\",\"name\":\"f\","
     "\"arguments\":\"{}\",\"status\":\"completed\"}",
     "{\"type\":\"function_call\",\"call_id\":\"call_1\",\"name\":\"f\",\"arguments\":\"{}\"}",
     "{\"arguments\":\"{}\",\"call_id\":\"call_1\",\"name\":\"f\",\"type\":\"function_call\"}"},
    {"{\"id\":\"fco_1\",\"type\":\"function_call_output\",\"call_id\":\"call_1\",\"output\":\"4\"}",
     "{\"type\":\"function_call_output\",\"call_id\":\"call_1\",\"output\":\"4\"}",
     "{\"call_id\":\"call_1\",\"output\":\"4\",\"type\":\"function_call_output\"}"},
    /* Both references of an image, and an empty one. */
    {"{" ADDED ",\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_image\","
     "\"image_url\":\"https://h/"
     "x\",\"file_id\":\"file-1\"},{\"type\":\"input_image\",\"image_url\":"
     "\"https://h/x\",\"file_id\":\"\"},{\"type\":\"input_image\",\"file_id\":\"\"}]}",
     "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"file_id\":"
     "\"file-1\"},{\"type\":\"input_image\",\"image_url\":\"https://h/"
     "x\"},{\"type\":\"input_image\"}]}",
     "{\"content\":[{\"file_id\":\"file-1\",\"type\":\"input_image\"},{\"image_url\":\"https://h/"
     "x\","
     "\"type\":\"input_image\"},{\"type\":\"input_image\"}],\"role\":\"user\",\"type\":"
     "\"message\"}"},
    /* A data URL is compared by what it stands for, and may be listed by its name. */
    {"{" ADDED ",\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_image\","
     "\"image_url\":\"data:image/png;base64,QUJD\"},{\"type\":\"input_image\",\"image_url\":"
     "\"" ABC "\"},{\"type\":\"input_text\",\"text\":\"data:;base64,QUJD\"}]}",
     "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_image\","
     "\"image_url\":\"data:image/png;base64,QUJD\"},{\"type\":\"input_image\",\"image_url\":"
     "\"" ABC "\"},{\"type\":\"input_text\",\"text\":\"data:;base64,QUJD\"}]}",
     "{\"content\":[{\"image_url\":\"" ABC "\",\"type\":\"input_image\"},{\"image_url\":\"" ABC
     "\",\"type\":\"input_image\"},{\"text\":\"data:;base64,QUJD\",\"type\":\"input_text\"}],"
     "\"role\":\"user\",\"type\":\"message\"}"},
    /* What we never write. */
    {"{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[]}", "{\"type\":\"reasoning\"}",
     "{\"type\":\"reasoning\"}"},
    {"{\"id\":\"fco_1\",\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":[]}",
     "{\"type\":\"function_call_output\"}", "{\"type\":\"function_call_output\"}"},
    {"{" ADDED ",\"type\":\"message\",\"role\":\"tool\",\"content\":[{\"type\":\"input_audio\"},"
     "{\"type\":\"input_text\"},7]}",
     "{\"type\":\"message\",\"role\":\"other\",\"content\":[{\"type\":\"input_audio\"},"
     "{\"type\":\"input_text\"},{\"type\":\"\"}]}",
     "{\"content\":[{\"type\":\"input_audio\"},{\"type\":\"input_text\"},{\"type\":\"\"}],"
     "\"role\":\"other\",\"type\":\"message\"}"},
};

static void test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        json_t *object = json_of(CASES[i].listed);
        struct error err = {0};
        struct arena arena;
        struct item item;
        struct buf out;

        arena_init(&arena);
        buf_init(&out, BUF_NO_LIMIT);
        assert_true(item_parse(&item, object, &arena, &err));
        assert_non_null(item.id.data);
        item_write_request(&out, &item, JSON_ESCAPE_CANONICAL);
        assert_string_equal(out.data, CASES[i].request);
        buf_clear(&out);
        item_write_canonical(&out, &item);
        assert_string_equal(out.data, CASES[i].canonical);
        buf_release(&out);
        arena_release(&arena);
        json_decref(object);
    }
}

/* Contents are told to people, left out for a server, and compared by their digest. */
static void test_contents(void **state)
{
    const struct saved_file contents = {
        .bytes = 3, .sha256 = fingerprint_of(span_of("ABC")), .magic = magic_named(span_of("png"))};
    struct part parts[] = {{.type = PART_INPUT_TEXT, .text = span_of("see")},
                           {.type = PART_IMAGE_CONTENTS,
                            .text = span_of("file-1"),
                            .detail = span_of("low"),
                            .contents = &contents}};
    const struct item item = {.type = ITEM_MESSAGE, .parts = parts, .part_count = 2};
    struct holes holes = {0};
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    item_write_request(&out, &item, JSON_ESCAPE_HOSTILE);
    assert_string_equal(
        out.data,
        "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\","
        "\"text\":\"see\"},{\"type\":\"input_image\",\"contents\":{\"file_id\":\"file-1\","
        "\"sha256\":\"b5d4045c3f466fa91fe2cc6abe79232a1a57cdf104f7a26e716e0a1e2789df78\","
        "\"bytes\":3,\"type\":\"image/png\"},\"detail\":\"low\"}]}");
    buf_clear(&out);
    buf_add_char(&out, '[');
    item_write_body(&out, &holes, &item, JSON_ESCAPE_CANONICAL);
    assert_int_equal(holes.count, 1);
    assert_memory_equal(out.data + holes.all[0].at, "\",\"detail\":\"low\"}]}", 20);
    assert_memory_equal(out.data + holes.all[0].at - 35, "\"image_url\":\"data:image/png;base64,",
                        35);
    assert_int_equal(holes_encoded(&holes, 0), 4);
    buf_clear(&out);
    item_write_canonical(&out, &item);
    assert_non_null(strstr(out.data, "{\"image_url\":\"" ABC "\",\"type\":\"input_image\"}"));
    holes_release(&holes);
    buf_release(&out);
}

static void test_refused(void **state)
{
    static const char *const LISTED[] = {
        "7", "[]", "{}", "{\"id\":null}", "{\"id\":\"\"}", "{\"id\":\"a\\u001b[0m\"}", "{\"id\":1}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof LISTED / sizeof LISTED[0]; i++) {
        json_t *object = json_of(LISTED[i]);
        struct error err = {0};
        struct arena arena;
        struct item item;

        arena_init(&arena);
        assert_false(item_parse(&item, object, &arena, &err));
        assert_int_equal(err.code, ERROR_SERVER_ERROR);
        arena_release(&arena);
        json_decref(object);
    }
}

static void test_names(void **state)
{
    struct item item = {.type = ITEM_OTHER, .type_name = span_of("reasoning")};

    (void)state;
    assert_string_equal(item_type_name(&item), "reasoning");
    item.type = ITEM_FUNCTION_CALL;
    assert_string_equal(item_type_name(&item), "function_call");
    assert_string_equal(part_type_name(PART_IMAGE_FILE), "input_image");
    assert_string_equal(item_role_name(ROLE_DEVELOPER), "developer");
    assert_int_equal(item_role_find(span_of("developer")), ROLE_DEVELOPER);
    assert_int_equal(item_role_find(span_of("other")), ROLE_OTHER);
    assert_int_equal(item_role_find((struct span){NULL, 0}), ROLE_OTHER);
    assert_int_equal(item_text_type(ROLE_SYSTEM), PART_INPUT_TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_contents),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_names),
    };

    json_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
