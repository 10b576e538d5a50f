#include "doctor/findings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void fill(struct findings *findings, bool json)
{
    findings_init(findings, json);
    findings_add(findings, FINDING_OK, "disk", NULL, "a sync takes %d ms", 3);
    findings_add(findings, FINDING_FAIL, "source", "look \"there\"", "gone\x1b[31m");
}

static void test_lines(void **state)
{
    struct findings findings;

    (void)state;
    fill(&findings, false);
    assert_string_equal(findings.out.data, "ok    disk            a sync takes 3 ms\n"
                                           "fail  source          gone\\x1b[31m\n"
                                           "                      -> look \"there\"\n");
    assert_int_equal(findings.count[FINDING_OK], 1);
    assert_int_equal(findings.count[FINDING_WARN], 0);
    assert_int_equal(findings.count[FINDING_FAIL], 1);
    findings_release(&findings);
}

/* The hint of an error is what to do; without one the caller knows. */
static void test_errors(void **state)
{
    const struct error hinted = {.code = ERROR_AUTH, .text = "refused\nhint: ask for it"};
    const struct error bare = {.code = ERROR_AUTH, .text = "refused"};
    struct findings findings;

    (void)state;
    findings_init(&findings, false);
    findings.colors = true;
    findings_add_error(&findings, "key", "cannot write: ", &hinted, "wait");
    findings_add_error(&findings, "key", "", &bare, "wait");
    assert_string_equal(findings.out.data,
                        "\033[31mfail\033[0m  key             cannot write: refused\n"
                        "                      -> ask for it\n"
                        "\033[31mfail\033[0m  key             refused\n"
                        "                      -> wait\n");
    findings_release(&findings);
}

/* Lines fit the window; where there is no room beside the subject, texts stand below it. */
static void test_width(void **state)
{
    static const struct {
        size_t width;
        const char *expected;
    } ROWS[] = {
        {0, "warn  source          cannot read 'a': no such file\\x0aor folder\n"
            "                      -> set source.path to the exported files\n"},
        {50, "warn  source          cannot read 'a': no such\n"
             "                      file\\x0aor folder\n"
             "                      -> set source.path to the\n"
             "                         exported files\n"},
        {42, "warn  source          cannot read 'a': no\n"
             "                      such file\\x0aor\n"
             "                      folder\n"
             "                      -> set source.path\n"
             "                         to the exported\n"
             "                         files\n"},
        {41, "warn  source\n"
             "      cannot read 'a': no such file\\x0aor\n"
             "      folder\n"
             "      -> set source.path to the exported\n"
             "         files\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct findings findings;

        findings_init(&findings, false);
        findings.width = ROWS[i].width;
        findings_add(&findings, FINDING_WARN, "source", "set source.path to the exported files",
                     "cannot read 'a': no such file\nor folder");
        assert_string_equal(findings.out.data, ROWS[i].expected);
        findings_release(&findings);
    }
}

static void test_json(void **state)
{
    struct findings findings;

    (void)state;
    fill(&findings, true);
    assert_string_equal(findings.out.data,
                        "{\"check\":\"disk\",\"result\":\"ok\",\"detail\":\"a sync takes 3 ms\"},"
                        "{\"check\":\"source\",\"result\":\"fail\",\"detail\":\"gone\\u001b[31m\","
                        "\"remedy\":\"look \\\"there\\\"\"}");
    findings_release(&findings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
