/* One file on its way into a depot, as a conversation: what is recorded, what stays open. */
#include "export/file_saver.h"

#include "base/mem.h"
#include "fakes/fake_fsio.h"
#include "json/json.h"
#include "unit/play/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define OBJECT "{\"id\":\"file-a\",\"bytes\":3}"
/* Of "abc". */
#define SAVED                                                                                      \
    "{\"kind\":\"file\",\"file_id\":\"file-a\",\"state\":\"saved\",\"bytes\":3,\"sha256\":"        \
    "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\",\"object\":"

static int teardown(void **state)
{
    fake_fsio_reset();
    return folder_leave(state);
}

/* One request and what comes of it. */
struct step {
    const char *path;
    enum answer_kind kind;
    long status;
    const char *json;    /* of the object */
    const char *message; /* of a refusal; NULL: no envelope */
    const char *drained; /* of contents; NULL: nothing is */
};

struct conversation {
    const char *what;
    struct step steps[2];
    const char *list; /* the depot's list afterwards; NULL: the file is open */
};

static const struct conversation CONVERSATIONS[] = {
    {"whole",
     {{"/files/file-a", ANSWER_YES, 200, OBJECT, NULL, NULL},
      {"/files/file-a/content", ANSWER_YES, 200, NULL, NULL, "abc"}},
     SAVED OBJECT "}\n"},
    {"bytes null",
     {{"/files/file-a", ANSWER_YES, 200, "{\"id\":\"file-a\",\"bytes\":null}", NULL, NULL},
      {"/files/file-a/content", ANSWER_YES, 200, NULL, NULL, "abc"}},
     SAVED "{\"id\":\"file-a\",\"bytes\":null}}\n"},
    {"shorter than the object says",
     {{"/files/file-a", ANSWER_YES, 200, "{\"id\":\"file-a\",\"bytes\":4}", NULL, NULL},
      {"/files/file-a/content", ANSWER_YES, 200, NULL, NULL, "abc"}},
     NULL},
    {"no such object",
     {{"/files/file-a", ANSWER_NO, 404, NULL, "no such File", NULL}},
     "{\"kind\":\"file\",\"file_id\":\"file-a\",\"state\":\"not_found\",\"object\":null}\n"},
    {"404 of somebody in between", {{"/files/file-a", ANSWER_NO, 404, NULL, NULL, NULL}}, NULL},
    {"another object",
     {{"/files/file-a", ANSWER_YES, 200, "{\"id\":\"file-b\"}", NULL, NULL}},
     NULL},
    {"forbidden", {{"/files/file-a", ANSWER_NO, 403, NULL, "forbidden", NULL}}, NULL},
    {"an upload",
     {{"/files/file-a", ANSWER_YES, 200, OBJECT, NULL, NULL},
      {"/files/file-a/content", ANSWER_NO, 400, NULL, "Not allowed to download", NULL}},
     "{\"kind\":\"file\",\"file_id\":\"file-a\",\"state\":\"not_downloadable\",\"object\":" OBJECT
     "}\n"},
    {"400 of somebody in between",
     {{"/files/file-a", ANSWER_YES, 200, OBJECT, NULL, NULL},
      {"/files/file-a/content", ANSWER_NO, 400, NULL, NULL, NULL}},
     NULL},
    {"gone while it is fetched",
     {{"/files/file-a", ANSWER_YES, 200, OBJECT, NULL, NULL},
      {"/files/file-a/content", ANSWER_NO, 404, NULL, "expired", NULL}},
     "{\"kind\":\"file\",\"file_id\":\"file-a\",\"state\":\"not_found\",\"object\":" OBJECT "}\n"},
    {"a service that has ended",
     {{"/files/file-a", ANSWER_YES, 200, OBJECT, NULL, NULL},
      {"/files/file-a/content", ANSWER_NO, 410, NULL, "gone", NULL}},
     NULL},
    {"redirected",
     {{"/files/file-a", ANSWER_YES, 200, OBJECT, NULL, NULL},
      {"/files/file-a/content", ANSWER_NO, 302, NULL, NULL, NULL}},
     NULL},
    {"too large by its object",
     {{"/files/file-a", ANSWER_YES, 200, "{\"id\":\"file-a\",\"bytes\":536870913}", NULL, NULL}},
     "{\"kind\":\"file\",\"file_id\":\"file-a\",\"state\":\"too_large\",\"object\":"
     "{\"id\":\"file-a\",\"bytes\":536870913}}\n"},
    {"longer than the object says",
     {{"/files/file-a", ANSWER_YES, 200, OBJECT, NULL, NULL},
      {"/files/file-a/content", ANSWER_TOO_LARGE, 200, NULL, NULL, NULL}},
     NULL},
    {"too large by its contents",
     {{"/files/file-a", ANSWER_YES, 200, "{\"id\":\"file-a\"}", NULL, NULL},
      {"/files/file-a/content", ANSWER_TOO_LARGE, 200, NULL, NULL, NULL}},
     "{\"kind\":\"file\",\"file_id\":\"file-a\",\"state\":\"too_large\",\"object\":"
     "{\"id\":\"file-a\"}}\n"},
};

