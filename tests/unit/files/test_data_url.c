/* Names of data URLs: the same for the same bytes, however they are written and cut. */
#include "files/data_url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* decoded == NULL: it is not one. */
struct row {
    const char *text;
    const char *decoded;
};

static const struct row ROWS[] = {
    {"data:image/png;base64,QUJD", "ABC"},
    {"DATA:image/png;BASE64,QUJD", "ABC"},
    {"data:;base64,QUJD", "ABC"},
    {"data:image/png;name=a;base64,QUI=", "AB"},
    {"data:image/png;base64,QUI", "AB"},
    {"data:image/png;base64,Q\nU\r\nJ D", "ABC"},
    {"data:image/png;base64,%51UI%3D", "AB"},
    {"data:image/png;base64,%51UI%3d", "AB"},
    {"data:image/png;base64,++//", "\xfb\xef\xff"},
    {"data:image/png;base64,--__", "\xfb\xef\xff"},
    {"data:image/png;base64,%2B+%2F/", "\xfb\xef\xff"},
    {"data:image/png;base64,QQ==Qg==", "AB"},
    {"data:image/png;base64,", ""},
    {"data:image/png;base64,Q", ""},
    {"data:,QUJD", "QUJD"},
    {"data:text/plain,a%20b%", "a b"},
    {"data:text/plain,%zz%4", "zz"},
    {"data:text/plain;base64;x,QUJD", "QUJD"},
    {"data:a,b,c", "b,c"},
    {"data:image/png;base64", NULL},
    {"data:", NULL},
    {"dat", NULL},
    {"", NULL},
    {"https://a/data:,x", NULL},
    {"file-abc", NULL},
};

static void expect(const char *text, const char *decoded, size_t piece)
{
    char expected[DATA_URL_NAME + 1] = "";
    char name[DATA_URL_NAME + 1] = "";
    struct data_url url = {.form = DATA_URL_OPEN};
    struct span rest = span_of(text);

    if (decoded) {
        const struct fingerprint digest = fingerprint_of(span_of(decoded));

        data_url_name_digest(&digest, expected);
        assert_true(data_url_is_name(span_of(expected)));
    }
    data_url_start(&url);
    while (rest.len > 0) {
        const size_t len = rest.len < piece ? rest.len : piece;

        data_url_add(&url, (struct span){rest.data, len});
        rest = span_skip(rest, len);
    }
    if (url.form == DATA_URL_BASE64 || url.form == DATA_URL_PLAIN)
        data_url_name(&url, name);
    if (strcmp(name, expected) != 0)
        print_error("%s in pieces of %zu\n", text, piece);
    assert_string_equal(name, expected);
    data_url_release(&url);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        char name[DATA_URL_NAME + 1];

        for (size_t piece = 1; piece < 50; piece++)
            expect(ROWS[i].text, ROWS[i].decoded, piece);
        assert_int_equal(data_url_name_of(span_of(ROWS[i].text), name), ROWS[i].decoded != NULL);
    }
}

/* A comma that comes too late belongs to another text. */
static void test_long_head(void **state)
{
    char text[DATA_URL_HEAD_MAX + 8];
    char name[DATA_URL_NAME + 1];

    (void)state;
    memset(text, 'x', sizeof text);
    memcpy(text, "data:", 5);
    text[DATA_URL_HEAD_MAX] = ',';
    assert_true(data_url_name_of((struct span){text, sizeof text}, name));
    text[DATA_URL_HEAD_MAX] = 'x';
    text[DATA_URL_HEAD_MAX + 1] = ',';
    assert_false(data_url_name_of((struct span){text, sizeof text}, name));
}

static void test_names(void **state)
{
    char name[DATA_URL_NAME + 1];

    (void)state;
    assert_true(data_url_name_of(span_of("data:;base64,AAAA"), name));
    assert_string_equal(name,
                        "sha256:709e80c88487a2411e1ee4dfb9f22a861492d20c4765150c0c794abd70f8147c");
    name[DATA_URL_NAME - 1] = 'C';
    assert_false(data_url_is_name((struct span){name, DATA_URL_NAME}));
    name[DATA_URL_NAME - 1] = '\0';
    assert_false(data_url_is_name((struct span){name, DATA_URL_NAME}));
    assert_false(data_url_is_name(span_of("sha256:")));
    assert_false(data_url_is_name(span_of("https://a/1")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_long_head),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
