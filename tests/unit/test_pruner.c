/*
 * The pruner in all its states, as conversations: sink_play.h says how to read
 * them. The source gives two messages.
 */
#include "check/pruner.h"

#include "fakes/fake_fsio.h"
#include "unit/sink_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TWO "i1=u 1;i2=a 2"
#define DELETE "list => " TWO " | sync | delete thread_1 within 10000"
#define UNEQUAL "fail conflict: left alone: its conversation is not equal to it; verify shows where"
#define GONE "fail gone: left alone: its conversation is not there; is the key one of its project?"

static const char *const MESSAGES[] = {"u 1", "a 2", NULL};

struct story {
    const char *name;
    const char *script;
    const char *records; /* that were added */
};

static const struct story STORIES[] = {
    {"equal", DELETE " => yes | sync | done", "pruning pruned"},
    {"equal, over two pages",
     "list => i1=u 1;+ | list i1 => i2=a 2 | sync | delete thread_1 within 10000 "
     "=> yes | sync | done",
     "pruning pruned"},
    {"somebody else has deleted the thread", DELETE " => no 404 | sync | done", "pruning pruned"},
    {"another text", "list => i1=u 1;i2=a other | " UNEQUAL, ""},
    {"another order", "list => i1=a 2;i2=u 1 | " UNEQUAL, ""},
    {"the conversation holds less", "list => i1=u 1 | " UNEQUAL, ""},
    {"the conversation holds nothing", "list => . | " UNEQUAL, ""},
    {"the conversation holds more", "list => " TWO ";i3=u 3 | " UNEQUAL, ""},
    {"more on its last page", "list => " TWO ";+ | list i2 => i3=u 3 | " UNEQUAL, ""},
    {"there is no conversation", "list => no 404 | " GONE, ""},
    {"no permission to look",
     "list => no 403 | fail forbidden: cannot list the conversation: HTTP 403", ""},
    {"it cannot be listed",
     "list => no 400 | fail server_error: cannot list the conversation: HTTP 400", ""},
    {"no permission to delete",
     DELETE " => no 403 | sync | fail forbidden: the source refuses to delete it: HTTP 403",
     "pruning not_pruned"},
    {"the source refuses",
     DELETE " => no 400 | sync | fail refused: the source refuses to delete it: HTTP 400",
     "pruning not_pruned"},
    {"a yes that keeps it",
     DELETE
     " => kept | sync | fail refused: the source answers that it has not deleted it (HTTP 200)",
     "pruning"},
};

static void play(const struct story *story, const struct thread_facts *facts)
{
    struct checkpoint *checkpoint = play_checkpoint(facts);
    const size_t offset = fake_fsio_content().len;
    struct talk talk;
    const struct sink_play with = {.name = story->name, .talk = &talk, .checkpoint = checkpoint};
    struct sink *sink = pruner_new(checkpoint, span_of("thread_1"), facts);
    struct buf seen;

    talk_init(&talk, MESSAGES, NULL);
    sink_play(&with, sink, story->script);
    buf_init(&seen, BUF_NO_LIMIT);
    play_records(&seen, checkpoint, offset);
    if (!span_is(buf_span(&seen), story->records))
        print_error("%s: %s\n", story->name, seen.data);
    assert_true(span_is(buf_span(&seen), story->records));
    assert_int_equal(sink->outcome.kind,
                     strstr(story->script, "fail ") ? OUTCOME_FAILED : OUTCOME_DONE);
    buf_release(&seen);
    sink->ops->free(sink);
    talk_release(&talk);
    checkpoint_close(checkpoint);
}

static void test_stories(void **state)
{
    const struct thread_facts facts = play_facts(THREAD_DONE, MESSAGES, 2);

    (void)state;
    for (size_t i = 0; i < sizeof STORIES / sizeof STORIES[0]; i++)
        play(&STORIES[i], &facts);
}

/* Nobody is asked, and nothing is deleted. */
static void test_unfinished(void **state)
{
    static const struct story STORY = {"unfinished", "fail server_error: unfinished", ""};
    const struct thread_facts facts = play_facts(THREAD_PARTIAL, MESSAGES, 2);

    (void)state;
    play(&STORY, &facts);
}

/* What cannot be read to its end is not equal to anything. */
static void test_reader_fails(void **state)
{
    static const char *const STORED[] = {"u 1", "a 2", NULL};
    const struct thread_facts facts = play_facts(THREAD_DONE, MESSAGES, 2);
    struct checkpoint *checkpoint = play_checkpoint(&facts);
    const size_t offset = fake_fsio_content().len;
    struct sink *sink = pruner_new(checkpoint, span_of("thread_1"), &facts);
    struct talk talk;
    struct buf seen;

    (void)state;
    talk_init(&talk, MESSAGES, STORED);
    error_set(&talk.reader_error, ERROR_SOURCE_MISSING, "no such thread");
    talk_run(&talk, sink);
    assert_int_equal(sink->outcome.kind, OUTCOME_FAILED);
    assert_int_equal(sink->outcome.error.code, ERROR_SOURCE_MISSING);
    assert_int_equal(talk.calls, 1);
    buf_init(&seen, BUF_NO_LIMIT);
    play_records(&seen, checkpoint, offset);
    assert_int_equal(seen.len, 0);
    buf_release(&seen);
    sink->ops->free(sink);
    talk_release(&talk);
    checkpoint_close(checkpoint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stories),
        cmocka_unit_test(test_unfinished),
        cmocka_unit_test(test_reader_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
