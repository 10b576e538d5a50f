/*
 * A live thread being read: which requests a reader makes under each policy,
 * and what becomes of their answers. A conversation is a list of requests
 * (below /threads/t1) with the answers that they get; the last one may be
 * followed by an error. Bodies that are numbers are refusals with that status.
 * The first two are sent together, and answered in either order.
 */
#include "source/source_live.h"

#include "base/buf.h"
#include "export/exporter.h"
#include "json/json.h"
#include "source/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TOO_LARGE ""
#define THREAD "{\"id\":\"t1\",\"created_at\":5,\"metadata\":{\"a\":\"b\"}}"
#define NO_OBJECTS "{\"data\":[],\"has_more\":false}"
#define MESSAGE(id, role, text)                                                                    \
    "{\"id\":\"" id "\",\"created_at\":7,\"role\":\"" role "\",\"run_id\":\"r1\","                 \
    "\"content\":[{\"type\":\"text\",\"text\":{\"value\":\"" text "\",\"annotations\":[]}}]}"
#define PAGE(objects, more) "{\"data\":[" objects "],\"has_more\":" more "}"
#define RUN(status) "{\"id\":\"r1\",\"created_at\":6,\"status\":\"" status "\"}"
#define CALL                                                                                       \
    "{\"id\":\"s1\",\"type\":\"tool_calls\",\"step_details\":{\"type\":\"tool_calls\","            \
    "\"tool_calls\":[{\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"f\","       \
    "\"arguments\":\"{}\",\"output\":\"out\"}}]}}"
#define MADE                                                                                       \
    "{\"id\":\"s2\",\"type\":\"message_creation\",\"step_details\":{\"type\":"                     \
    "\"message_creation\",\"message_creation\":{\"message_id\":\"m2\"}}}"
#define NEWEST "/runs?limit=1&order=desc"
#define RUNS "/runs?limit=2&order=asc"
#define MESSAGES "/messages?limit=2&order=asc"
#define STEPS                                                                                      \
    "/runs/r1/steps?include[]=step_details.tool_calls[*].file_search.results[*].content&limit=2"   \
    "&order=asc"

enum { TURNS = 9 };

struct turn {
    const char *path;
    const char *body;
};

struct conversation {
    const char *name;
    enum tool_calls tools;
    bool snapshot;
    bool runs_may_be_missing;
    struct turn turns[TURNS];
    const char *expected; /* the items, or the error */
};

