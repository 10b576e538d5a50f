#include "net/exchange.h"

#include "json/json.h"

#include <string.h>

enum { LOCKED_WAIT_MS = 2000 };

/* An API error: {"error":{"message","type","param","code"}}, of which two may be missing. */
struct envelope {
    bool present;
    struct span message;
    struct span type;
    struct span param;
    struct span code;
};

static void read_envelope(struct envelope *envelope, const json_t *document)
{
    const json_t *error = json_object_get(document, "error");

    *envelope = (struct envelope){0};
    if (!json_is_object(error))
        return;
    envelope->message = json_get_text(error, "message");
    envelope->type = json_get_text(error, "type");
    envelope->param = json_get_text(error, "param");
    envelope->code = json_get_text(error, "code");
    envelope->present = envelope->message.data || envelope->code.data;
}

static bool contains(struct span text, const char *words)
{
    return text.data && memmem(text.data, text.len, words, strlen(words)) != NULL;
}

/* What may have been executed and must then not be executed twice: a delete may. */
static bool leaves_doubt(const struct call *call)
{
    return call->method == CALL_POST;
}

static void answer_with(struct verdict *v, enum answer_kind kind)
{
    v->kind = VERDICT_ANSWER;
    v->answer.kind = kind;
}

/* Whatever the status says: an error is not what was asked for. */
static bool is_error_document(const json_t *document)
{
    const json_t *error = json_object_get(document, "error");

    return json_is_object(error) || json_string_length(error) > 0;
}

static void keep_words(struct answer *answer, const struct envelope *envelope)
{
    answer->message = envelope->message;
    answer->param = envelope->param;
    answer->code = envelope->code;
}

/* A 2xx with an error in it. What was to be written may be, or may not. A deletion that says so is
 * the machine's to read: answer_is_deleted(). */
static void judge_success_with_error(struct verdict *v, const struct call *call)
{
    struct envelope envelope;

    if (leaves_doubt(call)) {
        answer_with(v, ANSWER_UNKNOWN);
        return;
    }
    read_envelope(&envelope, v->answer.json);
    keep_words(&v->answer, &envelope);
    answer_with(v, ANSWER_NO);
}

static void judge_success(struct verdict *v, const struct call *call,
                          const struct http_reply *reply)
{
    struct error why;

    if (call->drain && reply->status == 200) {
        answer_with(v, ANSWER_YES);
        return;
    }
    v->answer.json =
        call->outline ? json_read_outline(reply->body, &why) : json_read_object(reply->body, &why);
    if (call->method != CALL_DELETE && is_error_document(v->answer.json)) {
        judge_success_with_error(v, call);
        return;
    }
    if (v->answer.json || (call->method == CALL_DELETE && reply->status == 204)) {
        v->answer.raw = reply->body;
        v->answer.is_large = reply->is_large;
        answer_with(v, ANSWER_YES);
        return;
    }
    v->bad_document = true;
    if (leaves_doubt(call))
        answer_with(v, ANSWER_UNKNOWN);
    else
        v->kind = VERDICT_AGAIN;
}

/* OpenAI lists threads to its own web pages alone and says 401 to keys that are good. */
static bool is_kept_from_keys(const struct call *call, const struct envelope *envelope)
{
    return call->optional &&
           (span_is(envelope->code, "missing_scope") || contains(envelope->message, "session key"));
}

/* A refusal with an API error behind it, or of a read. */
static void judge_refusal(struct verdict *v, const struct call *call,
                          const struct http_reply *reply, const struct envelope *envelope)
{
    bool quota = span_is(envelope->code, "insufficient_quota") ||
                 span_is(envelope->type, "insufficient_quota");

    /* OpenAI says it with 429, gateways with 402 and 403. */
    if (quota) {
        v->kind = VERDICT_FAILS;
        error_set(&v->error, ERROR_QUOTA, "the %s's quota is exhausted (insufficient_quota)",
                  side_name(call->side));
    } else if (reply->status == 401 && !is_kept_from_keys(call, envelope)) {
        v->key_refused = true;
        v->kind = VERDICT_NEW_KEY;
    } else if (reply->status == 429) {
        v->kind = VERDICT_PATIENCE;
    } else if (reply->status == 400 && span_is(envelope->code, "conversation_locked")) {
        v->kind = VERDICT_PATIENCE;
        v->locked = true;
        v->hold_ms = LOCKED_WAIT_MS;
    } else {
        answer_with(v, ANSWER_NO);
        v->is_gone = (reply->status == 404 || reply->status == 410) &&
                     !contains(envelope->message, "No thread found with id");
    }
}

