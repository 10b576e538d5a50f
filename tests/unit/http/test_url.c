/* URLs: what is understood, what stays on this machine. */
#include "http/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <curl/curl.h>

struct row {
    const char *text;
    const char *host; /* NULL: not accepted */
    int64_t port;
    bool is_plain;
    bool is_loopback;
};

static const struct row ROWS[] = {
    {"https://api.openai.com/v1", "api.openai.com", 443, false, false},
    {"HTTPS://API.openai.com", "API.openai.com", 443, false, false},
    {"http://127.0.0.1:8080/v1/", "127.0.0.1", 8080, true, true},
    {"http://127.255.3.4", "127.255.3.4", 80, true, true},
    {"http://localhost/", "localhost", 80, true, true},
    {"http://LocalHost:1/", "LocalHost", 1, true, true},
    {"http://[::1]:9/x", "[::1]", 9, true, true},
    {"http://[::2]/x", "[::2]", 80, true, false},
    {"https://host:/", "host", 443, false, false},
    /* None of these is this machine. */
    {"http://127.0.0.1.example.org/", "127.0.0.1.example.org", 80, true, false},
    {"http://127.0.0.256/", "127.0.0.256", 80, true, false},
    {"http://128.0.0.1/", "128.0.0.1", 80, true, false},
    {"http://localhost.example.org/", "localhost.example.org", 80, true, false},
    {"", NULL, 0, false, false},
    {"api.openai.com/v1", NULL, 0, false, false},
    {"ftp://host/", NULL, 0, false, false},
    {"https:/host/", NULL, 0, false, false},
    {"https://", NULL, 0, false, false},
    {"https:///v1", NULL, 0, false, false},
    {"https://:443/", NULL, 0, false, false},
    {"https://host:0/", NULL, 0, false, false},
    {"https://host:65536/", NULL, 0, false, false},
    {"https://host:-1/", NULL, 0, false, false},
    {"https://ho st/", NULL, 0, false, false},
    {"https://host\\@other/", NULL, 0, false, false},
    {"https://h\xc3\xb6st/", NULL, 0, false, false},
    {"https://host/\r\nX: y", NULL, 0, false, false},
    {"https://[::1/", NULL, 0, false, false},
    {"https://[]/", NULL, 0, false, false},
    {"https://[::1]x/", NULL, 0, false, false},
};

/* As libcurl reads them from 7.77 on; an older one takes them for names, which are not loopback. */
static const struct row OTHER_FORMS[] = {
    {"http://127.1/", "127.0.0.1", 80, true, true},
    {"http://127.0.0.01/", "127.0.0.1", 80, true, true},
    {"http://0x7f000001/", "127.0.0.1", 80, true, true},
    {"http://2130706433/", "127.0.0.1", 80, true, true},
    {"http://l%6fcalhost/", "localhost", 80, true, true},
    {"https://ho%0ast/", NULL, 0, false, false},
};

static void read_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        struct url url;

        if (url_read(span_of(row->text), &url) != (row->host != NULL))
            fail_msg("'%s'", row->text);
        if (row->host == NULL)
            continue;
        assert_string_equal(url.host, row->host);
        assert_int_equal(url.port, row->port);
        assert_int_equal(url.is_plain, row->is_plain);
        if (url_is_loopback(&url) != row->is_loopback)
            fail_msg("'%s'", row->text);
        assert_false(url.has_user);
        assert_false(url.has_more);
    }
}

static void test_read(void **state)
{
    (void)state;
    read_rows(ROWS, sizeof ROWS / sizeof ROWS[0]);
}

static void test_other_forms(void **state)
{
    enum { LIBCURL_READS_THEM = 0x074d00 };
    struct url url;

    (void)state;
    if (curl_version_info(CURLVERSION_NOW)->version_num >= LIBCURL_READS_THEM) {
        read_rows(OTHER_FORMS, sizeof OTHER_FORMS / sizeof OTHER_FORMS[0]);
        return;
    }
    for (size_t i = 0; i < sizeof OTHER_FORMS / sizeof OTHER_FORMS[0]; i++)
        assert_false(url_read(span_of(OTHER_FORMS[i].text), &url) && url_is_loopback(&url));
}

static void test_user_and_more_are_told(void **state)
{
    struct url url;

    (void)state;
    assert_true(url_read(span_of("https://me:pw@host/x"), &url));
    assert_true(url.has_user);
    assert_string_equal(url.host, "host");
    assert_true(url_read(span_of("https://host/x?y=1"), &url));
    assert_true(url.has_more);
    assert_true(url_read(span_of("https://host#f"), &url));
    assert_true(url.has_more);
    assert_true(url_read(span_of("https://host/a@b"), &url));
    assert_false(url.has_user);
}

static void test_same_host(void **state)
{
    struct url a;
    struct url b;

    (void)state;
    assert_true(url_read(span_of("https://host/x"), &a));
    assert_true(url_read(span_of("https://HOST:443/y"), &b));
    assert_true(url_same_host(&a, &b));
    assert_true(url_read(span_of("https://host:444/x"), &b));
    assert_false(url_same_host(&a, &b));
    assert_true(url_read(span_of("https://host2/x"), &b));
    assert_false(url_same_host(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_other_forms),
        cmocka_unit_test(test_user_and_more_are_told),
        cmocka_unit_test(test_same_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
