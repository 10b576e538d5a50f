/*
 * The eraser in all its states, as conversations: sink_play.h says how to read
 * them. The thread has three messages; of these, two are on record.
 */
#include "check/eraser.h"

#include "fakes/fake_fsio.h"
#include "unit/play/sink_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TWO "i1=u 1;i2=a 2"
#define BEGIN_CHECK "list => " TWO
#define BEGIN BEGIN_CHECK " | sync"
#define END "list => . | delete conv_1 => yes | sync | done"
#define CHANGED                                                                                    \
    "fail conflict: left alone: somebody has changed the conversation; verify shows where, "       \
    "'rollback --force ID' deletes it anyway"
#define UNFINISHED                                                                                 \
    "fail conflict: left alone: the unfinished conversation is not as recorded; "                  \
    "'threadferry migrate' finds out what a stopped run left in it, and then it can be rolled "    \
    "back; 'rollback --force ID' deletes it now"
#define GONE                                                                                       \
    "fail gone: the conversation is missing, but no rollback has deleted it; "                     \
    "is the key one of its project? 'rollback --force ID' forgets it"
#define ANOTHER_KEY                                                                                \
    "fail auth: all of the first 20 conversations are missing: does the key belong to another "    \
    "project?\n"                                                                                   \
    "hint: use the key, organization and project that they were written with; "                    \
    "if they were deleted on purpose, --checkpoint FILE starts another job"
#define ONLY_COPY                                                                                  \
    "fail source_missing: left alone: the source no longer has the thread, so the conversation "   \
    "may be the only copy; 'rollback --force ID' deletes it anyway"
#define KEPT "fail refused: the destination does not say that it has deleted it (HTTP 200)"
#define ADDED "fail conflict: left alone: somebody has just added to the conversation"

static const char *const MESSAGES[] = {"u 1", "a 2", "u 3", NULL};

struct story {
    const char *name;
    enum thread_state state;
    int written; /* items on record */
    bool no_last;
    bool force;
    bool rehearses; /* as a dry run does */
    bool asks;      /* a live source for the thread */
    const char *script;
    const char *records; /* that were added */
    int64_t items;       /* deleted, as the outcome has it */
};

static void play(const struct story *story)
{
    struct thread_facts facts = play_facts(story->state, MESSAGES, story->written);
    struct checkpoint *checkpoint;
    struct census census;
    struct eraser_options options = {.census = &census,
                                     .force = story->force,
                                     .asks_source = story->asks,
                                     .settled_ms = 25,
                                     .rehearses = story->rehearses};
    struct sink_play with = {.name = story->name};
    bool fails = strstr(story->script, "fail ") != NULL;
    struct talk talk;
    struct sink *sink;
    struct buf seen;
    size_t offset;
    struct error err;

    census_init(&census);
    if (story->no_last)
        facts.last[0] = '\0';
    checkpoint = play_checkpoint(&facts);
    offset = fake_fsio_content().len;
    talk_init(&talk, MESSAGES, NULL);
    options.checkpoint = with.checkpoint = checkpoint;
    with.talk = &talk;
    sink = eraser_new(&options, span_of("thread_1"), &facts);
    sink_play(&with, sink, story->script);
    assert_true(census_settle(&census, checkpoint, &err));
    buf_init(&seen, BUF_NO_LIMIT);
    play_records(&seen, checkpoint, offset);
    if (!span_is(buf_span(&seen), story->records) || sink->outcome.items != story->items)
        print_error("%s: %s\n", story->name, seen.data);
    assert_true(span_is(buf_span(&seen), story->records));
    assert_int_equal(sink->outcome.items, story->items);
    assert_int_equal(sink->outcome.kind, fails ? OUTCOME_FAILED : OUTCOME_DONE);
    /* The source has no part in this. */
    assert_int_equal(talk.given, 0);
    buf_release(&seen);
    sink->ops->free(sink);
    talk_release(&talk);
    census_release(&census);
    checkpoint_close(checkpoint);
}

