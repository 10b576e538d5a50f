/*
 * doctor: is everything there and within reach? Each finding is a line: ok,
 * warn or fail, with the remedy. It writes nothing; --live makes one canary
 * conversation, reads it back and deletes it.
 */
#include "command/commands_list.h"
#include "doctor/canary.h"
#include "doctor/disk_check.h"
#include "doctor/findings.h"
#include "doctor/remote_check.h"
#include "doctor/saved_check.h"
#include "os/stop.h"
#include "os/terminal.h"
#include "print/next_command.h"
#include "run/survey.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SPARE_DESCRIPTORS = 32, MOST_ATTEMPTS = 3, MOST_PATIENCE_MS = 20000 };

static void check_configuration(struct findings *f, const struct config *config)
{
    const char *file = config_file(config);

    if (file)
        findings_add(f, FINDING_OK, "configuration", NULL, "read from %s", file);
    else
        findings_add(f, FINDING_OK, "configuration", "threadferry init writes a migrate.yaml",
                     "no file; flags, environment and defaults");
}

/* Returns the path if it can be read, else NULL. */
static const char *check_archive(struct findings *f, const char *path)
{
    struct stat info;

    if (path[0] == '\0')
        findings_add(f, FINDING_FAIL, "source",
                     "name the exported files: source.path, or --source-path PATH",
                     "source.path is not set");
    else if (strcmp(path, "-") == 0)
        findings_add(f, FINDING_OK, "source", NULL, "standard input");
    else if (stat(path, &info) != 0 || access(path, R_OK) != 0)
        findings_add(f, FINDING_FAIL, "source", "set source.path to the exported files",
                     "cannot read '%s': %s", path, strerror(errno));
    else
        findings_add(f, FINDING_OK, "source", "threadferry inventory says what is in it", "%s '%s'",
                     S_ISDIR(info.st_mode) ? "folder" : "file", path);
    return access(path, R_OK) == 0 ? path : NULL;
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
    const char *source = NULL;
    bool answered;

    check_configuration(f, config);
    if (context->source_is_archive)
        source = check_archive(f, config->source.path ? config->source.path : "");
    else
        (void)remote_check(f, context, SIDE_SOURCE);
    saved_check(f, config->files.path, source);
    answered = remote_check(f, context, SIDE_DESTINATION);
    disk_check(f, config->checkpoint);
    check_descriptors(f, config->concurrency);
    if (context->options->live && answered)
        canary_fly(f, &context->traffic, config);
    else if (context->options->live)
        findings_add(f, FINDING_SKIP, "round trip", "make the destination reachable first",
                     "not tried");
}

static int run(struct context *context, struct error *err)
{
    struct findings findings;
    int status;

    findings_init(&findings, context->options->json);
    findings.colors = !findings.json && survey_colors(context->invocation);
    findings.width = terminal_width(STDOUT_FILENO);
    findings.quiet = context->options->quiet;
    /* Whoever asks sits and waits. */
    if (context->traffic.max_attempts > MOST_ATTEMPTS)
        context->traffic.max_attempts = MOST_ATTEMPTS;
    if (context->traffic.patience_ms > MOST_PATIENCE_MS)
        context->traffic.patience_ms = MOST_PATIENCE_MS;
    check_all(&findings, context);
    status = findings_print(&findings) ? 0 : EXIT_PARTLY;
    if (status == 0 && !context->options->live)
        next_say(context->options, "write one conversation, read it back and delete it", "doctor",
                 "--live");
    else if (status == 0)
        next_say(context->options, "count what the source holds", "inventory", NULL);
    findings_release(&findings);
    (void)stop_is_asked(err);
    return status;
}

int cmd_doctor(struct context *context, struct error *err)
{
    /* An archive is not read for this. */
    const unsigned source =
        config_profile(context->config, SIDE_SOURCE)->is_archive ? 0 : CONTEXT_SOURCE;

    return context_open(context, CONTEXT_DESTINATION | source, err) ? run(context, err)
                                                                    : COMMAND_UNBEGUN;
}
