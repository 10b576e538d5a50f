#include "fields/key_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void same(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool same;
    } CASES[] = {
        {"thread_id", "threadId", true},
        {"thread_id", "Thread ID", true},
        {"thread-id", "THREADID", true},
        {"thread_id", "thread_ids", false},
        {"", "", true},
        {"", "_- ", true},
        {"a", "", false},
        {"\xc3\x84", "\xc3\xa4", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        assert_int_equal(key_name_same(span_of(CASES[i].a), span_of(CASES[i].b)), CASES[i].same);
        assert_int_equal(key_name_same(span_of(CASES[i].b), span_of(CASES[i].a)), CASES[i].same);
    }
}

static void holds(void **state)
{
    (void)state;
    assert_true(key_name_holds(span_of("openai_Thread-Id"), "threadid"));
    assert_true(key_name_holds(span_of("chat session"), "session"));
    assert_false(key_name_holds(span_of("thre"), "thread"));
    assert_false(key_name_holds(span_of(""), "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same),
        cmocka_unit_test(holds),
    };

    return cmocka_run_group_tests_name("key_name", tests, NULL, NULL);
}