static const struct conversation CONVERSATIONS[] = {
    {.name = "plain",
     .turns = {{"", THREAD},
               {NEWEST, NO_OBJECTS},
               {MESSAGES,
                PAGE(MESSAGE("m1", "user", "one") "," MESSAGE("m2", "assistant", "two"), "true")},
               {MESSAGES "&after=m2", PAGE(MESSAGE("m3", "user", "three"), "false")}},
     .expected = "user:one assistant:two user:three"},
    {.name = "a run is active",
     .turns = {{"", THREAD}, {NEWEST, PAGE(RUN("in_progress"), "true")}},
     .expected = "active_run: a run is active"},
    {.name = "a run is active in a page that was asked for otherwise",
     .turns = {{"", THREAD},
               {NEWEST,
                PAGE(RUN("completed") "," RUN("in_progress") "," RUN("completed"), "false")}},
     .expected = "active_run: a run is active"},
    {.name = "a run is active, and a snapshot is wanted",
     .snapshot = true,
     .turns = {{"", THREAD},
               {NEWEST, PAGE(RUN("requires_action"), "true")},
               {MESSAGES, PAGE(MESSAGE("m1", "user", "one"), "false")}},
     .expected = "user:one (active_run)"},
    {.name = "tool calls",
     .tools = TOOLS_FUNCTIONS,
     .turns = {{"", THREAD},
               {RUNS, PAGE(RUN("completed"), "false")},
               {MESSAGES, PAGE(MESSAGE("m2", "assistant", "two"), "false")},
               {STEPS, PAGE(CALL, "true")},
               {STEPS "&after=s1", PAGE(MADE, "false")}},
     .expected = "call:f output:out assistant:two"},
    {.name = "tool calls of a run without messages",
     .tools = TOOLS_FUNCTIONS,
     .turns = {{"", THREAD},
               {RUNS, PAGE(RUN("completed"), "false")},
               {MESSAGES, NO_OBJECTS},
               {STEPS, PAGE(CALL, "false")}},
     .expected = "call:f output:out"},
    {.name = "tool calls, and a run that began behind the list of runs",
     .tools = TOOLS_FUNCTIONS,
     .turns = {{"", THREAD},
               {RUNS, NO_OBJECTS},
               {MESSAGES, PAGE(MESSAGE("m2", "assistant", "two"), "false")}},
     .expected = "active_run: a message names a run that began while the thread was read"},
    {.name = "such a run, and a snapshot is wanted",
     .tools = TOOLS_FUNCTIONS,
     .snapshot = true,
     .turns = {{"", THREAD},
               {RUNS, NO_OBJECTS},
               {MESSAGES, PAGE(MESSAGE("m1", "assistant", "one"), "true")},
               {MESSAGES "&after=m1", PAGE(MESSAGE("m2", "assistant", "two"), "false")}},
     .expected = "assistant:one assistant:two (active_run)"},
    {.name = "such a run of a server that has others",
     .tools = TOOLS_FUNCTIONS,
     .runs_may_be_missing = true,
     .turns = {{"", THREAD},
               {RUNS, PAGE("{\"id\":\"r0\",\"created_at\":6,\"status\":\"completed\"}", "false")},
               {MESSAGES, PAGE(MESSAGE("m2", "assistant", "two"), "false")}},
     .expected = "active_run: a message names a run that began while the thread was read"},
    {.name = "no run, in Astra's words",
     .tools = TOOLS_FUNCTIONS,
     .turns = {{"", THREAD},
               {RUNS, NO_OBJECTS},
               {MESSAGES, PAGE("{\"id\":\"m1\",\"role\":\"user\",\"content\":\"one\","
                               "\"run_id\":\"none\"}",
                               "false")}},
     .expected = "user:one"},
    {.name = "runs that are not asked for",
     .turns = {{"", THREAD},
               {NEWEST, NO_OBJECTS},
               {MESSAGES, PAGE(MESSAGE("m2", "assistant", "two"), "false")}},
     .expected = "assistant:two"},
    {.name = "a server without runs",
     .runs_may_be_missing = true,
     .turns = {{"", THREAD},
               {NEWEST, "404"},
               {MESSAGES, PAGE(MESSAGE("m1", "user", "one"), "false")}},
     .expected = "user:one"},
    {.name = "a server without runs, asked for all of them",
     .tools = TOOLS_FUNCTIONS,
     .runs_may_be_missing = true,
     .turns = {{"", THREAD},
               {RUNS, "404"},
               {MESSAGES, PAGE(MESSAGE("m1", "user", "one"), "false")}},
     .expected = "user:one"},
    {.name = "a second page of runs is no list without runs",
     .tools = TOOLS_FUNCTIONS,
     .runs_may_be_missing = true,
     .turns = {{"", THREAD}, {RUNS, PAGE(RUN("completed"), "true")}, {RUNS "&after=r1", "404"}},
     .expected = "source_missing: cannot read runs: HTTP 404"},
    {.name = "a server that should have runs",
     .turns = {{"", THREAD}, {NEWEST, "404"}},
     .expected = "source_missing: cannot read the newest run: HTTP 404"},
    {.name = "no such thread",
     .turns = {{"", "404"}, {NEWEST, "404"}},
     .expected = "source_missing: cannot read the thread: HTTP 404"},
    {.name = "no such thread, and no sense in the list beside it",
     .tools = TOOLS_FUNCTIONS,
     .turns = {{"", "404"}, {RUNS, "{}"}},
     .expected = "source_missing: cannot read the thread: HTTP 404"},
    {.name = "runs that are too large to be read beside the thread",
     .tools = TOOLS_FUNCTIONS,
     .turns = {{"", THREAD},
               {RUNS, TOO_LARGE},
               {"/runs?limit=1&order=asc", NO_OBJECTS},
               {MESSAGES, PAGE(MESSAGE("m1", "user", "one"), "false")}},
     .expected = "active_run: a message names a run that began while the thread was read"},
    {.name = "deleted while it is read",
     .turns = {{"", THREAD}, {NEWEST, NO_OBJECTS}, {MESSAGES, "404"}},
     .expected = "source_missing: cannot read messages: HTTP 404"},
    {.name = "messages that name their thread, and none",
     .turns =
         {{"", THREAD},
          {NEWEST, NO_OBJECTS},
          {MESSAGES,
           PAGE("{\"id\":\"m1\",\"role\":\"user\",\"content\":[],\"thread_id\":\"t1\"}", "true")},
          {MESSAGES "&after=m1",
           PAGE("{\"id\":\"m2\",\"role\":\"user\",\"content\":[],\"thread_id\":null}", "false")}},
     .expected = ""},
    {.name = "a message of another thread",
     .turns = {{"", THREAD},
               {NEWEST, NO_OBJECTS},
               {MESSAGES, PAGE(MESSAGE("m1", "user", "one"), "true")},
               {MESSAGES "&after=m1", PAGE("{\"id\":\"m2\",\"thread_id\":\"t2\"}", "false")}},
     .expected = "bad_source: the server's list of messages is faulty: message 'm2' names another "
                 "thread"},
    {.name = "another thread's object",
     .turns = {{"", "{\"id\":\"t2\",\"metadata\":{\"customer\":\"another\"}}"},
               {NEWEST, NO_OBJECTS}},
     .expected = "bad_source: the server's reply is not the thread: it is 't2'"},
    {.name = "a thread without an id",
     .turns = {{"", "{\"object\":\"thread\",\"metadata\":{\"a\":\"b\"}}"},
               {NEWEST, PAGE(RUN("in_progress"), "false")}},
     .expected = "bad_source: the server's reply is not the thread: it has no id"},
    {.name = "an id that is no text",
     .turns = {{"", "{\"id\":{\"t1\":1}}"}, {NEWEST, NO_OBJECTS}},
     .expected = "bad_source: the server's reply is not the thread: it has no id"},
    {.name = "an error in the place of the thread",
     .turns = {{"", "200"}, {NEWEST, NO_OBJECTS}},
     .expected = "bad_source: cannot read the thread: HTTP 200 with an error in its place"},
    {.name = "an error in the place of messages",
     .turns = {{"", THREAD}, {NEWEST, NO_OBJECTS}, {MESSAGES, "200"}},
     .expected = "bad_source: cannot read messages: HTTP 200 with an error in its place"},
    {.name = "a run of another thread, which is active",
     .turns = {{"", THREAD},
               {NEWEST, PAGE(RUN("completed") ",{\"id\":\"r2\",\"thread_id\":\"t2\","
                                              "\"status\":\"queued\"}",
                             "false")}},
     .expected = "bad_source: the server's list of runs is faulty: run 'r2' names another thread"},
    {.name = "a run of another thread among all",
     .tools = TOOLS_FUNCTIONS,
     .turns = {{"", THREAD}, {RUNS, PAGE("{\"id\":\"r2\",\"thread_id\":7}", "false")}},
     .expected = "bad_source: the server's list of runs is faulty: run 'r2' names another thread"},
    {.name = "a step of another run",
     .tools = TOOLS_FUNCTIONS,
     .turns = {{"", THREAD},
               {RUNS, PAGE(RUN("completed"), "false")},
               {MESSAGES, PAGE(MESSAGE("m2", "assistant", "two"), "false")},
               {STEPS, PAGE("{\"id\":\"s1\",\"run_id\":\"r1\"}", "true")},
               {STEPS "&after=s1", PAGE("{\"id\":\"s2\",\"run_id\":\"r2\"}", "false")}},
     .expected = "bad_source: the server's list of run steps is faulty: run step 's2' names "
                 "another run"},
    {.name = "a step that names its owners, and one that names nobody",
     .tools = TOOLS_FUNCTIONS,
     .turns = {{"", THREAD},
               {RUNS, PAGE(RUN("completed"), "false")},
               {MESSAGES, NO_OBJECTS},
               {STEPS, PAGE("{\"id\":\"s1\",\"run_id\":\"r1\",\"thread_id\":\"t1\"},"
                            "{\"id\":\"s2\",\"run_id\":\"\",\"thread_id\":\"none\"}",
                            "false")},
               {STEPS "&after=s2", NO_OBJECTS}},
     .expected = ""},
    {.name = "no permission",
     .turns = {{"", "403"}, {NEWEST, "403"}},
     .expected = "forbidden: cannot read the thread: HTTP 403"},
    {.name = "no list of runs",
     .turns = {{"", THREAD}, {NEWEST, "{}"}},
     .expected = "bad_source: the server's list of runs has no data"},
};

