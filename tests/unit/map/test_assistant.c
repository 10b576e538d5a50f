/* Assistants as responses.create takes them: each row is an assistant and what becomes of it. */
#include "map/assistant.h"

#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *assistant;
    const char *mapped; /* sorted, compact; NULL: refused */
} ROWS[] = {
    {"{\"id\":\"asst_1\"}", "{\"not_carried\":{\"id\":\"asst_1\"},\"tools\":[]}"},
    {"{\"id\":\"asst_1\",\"name\":\"N\",\"model\":\"m\",\"instructions\":\"i\",\"temperature\":0.7,"
     "\"top_p\":null,\"metadata\":{\"k\":\"v\"},\"description\":null,\"reasoning_effort\":\"low\"}",
     "{\"instructions\":\"i\",\"metadata\":{\"k\":\"v\"},\"model\":\"m\",\"not_carried\":{\"id\":"
     "\"asst_1\",\"name\":\"N\"},\"reasoning\":{\"effort\":\"low\"},\"temperature\":0.7,"
     "\"tools\":[]}"},
    /* A function is not strict unless it says so, and always has parameters. */
    {"{\"id\":\"a\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}},"
     "{\"type\":\"function\",\"function\":{\"name\":\"g\",\"strict\":true,\"parameters\":{}}}]}",
     "{\"not_carried\":{\"id\":\"a\"},\"tools\":[{\"name\":\"f\",\"parameters\":{\"properties\":{},"
     "\"type\":\"object\"},\"strict\":false,\"type\":\"function\"},{\"name\":\"g\",\"parameters\":"
     "{},\"strict\":true,\"type\":\"function\"}]}"},
    {"{\"id\":\"a\",\"tools\":[{\"type\":\"code_interpreter\"},{\"type\":\"file_search\","
     "\"file_search\":{\"max_num_results\":5}}],\"tool_resources\":{\"code_interpreter\":"
     "{\"file_ids\":[\"f1\"]},\"file_search\":{\"vector_store_ids\":[\"v1\"]}}}",
     "{\"not_carried\":{\"id\":\"a\",\"tool_resources\":{\"code_interpreter\":{\"file_ids\":"
     "[\"f1\"]},\"file_search\":{\"vector_store_ids\":[\"v1\"]}}},\"tools\":[{\"container\":"
     "{\"file_ids\":[\"f1\"],\"type\":\"auto\"},\"type\":\"code_interpreter\"},{"
     "\"max_num_results\":5,\"type\":\"file_search\",\"vector_store_ids\":[\"v1\"]}]}"},
    /* Tools that nobody knows are kept beside the others. */
    {"{\"id\":\"a\",\"tools\":[{\"type\":\"bing\",\"x\":1}]}",
     "{\"not_carried\":{\"id\":\"a\",\"tools\":[{\"type\":\"bing\",\"x\":1}]},\"tools\":[]}"},
    /* A schema loses one level. */
    {"{\"id\":\"a\",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"s\","
     "\"schema\":{},\"strict\":true}}}",
     "{\"not_carried\":{\"id\":\"a\"},\"text\":{\"format\":{\"name\":\"s\",\"schema\":{},"
     "\"strict\":true,\"type\":\"json_schema\"}},\"tools\":[]}"},
    {"{\"id\":\"a\",\"response_format\":\"auto\",\"metadata\":[]}",
     "{\"not_carried\":{\"id\":\"a\"},\"tools\":[]}"},
    {"{}", NULL},
    {"{\"id\":null}", NULL},
    {"{\"id\":\"a\\u001bb\"}", NULL},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct error err = {.code = ERROR_NONE};
        json_t *assistant = json_read(span_of(ROWS[i].assistant), &err);
        json_t *mapped = assistant_map(assistant, &err);
        char *text;

        assert_int_equal(mapped != NULL, ROWS[i].mapped != NULL);
        assert_int_equal(err.code, mapped ? ERROR_NONE : ERROR_BAD_SOURCE);
        if (mapped) {
            text = json_dumps(mapped, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(15));
            assert_string_equal(text, ROWS[i].mapped);
            free(text);
            assert_true(span_equal(assistant_id(mapped), json_get_text(assistant, "id")));
        }
        json_decref(mapped);
        json_decref(assistant);
    }
}

/* A file for people: indented, numbers as they were, a newline at its end. */
static void test_write(void **state)
{
    struct error err;
    json_t *assistant = json_read(span_of("{\"id\":\"a\",\"temperature\":0.7}"), &err);
    json_t *mapped = assistant_map(assistant, &err);
    char *text = assistant_write(mapped);

    (void)state;
    assert_non_null(strstr(text, "\n  \"temperature\": 0.7,\n"));
    assert_string_equal(text + strlen(text) - 2, "}\n");
    free(text);
    json_decref(mapped);
    json_decref(assistant);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_write),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