/* What is as it was written goes: items first to last, then the conversation. */
static const struct story UNCHANGED[] = {
    {.name = "two items",
     .state = THREAD_DONE,
     .written = 2,
     .script = BEGIN " | list => " TWO " | delete i1 => yes | delete i2 => yes | " END,
     .records = "rolling_back rolled_back",
     .items = 2},
    {.name = "no items",
     .state = THREAD_DONE,
     .script = "list => . | sync | " END,
     .records = "rolling_back rolled_back"},
    {.name = "an unfinished thread",
     .state = THREAD_PARTIAL,
     .written = 2,
     .script = "sleep until 25 | " BEGIN " | list => " TWO
               " | delete i1 => yes | delete i2 => yes | " END,
     .records = "rolling_back rolled_back",
     .items = 2},
    {.name = "page by page, each from the beginning: what is deleted is no cursor",
     .state = THREAD_DONE,
     .written = 2,
     .script = "list => i1=u 1;+ | list i1 => i2=a 2 | sync | list => i1=u 1;+ | delete i1 => yes "
               "| list => i2=a 2 | delete i2 => yes | " END,
     .records = "rolling_back rolled_back",
     .items = 2},
    {.name = "the delete of an item names its conversation",
     .state = THREAD_DONE,
     .written = 2,
     .script = BEGIN " | list => " TWO " | delete i1 => is conv_1 | delete i2 => is conv_1 | " END,
     .records = "rolling_back rolled_back",
     .items = 2},
    {.name = "a yes to another question",
     .state = THREAD_DONE,
     .script = "list => . | sync | list => . | delete conv_1 => is conv_2 | " KEPT,
     .records = "rolling_back"},
    {.name = "somebody else deletes too: what is gone is gone",
     .state = THREAD_DONE,
     .written = 2,
     .script = BEGIN " | list => " TWO " | delete i1 => no 404 | delete i2 => no 410 | list => . | "
                     "delete conv_1 => no 404 | look => no 404 | sync | done",
     .records = "rolling_back rolled_back",
     .items = 2},
    {.name = "the conversation is gone before its items are listed for deleting",
     .state = THREAD_DONE,
     .written = 2,
     .script = BEGIN " | list => no 404 | sync | done",
     .records = "rolling_back rolled_back"},
};

/* A live source is asked: what it no longer has may be nowhere else. */
static const struct story ASKED[] = {
    {.name = "the thread is there",
     .state = THREAD_DONE,
     .asks = true,
     .script = "list => . | thread => is thread_1 | sync | " END,
     .records = "rolling_back rolled_back"},
    {.name = "the thread is gone",
     .state = THREAD_DONE,
     .asks = true,
     .script = "list => . | thread => no 404 | " ONLY_COPY,
     .records = ""},
    {.name = "the thread is gone, and a dry run says so",
     .state = THREAD_DONE,
     .asks = true,
     .rehearses = true,
     .script = "list => . | thread => no thread | " ONLY_COPY,
     .records = ""},
    {.name = "deleted all the same",
     .state = THREAD_DONE,
     .asks = true,
     .force = true,
     .script = "list => . | sync | " END,
     .records = "rolling_back rolled_back"},
    {.name = "another thread",
     .state = THREAD_DONE,
     .asks = true,
     .script = "list => . | thread => is thread_2 | fail bad_source: cannot read the thread: the "
               "reply is another object",
     .records = ""},
    {.name = "nobody may ask",
     .state = THREAD_DONE,
     .asks = true,
     .script = "list => . | thread => no 403 | fail forbidden: cannot read the thread: HTTP 403",
     .records = ""},
    {.name = "what was begun goes on without asking",
     .state = THREAD_ROLLING_BACK,
     .written = 2,
     .asks = true,
     .script = "tip => . | " END,
     .records = "rolled_back"},
};

