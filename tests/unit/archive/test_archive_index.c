/*
 * Threads, their lists and places, faults, and the count of what is unread.
 */
#include "archive/index.h"

#include "base/mem.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint32_t add_list(struct index *index, uint32_t thread, enum list_form form, int messages)
{
    uint32_t list =
        index_list(index, &(struct index_list){.thread = thread, .form = (uint8_t)form});

    for (int i = 0; i < messages; i++)
        index_add(index, list, &(struct index_place){.kind = OBJECT_MESSAGE, .line = (uint32_t)i},
                  (uint64_t)i);
    return list;
}

static void test_threads(void **state)
{
    char long_id[258];
    struct index index;

    (void)state;
    index_init(&index);
    uint32_t a = index_thread(&index, span_of("a"));
    assert_int_equal(index_thread(&index, span_of("a")), a);
    assert_int_equal(index_find(&index, span_of("b")), INDEX_NONE);
    assert_true(span_is(index_id(&index, a), "a"));
    assert_false(index.threads[a].is_listed);
    memset(long_id, 'x', sizeof long_id);
    uint32_t good = index_thread(&index, (struct span){long_id, 256});
    uint32_t bad = index_thread(&index, (struct span){long_id, 257});
    uint32_t control = index_thread(&index, span_of("a\nb"));
    assert_int_equal(index.threads[good].fault, INDEX_NONE);
    assert_int_equal(index.faults[index.threads[bad].fault].code, ERROR_BAD_ID);
    assert_int_equal(index.faults[index.threads[control].fault].code, ERROR_BAD_ID);
    uint32_t nul = index_thread(&index, (struct span){"a\0b", 3});
    assert_int_equal(index.faults[index.threads[nul].fault].code, ERROR_BAD_ID);
    assert_int_equal(index_thread(&index, (struct span){"a\0b", 3}), nul);
    assert_null(memchr(index_id(&index, nul).data, '\0', 3));
    index_release(&index);
}

static void test_lists(void **state)
{
    struct index index;

    (void)state;
    index_init(&index);
    uint32_t a = index_thread(&index, span_of("a"));
    uint32_t first = add_list(&index, a, LIST_ROWS, 2);
    uint32_t second = add_list(&index, INDEX_NONE, LIST_PAGE, 3);
    assert_int_equal(index.threads[a].messages, 2);
    index_give(&index, second, a);
    assert_int_equal(index.threads[a].messages, 5);
    assert_int_equal(index.most_messages, 5);
    assert_true(index.threads[a].is_listed);
    assert_int_equal(index.threads[a].first_list, first);
    assert_int_equal(index.lists[first].next, second);
    assert_int_equal(index.lists[second].next, INDEX_NONE);
    uint32_t at = index.lists[second].first;
    for (uint32_t line = 0; line < 3; line++) {
        assert_int_equal(index.places[at].line, line);
        at = index.places[at].next;
    }
    assert_int_equal(at, INDEX_NONE);
    index_release(&index);
}

/* The first fault stays, and the first doubt; neither takes the other's place. */
static void test_faults(void **state)
{
    struct index index;

    (void)state;
    index_init(&index);
    uint32_t a = index_thread(&index, span_of("a"));
    index_doubt(&index, a, "doubt %d", 1);
    index_doubt(&index, a, "doubt %d", 2);
    index_fail(&index, a, ERROR_BAD_SOURCE, "fault %d", 1);
    index_fail(&index, a, ERROR_BAD_ID, "fault %d", 2);
    assert_string_equal(index.faults[index.threads[a].fault].text, "fault 1");
    assert_int_equal(index.faults[index.threads[a].fault].code, ERROR_BAD_SOURCE);
    assert_string_equal(index.faults[index.threads[a].doubt].text, "doubt 1");
    assert_int_equal(index.faults[index.threads[a].doubt].code, ERROR_TRUNCATED);
    index_release(&index);
}

/* Beginnings of one thread in our own archive: messages, "." if closed; "|" is another file. */
static void test_old(void **state)
{
    static const struct {
        const char *lists;
        const char *old; /* 1: it is */
    } ROWS[] = {
        {"3. 2", "01"}, {"3. 2.", "10"},   {"3 2", "01"},     {"2 2", "10"},
        {"2 3", "10"},  {"3 2. 9", "101"}, {"3. | 2.", "00"}, {"1 2. | 5 4", "1001"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct index index;
        uint32_t file = 0;
        char seen[8] = "";
        size_t n = 0;

        index_init(&index);
        uint32_t a = index_thread(&index, span_of("a"));
        for (const char *at = ROWS[i].lists; *at; at++) {
            if (*at == '|')
                file++;
            if (*at < '0' || *at > '9')
                continue;
            uint32_t list = add_list(&index, a, LIST_ARCHIVE, *at - '0');
            index.lists[list].file = file;
            index.lists[list].is_closed = at[1] == '.';
        }
        index_mark_old(&index, a);
        for (uint32_t l = 0; l < index.list_count; l++)
            seen[n++] = index.lists[l].is_old ? '1' : '0';
        if (strcmp(seen, ROWS[i].old) != 0)
            fail_msg("%s: %s, not %s", ROWS[i].lists, seen, ROWS[i].old);
        index_release(&index);
    }
}

/* All are counted, by file too; the first are kept. */
static void test_unread(void **state)
{
    struct index index;

    (void)state;
    index_init(&index);
    index_files(&index, 2);
    for (uint32_t i = 0; i < INDEX_PLACES_MAX; i++)
        assert_int_equal(index_unread(&index, i % 2, i), i);
    assert_true(index_unread(&index, 1, 7) == SIZE_MAX);
    assert_int_equal(index.unread_count, INDEX_PLACES_MAX + 1);
    assert_int_equal(index.tallies[0].unread, INDEX_PLACES_MAX / 2);
    assert_int_equal(index.tallies[1].unread, INDEX_PLACES_MAX / 2 + 1);
    index_release(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads), cmocka_unit_test(test_lists),
        cmocka_unit_test(test_faults),  cmocka_unit_test(test_old),
        cmocka_unit_test(test_unread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
