/* What each reply means: a table of request, reply and verdict. */
#include "net/exchange.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { READ, WRITE, SHRINKING, DELETE, SOURCE };

/* In words: "yes", "no", "unknown", "too large", "again", "patience", "new key", "fails CODE", and
 * then what the pacer and the tally hear. */
struct exchange {
    int request;
    enum http_end end;
    long status;
    const char *body;
    const char *verdict;
};

#define ENVELOPE "{\"error\":{\"message\":\"m\",\"code\":null}}"
#define QUOTA "{\"error\":{\"message\":\"m\",\"code\":\"insufficient_quota\"}}"
#define QUOTA_TYPE "{\"error\":{\"message\":\"m\",\"type\":\"insufficient_quota\"}}"
#define LOCKED "{\"error\":{\"message\":\"m\",\"code\":\"conversation_locked\"}}"
#define NO_THREAD "{\"error\":{\"message\":\"No thread found with id 't'.\"}}"
#define AZURE "{\"error\":{\"code\":\"PermissionDenied\",\"message\":\"m\"}}"
#define HTML "<html>proxy</html>"

static const struct exchange EXCHANGES[] = {
    /* Whole replies that say yes. */
    {READ, HTTP_REPLY, 200, "{\"data\":[]}", "yes"},
    {WRITE, HTTP_REPLY, 201, "{\"id\":\"c\"}", "yes"},
    /* Yes, but not in JSON: a read can be repeated, a write may have been done. */
    {READ, HTTP_REPLY, 200, HTML, "again document"},
    {READ, HTTP_REPLY, 200, "[]", "again document"},
    {READ, HTTP_REPLY, 200, "{\"a\":1", "again document"},
    {WRITE, HTTP_REPLY, 200, HTML, "unknown document"},
    {WRITE, HTTP_REPLY, 200, "", "unknown document"},
    /* Yes, and an error: nothing that was asked for. An error that is null is none. */
    {READ, HTTP_REPLY, 200, ENVELOPE, "no"},
    {SOURCE, HTTP_REPLY, 200, "{\"error\":\"no such thing\",\"id\":\"t\"}", "no"},
    {SOURCE, HTTP_REPLY, 200, "{\"error\":{},\"data\":[],\"has_more\":false}", "no"},
    {SOURCE, HTTP_REPLY, 200, "{\"error\":null,\"id\":\"t\"}", "yes"},
    {WRITE, HTTP_REPLY, 200, "{\"error\":{},\"id\":\"c\"}", "unknown"},
    {DELETE, HTTP_REPLY, 200, ENVELOPE, "yes"},
    /* Refusals by the API. */
    {READ, HTTP_REPLY, 400, ENVELOPE, "no"},
    {WRITE, HTTP_REPLY, 400, ENVELOPE, "no"},
    {WRITE, HTTP_REPLY, 413, ENVELOPE, "no"},
    {WRITE, HTTP_REPLY, 403, AZURE, "no"},
    {READ, HTTP_REPLY, 404, NO_THREAD, "no"},
    {READ, HTTP_REPLY, 404, ENVELOPE, "no gone"},
    {SOURCE, HTTP_REPLY, 404, NO_THREAD, "no"},
    {SOURCE, HTTP_REPLY, 404, ENVELOPE, "no gone"},
    {WRITE, HTTP_REPLY, 404, ENVELOPE, "no gone"},
    /* Refusals by somebody else: of a write that proves nothing. */
    {READ, HTTP_REPLY, 400, HTML, "no"},
    {READ, HTTP_REPLY, 302, HTML, "no"},
    {WRITE, HTTP_REPLY, 400, HTML, "unknown"},
    {WRITE, HTTP_REPLY, 404, HTML, "unknown"},
    {WRITE, HTTP_REPLY, 307, ENVELOPE, "unknown"},
    {WRITE, HTTP_REPLY, 413, "", "unknown"},
    /* "There is no such thing": only the API knows that of a conversation. Sources say less. */
    {READ, HTTP_REPLY, 404, HTML, "again"},
    {READ, HTTP_REPLY, 410, "", "again"},
    {READ, HTTP_REPLY, 404, "{\"detail\":\"Not Found\"}", "again"},
    {SOURCE, HTTP_REPLY, 404, "{\"detail\":\"Not Found\"}", "no gone"},
    {SOURCE, HTTP_REPLY, 410, HTML, "no gone"},
    /* Keys. */
    {READ, HTTP_REPLY, 401, ENVELOPE, "new key"},
    {READ, HTTP_REPLY, 401, HTML, "new key"},
    {WRITE, HTTP_REPLY, 401, ENVELOPE, "new key"},
    {WRITE, HTTP_REPLY, 401, HTML, "unknown key"},
    /* Patience. */
    {READ, HTTP_REPLY, 429, ENVELOPE, "patience throttled"},
    {WRITE, HTTP_REPLY, 429, ENVELOPE, "patience throttled"},
    {READ, HTTP_REPLY, 429, HTML, "patience throttled"},
    {WRITE, HTTP_REPLY, 429, HTML, "unknown throttled"},
    {WRITE, HTTP_REPLY, 429, QUOTA, "fails quota throttled"},
    {READ, HTTP_REPLY, 429, QUOTA_TYPE, "fails quota throttled"},
    {WRITE, HTTP_REPLY, 400, LOCKED, "patience locked"},
    /* Passing troubles: envelopes do not make them a no. */
    {READ, HTTP_REPLY, 500, ENVELOPE, "again"},
    {READ, HTTP_REPLY, 503, HTML, "again"},
    {READ, HTTP_REPLY, 408, ENVELOPE, "again"},
    {READ, HTTP_REPLY, 409, ENVELOPE, "again"},
    {WRITE, HTTP_REPLY, 500, ENVELOPE, "unknown"},
    {WRITE, HTTP_REPLY, 520, HTML, "unknown"},
    {WRITE, HTTP_REPLY, 408, ENVELOPE, "unknown"},
    {WRITE, HTTP_REPLY, 409, ENVELOPE, "unknown"},
    /* No reply, or not all of it. */
    {READ, HTTP_NOT_SENT, 0, "", "again silent"},
    {WRITE, HTTP_NOT_SENT, 0, "", "again silent"},
    {READ, HTTP_BROKEN, 0, "", "again silent"},
    {WRITE, HTTP_BROKEN, 0, "", "unknown silent"},
    {READ, HTTP_REFUSED_TLS, 0, "", "fails network silent"},
    {WRITE, HTTP_UNREADABLE, 0, "", "fails damaged silent"},
    {WRITE, HTTP_TOO_LARGE, 200, "", "unknown silent"},
    {READ, HTTP_TOO_LARGE, 200, "", "again document silent"},
    {SHRINKING, HTTP_TOO_LARGE, 200, "", "too large silent"},
    /* A delete is repeated until the API itself has said something. */
    {DELETE, HTTP_REPLY, 200, "{\"deleted\":true}", "yes"},
    {DELETE, HTTP_REPLY, 204, "", "yes"},
    {DELETE, HTTP_REPLY, 200, HTML, "again document"},
    {DELETE, HTTP_REPLY, 404, ENVELOPE, "no gone"},
    {DELETE, HTTP_REPLY, 403, AZURE, "no"},
    {DELETE, HTTP_REPLY, 404, HTML, "again"},
    {DELETE, HTTP_REPLY, 302, ENVELOPE, "again"},
    {DELETE, HTTP_REPLY, 409, ENVELOPE, "again"},
    {DELETE, HTTP_REPLY, 500, HTML, "again"},
    {DELETE, HTTP_REPLY, 429, HTML, "patience throttled"},
    {DELETE, HTTP_REPLY, 400, LOCKED, "patience locked"},
    {DELETE, HTTP_REPLY, 401, ENVELOPE, "new key"},
    {DELETE, HTTP_REPLY, 401, HTML, "new key"},
    {DELETE, HTTP_BROKEN, 0, "", "again silent"},
    {DELETE, HTTP_TOO_LARGE, 200, "", "again document silent"},
};