static void answer_with(const char *body, struct answer *answer)
{
    struct error err;

    *answer = (struct answer){.kind = ANSWER_YES, .status = 200, .raw = span_of(body)};
    if (strcmp(body, TOO_LARGE) == 0) {
        answer->kind = ANSWER_TOO_LARGE;
        return;
    }
    if (body[0] >= '0' && body[0] <= '9') {
        answer->kind = ANSWER_NO;
        answer->status = strtol(body, NULL, 10);
        return;
    }
    answer->json = json_read(answer->raw, &err);
    assert_non_null(answer->json);
}

static bool is_turn(const struct turn *turn, const struct call *call)
{
    assert_int_equal(call->side, SIDE_SOURCE);
    assert_int_equal(call->method, CALL_GET);
    assert_non_null(turn->path);
    assert_true(strncmp(call->path, "/threads/t1", 11) == 0);
    assert_string_equal(call->path + 11, turn->path);
    return true;
}

/* Answers what is wished, which has to be the next of the turns; returns what follows them. */
static const struct turn *take_turns(const struct turn *turn, const struct wish *wish,
                                     bool beside_first,
                                     void (*feed)(void *ctx, const struct answer *answer),
                                     void *ctx)
{
    const size_t calls = wish->beside.path ? 2 : 1;

    assert_true(is_turn(turn, &wish->call));
    assert_true(calls == 1 || is_turn(turn + 1, &wish->beside));
    for (size_t i = 0; i < calls; i++) {
        const size_t at = beside_first ? calls - 1 - i : i;
        struct answer answer;

        answer_with(turn[at].body, &answer);
        answer.beside = at == 1;
        feed(ctx, &answer);
        json_decref(answer.json);
    }
    return turn + calls;
}

