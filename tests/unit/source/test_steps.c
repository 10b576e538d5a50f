/*
 * Joining run steps to messages. A thread is written as it happened:
 *
 *     runs      "r1@10 r2@20"              ids and times
 *     steps     "r1: c1 >m1 c2 >m2 c3"     calls, and the messages that were made
 *     messages  "u@5 m1@11/r1 u2@15"       ids, times, and the run that made them
 *
 * What comes of it is the order of calls and messages. Steps of a run are
 * loaded when they are wanted, in two pages.
 */
#include "source/steps.h"

#include "base/buf.h"
#include "json/json.h"
#include "unit/play/many.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RUNS_MAX = 4, STEPS_MAX = 8, WORD_MAX = 32 };

struct thread {
    const char *name;
    const char *runs;
    const char *steps[RUNS_MAX];
    const char *messages;
    const char *expected;
};

static const struct thread THREADS[] = {
    {"no runs", "", {NULL}, "u1@1 a1@2", "u1 a1"},
    {"calls stand before the message that they led to",
     "r1@10",
     {"r1: c1 c2 >m1"},
     "u1@5 m1@11/r1 u2@15",
     "u1 c1 c2 m1 u2"},
    {"several messages of a run",
     "r1@10",
     {"r1: c1 >m1 c2 >m2"},
     "u1@5 m1@11/r1 m2@12/r1 u2@15",
     "u1 c1 m1 c2 m2 u2"},
    {"calls behind the run's last message",
     "r1@10",
     {"r1: c1 >m1 c2 c3"},
     "m1@11/r1 u2@15",
     "c1 m1 c2 c3 u2"},
    {"a step whose message id is empty names none",
     "r1@10",
     {"r1: c1 >m1 c2 > c3"},
     "u1@5 m1@11/r1 a2@12/r1",
     "u1 c1 m1 c2 c3 a2"},
    {"only calls: before the message that ends the run",
     "r1@10",
     {"r1: c1 c2"},
     "u1@5 u2@15",
     "u1 c1 c2 u2"},
    {"only calls, at the end of the thread", "r1@10", {"r1: c1 c2"}, "u1@5", "u1 c1 c2"},
    {"without any message", "r1@10", {"r1: c1"}, "", "c1"},
    {"a message of the run was deleted",
     "r1@10",
     {"r1: c1 >gone c2 >m2"},
     "m2@12/r1 u2@15",
     "c1 c2 m2 u2"},
    {"all messages of the run were deleted",
     "r1@10",
     {"r1: c1 >gone c2"},
     "u1@5 u2@15",
     "u1 c1 c2 u2"},
    {"runs follow each other",
     "r1@10 r2@20",
     {"r1: c1 >m1", "r2: c2 >m2"},
     "u1@5 m1@11/r1 u2@15 m2@21/r2",
     "u1 c1 m1 u2 c2 m2"},
    {"a message of a later run ends the earlier one",
     "r1@10 r2@20",
     {"r1: c1", "r2: c2 >m2"},
     "u1@5 m2@21/r2",
     "u1 c1 c2 m2"},
    {"a message without a run between two runs",
     "r1@10 r2@20",
     {"r1: c1", "r2: c2"},
     "u1@15",
     "c1 u1 c2"},
    {"a user's message of the same second is not younger than the run",
     "r1@10",
     {"r1: c1 >m1"},
     "u1@10 m1@10/r1",
     "u1 c1 m1"},
    {"a run that nobody knows", "r1@10", {"r1: c1 >m1"}, "a1@5/r9 m1@11/r1", "a1 c1 m1"},
    {"a message of the run without a step of its own",
     "r1@10",
     {"r1: c1"},
     "m1@11/r1 u2@15",
     "m1 c1 u2"},
    {"a message without an id", "r1@10", {"r1: c1"}, "@11/r1 u2@15", "c1 u2"},
};