static void tell(struct buf *seen, const struct verdict *v)
{
    static const char *const ANSWERS[] = {[ANSWER_YES] = "yes",
                                          [ANSWER_NO] = "no",
                                          [ANSWER_UNKNOWN] = "unknown",
                                          [ANSWER_TOO_LARGE] = "too large"};
    static const char *const VERDICTS[] = {[VERDICT_AGAIN] = "again",
                                           [VERDICT_PATIENCE] = "patience",
                                           [VERDICT_NEW_KEY] = "new key",
                                           [VERDICT_FAILS] = "fails "};

    buf_add_text(seen, v->kind == VERDICT_ANSWER ? ANSWERS[v->answer.kind] : VERDICTS[v->kind]);
    if (v->kind == VERDICT_FAILS)
        buf_add_text(seen, error_code_name(v->error.code));
    buf_add_text(seen, v->bad_document ? " document" : "");
    buf_add_text(seen, v->is_gone ? " gone" : "");
    buf_add_text(seen, v->key_refused && v->kind == VERDICT_ANSWER ? " key" : "");
    buf_add_text(seen, v->throttled ? " throttled" : "");
    buf_add_text(seen, v->locked ? " locked" : "");
    buf_add_text(seen, v->got_reply ? "" : " silent");
}

static struct call call_of(int request)
{
    static const enum call_method METHODS[] = {[READ] = CALL_GET,
                                               [WRITE] = CALL_POST,
                                               [SHRINKING] = CALL_GET,
                                               [DELETE] = CALL_DELETE,
                                               [SOURCE] = CALL_GET};