/* A status that leaves open whether the request was carried out, or asks for another try. */
static bool is_passing(long status)
{
    return status == 408 || status == 409 || status >= 500;
}

/* "Not implemented" would be said again and again. */
static bool is_not_offered(const struct call *call, const struct http_reply *reply)
{
    return call->optional && reply->status == 501;
}

static bool is_api_refusal(const struct http_reply *reply, const struct envelope *envelope)
{
    return envelope->present && reply->status >= 400 && !is_passing(reply->status);
}

/* A 404 of somebody in between, and no word of the API: what is there must not be taken for gone.
 * Sources are believed without: old servers say no more than the status. */
static bool is_lost(const struct call *call, const struct http_reply *reply,
                    const struct envelope *envelope)
{
    return call->side == SIDE_DESTINATION && !envelope->present &&
           (reply->status == 404 || reply->status == 410);
}

/* Nothing that the API is known to say to a request that changes something. */
static void judge_doubtful(struct verdict *v, const struct call *call,
                           const struct http_reply *reply)
{
    v->key_refused = reply->status == 401;
    if (leaves_doubt(call))
        answer_with(v, ANSWER_UNKNOWN);
    else if (v->key_refused)
        v->kind = VERDICT_NEW_KEY;
    else
        v->kind = v->throttled ? VERDICT_PATIENCE : VERDICT_AGAIN;
}

static void judge_status(struct verdict *v, const struct call *call, const struct http_reply *reply)
{
    struct envelope envelope;
    struct error ignored;

    v->got_reply = true;
    v->throttled = reply->status == 429;
    v->answer.status = reply->status;
    v->answer.got_reply = true;
    if (reply->status >= 200 && reply->status < 300) {
        judge_success(v, call, reply);
        return;
    }
    v->answer.json = json_read(reply->body, &ignored);
    read_envelope(&envelope, v->answer.json);
    keep_words(&v->answer, &envelope);
    if (call->method != CALL_GET && !is_api_refusal(reply, &envelope)) {
        judge_doubtful(v, call, reply);
    } else if ((is_passing(reply->status) && !is_not_offered(call, reply)) ||
               is_lost(call, reply, &envelope)) {
        v->kind = VERDICT_AGAIN;
    } else {
        judge_refusal(v, call, reply, &envelope);
    }
}

static void judge_too_large(struct verdict *v, const struct call *call)
{
    if (leaves_doubt(call)) {
        answer_with(v, ANSWER_UNKNOWN);
    } else if (call->allow_shrink || call->drain) {
        answer_with(v, ANSWER_TOO_LARGE);
    } else {
        v->kind = VERDICT_AGAIN;
        v->bad_document = true;
    }
}

void exchange_judge(struct verdict *verdict, const struct call *call,
                    const struct http_reply *reply)
{
    const char *side = side_name(call->side);

    *verdict = (struct verdict){
        .kind = VERDICT_AGAIN, .timed_out = reply->timed_out, .reason = reply->reason};
    verdict->date_ms = reply->hints.date_ms;
    if (reply->hints.retry_after_ms > 0)
        verdict->hold_ms = reply->hints.retry_after_ms;
    verdict->reached = reply->reached;
    verdict->got_reply = reply->got_bytes;
    verdict->answer.got_reply = reply->got_bytes;
    switch (reply->end) {
    case HTTP_REPLY:
        judge_status(verdict, call, reply);
        return;
    case HTTP_NOT_SENT:
        return;
    case HTTP_BROKEN:
        if (leaves_doubt(call))
            answer_with(verdict, ANSWER_UNKNOWN);
        return;
    case HTTP_REFUSED_TLS:
        verdict->kind = VERDICT_FAILS;
        error_set(&verdict->error, ERROR_NETWORK,
                  "the %s's certificate was refused: %s\n"
                  "hint: base_url has to name the host of the certificate; that of a private "
                  "authority goes into %s.ca_file; a machine without any needs its package "
                  "ca-certificates",
                  side, reply->reason, side);
        return;
    case HTTP_UNREADABLE:
        verdict->kind = VERDICT_FAILS;
        error_set(&verdict->error, ERROR_FILE_DAMAGED, "%s", reply->reason);
        return;
    case HTTP_TOO_LARGE:
        judge_too_large(verdict, call);
        return;
    }
}

void verdict_release(struct verdict *verdict)
{
    json_decref(verdict->answer.json);
    verdict->answer.json = NULL;
}
