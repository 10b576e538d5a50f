/*
 * The pruner in all its states, as conversations: sink_play.h says how to read
 * them. The source gives two messages.
 */
#include "check/pruner.h"

#include "fakes/fake_fsio.h"
#include "unit/play/paged_source.h"
#include "unit/play/saved_play.h"
#include "unit/play/sink_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TWO "i1=u 1;i2=a 2"
#define COMPARED "list => " TWO " | newest => is m2 | "
#define DELETE COMPARED "sync | delete thread_1 within 10000"
#define SETTLED "sleep until 25 | "
#define UNEQUAL "fail conflict: left alone: its conversation differs; verify shows where"
#define GONE "fail gone: left alone: its conversation is missing; is the key one of its project?"
#define GROWN "fail source_changed: left alone: a message arrived while it was compared"

static const char *const MESSAGES[] = {"u 1", "a 2", NULL};

struct story {
    const char *name;
    const char *script;
    const char *records; /* that were added */
    int64_t answered;    /* other threads that the source has shown */
};

static const struct story STORIES[] = {
    {"equal", DELETE " => yes | sync | done", "pruning pruned", 0},
    {"equal, over two pages",
     "list => i1=u 1;+ | list i1 => i2=a 2 | newest => is m2 | sync | "
     "delete thread_1 within 10000 => yes | sync | done",
     "pruning pruned", 0},
    {"somebody else has deleted the thread", DELETE " => no thread | sync | done", "pruning pruned",
     0},
    {"another text", "list => i1=u 1;i2=a other | " UNEQUAL, "", 0},
    {"another order", "list => i1=a 2;i2=u 1 | " UNEQUAL, "", 0},
    {"the conversation holds less", "list => i1=u 1 | " UNEQUAL, "", 0},
    {"the conversation holds nothing", "list => . | " UNEQUAL, "", 0},
    {"the conversation holds more", "list => " TWO ";i3=u 3 | " UNEQUAL, "", 0},
    {"more on its last page", "list => " TWO ";+ | list i2 => i3=u 3 | " UNEQUAL, "", 0},
    {"there is no conversation", "list => no 404 | " GONE, "", 0},
    {"no permission to look",
     "list => no 403 | fail forbidden: cannot list the conversation: HTTP 403", "", 0},
    {"it cannot be listed",
     "list => no 400 | fail server_error: cannot list the conversation: HTTP 400", "", 0},
    {"a message arrived while it was compared", "list => " TWO " | newest => is m3 | " GROWN, "",
     0},
    {"all messages went while it was compared", "list => " TWO " | newest => . | " GROWN, "", 0},
    {"a server that knows neither order nor limit",
     "list => " TWO
     " | newest => m1=u 1;m2=a 2 | sync | delete thread_1 within 10000 => yes | sync | done",
     "pruning pruned", 0},
    {"the same, and a message came", "list => " TWO " | newest => m1=u 1;m2=a 2;m3=u 3 | " GROWN,
     "", 0},
    {"the newest message cannot be asked for",
     "list => " TWO " | newest => no 403 | fail forbidden: cannot read the newest message: "
     "HTTP 403",
     "", 0},
    /* A refusal had no effect. */
    {"no permission to delete",
     DELETE " => no 403 | sync | fail forbidden: the source refuses to delete it: HTTP 403",
     "pruning not_pruned", 0},
    {"the source refuses",
     DELETE " => no 400 | sync | fail refused: the source refuses to delete it: HTTP 400",
     "pruning not_pruned", 0},
    /* These may have had one. */
    {"a yes that keeps it",
     DELETE " => kept | sync | fail refused: the source does not say that it has deleted it (HTTP "
            "200)",
     "pruning", 0},
    /* Nothing is believed but a word of the thread itself: a look tells. */
    {"a yes that says nothing, and it is gone", DELETE " => empty | thread => no 404 | sync | done",
     "pruning pruned", 0},
    {"a yes that says nothing, and it is there",
     DELETE " => empty | thread => is thread_1 | sync | fail refused: the source does not say that "
            "it has deleted it (HTTP 200)",
     "pruning", 0},
    {"a yes that says nothing, and nobody knows",
     DELETE " => empty | thread => no 403 | sync | fail refused: the source does not say that it "
            "has deleted it (HTTP 200)",
     "pruning", 0},
    {"a conflict",
     DELETE " => no 409 | sync | fail refused: the source refuses to delete it: HTTP "
            "409",
     "pruning", 0},
    {"not there, in words that may mean the API",
     DELETE " => no 404 | thread => no 404 | sync | fail refused: the source refuses to delete it: "
            "HTTP 404",
     "pruning", 0},
    {"not there, and the API is", DELETE " => no 404 | thread => no 404 | sync | done",
     "pruning pruned", 1},
    {"not there, in the words of the API when it is asked for",
     DELETE " => no 404 | thread => no thread | sync | done", "pruning pruned", 0},
    {"no such route: the thread is still shown",
     DELETE " => no 404 | thread => is thread_1 | sync | fail refused: the source refuses to "
            "delete it: HTTP 404",
     "pruning", 1},
    {"a yes to another question",
     DELETE " => is thread_2 | sync | fail refused: the source does not say that it has deleted it "
            "(HTTP 200)",
     "pruning", 0},
};

