/* Lists of messages written as text: "F>:a1 b2" is a page (P), array (A), lines (L) or archive (N)
 * with more (>), an end (.) or neither (-); a letter is the id, upper case for an assistant's
 * message, then its time ("?" for none). */
#include "archive/shape_order.h"

#include "json/json.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MESSAGES_MAX = 32, LISTS_MAX = 8 };

struct input {
    struct order_message messages[MESSAGES_MAX];
    size_t count;
    struct order_list lists[LISTS_MAX];
    size_t list_count;
};

static enum order_form form_of(char c)
{
    if (c == 'P')
        return ORDER_PAGE;
    if (c == 'A')
        return ORDER_ARRAY;
    return c == 'L' ? ORDER_LINES : ORDER_ARCHIVE;
}

static enum order_more more_of(char c)
{
    if (c == '>')
        return ORDER_MORE_YES;
    return c == '.' ? ORDER_MORE_NO : ORDER_MORE_ABSENT;
}

static const char *add_message(struct input *input, const char *at)
{
    struct order_message *message = &input->messages[input->count++];
    char id[2] = {(char)tolower((unsigned char)*at), '\0'};
    const char *role = isupper((unsigned char)*at) ? "assistant" : "user";

    message->object = json_pack("{s:s, s:s}", "id", id, "role", role);
    at++;
    message->is_timed = *at != '?';
    for (message->ms = 0; *at && *at != ' ' && *at != '|'; at++)
        message->ms = message->ms * 10 + (*at != '?' ? *at - '0' : 0);
    return at;
}

static void parse(struct input *input, const char *text)
{
    memset(input, 0, sizeof *input);
    while (*text) {
        struct order_list *list = &input->lists[input->list_count];

        list->form = form_of(text[0]);
        list->more = more_of(text[1]);
        list->place = input->list_count++;
        list->messages = &input->messages[input->count];
        text += 3;
        while (*text && *text != '|') {
            if (*text == ' ') {
                text++;
                continue;
            }
            text = add_message(input, text);
            list->count++;
        }
        text += *text == '|';
    }
}

struct order_case {
    const char *lists;
    const char *ids; /* in order; '~' behind them: guessed; '!': truncated; a digit: duplicates */
};

static const struct order_case CASES[] = {
    {"P.:a1 B2 c3", "abc"},
    {"P.:c3 B2 a1", "abc"},
    {"P.:c3 B3 a1", "abc"},
    {"P.:a1", "a"},
    {"P.:a?", "a"},
    {"P.:a1 b1", "ab~"},
    {"P.:B1 a1", "ab~"},
    {"A-:B1 a1", "ba~"},
    {"P.:a? b?", "ab~"},
    {"P.:a1 c3 b2", "abc~"},
    {"P.:a1 b? c3", "abc"},
    {"P.:c3 b? a1", "abc"},
    {"L-:a1 b2", "ab"},
    {"L-:b2 a1", "ab"},
    {"L-:B1 a1", "ba~"},
    /* pages */
    {"P.:c3 d4|P>:a1 b2", "abcd"},
    {"P>:d4 c3|P.:b2 a1", "abcd"},
    {"P>:d4 c3|P>:b2 a1", "abcd!"},
    {"P>:a1 b2|P>:c3 d4", "abcd!"},
    {"P>:a1 b2", "ab!"},
    {"P>:a1 b2|P.:", "ab"},
    {"P>:f6 e5|P>:D4 c4|P.:b2 a1", "abcdef"},
    {"P>:a1 b2|P>:c4 D4|P.:e5 f6", "abcdef"},
    {"P>:D9 c9|P.:B5 a5", "abcd"},
    {"P>:a5 B5|P.:c9 D9", "abcd"},
    {"P>:a1 b1|P.:c1 d1", "abcd~"},
    {"P>:a1 b2 c3|P.:c3 d4", "abcd1"},
    {"P>:d4 c3|P.:c3 b2 a1", "abcd1"},
    {"P.:a1 b2|P.:b2 c3", "abc1"},
    {"P-:a1 b2|P-:c3 d4", "abcd"},
    {"P.:a5 b5|L-:c9", "abc~"},
    /* lines of several files */
    {"L-:a1 c3|L-:b2 d4", "abcd~"},
    {"L-:c3|L-:b2|L-:a1", "abc"},
    {"L-:a1|L-:b1", "ab~"},
    {"L-:a1 b2|L-:c?", "abc"},
    /* our own archive */
    {"N-:b5 a5 c1", "bac"},
    {"N-:b5 a5|N-:b5 a5", "ba2"},
    {"L-:a1 a1 a1", "a2"},
};

static void check_case(const struct order_case *c)
{
    struct input input;
    struct order_result result;
    char got[64] = "";
    size_t len = 0;

    parse(&input, c->lists);
    order_arrange(&result, input.lists, input.list_count);
    for (size_t i = 0; i < result.count; i++)
        got[len++] = json_get_text(result.messages[i].object, "id").data[0];
    if (result.losses.count[LOSS_DUPLICATE_MESSAGE] > 0)
        got[len++] = (char)('0' + result.losses.count[LOSS_DUPLICATE_MESSAGE]);
    if (result.losses.count[LOSS_ORDER_GUESSED] > 0)
        got[len++] = '~';
    if (result.is_truncated)
        got[len++] = '!';
    if (strcmp(got, c->ids) != 0)
        fail_msg("%s: want %s, got %s", c->lists, c->ids, got);
    free(result.messages);
    for (size_t i = 0; i < input.count; i++)
        json_decref(input.messages[i].object);
}

static void orders(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        check_case(&CASES[i]);
}

static void later_events_replace_earlier_ones(void **state)
{
    struct input input;
    struct order_result result;

    (void)state;
    parse(&input, "L-:a1 a1 b2");
    input.messages[0].is_event = true;
    input.messages[1].is_event = true;
    json_t *earlier = input.messages[0].object;
    json_t *later = input.messages[1].object;
    order_arrange(&result, input.lists, input.list_count);
    assert_int_equal(result.count, 2);
    assert_ptr_equal(result.messages[0].object, later);
    assert_int_equal(result.losses.count[LOSS_DUPLICATE_MESSAGE], 0);
    free(result.messages);
    json_decref(input.messages[2].object);
    json_decref(earlier);
    json_decref(later);
}

static void objects_by_time(void **state)
{
    static const char *const CASES_OF_TIME[][2] = {
        {"c3 b2 a1", "abc"}, {"a1 b1 c2", "abc"}, {"b2 a1 c3", "abc"},
        {"a? b?", "ab"},     {"c3 b3 a1", "abc"}, {"a5 b9", "ab"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES_OF_TIME / sizeof CASES_OF_TIME[0]; i++) {
        struct input input;
        char text[64];
        json_t *objects[MESSAGES_MAX];
        struct span raw[MESSAGES_MAX] = {{NULL, 0}};

        (void)snprintf(text, sizeof text, "L-:%s", CASES_OF_TIME[i][0]);
        parse(&input, text);
        for (size_t j = 0; j < input.count; j++) {
            objects[j] = input.messages[j].object;
            if (input.messages[j].is_timed)
                (void)json_object_set_new(objects[j], "created_at",
                                          json_integer(input.messages[j].ms));
        }
        order_by_time(objects, raw, input.count);
        for (size_t j = 0; j < input.count; j++) {
            assert_int_equal(json_get_text(objects[j], "id").data[0], CASES_OF_TIME[i][1][j]);
            json_decref(objects[j]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders),
        cmocka_unit_test(later_events_replace_earlier_ones),
        cmocka_unit_test(objects_by_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