static void tell_item(struct buf *seen, const struct item *item)
{
    struct span what = item->type == ITEM_FUNCTION_CALL ? item->name : item->output;

    buf_add_text(seen, seen->len > 0 ? " " : "");
    if (item->type == ITEM_MESSAGE) {
        what = item->parts[0].text;
        buf_printf(seen, "%s:", item_role_name(item->role));
    } else {
        buf_add_text(seen, item->type == ITEM_FUNCTION_CALL ? "call:" : "output:");
    }
    buf_add_span(seen, what);
}

static void feed_reader(void *ctx, const struct answer *answer)
{
    reader_feed(ctx, answer);
}

static void read_all(const struct conversation *c, struct reader *reader, bool beside_first,
                     struct buf *seen)
{
    const struct turn *turn = c->turns;
    struct wish wish;

    for (reader_next(reader, &wish); wish.kind == WISH_SEND || wish.kind == WISH_READY;
         reader_next(reader, &wish)) {
        struct item *item = reader_take(reader);

        for (; item; item = reader_take(reader))
            tell_item(seen, item);
        if (wish.kind == WISH_READY)
            continue;
        /* The runs beside the thread, and nothing else beside anything. */
        assert_int_equal(wish.beside.path != NULL, turn == c->turns);
        turn = take_turns(turn, &wish, beside_first, feed_reader, reader);
    }
    assert_true(turn == c->turns + TURNS || !turn->path);
    if (reader_losses(reader)->count[LOSS_ACTIVE_RUN] > 0)
        buf_printf(seen, " (%.*sactive_run)",
                   reader_losses(reader)->count[LOSS_ACTIVE_RUN] > 1 ? 5 : 0, "many ");
    if (wish.kind == WISH_FAIL) {
        buf_clear(seen);
        buf_printf(seen, "%s: %s", error_code_name(wish.error.code), wish.error.text);
    }
}