/* `pruning` is on record: somebody was killed before he heard of it. */
static const struct story ASKED[] = {
    {"it is there", SETTLED "thread => is thread_1 | " DELETE " => yes | sync | done",
     "not_pruned pruning pruned", 0},
    {"it is gone, in the words of the API", SETTLED "thread => no thread | sync | done", "pruned",
     0},
    {"it is gone, as nobody else is", SETTLED "thread => no 404 | sync | done", "pruned", 1},
    {"it is gone, as all others may be", SETTLED "thread => no 404 | done", "", 0},
    {"an answer to another question",
     SETTLED
     "thread => is thread_2 | fail bad_source: cannot read the thread: the reply is another object",
     "", 0},
    {"an error with status 200",
     SETTLED
     "thread => wrong | fail bad_source: cannot read the thread: the reply is another object",
     "", 0},
    {"no permission to ask",
     SETTLED "thread => no 403 | fail forbidden: cannot read the thread: HTTP 403", "", 0},
    {"it is there and has grown",
     SETTLED "thread => is thread_1 | list => " TWO " | newest => is m3 | " GROWN, "not_pruned", 0},
    {"it is there and its conversation differs",
     SETTLED "thread => is thread_1 | list => i1=u 1 | " UNEQUAL, "not_pruned", 0},
    {"it is there, and may not be deleted",
     SETTLED "thread => is thread_1 | " DELETE
             " => no 403 | sync | fail forbidden: the source refuses to delete it: HTTP 403",
     "not_pruned pruning not_pruned", 0},
};

/* The thread as its reader has seen it: two messages, and what is lost of them. */
static struct reader *read_thread(struct paged_source *source, const char *second)
{
    static const struct policy POLICY = {.provenance = 0};
    static struct source_page page = {.kind = FETCH_MESSAGES};
    const struct reader_options options = {.source = &source->base, .policy = &POLICY};
    struct reader *reader;
    struct wish wish;

    page.objects[0] = "{\"id\":\"m1\",\"role\":\"user\",\"content\":\"1\"}";
    page.objects[1] = second;
    paged_source_init(source, &page, 1);
    reader = reader_new(&options, span_of("thread_1"));
    for (reader_next(reader, &wish); wish.kind == WISH_READY; reader_next(reader, &wish)) {
        while (reader_take(reader))
            continue;
    }
    assert_int_equal(wish.kind, WISH_DONE);
    return reader;
}

static const char PLAIN[] = "{\"id\":\"m2\",\"role\":\"assistant\",\"content\":\"2\"}";
static const char LOSSY[] =
    "{\"id\":\"m2\",\"role\":\"assistant\",\"content\":\"2\",\"attachments\":[{\"file_id\":"
    "\"file-1\",\"tools\":[]}],\"metadata\":{\"a\":\"b\"}}";

/* What a story is told with, besides its script. */
struct scene {
    enum thread_state state;
    const char *second; /* the thread's second message */
    struct pruner_setup *setup;
};

static void play(const struct story *story, const struct scene *scene)
{
    const struct thread_facts facts = play_facts(scene->state, MESSAGES, 2);
    struct checkpoint *checkpoint = play_checkpoint(&facts);
    const size_t offset = fake_fsio_content().len;
    struct paged_source source;
    struct reader *reader = read_thread(&source, scene->second);
    struct talk talk;
    const struct sink_play with = {.name = story->name, .talk = &talk, .checkpoint = checkpoint};
    struct sink *sink;
    struct buf seen;

    scene->setup->checkpoint = checkpoint;
    scene->setup->answered = story->answered;
    sink = pruner_new(scene->setup, span_of("thread_1"), &facts);
    sink->reader = reader;
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
    reader_free(reader);
    paged_source_release(&source);
    talk_release(&talk);
    checkpoint_close(checkpoint);
}