/* What somebody has changed stays, and so does what nobody can look at. */
static const struct story CHECKED[] = {
    {.name = "an item has another text",
     .state = THREAD_DONE,
     .written = 2,
     .script = "list => i1=u 1;i2=a other | " CHANGED,
     .records = ""},
    {.name = "an item more",
     .state = THREAD_DONE,
     .written = 2,
     .script = "list => " TWO ";i3=u 3 | " CHANGED,
     .records = ""},
    {.name = "an item less",
     .state = THREAD_DONE,
     .written = 2,
     .script = "list => i1=u 1 | " CHANGED,
     .records = ""},
    {.name = "an unfinished thread whose next item had arrived",
     .state = THREAD_PARTIAL,
     .written = 2,
     .script = "sleep until 25 | list => " TWO ";i3=u 3 | " UNFINISHED,
     .records = ""},
    {.name = "the last item is not the one that was written",
     .state = THREAD_DONE,
     .written = 2,
     .script = "list => i1=u 1;i9=a 2 | " CHANGED,
     .records = ""},
    {.name = "it cannot be listed",
     .state = THREAD_DONE,
     .written = 2,
     .script = "list => no 400 | fail server_error: cannot list the conversation: HTTP 400",
     .records = ""},
    {.name = "no permission to look",
     .state = THREAD_DONE,
     .written = 2,
     .script = "list => no 403 | fail forbidden: cannot list the conversation: HTTP 403",
     .records = ""},
    {.name = "changed, and deleted all the same",
     .state = THREAD_DONE,
     .written = 2,
     .force = true,
     .script = "list => i1=u 1;i3=u 3;i2=a 2 | sync | list => i1=u 1;i3=u 3;i2=a 2;i4=u 4 | delete "
               "i1 => yes | delete i3 => yes | delete i2 => yes | delete i4 => yes | " END,
     .records = "rolling_back rolled_back",
     .items = 4},
    {.name = "what cannot be listed stays all the same",
     .state = THREAD_DONE,
     .written = 2,
     .force = true,
     .script = "list => no 400 | fail server_error: cannot list the conversation: HTTP 400",
     .records = ""},
};

/* Missing, though no rollback has touched it: the key may be another project's. */
static const struct story MISSING[] = {
    {.name = "missing",
     .state = THREAD_DONE,
     .written = 2,
     .script = "list => no 404 | " GONE,
     .records = ""},
    {.name = "forgotten by hand",
     .state = THREAD_DONE,
     .written = 2,
     .force = true,
     .script = "list => no 404 | sync | done",
     .records = "rolled_back"},
};

/* A dry run ends as the run would, and asks for nothing but the list. */
static const struct story REHEARSED[] = {
    {.name = "unchanged",
     .state = THREAD_DONE,
     .written = 2,
     .rehearses = true,
     .script = BEGIN_CHECK " | done",
     .records = "",
     .items = 2},
    {.name = "changed",
     .state = THREAD_DONE,
     .written = 2,
     .rehearses = true,
     .script = "list => i1=u 1;i2=a other | " CHANGED,
     .records = ""},
    {.name = "changed, by force",
     .state = THREAD_DONE,
     .written = 2,
     .rehearses = true,
     .force = true,
     .script = "list => i1=u 1 | done",
     .records = "",
     .items = 1},
    {.name = "missing",
     .state = THREAD_DONE,
     .written = 2,
     .rehearses = true,
     .script = "list => no 404 | " GONE,
     .records = ""},
    {.name = "interrupted",
     .state = THREAD_ROLLING_BACK,
     .written = 2,
     .rehearses = true,
     .script = "list => i2=a 2 | done",
     .records = "",
     .items = 1},
};

/* A rollback that a dead process began: its last item goes last, so it tells. */
static const struct story RESUMED[] = {
    {.name = "the last item is there",
     .state = THREAD_ROLLING_BACK,
     .written = 2,
     .script = "tip => i2=a 2 | list => i2=a 2 | delete i2 => yes | " END,
     .records = "rolled_back",
     .items = 1},
    {.name = "no items are left",
     .state = THREAD_ROLLING_BACK,
     .written = 2,
     .script = "tip => . | " END,
     .records = "rolled_back"},
    {.name = "the conversation is gone",
     .state = THREAD_ROLLING_BACK,
     .written = 2,
     .script = "tip => no 404 | sync | done",
     .records = "rolled_back"},
    {.name = "somebody has added an item",
     .state = THREAD_ROLLING_BACK,
     .written = 2,
     .script = "tip => i9=u 9 | " ADDED,
     .records = ""},
    {.name = "somebody has added an item, and it is deleted all the same",
     .state = THREAD_ROLLING_BACK,
     .written = 2,
     .force = true,
     .script = "tip => i9=u 9 | list => i2=a 2;i9=u 9 | delete i2 => yes | delete i9 => yes | " END,
     .records = "rolled_back",
     .items = 2},
    {.name = "nobody knows which item was the last",
     .state = THREAD_ROLLING_BACK,
     .written = 2,
     .no_last = true,
     .script = "tip => i9=u 9 | list => i9=u 9 | delete i9 => yes | " END,
     .records = "rolled_back",
     .items = 1},
    {.name = "no permission to look",
     .state = THREAD_ROLLING_BACK,
     .written = 2,
     .script = "tip => no 403 | fail forbidden: cannot list the conversation: HTTP 403",
     .records = ""},
    {.name = "an item without an id could be anybody's",
     .state = THREAD_ROLLING_BACK,
     .written = 2,
     .script = "tip => =u 9 | fail server_error: cannot read a listed item: it has no usable id",
     .records = ""},
};

