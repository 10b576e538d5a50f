/*
 * When the same failure is final. Answers are written as "500:a/b@7": status,
 * the error's code and type, and how many requests were granted before.
 */
#include "net/repeat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *answers;
    int final_at; /* from 1; 0: never */
} ROWS[] = {
    {"500:a/b@1 500:a/b@2 500:a/b@3", 3},
    {"409:/@1 409:/@2 409:/@3", 3},
    {"501:x/@1 501:x/@9 501:x/@12", 3},
    /* An outage: nothing is granted in between. */
    {"500:/@1 500:/@1 500:/@1 500:/@1 500:/@1", 0},
    {"500:/@1 500:/@2 500:/@2 500:/@2 500:/@3", 5},
    /* Other words, another status. */
    {"500:a/@1 500:b/@2 500:a/@3 500:b/@4", 0},
    {"500:ab/@1 500:a/b@2 500:ab/@3", 0},
    {"500:/@1 500:/@2 409:/@3 500:/@4 500:/@5", 0},
    /* These only ask for time, and begin anew what was counted. */
    {"503:/@1 503:/@2 503:/@3", 0},
    {"408:/@1 408:/@2 408:/@3 429:/@4 429:/@5 429:/@6 502:/@7 504:/@8 520:/@9", 0},
    {"500:/@1 500:/@2 503:/@3 500:/@4", 0},
    {"0:/@1 0:/@2 0:/@3", 0},
};

static struct answer answer_of(const char *text)
{
    struct answer answer = {.kind = ANSWER_UNKNOWN};
    const char *code = strchr(text, ':') + 1;
    const char *type = strchr(code, '/') + 1;
    const char *served = strchr(type, '@') + 1;

    answer.status = strtol(text, NULL, 10);
    answer.code = (struct span){code, (size_t)(type - code) - 1};
    answer.type = (struct span){type, (size_t)(served - type) - 1};
    answer.served = strtoull(served, NULL, 10);
    return answer;
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct repeat repeat = {0};
        const char *at = ROWS[i].answers;
        int final_at = 0;

        for (int number = 1; final_at == 0 && *at; number++) {
            const struct answer answer = answer_of(at);

            if (repeat_is_final(&repeat, &answer))
                final_at = number;
            at += strcspn(at, " ");
            at += *at == ' ' ? 1 : 0;
        }
        if (final_at != ROWS[i].final_at)
            print_error("%s\n", ROWS[i].answers);
        assert_int_equal(final_at, ROWS[i].final_at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