static void setup_init(struct pruner_setup *setup)
{
    pruner_setup_init(setup);
    setup->started_ms = 5;
    setup->settle_ms = 20;
}

static void play_alone(const struct story *story, struct scene scene)
{
    struct pruner_setup setup;

    setup_init(&setup);
    scene.setup = &setup;
    play(story, &scene);
    pruner_setup_release(&setup);
}

static void test_stories(void **state)
{
    const struct scene scene = {.state = THREAD_DONE, .second = PLAIN};

    (void)state;
    for (size_t i = 0; i < sizeof STORIES / sizeof STORIES[0]; i++)
        play_alone(&STORIES[i], scene);
}

static void test_what_was_begun_is_asked_for(void **state)
{
    const struct scene scene = {.state = THREAD_PRUNING, .second = PLAIN};

    (void)state;
    for (size_t i = 0; i < sizeof ASKED / sizeof ASKED[0]; i++)
        play_alone(&ASKED[i], scene);
}

/* What the source says of the last thread counts where it has shown another one meanwhile. */
static void test_held_back(void **state)
{
    static const struct story STORY = {"held", SETTLED "thread => no 404 | done", "", 0};
    const struct scene template = {.state = THREAD_PRUNING, .second = PLAIN};

    (void)state;
    for (int64_t answered = 0; answered < 2; answered++) {
        const struct thread_facts facts = play_facts(THREAD_PRUNING, MESSAGES, 2);
        struct pruner_setup setup;
        struct scene scene = template;
        struct thread_facts after;
        struct error err = {0};
        int64_t failed;

        setup_init(&setup);
        scene.setup = &setup;
        play(&STORY, &scene);
        assert_true(pruner_is_held(&setup, span_of("thread_1")));
        assert_false(pruner_is_held(&setup, span_of("thread_2")));
        setup.checkpoint = play_checkpoint(&facts);
        setup.answered = answered;
        assert_true(pruner_settle(&setup, &failed, &err));
        assert_int_equal(failed, 1 - answered);
        assert_true(checkpoint_facts(setup.checkpoint, span_of("thread_1"), &after, &err));
        assert_int_equal(after.state, answered ? THREAD_PRUNED : THREAD_PRUNING);
        checkpoint_close(setup.checkpoint);
        pruner_setup_release(&setup);
    }
}

/* A rehearsal does all of it but the last step. */
static void test_rehearsal(void **state)
{
    static const struct story EQUAL = {"equal", COMPARED "done", "", 0};
    static const struct story BEGUN = {"begun", "thread => is thread_1 | " COMPARED "done", "", 0};
    struct pruner_setup setup;
    struct scene scene = {.state = THREAD_DONE, .second = PLAIN, .setup = &setup};

    (void)state;
    pruner_setup_init(&setup);
    setup.rehearses = true;
    play(&EQUAL, &scene);
    scene.state = THREAD_PRUNING;
    play(&BEGUN, &scene);
    pruner_setup_release(&setup);
}

static const struct source_page HELD = {
    .kind = FETCH_MESSAGES, .objects = {"{\"id\":\"m1\"}", "{\"id\":\"m2\",\"attachments\":[1]}"}};
static const struct source_page SHORT = {.kind = FETCH_MESSAGES, .objects = {"{\"id\":\"m1\"}"}};
static const struct source_page OTHER = {
    .kind = FETCH_MESSAGES, .objects = {"{\"id\":\"m1\"}", "{\"id\":\"m2\",\"attachments\":[2]}"}};
static const struct source_page NAMES = {
    .kind = FETCH_MESSAGES,
    .objects = {"{\"id\":\"m1\"}", "{\"id\":\"m2\",\"attachments\":[{\"file_id\":\"file-1\"}]}"}};
static const struct source_page NO_ID = {
    .kind = FETCH_MESSAGES,
    .objects = {"{\"id\":\"m1\"}", "{\"id\":\"m2\",\"attachments\":[{\"file_id\":\"file/1\"}]}"}};
