/* The certificate authorities of a machine, where libcurl does not know where they are. */
#include "http/authorities.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <curl/curl.h>

static void test_the_first_that_can_be_read(void **state)
{
    char name[] = "/tmp/authorities.XXXXXX";
    int fd = mkstemp(name);
    const char *const files[] = {"/nowhere/at/all", name, "/etc/passwd"};

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    assert_string_equal(authorities_find(files, 3), name);
    assert_null(authorities_find(files, 1));
    assert_null(authorities_find(files, 0));
    unlink(name);
    assert_string_equal(authorities_find(files, 3), "/etc/passwd");
}

/* A distribution's libcurl is not told anything. */
static void test_libcurl_that_knows(void **state)
{
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);

    (void)state;
    if (curl->cainfo || curl->capath)
        assert_null(authorities_default());
    else
        assert_true(authorities_default() == NULL || access(authorities_default(), R_OK) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_that_can_be_read),
        cmocka_unit_test(test_libcurl_that_knows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