    return (struct call){.side = request == SOURCE ? SIDE_SOURCE : SIDE_DESTINATION,
                         .method = METHODS[request],
                         .allow_shrink = request == SHRINKING};
}

static void test_verdicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof EXCHANGES / sizeof EXCHANGES[0]; i++) {
        const struct exchange *e = &EXCHANGES[i];
        const struct call call = call_of(e->request);
        const struct http_reply reply = {
            .end = e->end, .status = e->status, .body = span_of(e->body)};
        struct verdict verdict;
        struct buf seen;

        buf_init(&seen, BUF_NO_LIMIT);
        exchange_judge(&verdict, &call, &reply);
        tell(&seen, &verdict);
        if (strcmp(seen.data, e->verdict) != 0)
            print_error("row %zu: HTTP %ld %s\n", i, e->status, e->body);
        assert_string_equal(seen.data, e->verdict);
        assert_int_equal(verdict.answer.json != NULL && verdict.answer.kind == ANSWER_YES &&
                             verdict.kind == VERDICT_ANSWER,
                         strcmp(e->verdict, "yes") == 0 && e->status != 204);
        verdict_release(&verdict);
        buf_release(&seen);
    }
}

/* What the server asks to wait; nonsense does not arrive here as a number above 0. */
static void test_holds(void **state)
{
    static const struct {
        int64_t retry_after_ms;
        const char *body;
        long status;
        int64_t hold_ms;
    } HOLDS[] = {
        {5000, ENVELOPE, 429, 5000},   {INT64_MIN, ENVELOPE, 429, 0},
        {-7, ENVELOPE, 429, 0},        {0, ENVELOPE, 429, 0},
        {8000, ENVELOPE, 503, 8000},   {INT64_MIN, LOCKED, 400, 2000},
        {INT64_MIN, ENVELOPE, 500, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof HOLDS / sizeof HOLDS[0]; i++) {
        const struct call call = call_of(WRITE);
        const struct http_reply reply = {.end = HTTP_REPLY,
                                         .status = HOLDS[i].status,
                                         .body = span_of(HOLDS[i].body),
                                         .hints.retry_after_ms = HOLDS[i].retry_after_ms};
        struct verdict verdict;

        exchange_judge(&verdict, &call, &reply);
        assert_int_equal(verdict.hold_ms, HOLDS[i].hold_ms);
        verdict_release(&verdict);
    }
}

static void test_what_the_machine_sees(void **state)
{
    const struct call call = call_of(WRITE);
    const struct http_reply reply = {
        .end = HTTP_REPLY,
        .status = 400,
        .body = span_of("{\"error\":{\"message\":\"too long\",\"param\":\"items[3].content\","
                        "\"code\":\"string_above_max_length\"}}")};
    struct verdict verdict;

    (void)state;
    exchange_judge(&verdict, &call, &reply);
    assert_int_equal(verdict.answer.status, 400);
    assert_true(span_is(verdict.answer.message, "too long"));
    assert_true(span_is(verdict.answer.param, "items[3].content"));
    assert_true(span_is(verdict.answer.code, "string_above_max_length"));
    verdict_release(&verdict);
    assert_null(verdict.answer.json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_holds),
        cmocka_unit_test(test_what_the_machine_sees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