/* On record that it began, and not that it has ended. */
static const struct story INTERRUPTED[] = {
    {.name = "an item may not be deleted",
     .state = THREAD_DONE,
     .written = 2,
     .script = BEGIN " | list => " TWO " | delete i1 => yes | delete i2 => no 403 | fail "
                     "forbidden: the destination refuses to delete it: HTTP 403",
     .records = "rolling_back",
     .items = 1},
    {.name = "the conversation may not be deleted",
     .state = THREAD_DONE,
     .script = "list => . | sync | list => . | delete conv_1 => no 400 | fail refused: the "
               "destination refuses to delete it: HTTP 400",
     .records = "rolling_back"},
    {.name = "a yes that keeps an item",
     .state = THREAD_DONE,
     .written = 2,
     .script = BEGIN " | list => " TWO " | delete i1 => kept | " KEPT,
     .records = "rolling_back"},
    {.name = "a yes that keeps the conversation",
     .state = THREAD_DONE,
     .script = "list => . | sync | list => . | delete conv_1 => kept | " KEPT,
     .records = "rolling_back"},
    {.name = "a yes that says nothing, and the conversation is there",
     .state = THREAD_DONE,
     .script = "list => . | sync | list => . | delete conv_1 => empty | look => is conv_1 | " KEPT,
     .records = "rolling_back"},
    {.name = "a yes that says nothing, and nobody may look",
     .state = THREAD_DONE,
     .script = "list => . | sync | list => . | delete conv_1 => empty | look => no 403 | " KEPT,
     .records = "rolling_back"},
    {.name = "not there, and it is shown all the same",
     .state = THREAD_DONE,
     .script = "list => . | sync | list => . | delete conv_1 => no 404 | look => is conv_1 | fail "
               "refused: the destination refuses to delete it: HTTP 404",
     .records = "rolling_back"},
    {.name = "a yes with an error",
     .state = THREAD_DONE,
     .script = "list => . | sync | list => . | delete conv_1 => wrong | " KEPT,
     .records = "rolling_back"},
    {.name = "somebody adds to it while it goes",
     .state = THREAD_DONE,
     .written = 2,
     .script =
         BEGIN " | list => " TWO " | delete i1 => yes | delete i2 => yes | list => i9=u 9 | " ADDED,
     .records = "rolling_back",
     .items = 2},
    {.name = "what follows the last item in its page was added too",
     .state = THREAD_DONE,
     .written = 2,
     .script = BEGIN " | list => " TWO ";i9=u 9 | delete i1 => yes | delete i2 => yes | " ADDED,
     .records = "rolling_back",
     .items = 2},
    {.name = "a server that lists what it has deleted",
     .state = THREAD_DONE,
     .written = 2,
     .script = BEGIN " | list => i1=u 1;+ | delete i1 => yes | list => i1=u 1;+ | delete i1 => yes "
                     "| list => i1=u 1;+ | delete i1 => yes | list => i1=u 1;+ | fail "
                     "server_error: the server still lists items that it called deleted",
     .records = "rolling_back",
     .items = 3},
    {.name = "the items cannot be listed any more",
     .state = THREAD_DONE,
     .written = 2,
     .script = BEGIN " | list => no 403 | fail forbidden: cannot list the conversation: HTTP 403",
     .records = "rolling_back"},
};

