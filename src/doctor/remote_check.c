#include "doctor/remote_check.h"

#include "http/url.h"
#include "os/clock.h"

#include <stdio.h>
#include <string.h>

enum { CLOCK_SKEW_S = 60, MS_PER_S = 1000, SUBJECT_SIZE = 32 };

/* A question whose only good answer is "there is no such thing". Some servers refuse ids that
 * theirs do not look like. */
static const char *const QUESTIONS[SIDES] = {
    [SIDE_SOURCE] = "/threads/thread_threadferryDoctor0000000",
    [SIDE_DESTINATION] = "/conversations/conv_000000000000000000000000000000000000000000000000",
};

/* Where threads seem to be gone: is the rest of the API? */
static const char SECOND_QUESTION[] = "/assistants?limit=1";

/* What servers say where no route of theirs was meant. */
static const char *const LOST[] = {"Invalid URL", "Resource not found"};

/* ---- the key ---- */

static bool check_key(struct findings *f, struct context *context, enum side side)
{
    const struct side_config *config = config_side(context->config, side);
    struct secret *secret = secrets_of(context->secrets, side);
    const char *place = secret_place(secret);
    struct error err = {.code = ERROR_NONE};
    char subject[SUBJECT_SIZE];

    (void)snprintf(subject, sizeof subject, "%s key", side_name(side));
    if (!secret_is_there(secret, &err)) {
        findings_add_error(f, subject, "", &err, NULL);
        return false;
    }
    if (!place)
        findings_add(f, FINDING_OK, subject, NULL, "none; a compatible server may do without");
    else if (config->api_key_command)
        findings_add(f, FINDING_OK, subject, NULL, "'%s' prints it", config->api_key_command[0]);
    else if (config->api_key_file)
        findings_add(f, FINDING_OK, subject, NULL, "read from '%s'", config->api_key_file);
    else
        findings_add(f, FINDING_OK, subject, NULL, "%s is set", config->api_key_env);
    return true;
}

/* ---- TLS ---- */

/* Only a refused certificate ends a request without another try, and without a reply. */
static bool is_certificate_error(const struct verdict *verdict, const struct error *err)
{
    return verdict->kind == VERDICT_FAILS && err->code == ERROR_NETWORK;
}

static void add_host(struct findings *f, const char *subject, const struct context *context,
                     enum side side)
{
    static const char PLAIN[] = "http://";
    struct buf base;

    buf_init(&base, BUF_NO_LIMIT);
    endpoint_add_base(&base, &context->endpoints[side]);
    if (span_starts_with(buf_span(&base), PLAIN))
        findings_add(
            f, context->options->insecure_http ? FINDING_WARN : FINDING_OK, subject,
            context->options->insecure_http ? "https:// keeps key and content to yourself" : NULL,
            "none: plain http%s",
            context->options->insecure_http ? ", as --insecure-http allows" : " on this machine");
    else
        findings_add(f, FINDING_OK, subject, NULL, "the certificate is good");
    buf_release(&base);
}

/* ---- the answer ---- */

static bool is_lost(struct span message)
{
    for (size_t i = 0; i < sizeof LOST / sizeof LOST[0]; i++) {
        if (span_starts_with(message, LOST[i]))
            return true;
    }
    return false;
}

/* What another route of the source says, where the first answer leaves doubts. */
enum second { SECOND_UNKNOWN, SECOND_THERE, SECOND_GONE };

static enum second ask_again(struct context *context, const struct profile *profile)
{
    const struct call call = {.side = SIDE_SOURCE,
                              .method = CALL_GET,
                              .path = SECOND_QUESTION,
                              .probe = true,
                              .optional = true};
    enum second second = SECOND_UNKNOWN;
    struct fetched fetched;
    struct error err = {.code = ERROR_NONE};

    fetched_init(&fetched);
    if (fetch(&context->traffic, &call, &fetched, &err)) {
        if (fetched.verdict.answer.kind == ANSWER_YES)
            second = SECOND_THERE;
        else if (verdict_is_gone(&fetched.verdict, profile))
            second = SECOND_GONE;
    }
    fetched_release(&fetched);
    return second;
}

