/*
 * Signs that a second talk begins. Messages are written "s u@1 a@2 u#1 -": a role (system, user,
 * assistant), a time, a number ("#"), a parent ("^", "^-" for none), and "-" before a message that
 * a blank line is in front of.
 */
#include "archive/arrange.h"

#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MESSAGES_MAX = 16 };

static json_t *message_of(const char *word, struct arrange_message *message)
{
    const char *role = *word == 's' ? "system" : *word == 'u' ? "user" : "assistant";
    json_t *object = json_pack("{s:s, s:s}", "role", role, "content", "x");
    const char *time = strchr(word, '@');
    const char *number = strchr(word, '#');
    const char *parent = strchr(word, '^');

    *message = (struct arrange_message){.object = object, .is_timed = time != NULL};
    message->ms = time ? strtol(time + 1, NULL, 10) : 0;
    if (number)
        (void)json_object_set_new(object, "turn", json_integer(strtol(number + 1, NULL, 10)));
    if (parent)
        (void)json_object_set_new(object, "parent_id",
                                  parent[1] == '-' ? json_null() : json_stringn(parent + 1, 1));
    return object;
}

static void check(const char *play, size_t at, const char *why)
{
    struct arrange_message messages[MESSAGES_MAX];
    json_t *objects[MESSAGES_MAX];
    uint32_t line = 1;
    size_t count = 0;

    for (const char *word = play; *word; word += strcspn(word, " "), word += *word == ' ') {
        if (*word == '-') {
            line++;
            continue;
        }
        objects[count] = message_of(word, &messages[count]);
        messages[count].line = messages[count].end_line = line++;
        count++;
    }
    const struct talk_sign sign = talk_look(messages, count);
    if (!why ? sign.why != NULL : !sign.why || sign.at != at || !strstr(sign.why, why))
        fail_msg("%s: %s at %zu", play, sign.why ? sign.why : "nothing", sign.at);
    for (size_t i = 0; i < count; i++)
        json_decref(objects[i]);
}

static void test_one_talk(void **state)
{
    static const char *const PLAYS[] = {
        "",
        "u",
        "s",
        "s u a u a",
        "s s u a",
        "u a u s",             /* newest last, or first: either way nothing begins */
        "s u s a u s a",       /* with each question */
        "a@4 u@3 a@2 u@1 s@0", /* newest first */
        "u@3 a@1 u@2",         /* mixed, but not older than all before */
        "u@1 a@1 u@1",
        "u#1 a#1 u#2 a#2",
        "a#4 u#3 a#2 u#1",
        "u^- a^1 u^2 a^3",
        "u^- a^1 u^- a^2", /* only answers have a parent: their question */
        "u - a - u - a",
    };

    (void)state;
    for (size_t i = 0; i < sizeof PLAYS / sizeof PLAYS[0]; i++)
        check(PLAYS[i], 0, NULL);
}

static void test_two_talks(void **state)
{
    static const struct {
        const char *play;
        size_t at;
        const char *why;
    } ROWS[] = {
        {"s u a s u a", 3, "instructions"},
        {"u a s u a", 2, "instructions"},
        {"s u s u a", 2, "instructions"},
        {"s u a s", 3, "instructions"},
        {"a@9 u@8 s@7 a@3 u@2 s@1", 3, "instructions"},
        {"a u s a u s", 3, "instructions"},
        {"u#1 a#2 u#1 a#2", 2, "numbers"},
        {"u#0 a#0 u#1 a#1 u#0", 4, "numbers"},
        {"u^- a^1 u^2 u^- a^4", 3, "follows no other"},
        {"u@5 a@6 u@1 a@2", 2, "times"},
        {"a@6 u@5 a@12 u@11", 2, "times"},
        {"u a - u a", 2, "blank line"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        check(ROWS[i].play, ROWS[i].at, ROWS[i].why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_talk),
        cmocka_unit_test(test_two_talks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