static void play_all(const struct story *stories, size_t count)
{
    for (size_t i = 0; i < count; i++)
        play(&stories[i]);
}

static void test_unchanged(void **state)
{
    (void)state;
    play_all(UNCHANGED, sizeof UNCHANGED / sizeof UNCHANGED[0]);
}

static void test_asked(void **state)
{
    (void)state;
    play_all(ASKED, sizeof ASKED / sizeof ASKED[0]);
}

static void test_checked(void **state)
{
    (void)state;
    play_all(CHECKED, sizeof CHECKED / sizeof CHECKED[0]);
}

static void test_missing(void **state)
{
    (void)state;
    play_all(MISSING, sizeof MISSING / sizeof MISSING[0]);
}

/* Of another project's key: the first twenty are missing, and nothing is recorded of any. */
static void test_all_are_missing(void **state)
{
    const struct thread_facts facts = play_facts(THREAD_ROLLING_BACK, MESSAGES, 2);
    struct checkpoint *checkpoint = play_checkpoint(&facts);
    const size_t offset = fake_fsio_content().len;
    struct census census;
    const struct eraser_options options = {.checkpoint = checkpoint, .census = &census};
    struct talk talk;
    const struct sink_play with = {.name = "missing", .talk = &talk, .checkpoint = checkpoint};
    struct buf seen;

    (void)state;
    talk_init(&talk, MESSAGES, NULL);
    census_init(&census);
    for (int i = 1; i <= 20; i++) {
        struct sink *sink = eraser_new(&options, span_of("thread_1"), &facts);

        sink_play(&with, sink,
                  i < 20 ? "tip => no 404 | sync | done" : "tip => no 404 | " ANOTHER_KEY);
        sink->ops->free(sink);
    }
    buf_init(&seen, BUF_NO_LIMIT);
    play_records(&seen, checkpoint, offset);
    assert_int_equal(seen.len, 0);
    buf_release(&seen);
    census_release(&census);
    talk_release(&talk);
    checkpoint_close(checkpoint);
}

static void test_rehearsed(void **state)
{
    (void)state;
    play_all(REHEARSED, sizeof REHEARSED / sizeof REHEARSED[0]);
}

static void test_resumed(void **state)
{
    (void)state;
    play_all(RESUMED, sizeof RESUMED / sizeof RESUMED[0]);
}

static void test_interrupted(void **state)
{
    (void)state;
    play_all(INTERRUPTED, sizeof INTERRUPTED / sizeof INTERRUPTED[0]);
}

/* Nothing is deleted that is not on record before. */
static void test_a_broken_checkpoint(void **state)
{
    const struct thread_facts facts = play_facts(THREAD_DONE, MESSAGES, 2);
    struct checkpoint *checkpoint = play_checkpoint(&facts);
    struct census census;
    const struct eraser_options options = {.checkpoint = checkpoint, .census = &census};
    struct talk talk;
    const struct sink_play with = {.name = "broken", .talk = &talk, .checkpoint = checkpoint};
    const struct record record = {.kind = RECORD_ROLLING_BACK, .thread = span_of("thread_1")};
    struct sink *sink = eraser_new(&options, span_of("thread_1"), &facts);
    struct error err;
    struct wish wish;

    (void)state;
    census_init(&census);
    talk_init(&talk, MESSAGES, NULL);
    fake_fsio_plan(&(struct fake_fsio_plan){.at = 1, .fault = FAKE_FSIO_FAIL});
    assert_true(checkpoint_add(checkpoint, &record, &err));
    assert_false(checkpoint_sync(checkpoint, &err));
    sink_play(&with, sink, "list => " TWO);
    sink->ops->next(sink, &wish);
    if (wish.kind == WISH_SYNC)
        sink->ops->next(sink, &wish);
    assert_int_equal(wish.kind, WISH_FAIL);
    assert_int_equal(wish.error.code, ERROR_IO);
    sink->ops->free(sink);
    census_release(&census);
    talk_release(&talk);
    checkpoint_close(checkpoint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asked),
        cmocka_unit_test(test_unchanged),
        cmocka_unit_test(test_checked),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_all_are_missing),
        cmocka_unit_test(test_rehearsed),
        cmocka_unit_test(test_resumed),
        cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_a_broken_checkpoint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
