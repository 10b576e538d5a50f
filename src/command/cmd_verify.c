/*
 * verify: reads conversations back and compares them with the source, or with
 * the digests in the checkpoint.
 */
#include "base/log.h"
#include "base/text.h"
#include "check/verifier.h"
#include "checkpoint/filebook.h"
#include "command/commands_list.h"
#include "json/json.h"
#include "os/clock.h"
#include "os/terminal.h"
#include "print/next_command.h"
#include "print/wrap.h"
#include "run/journal.h"
#include "run/narrow.h"
#include "run/survey.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SHOWN_DIFFERENCES = 5 };

struct verification {
    struct context *context;
    bool against_checkpoint;
    bool json;
    int64_t results[VERIFY_RESULTS];
    int64_t unproven; /* images */
    struct buf out;
    struct report report;
};

static const char SIGNS[VERIFY_RESULTS] = {
    [VERIFY_SAME] = '=', [VERIFY_DIFFERS] = '*', [VERIFY_MISSING] = '-', [VERIFY_ERROR] = '!'};

static struct sink *begin(void *ctx, struct span thread_id, struct error *err)
{
    struct verification *v = ctx;
    const struct plan_options options = {.against_checkpoint = v->against_checkpoint};
    struct thread_facts facts;
    struct plan_thread thread;
    struct plan plan;

    if (!checkpoint_facts(v->context->checkpoint, thread_id, &facts, err))
        return NULL;
    thread = plan_of_facts(&facts);
    plan = plan_make(PLAN_VERIFY, &thread, &options);
    return verifier_new(&plan, &facts);
}

/* ---- one thread ---- */

static void write_json(struct buf *out, const char *thread_id, const struct verified *verified)
{
    const struct differences *differences = verified->differences;

    buf_add_char(out, '{');
    json_write_member(out, "thread_id", span_of(thread_id));
    buf_add_char(out, ',');
    json_write_member(out, "conversation_id", span_of(verified->conversation));
    buf_printf(out, ",\"result\":\"%s\",\"differences\":[", verify_result_name(verified->result));
    for (size_t i = 0; i < differences->count; i++)
        buf_printf(out, "%s{\"index\":%" PRId64 ",\"kind\":\"%s\"}", i > 0 ? "," : "",
                   differences->all[i].index, difference_name(differences->all[i].kind));
    buf_add_char(out, ']');
    if (verified->reason[0] != '\0') {
        buf_add_text(out, ",\"reason\":");
        json_write_string(out, span_of(verified->reason), JSON_ESCAPE_HOSTILE);
    }
    buf_add_text(out, "}\n");
}

static void add_reason(struct buf *out, const struct verified *verified)
{
    const struct differences *differences = verified->differences;
    const char *separator = ": ";

    if (verified->reason[0] != '\0')
        text_add_visible(out, span_of(verified->reason), false);
    else
        buf_add_text(out, text_count(verified->items, "item").text);
    for (size_t i = 0; i < differences->count && i < SHOWN_DIFFERENCES; i++) {
        buf_printf(out, "%s%s at %" PRId64, separator, difference_name(differences->all[i].kind),
                   differences->all[i].index);
        separator = ", ";
    }
    if (differences->count > SHOWN_DIFFERENCES)
        buf_printf(out, " and %zu more", differences->count - SHOWN_DIFFERENCES);
}

static void report_one(struct verification *v, const char *thread_id,
                       const struct verified *verified)
{
    struct buf reason;

    buf_init(&reason, BUF_NO_LIMIT);
    add_reason(&reason, verified);
    report_difference(&v->report, thread_id, verified->result, reason.data);
    buf_release(&reason);
}

static void write_text(struct buf *out, const char *thread_id, const struct verified *verified)
{
    buf_printf(out, "%c ", SIGNS[verified->result]);
    text_add_visible(out, span_of(thread_id), false);
    buf_add_char(out, ' ');
    text_add_visible(out, span_of(verified->conversation[0] != '\0' ? verified->conversation : "-"),
                     false);
    buf_add_char(out, ' ');
    add_reason(out, verified);
    buf_add_char(out, '\n');
}

static void concluded(void *ctx, struct job *job)
{
    struct verification *v = ctx;
    struct verified verified;

    verifier_result(job_sink(job), &verified);
    v->results[verified.result]++;
    v->unproven += verified.unproven;
    if (verified.result != VERIFY_SAME)
        report_one(v, job_thread_id(job), &verified);
    if (v->json)
        write_json(&v->out, job_thread_id(job), &verified);
    else if (!v->context->options->quiet || verified.result != VERIFY_SAME)
        write_text(&v->out, job_thread_id(job), &verified);
    survey_print(buf_span(&v->out));
    buf_clear(&v->out);
}

/* The last line of the results. */
static void print_json_summary(struct verification *v)
{
    buf_add_text(&v->out, "{\"schema\":1,\"summary\":{");
    for (int i = 0; i < VERIFY_RESULTS; i++)
        buf_printf(&v->out, "%s\"%s\":%" PRId64, i > 0 ? "," : "",
                   verify_result_name((enum verify_result)i), v->results[i]);
    buf_printf(&v->out, ",\"unproven\":%" PRId64 "}}\n", v->unproven);
    survey_print(buf_span(&v->out));
}

struct next {
    const char *command;
    const char *purpose;
};

