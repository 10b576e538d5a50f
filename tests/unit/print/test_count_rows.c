#include "print/count_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MEANING "the same message id came twice"

static void lays_out_rows(void **state)
{
    static const struct {
        struct count_layout layout;
        int64_t count;
        const char *name;
        const char *meaning;
        const char *expected;
    } ROWS[] = {
        {{0, false}, 0, "annotation", MEANING, ""},
        {{0, true}, 0, "annotation", MEANING, ""},
        {{0, false}, 7, "annotation", MEANING, "         7  annotation         " MEANING "\n"},
        {{0, false}, 7, "annotation", "", "         7  annotation\n"},
        /* a longer name pushes its own meaning only */
        {{0, false},
         1234567890,
         "a_name_of_20_columns",
         MEANING,
         "  1,234,567,890  a_name_of_20_columns " MEANING "\n"},
        /* the meaning has 20 columns, and then too few */
        {{51, false},
         7,
         "annotation",
         MEANING,
         "         7  annotation         the same message id\n"
         "                               came twice\n"},
        {{50, false}, 7, "annotation", MEANING, "         7  annotation\n    " MEANING "\n"},
        {{30, false},
         7,
         "annotation",
         MEANING,
         "         7  annotation\n    the same message id came\n    twice\n"},
        {{20, false}, 7, "annotation", "", "         7  annotation\n"},
        /* behind names of any length the counts end in one column */
        {{0, true}, 12, "metadata", "x", "  metadata                 12  x\n"},
        {{0, true}, 12, "message_metadata", "x", "  message_metadata         12  x\n"},
        {{0, true}, 12, "duplicate_message", "x", "  duplicate_message        12  x\n"},
        {{0, true}, 12, "größe", "", "  größe                    12\n"},
        {{0, true},
         12,
         "a_name_that_is_longer_than_all",
         "x",
         "  a_name_that_is_longer_than_all 12  x\n"},
        {{50, true}, 7, "annotation", MEANING, "  annotation                7\n    " MEANING "\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const struct count_row row = {
            .count = ROWS[i].count, .name = span_of(ROWS[i].name), .meaning = ROWS[i].meaning};
        struct buf out;

        buf_init(&out, BUF_NO_LIMIT);
        count_rows_add(&out, &ROWS[i].layout, &row);
        assert_string_equal(out.data ? out.data : "", ROWS[i].expected);
        buf_release(&out);
    }
}

static void lists_what_was_lost(void **state)
{
    const struct count_layout layout = {.width = 0};
    const struct losses losses = {
        .count = {[LOSS_DUPLICATE_MESSAGE] = 2000, [LOSS_METADATA] = 1, [LOSS_PROVENANCE] = 1}};
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    count_rows_add_losses(&out, &layout, "losses:", &losses);
    assert_string_equal(out.data,
                        "losses:\n"
                        "         1  metadata           a pair beyond the limits of conversation "
                        "metadata\n"
                        "         1  provenance         no free metadata slot for the thread's "
                        "origin (mapping.provenance)\n"
                        "notes:\n"
                        "     2,000  duplicate_message  the same message id came twice; it is "
                        "written once\n");
    buf_clear(&out);
    count_rows_add_losses_html(&out, "Losses", &losses);
    assert_string_equal(
        out.data, "<table><caption>Losses</caption><tbody>\n"
                  "<tr class=\"c\"><td class=\"n\">1</td><th scope=\"row\">metadata</th><td>a pair "
                  "beyond the "
                  "limits of conversation metadata</td></tr>\n"
                  "<tr class=\"c\"><td class=\"n\">1</td><th scope=\"row\">provenance</th><td>no "
                  "free metadata slot for "
                  "the thread's origin <code class=\"w\">mapping.provenance</code></td></tr>\n"
                  "</tbody></table>\n"
                  "<table><caption>Worth knowing</caption><tbody>\n"
                  "<tr class=\"c\"><td class=\"n\">2,000</td><th "
                  "scope=\"row\">duplicate_message</th><td>the same "
                  "message id came twice; it is written once</td></tr>\n"
                  "</tbody></table>\n");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lays_out_rows),
        cmocka_unit_test(lists_what_was_lost),
    };

    return cmocka_run_group_tests_name("count_rows", tests, NULL, NULL);
}
