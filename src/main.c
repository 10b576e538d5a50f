/*
 * threadferry: from the command line to the exit status. Errors are printed
 * here and only here.
 */
#include "base/log.h"
#include "base/text.h"
#include "json/json.h"
#include "os/clock.h"
#include "os/process.h"
#include "os/stop.h"
#include "os/stream.h"
#include "print/advice.h"
#include "print/help.h"
#include "print/summary.h"
#include "run/context.h"
#include "run/output_check.h"
#include "settings/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* "threadferry: cannot …", hint lines as they are; what came from outside is made visible. */
static void print_error(const struct error *err, bool may_advise)
{
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    buf_add_text(&text, "threadferry: ");
    text_add_visible(&text, span_of(err->text), true);
    buf_add_char(&text, '\n');
    if (may_advise && !strstr(err->text, "\nhint: ") && advice_to_run(err->code)[0] != '\0')
        buf_printf(&text, "hint: %s\n", advice_to_run(err->code));
    (void)fwrite(text.data, 1, text.len, stderr);
    buf_release(&text);
}

/* The log's stream: path's, or standard error's for NULL; NULL with err where it cannot be opened.
 */
static FILE *open_log(const struct options *options, const char *path, struct error *err)
{
    struct log_options log = {
        .level = options->verbose > 0 ? LOG_DEBUG : LOG_INFO,
        .json = options->log_json,
        .stream = stderr,
        .wall_ms = clock_wall_ms,
    };

    if (options->quiet)
        log.level = LOG_WARNING;
    else if (!options->log_json)
        stop_announce("threadferry: info: stopping; again to stop at once\n");
    if (path)
        log.stream = stream_open_output(path, "ae", err);
    if (!log.stream && err->code == ERROR_STOPPED)
        return NULL;
    if (!log.stream) {
        error_set(err, errno == ENOMEM ? ERROR_STOPPED : ERROR_IO, "cannot open log file '%s': %s",
                  path, strerror(errno));
        return NULL;
    }
    log_open(&log);
    return log.stream;
}

/* What was to be written and is not counts for more than that threads failed, but what stopped the
 * run stays the exit status. */
static int unwritten(int status, const char *what)
{
    (void)fprintf(stderr, "threadferry: %s\n", what);
    return status <= EXIT_PARTLY ? error_exit_status(ERROR_IO) : status;
}

static int run_logged(const struct invocation *invocation, FILE **log, struct error *err)
{
    const struct options *options = invocation->options;

    if (options->log_file)
        *log = open_log(options, options->log_file, err);
    return *log ? context_run(invocation, err) : summary_print_unbegun(options, NULL, err);
}

static int run_command(const struct options *options, struct error *err)
{
    const struct command *command = options->command;
    const struct config_input input = {
        .file = options->config_file,
        .flags = options->flags,
        .flag_count = options->flag_count,
        .environment = environ,
        .files_from = options->files_from,
        .insecure_http = options->insecure_http,
    };
    struct config config = {0};
    const struct invocation invocation = {options, &config, environ};
    FILE *log = open_log(options, NULL, err);
    int status;

    /* An output that names a file of the job is refused before it is opened, which would create it.
     */
    if ((command->flags & COMMAND_NEEDS_CONFIG) &&
        (!config_load(&config, &input, err) || !output_check(&invocation, err)))
        status = summary_print_unbegun(options, NULL, err);
    else
        status = run_logged(&invocation, &log, err);
    config_release(&config);
    if ((log && log != stderr && fclose(log) != 0) || log_failed())
        status = unwritten(status, "cannot write to the log");
    return status;
}

/* Who types the bare name wants to know what there is. */
static void refuse_nothing(const struct options *options, struct error *err)
{
    struct buf help;

    error_set(err, ERROR_USAGE, "no command given\nhint: threadferry init, or threadferry --help");
    if (options->json) {
        (void)summary_print_unbegun(options, NULL, err);
        return;
    }
    buf_init(&help, BUF_NO_LIMIT);
    help_global(&help, true);
    buf_add_char(&help, '\n');
    (void)fwrite(help.data, 1, help.len, stderr);
    buf_release(&help);
}

/* Standard output is promised to hold JSON and nothing else, and help is for people. */
static void refuse_json_help(const struct options *options, struct error *err)
{
    error_set(err, ERROR_USAGE, "help has no JSON form\nhint: leave out --json");
    (void)summary_print_unbegun(options, NULL, err);
}

static int run(const struct options *options, struct error *err)
{
    struct buf out;
    int status = 0;

    buf_init(&out, BUF_NO_LIMIT);
    if (options->version)
        help_version(&out, options->json);
    else if (options->help && options->json)
        refuse_json_help(options, err);
    else if (options->help && options->command)
        help_command(&out, options->command, options->short_help);
    else if (options->help)
        help_global(&out, options->short_help);
    else if (options->command)
        status = run_command(options, err);
    else
        refuse_nothing(options, err);
    (void)fwrite(out.data, 1, out.len, stdout);
    buf_release(&out);
    /* Whatever was waited for when a signal came. */
    if (err->code == ERROR_STOPPED && stop_signal() != 0)
        return EXIT_SIGNAL + stop_signal();
    return err->code != ERROR_NONE ? error_exit_status(err->code) : status;
}

static bool only_prints(const struct options *options)
{
    const bool writes = options->command && (options->command->flags & COMMAND_WRITES);

    return options->help || options->version || !options->command ||
           ((!writes || options->dry_run) && !options->live);
}

int main(int argc, char **argv)
{
    struct options options;
    struct error err = {.code = ERROR_NONE};
    int status;

    process_prepare();
    stop_install();
    json_start();
    if (options_parse(&options, argc, argv, &err))
        status = run(&options, &err);
    else
        status = summary_print_unbegun(&options, NULL, &err);
    if (err.code != ERROR_NONE)
        print_error(&err, options.command && (options.command->flags & COMMAND_NEEDS_CONFIG) &&
                              (err.code != ERROR_IO || options.command->flags & COMMAND_WRITES));
    if (fflush(stdout) != 0 || ferror(stdout)) {
        if (err.code == ERROR_NONE && only_prints(&options))
            process_end_unread();
        status = unwritten(status, "cannot write to standard output");
    }
    options_release(&options);
    return status;
}