static bool is_plain_missing(const struct answer *answer)
{
    return answer->status == 404 && answer->message.data && !is_lost(answer->message);
}

/* What the answer to a question about something that is not there says of the server. */
static void judge_answer(struct findings *f, struct context *context, enum side side,
                         const struct verdict *verdict)
{
    enum second second = SECOND_UNKNOWN;
    struct error err = {.code = ERROR_NONE};
    const struct profile *profile = context->endpoints[side].profile;
    const struct answer *answer = &verdict->answer;

    if (side == SIDE_SOURCE && answer->status != 403 &&
        (verdict_is_gone(verdict, profile) || !is_plain_missing(answer)))
        second = ask_again(context, profile);
    if (answer->status == 403) {
        findings_add(f, FINDING_FAIL, side_name(side),
                     endpoint_forbidden_hint(&context->endpoints[side]),
                     "%s refuses permission (HTTP 403)", profile->name);
    } else if (second == SECOND_GONE && verdict_is_gone(verdict, profile)) {
        profile_explain_gone(profile, answer->status, &err);
        findings_add_error(f, side_name(side), "", &err, NULL);
    } else if (second != SECOND_THERE && is_lost(answer->message)) {
        profile_explain_lost(profile, &err);
        findings_add_error(f, side_name(side), "", &err, NULL);
    } else if (second == SECOND_THERE || is_plain_missing(answer)) {
        findings_add(f, FINDING_OK, side_name(side), NULL, "%s answers, the key is accepted",
                     profile->name);
    } else {
        findings_add(f, FINDING_WARN, side_name(side),
                     "is base_url the root of the API? it usually ends in /v1",
                     "%s answers HTTP %ld to a question that should get 404 and an error in JSON",
                     profile->name, answer->status);
    }
}

/* Dates in replies count for how long to wait, and in the metadata for people. */
static void check_clock(struct findings *f, int64_t server_ms)
{
    int64_t ahead_s;

    if (server_ms == INT64_MIN)
        return;
    ahead_s = (clock_wall_ms() - server_ms) / MS_PER_S;
    if (ahead_s > CLOCK_SKEW_S || ahead_s < -CLOCK_SKEW_S)
        findings_add(f, FINDING_WARN, "clock", "set this machine's clock (NTP)",
                     "%lld s off the server's", (long long)ahead_s);
    else
        findings_add(f, FINDING_OK, "clock", NULL, "in step with the server");
}

static void judge(struct findings *f, struct context *context, enum side side,
                  const struct fetched *fetched, const struct error *err)
{
    const struct verdict *verdict = &fetched->verdict;
    char subject[SUBJECT_SIZE];

    (void)snprintf(subject, sizeof subject, "%s TLS", side_name(side));
    if (is_certificate_error(verdict, err)) {
        findings_add_error(f, subject, "", err, NULL);
        return;
    }
    if (verdict->got_reply)
        add_host(f, subject, context, side);
    if (err->code == ERROR_NONE) {
        judge_answer(f, context, side, verdict);
        if (side == SIDE_DESTINATION)
            check_clock(f, verdict->date_ms);
        return;
    }
    if (err->code == ERROR_NETWORK)
        findings_add(f, FINDING_FAIL, side_name(side),
                     "check base_url (http or https, the port), the network and proxies", "%.*s",
                     (int)strcspn(err->text, "\n"), err->text);
    else
        findings_add_error(f, side_name(side), "", err, "'threadferry -v doctor' says more");
    return;
}

bool remote_check(struct findings *f, struct context *context, enum side side)
{
    const struct call call = {
        .side = side, .method = CALL_GET, .path = QUESTIONS[side], .probe = true};
    struct fetched fetched;
    struct error err = {.code = ERROR_NONE};
    bool answered;

    if (!check_key(f, context, side))
        return false;
    fetched_init(&fetched);
    (void)fetch(&context->traffic, &call, &fetched, &err);
    judge(f, context, side, &fetched, &err);
    answered = fetched.verdict.got_reply;
    fetched_release(&fetched);
    return answered;
}