static const struct source_page RUNS[] = {
    {.kind = FETCH_MESSAGES, .objects = {"{\"id\":\"m1\"}"}},
    {.kind = FETCH_RUNS, .objects = {"{\"id\":\"r1\"}"}},
    {.kind = FETCH_STEPS, .run = "r1", .objects = {"{\"id\":\"s1\"}"}},
    {.kind = FETCH_THREAD, .objects = {"{\"id\":\"thread_1\"}"}},
};
static const struct source_page TWO_RUNS[] = {
    {.kind = FETCH_MESSAGES, .objects = {"{\"id\":\"m1\"}"}},
    {.kind = FETCH_RUNS, .objects = {"{\"id\":\"r1\"}", "{\"id\":\"r2\"}"}},
    {.kind = FETCH_STEPS, .run = "r1", .objects = {"{\"id\":\"s1\"}"}},
    {.kind = FETCH_THREAD, .objects = {"{\"id\":\"thread_1\"}"}},
    {.kind = FETCH_STEPS, .run = "r2", .objects = {"{\"id\":\"s2\"}"}},
};
static const struct source_page OPEN = {.kind = FETCH_MESSAGES, .fails = ERROR_TRUNCATED};

#define LACKS                                                                                      \
    "fail refused: left alone: its conversation lacks attachment (1), message_metadata (1); "      \
    "--archive FILE or --with-losses prunes it"
#define NO_FILE                                                                                    \
    "fail refused: left alone: the archive holds it, but not 1 file that it names; 'threadferry "  \
    "export --files all' saves what can be saved, --with-losses prunes it"
#define LOST_FILE                                                                                  \
    "fail refused: left alone: the archive holds it, but not 1 file that it names, which cannot "  \
    "be saved any more; --with-losses prunes it"
#define NOT_HELD                                                                                   \
    "fail refused: left alone: the archive does not hold it as it is now; 'threadferry export "    \
    "--top-up' brings it up to date"

static const struct {
    struct story story;
    bool with_losses;
    const struct source_page *archive;
    const struct source_page *live;
    size_t archive_pages;
    size_t live_pages;
    const char *saved; /* a file of the archive's */
    enum saved_state as;
} LOSSES[] = {
    {{"it stays", "list => " TWO " | " LACKS, "", 0}, false, NULL, NULL, 1, 1, NULL, 0},
    {{"accepted", DELETE " => yes | sync | done", "pruning pruned", 0},
     true,
     NULL,
     NULL,
     1,
     1,
     NULL,
     0},
    {{"archived", DELETE " => yes | sync | done", "pruning pruned", 0},
     false,
     &HELD,
     &HELD,
     1,
     1,
     NULL,
     0},
    {{"the archive has less", "list => " TWO " | " NOT_HELD, "", 0},
     false,
     &SHORT,
     &HELD,
     1,
     1,
     NULL,
     0},
    {{"the archive has more", "list => " TWO " | " NOT_HELD, "", 0},
     false,
     &HELD,
     &SHORT,
     1,
     1,
     NULL,
     0},
    {{"the archive has another", "list => " TWO " | " NOT_HELD, "", 0},
     false,
     &OTHER,
     &HELD,
     1,
     1,
     NULL,
     0},
    {{"with runs and steps", DELETE " => yes | sync | done", "pruning pruned", 0},
     false,
     RUNS,
     RUNS,
     4,
     4,
     NULL,
     0},
    {{"the archive has no steps", "list => " TWO " | " NOT_HELD, "", 0},
     false,
     RUNS,
     RUNS,
     2,
     3,
     NULL,
     0},
    {{"the archive has no steps of the second run", "list => " TWO " | " NOT_HELD, "", 0},
     false,
     TWO_RUNS,
     TWO_RUNS,
     4,
     5,
     NULL,
     0},
    {{"the archive has no runs", "list => " TWO " | " NOT_HELD, "", 0},
     false,
     RUNS,
     RUNS,
     1,
     2,
     NULL,
     0},
    {{"the archive has no thread object", "list => " TWO " | " NOT_HELD, "", 0},
     false,
     RUNS,
     RUNS,
     3,
     4,
     NULL,
     0},
    {{"a file is saved", DELETE " => yes | sync | done", "pruning pruned", 0},
     false,
     &NAMES,
     &NAMES,
     1,
     1,
     "file-1",
     0},
    {{"a file is not saved", "list => " TWO " | " NO_FILE, "", 0},
     false,
     &NAMES,
     &NAMES,
     1,
     1,
     "file-2",
     0},
    {{"a file is gone", "list => " TWO " | " LOST_FILE, "", 0},
     false,
     &NAMES,
     &NAMES,
     1,
     1,
     "file-1",
     SAVED_NOT_FOUND},
    {{"a file is not downloadable", DELETE " => yes | sync | done", "pruning pruned", 0},
     false,
     &NAMES,
     &NAMES,
     1,
     1,
     "file-1",
     SAVED_NOT_DOWNLOADABLE},
    {{"an id that none can save", "list => " TWO " | " LOST_FILE, "", 0},
     false,
     &NO_ID,
     &NO_ID,
     1,
     1,
     "file-2",
     0},
    {{"the archive is not closed",
      "list => " TWO " | fail refused: left alone: the archive cannot prove it: as the test has it",
      "", 0},
     false,
     &OPEN,
     &HELD,
     1,
     1,
     NULL,
     0},
};