static void test_reading(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * sizeof CONVERSATIONS / sizeof CONVERSATIONS[0]; i++) {
        const struct conversation *c = &CONVERSATIONS[i / 2];
        struct source *source = source_live_open(
            &(struct live_options){.page_size = 2, .runs_may_be_missing = c->runs_may_be_missing});
        const struct policy policy = {.tool_calls = (int)c->tools,
                                      .active_runs = c->snapshot ? ACTIVE_SNAPSHOT : ACTIVE_REFUSE};
        const struct reader_options options = {.source = source, .policy = &policy};
        struct reader *reader = reader_new(&options, span_of("t1"));
        struct buf seen;

        buf_init(&seen, BUF_NO_LIMIT);
        read_all(c, reader, i % 2 == 1, &seen);
        if (strcmp(seen.data, c->expected) != 0)
            print_error("%s\n", c->name);
        assert_string_equal(seen.data, c->expected);
        buf_release(&seen);
        reader_free(reader);
        source_close(source);
    }
}

static bool add_piece(void *ctx, struct span piece, struct error *err)
{
    (void)err;
    buf_add_span(ctx, piece);
    return true;
}

static void feed_sink(void *ctx, const struct answer *answer)
{
    struct sink *sink = ctx;

    sink->ops->feed(sink, answer);
}

/* An export keeps every byte of each object, but for line breaks between them. */
static void test_export(void **state)
{
    static const struct turn TURN[] = {
        {"", "{\"id\":\"t1\",\n \"x\":1.10}"},
        {MESSAGES, PAGE("{ \"id\":\"m1\",\"e\":1e2}", "true")},
        {MESSAGES "&after=m1", PAGE("{\"id\":\"m2\",\"u\":\"\\u00e9\\n\"}", "false")},
        {RUNS, PAGE(RUN("completed"), "false")},
        {STEPS, PAGE("{\"id\":\"s1\"}", "false")},
    };
    static const char EXPECTED[] =
        "{\"kind\":\"thread\",\"thread_id\":\"t1\",\"object\":{\"id\":\"t1\",  \"x\":1.10}}\n"
        "{\"kind\":\"message\",\"thread_id\":\"t1\",\"object\":{ \"id\":\"m1\",\"e\":1e2}}\n"
        "{\"kind\":\"message\",\"thread_id\":\"t1\",\"object\":{\"id\":\"m2\",\"u\":"
        "\"\\u00e9\\n\"}}\n"
        "{\"kind\":\"run\",\"thread_id\":\"t1\",\"object\":" RUN(
            "completed") "}\n"
                         "{\"kind\":\"run_step\",\"thread_id\":\"t1\",\"object\":{\"id\":\"s1\"}}\n"
                         "{\"kind\":\"end\",\"thread_id\":\"t1\",\"messages\":2,\"runs\":1,\"run_"
                         "steps\":1,\"losses\":{}}\n";
    struct source *source =
        source_live_open(&(struct live_options){.page_size = 2, .keep_raw = true});
    struct sink *sink = exporter_new(source, span_of("t1"));
    struct error err;
    struct wish wish;
    struct buf out;
    const struct turn *turn = TURN;

    (void)state;
    for (sink->ops->next(sink, &wish); wish.kind == WISH_SEND; sink->ops->next(sink, &wish)) {
        assert_true(turn < TURN + sizeof TURN / sizeof TURN[0]);
        assert_true(wish.call.keep_raw);
        assert_int_equal(wish.beside.path != NULL, turn == TURN);
        assert_true(!wish.beside.path || wish.beside.keep_raw);
        turn = take_turns(turn, &wish, true, feed_sink, sink);
    }
    assert_int_equal(wish.kind, WISH_DONE);
    assert_int_equal(sink->outcome.items, 2);
    buf_init(&out, BUF_NO_LIMIT);
    assert_true(exporter_each(sink, add_piece, &out, &err));
    assert_string_equal(out.data, EXPECTED);
    buf_release(&out);
    sink->ops->free(sink);
    source_close(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_export),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