static const struct next *next_of(const struct verification *v)
{
    static const struct next DIFF = {"diff", "see where they differ"};
    static const struct next STATUS = {"status", "see which threads are unfinished, and why"};
    static const struct next MAPPING = {"mapping", "list which thread became which conversation"};

    static const struct next MIGRATE = {"migrate", "write the threads first"};
    int64_t compared = 0;

    for (int result = 0; result < VERIFY_RESULTS; result++)
        compared += v->results[result];
    if (compared == 0)
        return &MIGRATE;
    if (v->results[VERIFY_DIFFERS] > 0)
        return &DIFF;
    return v->results[VERIFY_MISSING] + v->results[VERIFY_ERROR] > 0 ? &STATUS : &MAPPING;
}

/* The closing words, and what to do next. */
static void print_summary(struct verification *v)
{
    const struct options *options = v->context->options;
    struct buf line;

    buf_init(&line, BUF_NO_LIMIT);
    buf_printf(
        &line, "verified: %s same, %s differ%s, %s missing, %s",
        text_number(v->results[VERIFY_SAME]).text, text_number(v->results[VERIFY_DIFFERS]).text,
        v->results[VERIFY_DIFFERS] == 1 ? "s" : "", text_number(v->results[VERIFY_MISSING]).text,
        text_count(v->results[VERIFY_ERROR], "error").text);
    if (v->unproven > 0)
        buf_printf(&line, "; %s unproven (listed without contents)",
                   text_count(v->unproven, "image").text);
    wrap_add_line(&v->out, terminal_width(STDERR_FILENO), buf_span(&line));
    next_print(&v->out);
    buf_release(&line);
    next_say(options, next_of(v)->purpose, next_of(v)->command, NULL);
}

static bool write_report(struct verification *v, int status, struct error *err)
{
    const struct context *context = v->context;
    struct report_verified verified = {
        .unproven = v->unproven,
        .duration_ms = clock_now_ms() - context->started_ms,
        .exit_code = status,
        .next = next_of(v)->command,
        .purpose = next_of(v)->purpose,
    };

    memcpy(verified.results, v->results, sizeof verified.results);
    return !context->options->report ||
           (work_tell_report(&v->report, context, err) &&
            report_write_verified(&v->report, &verified, context->invocation, err));
}

/* ---- what to verify ---- */

static bool offer(void *ctx, struct span thread_id, const struct thread_facts *facts)
{
    (void)facts;
    return selection_offer(ctx, thread_id);
}

/* Without a selection every thread of the checkpoint. */
static bool select_threads(struct verification *v, struct error *err)
{
    struct selection *selection = &v->context->selection;
    bool ok = true;

    if (selection->kind == SELECTION_ALL && !v->against_checkpoint)
        ok = context_list_threads(v->context, err);
    else if (selection->kind != SELECTION_IDS)
        ok = checkpoint_each(v->context->checkpoint, offer, selection, err);
    return ok && narrow_selection(v->context, err);
}

static bool open_all(struct verification *v, struct error *err)
{
    struct context *context = v->context;

    context->checkpoint = journal_open_reader(context->config->checkpoint, err);
    if (!context->checkpoint)
        return false;
    if (!context_open(context, CONTEXT_DESTINATION | (v->against_checkpoint ? 0 : CONTEXT_SOURCE),
                      err))
        return false;
    /* Another destination would miss everything, other policies differ everywhere. */
    return journal_is_part(context->checkpoint, context, v->against_checkpoint, err) &&
           select_threads(v, err);
}

/* Pictures are read back whole, which is most of the work where there are any. */
static void say_how_much(const struct verification *v)
{
    const struct context *context = v->context;
    struct file_counts counts = {.bytes = 0};

    file_counts_add(&counts, checkpoint_files(context->checkpoint), NULL);
    if (counts.of[FATE_INSIDE] == 0)
        return;
    log_event(
        LOG_INFO,
        "reading back %s; %s with %s are inside their items, and are read each time that they "
        "are named (--sample N reads some of the threads)",
        text_count((int64_t)selection_count(&context->selection), "thread").text,
        text_count(counts.of[FATE_INSIDE], "image").text, text_bytes(counts.bytes).text);
}

static int verify(struct verification *v, struct error *err)
{
    struct survey survey = {
        .context = v->context,
        .begin = begin,
        .concluded = concluded,
        .ctx = v,
        .tells_failures = true,
    };
    int status = survey_run(&survey, err);
    int64_t unequal =
        v->results[VERIFY_DIFFERS] + v->results[VERIFY_MISSING] + v->results[VERIFY_ERROR];

    if (v->json)
        print_json_summary(v);
    else if (!v->context->options->quiet && err->code == ERROR_NONE)
        print_summary(v);
    status = status == 0 && unequal > 0 ? EXIT_PARTLY : status;
    if (err->code == ERROR_NONE && !write_report(v, status, err))
        return error_exit_status(err->code);
    return status;
}

int cmd_verify(struct context *context, struct error *err)
{
    struct verification v = {
        .context = context,
        .against_checkpoint = context->options->against_checkpoint,
        .json = context->options->json,
    };
    int status = COMMAND_UNBEGUN;

    buf_init(&v.out, BUF_NO_LIMIT);
    if (report_open(&v.report, context->options->report, clock_now_ms(), err) &&
        open_all(&v, err)) {
        say_how_much(&v);
        status = verify(&v, err);
    }
    report_release(&v.report);
    buf_release(&v.out);
    return status;
}
