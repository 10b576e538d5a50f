/* Replies that are shortened while they come in: the same, however they are cut. */
#include "net/shorten.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The names of what is there as "ABC" and as "AB". */
#define ABC "sha256:b5d4045c3f466fa91fe2cc6abe79232a1a57cdf104f7a26e716e0a1e2789df78"
#define AB "sha256:38164fbd17603d73f696b8b4d72664d735bb6a7c88577687fd2ae33fd6964153"

/* after == NULL: as it was. */
static const struct {
    const char *before;
    const char *after;
} ROWS[] = {
    {"{\"image_url\":\"data:image/png;base64,QUJD\"}", "{\"image_url\":\"" ABC "\"}"},
    {"{ \"image_url\" :\n \"data:image/png;base64,QUI=\" , \"x\":1}",
     "{ \"image_url\" :\n \"" AB "\" , \"x\":1}"},
    {"[{\"a\":{\"image_url\":\"data:;base64,QUJD\"}},{\"image_url\":\"data:;base64,QUI\"}]",
     "[{\"a\":{\"image_url\":\"" ABC "\"}},{\"image_url\":\"" AB "\"}]"},
    /* Escapes in it. */
    {"{\"image_url\":\"data:image\\/png;base64,QU\\u004aD\\r\\n\"}", "{\"image_url\":\"" ABC "\"}"},
    {"{\"image_url\":\"\\u0064ata:;base64,QUJD\"}", "{\"image_url\":\"" ABC "\"}"},
    {"{\"image_url\":\"data:;base64,Q\\\"U\\\\JD\\u20ac\"}", "{\"image_url\":\"" ABC "\"}"},
    /* Other values of it. */
    {"{\"image_url\":\"https://a/1?data:;base64,QUJD\"}", NULL},
    {"{\"image_url\":\"data\"}", NULL},
    {"{\"image_url\":\"data:image/png\"}", NULL},
    {"{\"image_url\":\"\"}", NULL},
    {"{\"image_url\":\"d\\\"ata:;base64,QUJD\",\"x\":\"\\\\\"}", NULL},
    {"{\"image_url\":\"data:\\u00", NULL},
    {"{\"image_url\":null,\"b\":\"data:;base64,QUJD\"}", NULL},
    {"{\"image_url\":[\"data:;base64,QUJD\"]}", NULL},
    {"{\"image_url\":{\"url\":\"data:;base64,QUJD\"}}", NULL},
    {"{\"image_url\":\"sha256:00\"}", NULL},
    /* Other keys, and texts that speak of it. */
    {"{\"text\":\"data:;base64,QUJD\"}", NULL},
    {"{\"image_url2\":\"data:;base64,QUJD\"}", NULL},
    {"{\"ximage_url\":\"data:;base64,QUJD\"}", NULL},
    {"{\"image\\u005furl\":\"data:;base64,QUJD\"}", NULL},
    {"{\"text\":\"\\\"image_url\\\":\\\"data:;base64,QUJD\\\"\"}", NULL},
    {"[\"image_url\",\"data:;base64,QUJD\"]", NULL},
    {"{\"text\":\"image_url\",\"b\":\"data:;base64,QUJD\"}", NULL},
    {"", NULL},
    {"not json: \"", NULL},
};

static void expect(struct shorten *shorten, const char *before, const char *after, size_t piece)
{
    struct span rest = span_of(before);
    struct buf out;

    buf_init(&out, BUF_NO_LIMIT);
    shorten_start(shorten);
    while (rest.len > 0) {
        const size_t len = rest.len < piece ? rest.len : piece;

        shorten_add(shorten, (struct span){rest.data, len}, &out);
        rest = span_skip(rest, len);
    }
    if (strcmp(out.data, after) != 0)
        print_error("pieces of %zu\n", piece);
    assert_string_equal(out.data, after);
    buf_release(&out);
}

static void test_rows(void **state)
{
    struct shorten shorten = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        const char *after = ROWS[i].after ? ROWS[i].after : ROWS[i].before;

        /* What is cut off inside of a value is not there: the document is none anyway. */
        if (strcmp(ROWS[i].before, "{\"image_url\":\"data:\\u00") == 0)
            after = "{\"image_url\":\"";
        for (size_t piece = 1; piece < 90; piece++)
            expect(&shorten, ROWS[i].before, after, piece);
    }
    shorten_release(&shorten);
}

/* As long as the picture may be, nothing of it stays in memory. */
static void test_memory(void **state)
{
    static const char BEGIN[] = "{\"image_url\":\"data:image/png;base64,";
    struct shorten shorten = {0};
    struct buf out;

    (void)state;
    buf_init(&out, 200);
    shorten_start(&shorten);
    shorten_add(&shorten, span_of(BEGIN), &out);
    for (int i = 0; i < 10000; i++)
        shorten_add(&shorten, span_of("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), &out);
    assert_true(shorten.held.cap < 1024);
    shorten_add(&shorten, span_of("\"}"), &out);
    assert_false(out.overflow);
    assert_int_equal(out.len, strlen("{\"image_url\":\"\"}") + DATA_URL_NAME);
    buf_release(&out);
    shorten_release(&shorten);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
