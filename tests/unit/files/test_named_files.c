/* The files that messages and run steps name, and what for. */
#include "files/named_files.h"

#include "base/buf.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void note(void *ctx, enum file_use use, struct span file_id)
{
    struct buf *out = ctx;

    buf_printf(out, "%s:", FILE_USE_NAMES[use]);
    buf_add_span(out, file_id);
    buf_add_char(out, ' ');
}

static const struct {
    const char *object;
    const char *told;
    bool is_step;
} CASES[] = {
    {"{\"content\":[{\"type\":\"image_file\",\"image_file\":{\"file_id\":\"file-a\"}},"
     "{\"type\":\"image_file\",\"image_file\":{\"file_id\":\"\"}},"
     "{\"type\":\"image_file\",\"image_file\":{\"file_id\":null}},\"text\"]}",
     "image:file-a ", false},
    {"{\"content\":[{\"type\":\"text\",\"text\":{\"value\":\"x\",\"annotations\":["
     "{\"type\":\"file_path\",\"file_path\":{\"file_id\":\"file-b\"}},"
     "{\"type\":\"file_citation\",\"file_citation\":{\"file_id\":\"file-c\"}},"
     "{\"type\":\"url_citation\",\"url_citation\":{\"url\":\"u\"}}]}}]}",
     "file_path:file-b file_citation:file-c ", false},
    {"{\"content\":\"text\",\"attachments\":[{\"file_id\":\"file-d\",\"tools\":[]},"
     "{\"data_source\":{\"uri\":\"u\"}}],\"file_ids\":[\"file-e\",1]}",
     "attachment:file-d attachment:file-e ", false},
    {"{\"content\":null,\"attachments\":null}", "", false},
    {"{\"step_details\":{\"tool_calls\":[{\"code_interpreter\":{\"outputs\":["
     "{\"type\":\"image\",\"image\":{\"file_id\":\"file-f\"}},{\"type\":\"logs\"}]}},"
     "{\"code_interpreter\":null},"
     "{\"file_search\":{\"results\":[{\"file_id\":\"file-g\"}]}}]}}",
     "image:file-f ", true},
};

static void test_cases(void **state)
{
    struct buf out;
    const struct named_files told = {.named = note, .ctx = &out};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct error err;
        json_t *object = json_read_object(span_of(CASES[i].object), &err);

        assert_non_null(object);
        buf_init(&out, BUF_NO_LIMIT);
        if (CASES[i].is_step)
            named_files_of_step(object, &told);
        else
            named_files_of_message(object, &told);
        assert_string_equal(out.data, CASES[i].told);
        buf_release(&out);
        json_decref(object);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