static void answer_step(struct sink *sink, const struct wish *wish, const struct step *step)
{
    const struct http_drain *drain = wish->call.drain;
    struct answer answer = {.kind = step->kind, .status = step->status};
    struct error err;

    assert_string_equal(wish->call.path, step->path);
    assert_int_equal(wish->call.side, SIDE_SOURCE);
    assert_int_equal(wish->call.method, CALL_GET);
    assert_int_equal(drain != NULL, strstr(step->path, "/content") != NULL);
    if (step->json) {
        answer.raw = span_of(step->json);
        answer.json = json_read(answer.raw, &err);
    }
    if (step->message)
        answer.message = span_of(step->message);
    if (step->drained) {
        /* An attempt that broke off leaves nothing behind. */
        drain->begin(drain->ctx);
        assert_true(drain->take(drain->ctx, span_of("bro")));
        drain->begin(drain->ctx);
        for (const char *at = step->drained; *at; at++)
            assert_true(drain->take(drain->ctx, (struct span){at, 1}));
    }
    sink->ops->feed(sink, &answer);
    json_decref(answer.json);
}

/* How the sink ends. */
static enum wish_kind converse(struct sink *sink, const struct conversation *conversation)
{
    struct wish wish;

    sink->ops->next(sink, &wish);
    for (const struct step *step = conversation->steps; wish.kind == WISH_SEND; step++) {
        assert_non_null(step->path);
        answer_step(sink, &wish, step);
        sink->ops->next(sink, &wish);
    }
    if (wish.kind == WISH_FAIL)
        sink_fail(sink, &wish.error);
    return wish.kind;
}

static void test_conversations(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(CONVERSATIONS); i++) {
        const struct conversation *one = &CONVERSATIONS[i];
        struct depot depot;
        struct sink *sink;
        struct error err;
        const char *why;

        fake_fsio_reset();
        assert_true(depot_open(&depot, "x.files", &err));
        sink = file_saver_new(&depot, span_of("file-a"), 0);
        assert_int_equal(converse(sink, one), WISH_DONE);
        print_message("%s\n", one->what);
        assert_int_equal(file_saver_result(sink, &why) != NULL, one->list != NULL);
        if (!one->list)
            assert_true(why[0] != '\0');
        assert_string_equal(fake_fsio_content_of("x.files/" MANIFEST_NAME).data,
                            one->list ? one->list : "");
        sink->ops->free(sink);
        assert_int_not_equal(access("x.files/.part-0", F_OK), 0);
        depot_close(&depot);
    }
}

/* A disk that takes nothing ends the run, and nothing is recorded. */
static void test_disk(void **state)
{
    struct depot depot;
    struct sink *sink;
    struct error err;

    (void)state;
    fake_fsio_reset();
    assert_true(depot_open(&depot, "x.files", &err));
    fake_fsio_plan(&(struct fake_fsio_plan){.at = 1, .fault = FAKE_FSIO_FAIL});
    sink = file_saver_new(&depot, span_of("file-a"), 0);
    assert_int_equal(converse(sink, &CONVERSATIONS[0]), WISH_FAIL);
    assert_int_equal(sink->outcome.error.code, ERROR_IO);
    sink->ops->free(sink);
    depot_close(&depot);
}

/* Beyond the limit the download is broken off. */
static void test_limit(void **state)
{
    char *block = mem_zalloc(1 << 20, 1);
    const struct step object = {
        .path = "/files/file-a", .kind = ANSWER_YES, .status = 200, .json = "{\"id\":\"file-a\"}"};
    struct depot depot;
    struct sink *sink;
    struct error err;
    struct wish wish;
    int blocks = 0;

    (void)state;
    fake_fsio_reset();
    assert_true(depot_open(&depot, "x.files", &err));
    sink = file_saver_new(&depot, span_of("file-a"), 0);
    sink->ops->next(sink, &wish);
    answer_step(sink, &wish, &object);
    sink->ops->next(sink, &wish);
    wish.call.drain->begin(wish.call.drain->ctx);
    while (blocks < 600 &&
           wish.call.drain->take(wish.call.drain->ctx, (struct span){block, 1 << 20}))
        blocks++;
    assert_int_equal(blocks, 512);
    sink->ops->free(sink);
    depot_close(&depot);
    free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conversations),
        cmocka_unit_test(test_disk),
        cmocka_unit_test(test_limit),
    };

    return cmocka_run_group_tests(tests, folder_enter, teardown);
}