/* The next word of a text; false at its end. */
static bool next_word(const char **text, char word[WORD_MAX])
{
    size_t len;

    *text += strspn(*text, " ");
    len = strcspn(*text, " ");
    (void)snprintf(word, WORD_MAX, "%.*s", (int)len, *text);
    *text += len;
    return len > 0;
}

/* "m1@11/r1": an object with id, created_at, run_id. */
static json_t *object_of(char *word)
{
    char *run = strchr(word, '/');
    char *time = strchr(word, '@');
    json_t *object;

    if (run)
        *run++ = '\0';
    *time++ = '\0';
    object = json_pack("{s:s, s:I}", "id", word, "created_at", (json_int_t)strtol(time, NULL, 10));
    if (run)
        (void)json_object_set_new(object, "run_id", json_string(run));
    return object;
}

static json_t *step_of(const char *word)
{
    if (word[0] == '>')
        return json_pack("{s:s, s:{s:s, s:{s:s}}}", "id", word, "step_details", "type",
                         "message_creation", "message_creation", "message_id", word + 1);
    return json_pack("{s:s, s:{s:s, s:[]}}", "id", word, "step_details", "type", "tool_calls",
                     "tool_calls");
}

/* The first step comes in a page of its own. */
static void load(const struct thread *thread, struct steps *all, struct run *run)
{
    json_t *steps[STEPS_MAX];
    char word[WORD_MAX];
    size_t count = 0;
    size_t first;

    for (int i = 0; i < RUNS_MAX && thread->steps[i]; i++) {
        const char *text = thread->steps[i] + strlen(run->id) + 1;

        if (strncmp(thread->steps[i], run->id, strlen(run->id)) != 0)
            continue;
        while (next_word(&text, word))
            steps[count++] = step_of(word);
    }
    first = count > 1 ? 1 : 0;
    if (first > 0)
        steps_load(all, run, steps, first, false);
    assert_false(run->loaded);
    steps_load(all, run, steps + first, count - first, true);
    for (size_t i = 0; i < count; i++)
        json_decref(steps[i]);
}

static void tell(struct buf *seen, const json_t *object)
{
    struct span id = json_get_text(object, "id");

    buf_printf(seen, "%s%.*s", seen->len > 0 ? " " : "", (int)id.len, id.data);
}

static void tell_steps(struct buf *seen, json_t *step,
                       json_t *(*take)(struct steps *, const json_t *), struct steps *steps,
                       const json_t *message)
{
    for (; step; step = take(steps, message)) {
        tell(seen, step);
        json_decref(step);
    }
}

static json_t *take_at_end(struct steps *steps, const json_t *message)
{
    (void)message;
    return steps_take_at_end(steps);
}

static void join(const struct thread *thread, struct buf *seen)
{
    struct steps steps;
    const char *text = thread->runs;
    char word[WORD_MAX];
    struct run *run;

    steps_init(&steps);
    while (next_word(&text, word)) {
        json_t *object = object_of(word);

        steps_add_run(&steps, object);
        json_decref(object);
    }
    text = thread->messages;
    while (next_word(&text, word)) {
        json_t *message = object_of(word);

        for (run = steps_wanted_before(&steps, message); run;
             run = steps_wanted_before(&steps, message))
            load(thread, &steps, run);
        tell_steps(seen, steps_take_before(&steps, message), steps_take_before, &steps, message);
        tell(seen, message);
        tell_steps(seen, steps_take_after(&steps, message), steps_take_after, &steps, message);
        json_decref(message);
    }
    for (run = steps_wanted_at_end(&steps); run; run = steps_wanted_at_end(&steps))
        load(thread, &steps, run);
    tell_steps(seen, steps_take_at_end(&steps), take_at_end, &steps, NULL);
    steps_release(&steps);
}

static void test_joins(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof THREADS / sizeof THREADS[0]; i++) {
        struct buf seen;

        buf_init(&seen, BUF_NO_LIMIT);
        join(&THREADS[i], &seen);
        if (strcmp(seen.data, THREADS[i].expected) != 0)
            print_error("%s\n", THREADS[i].name);
        assert_string_equal(seen.data, THREADS[i].expected);
        buf_release(&seen);
    }
}