/* A folder with that file, or with none. */
static struct saved_files save(struct saved_play *play, const char *id, enum saved_state as)
{
    struct saved_file file;

    saved_play_init(play);
    manifest_init(&play->folder.manifest);
    if (!id)
        return play->files;
    file = saved_play_add(play, span_of("picture"));
    file.state = as;
    manifest_note(&play->folder.manifest, span_of(id), &file);
    return play->files;
}

/* What the conversation lacks is deleted for good only where something else holds it, or nobody
 * wants it. */
static void test_losses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof LOSSES / sizeof LOSSES[0]; i++) {
        struct paged_source archive;
        struct paged_source live;
        struct pruner_setup setup;
        const struct scene scene = {.state = THREAD_DONE, .second = LOSSY, .setup = &setup};
        struct saved_play saved;

        pruner_setup_init(&setup);
        setup.saved = save(&saved, LOSSES[i].saved, LOSSES[i].as);
        setup.with_losses = LOSSES[i].with_losses;
        paged_source_init(&archive, LOSSES[i].archive, LOSSES[i].archive_pages);
        paged_source_init(&live, LOSSES[i].live, LOSSES[i].live_pages);
        setup.archive = LOSSES[i].archive ? &archive.base : NULL;
        setup.live = &live.base;
        play(&LOSSES[i].story, &scene);
        assert_int_equal(archive.open + live.open, 0);
        paged_source_release(&archive);
        paged_source_release(&live);
        setup.saved = (struct saved_files){.count = 0};
        pruner_setup_release(&setup);
        manifest_release(&saved.folder.manifest);
        saved_play_release(&saved);
    }
}

/* What matches by type and place alone is no proof that it is there. */
static void test_unproven(void **state)
{
    static const char *const SENT[] = {"u 1", "i file-1", NULL};
    static const char *const STORED[] = {"u 1", "I x", NULL};
    const struct thread_facts facts = play_facts(THREAD_DONE, SENT, 2);
    struct pruner_setup setup;
    struct sink *sink;
    struct talk talk;

    (void)state;
    pruner_setup_init(&setup);
    setup.with_losses = true;
    sink = pruner_new(&setup, span_of("thread_1"), &facts);
    talk_init(&talk, SENT, STORED);
    talk_run(&talk, sink);
    assert_int_equal(sink->outcome.kind, OUTCOME_FAILED);
    assert_int_equal(sink->outcome.error.code, ERROR_REFUSED);
    assert_non_null(strstr(sink->outcome.error.text, "nothing proves"));
    sink->ops->free(sink);
    talk_release(&talk);
    pruner_setup_release(&setup);
}

/* What cannot be read to its end is not equal to anything. */
static void test_reader_fails(void **state)
{
    static const char *const STORED[] = {"u 1", "a 2", NULL};
    const struct thread_facts facts = play_facts(THREAD_DONE, MESSAGES, 2);
    struct checkpoint *checkpoint = play_checkpoint(&facts);
    const size_t offset = fake_fsio_content().len;
    struct pruner_setup setup;
    struct sink *sink;
    struct talk talk;
    struct buf seen;

    (void)state;
    pruner_setup_init(&setup);
    setup.checkpoint = checkpoint;
    sink = pruner_new(&setup, span_of("thread_1"), &facts);
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
    pruner_setup_release(&setup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stories),   cmocka_unit_test(test_what_was_begun_is_asked_for),
        cmocka_unit_test(test_held_back), cmocka_unit_test(test_rehearsal),
        cmocka_unit_test(test_losses),    cmocka_unit_test(test_reader_fails),
        cmocka_unit_test(test_unproven),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
