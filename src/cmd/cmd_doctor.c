/*
 * doctor: is everything there and within reach? Each finding is a line: ok,
 * warn or fail, with the remedy. It writes nothing; --live makes one canary
 * conversation, reads it back and deletes it.
 */
#include "api/json.h"
#include "base/text.h"
#include "cmd/canary.h"
#include "cmd/commands_list.h"
#include "cmd/context.h"
#include "cmd/disk_check.h"
#include "cmd/findings.h"
#include "os/clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SPARE_DESCRIPTORS = 32, EXIT_FAILED = 1, CLOCK_SKEW_S = 60, MS_PER_S = 1000 };

static const char *const NAMES[ORIGINS] = {
    [ORIGIN_SOURCE] = "source", [ORIGIN_DESTINATION] = "destination"};

/* A question whose only good answer is "there is no such thing". */
static const char *const QUESTIONS[ORIGINS] = {
    [ORIGIN_SOURCE] = "/threads/thread_threadferry_doctor",
    [ORIGIN_DESTINATION] = "/conversations/conv_threadferry_doctor",
};

static void check_configuration(struct findings *f, const struct config *config)
{
    const char *file = config_file(config);

    if (file)
        findings_add(f, FINDING_OK, "configuration", NULL, "read from %s", file);
    else
        findings_add(f, FINDING_OK, "configuration", NULL,
                     "no file; flags, environment and defaults");
}

static void check_archive(struct findings *f, const char *path)
{
    struct stat info;

    if (strcmp(path, "-") == 0)
        findings_add(f, FINDING_OK, "source", NULL, "standard input");
    else if (stat(path, &info) != 0 || access(path, R_OK) != 0)
        findings_add(f, FINDING_FAIL, "source", "set source.path to the exported files",
                     "cannot read '%s'", path);
    else
        findings_add(f, FINDING_OK, "source", "threadferry inventory says what is in it", "%s '%s'",
                     S_ISDIR(info.st_mode) ? "directory" : "file", path);
}

/* What the answer to a question about something that is not there says of the server. */
static void judge_answer(struct findings *f, const struct context *context, enum call_origin origin,
                         const struct verdict *verdict)
{
    const struct profile *profile = context->endpoints[origin].profile;
    const struct answer *answer = &verdict->answer;
    bool spoke = answer->message.data != NULL;

    if (answer->status == 0)
        findings_add(f, FINDING_FAIL, NAMES[origin], "check base_url, the network and proxies",
                     "%s does not answer", profile->name);
    else if (answer->status == 403)
        findings_add(f, FINDING_FAIL, NAMES[origin], profile->forbidden_hint, "%s answers 403",
                     profile->name);
    else if (origin == ORIGIN_SOURCE && verdict->is_gone)
        findings_add(f, FINDING_FAIL, NAMES[origin],
                     "threads that were exported to files: source.type: archive",
                     "%s has no threads any more (HTTP %ld)", profile->name, answer->status);
    else if (answer->status == 404 && spoke)
        findings_add(f, FINDING_OK, NAMES[origin], NULL, "%s answers, the key is accepted",
                     profile->name);
    else
        findings_add(f, FINDING_WARN, NAMES[origin],
                     "is base_url the root of the API? it usually ends in /v1",
                     "%s answers HTTP %ld to a question that should get 404", profile->name,
                     answer->status);
}

/* The hint of an error is its remedy, where it has one. */
static void add_error(struct findings *f, enum call_origin origin, struct error *err)
{
    static const char HINT[] = "\nhint: ";
    char *hint = strstr(err->text, HINT);
    const char *remedy = err->code == ERROR_AUTH || err->code == ERROR_USAGE
                             ? "set the key: api_key_env, api_key_file or api_key_command"
                             : "check base_url, ca_file and proxies";

    if (hint) {
        *hint = '\0';
        remedy = hint + sizeof HINT - 1;
    }
    findings_add(f, FINDING_FAIL, NAMES[origin], remedy, "%s", err->text);
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
        findings_add(f, FINDING_OK, "clock", NULL, "agrees with the server's");
}

static bool check_remote(struct findings *f, struct context *context, enum call_origin origin)
{
    const struct call call = {
        .origin = origin, .method = CALL_GET, .path = QUESTIONS[origin], .probe = true};
    struct fetched fetched;
    struct error err = {.code = ERROR_NONE};
    bool ok;

    fetched_init(&fetched);
    ok = fetch(&context->traffic, &call, &fetched, &err);
    if (ok && origin == ORIGIN_DESTINATION)
        check_clock(f, fetched.verdict.date_ms);
    if (ok)
        judge_answer(f, context, origin, &fetched.verdict);
    else
        add_error(f, origin, &err);
    fetched_release(&fetched);
    return ok;
}

static void check_descriptors(struct findings *f, int64_t concurrency)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    if (limit.rlim_cur < (rlim_t)(concurrency + SPARE_DESCRIPTORS))
        findings_add(f, FINDING_WARN, "descriptors", "raise it (ulimit -n) or lower concurrency",
                     "%llu may be open, %lld connections are wanted",
                     (unsigned long long)limit.rlim_cur, (long long)concurrency);
    else
        findings_add(f, FINDING_OK, "descriptors", NULL, "%llu may be open",
                     (unsigned long long)limit.rlim_cur);
}

static void check_all(struct findings *f, struct context *context)
{
    const struct config *config = context->config;
    bool reached;

    check_configuration(f, config);
    if (context->source_is_archive)
        check_archive(f, config->source.path ? config->source.path : "");
    else
        (void)check_remote(f, context, ORIGIN_SOURCE);
    reached = check_remote(f, context, ORIGIN_DESTINATION);
    disk_check(f, config->checkpoint);
    check_descriptors(f, config->concurrency);
    if (context->options->live && reached)
        canary_fly(f, &context->traffic);
    else if (!context->options->live)
        findings_add(f, FINDING_OK, "round trip",
                     "doctor --live writes one conversation, reads it back and deletes it",
                     "not tried");
}

static int run(struct context *context)
{
    struct findings findings;
    int status;

    findings_init(&findings, context->options->json);
    check_all(&findings, context);
    status = findings_print(&findings) ? 0 : EXIT_FAILED;
    findings_release(&findings);
    return status;
}

/* Opens what can be opened without reading: the archive itself is not. */
static bool open_context(struct context *context, const struct invocation *invocation,
                         struct error *err)
{
    unsigned needs = CONTEXT_DESTINATION;

    if (invocation->config->source.type != SERVICE_ARCHIVE)
        needs |= CONTEXT_SOURCE;
    return context_open(context, invocation, needs, err);
}

int cmd_doctor(const struct invocation *invocation, struct error *err)
{
    struct context context;
    int status =
        open_context(&context, invocation, err) ? run(&context) : error_exit_status(err->code);

    context_close(&context);
    return status;
}