static json_t *object_named(const char *text)
{
    char word[WORD_MAX];

    (void)snprintf(word, sizeof word, "%s", text);
    return object_of(word);
}

static json_t *step_number(const char *kind, const char *made, int number)
{
    char id[WORD_MAX];

    (void)snprintf(id, sizeof id, "%s%d", kind, number);
    return json_pack("{s:s, s:{s:{s:s*}}}", "id", id, "step_details", "message_creation",
                     "message_id", made);
}

/* How many steps with tool calls are taken there. */
static int count_steps(json_t *(*take)(struct steps *, const json_t *), struct steps *steps,
                       const json_t *message)
{
    int count = 0;

    for (json_t *step = take(steps, message); step; step = take(steps, message)) {
        json_decref(step);
        count++;
    }
    return count;
}

/* One run with so many steps that looking through them for each step or message would not end. */
static void test_many_steps_of_a_run(void **state)
{
    const int count = many(100000);
    json_t *message = object_named("m0@11/r1");
    json_t *object = object_named("r1@10");
    json_t **objects = calloc(2 * (size_t)count + 1, sizeof(json_t *));
    struct steps steps;

    (void)state;
    steps_init(&steps);
    steps_add_run(&steps, object);
    for (int i = 0; i <= 2 * count; i++)
        objects[i] = step_number("c", i == count ? "m0" : NULL, i);
    steps_load(&steps, steps_wanted_before(&steps, message), objects, 2 * (size_t)count + 1, true);
    assert_null(steps_wanted_before(&steps, message));
    assert_int_equal(count_steps(steps_take_before, &steps, message), count);
    assert_int_equal(count_steps(steps_take_after, &steps, message), count);
    for (int i = 0; i <= 2 * count; i++)
        json_decref(objects[i]);
    steps_release(&steps);

    /* Messages that none of the run's steps has made. */
    steps_init(&steps);
    steps_add_run(&steps, object);
    for (int i = 0; i < count; i++)
        objects[i] = step_number("s", "gone", i);
    steps_load(&steps, steps_wanted_before(&steps, message), objects, (size_t)count, true);
    for (int i = 0; i < count; i++) {
        assert_int_equal(count_steps(steps_take_before, &steps, message), 0);
        assert_int_equal(count_steps(steps_take_after, &steps, message), 0);
        json_decref(objects[i]);
    }
    steps_release(&steps);
    free(objects);
    json_decref(object);
    json_decref(message);
}

/* Many runs, of which each has a step. */
static void test_many_runs(void **state)
{
    const int count = many(400000);
    json_t *early = object_named("m1@11/unknown");
    json_t *late = object_named("u1@15");
    json_t *run = object_named("r1@12");
    json_t *step = step_number("c", NULL, 1);
    struct steps steps;

    (void)state;
    steps_init(&steps);
    for (int i = 0; i < count; i++) {
        json_t *object = step_number("r", NULL, i);

        (void)json_object_set(object, "created_at", json_object_get(run, "created_at"));
        steps_add_run(&steps, object);
        json_decref(object);
    }
    for (int i = 0; i < count; i++)
        assert_null(steps_wanted_before(&steps, early));
    for (struct run *next = steps_wanted_before(&steps, late); next;
         next = steps_wanted_before(&steps, late))
        steps_load(&steps, next, &step, 1, true);
    assert_int_equal(count_steps(steps_take_before, &steps, late), count);
    assert_int_equal(count_steps(steps_take_before, &steps, late), 0);
    steps_release(&steps);
    json_decref(step);
    json_decref(run);
    json_decref(late);
    json_decref(early);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_joins),
        cmocka_unit_test(test_many_steps_of_a_run),
        cmocka_unit_test(test_many_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
