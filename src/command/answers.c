#include "command/answers.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"
#include "os/stop.h"
#include "os/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE_BYTES = 1 << 16, NOT_ENDED = 0, SHOWN_SIZE = 257, NAME_SIZE = 64 };

struct answers_thread {
    uint32_t waiting; /* lines that its result will answer */
    uint8_t ended;    /* NOT_ENDED, or how it counts by now: enum outcome_kind + 1 */
    uint8_t code;     /* enum error_code, if it failed */
};

static const char *const STATES[OUTCOME_KINDS] = {
    [OUTCOME_DONE] = "done",           [OUTCOME_ALREADY_DONE] = "already_done",
    [OUTCOME_TOPPED_UP] = "topped_up", [OUTCOME_FAILED] = "failed",
    [OUTCOME_UNCERTAIN] = "uncertain",
};

void answers_open(struct answers *answers, struct context *context, struct summary *summary,
                  struct report *report)
{
    *answers = (struct answers){
        .context = context,
        .summary = summary,
        .report = report,
        .prints = context->options->lines,
        .streams = context->selection.streams,
        .given = selection_count(&context->selection),
    };
    idlist_init(&answers->list, context->config->threads.column);
    buf_init(&answers->out, BUF_NO_LIMIT);
}

static struct answers_thread *thread_at(struct answers *answers, size_t place)
{
    while (place >= answers->thread_cap) {
        const size_t cap = answers->thread_cap > 0 ? 2 * answers->thread_cap : 64;

        answers->threads = mem_resize(answers->threads, cap, sizeof *answers->threads);
        memset(answers->threads + answers->thread_cap, 0,
               (cap - answers->thread_cap) * sizeof *answers->threads);
        answers->thread_cap = cap;
    }
    return &answers->threads[place];
}

/* ---- lines that go out ---- */

struct answer_line {
    struct span thread_id; /* .data == NULL: there is none */
    const struct thread_facts *facts;
    const char *state;
    const struct losses *losses;
    const char *code; /* or NULL */
};

static void print_line(struct answers *answers, const struct answer_line *line, uint32_t times)
{
    struct buf *out = &answers->out;

    buf_clear(out);
    buf_add_char(out, '{');
    json_write_member(out, "thread_id", line->thread_id);
    buf_add_char(out, ',');
    json_write_member(out, "conversation_id", span_of(line->facts->conversation));
    buf_printf(out, ",\"state\":\"%s\",\"items\":%" PRId64 ",\"losses\":", line->state,
               line->facts->items);
    losses_write_json(out, line->losses);
    buf_add_char(out, ',');
    json_write_member(out, "code", span_of(line->code ? line->code : ""));
    buf_add_text(out, "}\n");
    for (uint32_t i = 0; i < times; i++)
        stream_print(buf_span(out));
}

/* outcome NULL: it has none yet. */
static void print_thread(struct answers *answers, struct span id, const struct outcome *outcome,
                         uint32_t times)
{
    static const struct losses NONE;
    struct checkpoint *checkpoint = answers->context->checkpoint;
    struct thread_facts facts = {.state = THREAD_NEW};
    struct answer_line line = {
        .thread_id = id,
        .facts = &facts,
        .state = outcome ? STATES[outcome->kind] : "remaining",
        .losses = outcome ? &outcome->losses : &NONE,
    };

    if (checkpoint && !checkpoint_facts(checkpoint, id, &facts, &answers->error))
        return;
    /* What is planned is not on record. */
    if (answers->summary->dry_run && outcome)
        facts.items += outcome->items;
    if (outcome && outcome->kind == OUTCOME_FAILED)
        line.code = error_code_name(outcome->error.code);
    else if (outcome && outcome->kind == OUTCOME_UNCERTAIN)
        line.code = error_code_name(ERROR_UNCERTAIN);
    print_line(answers, &line, times);
}

/* The summary counts a thread once: as it ended last, but what this run did stays told. */
static void count_once(struct answers *answers, struct answers_thread *thread,
                       const struct outcome *outcome)
{
    const enum outcome_kind before = (enum outcome_kind)(thread->ended - 1);
    const bool has_done =
        thread->ended != NOT_ENDED && (before == OUTCOME_DONE || before == OUTCOME_TOPPED_UP);

    summary_add(answers->summary, outcome);
    if (has_done && outcome->kind == OUTCOME_ALREADY_DONE) {
        summary_forget(answers->summary, outcome->kind, ERROR_NONE);
        return;
    }
    if (thread->ended != NOT_ENDED)
        summary_forget(answers->summary, before, (enum error_code)thread->code);
    thread->ended = (uint8_t)(outcome->kind + 1);
    thread->code =
        outcome->kind == OUTCOME_FAILED ? (uint8_t)outcome->error.code : (uint8_t)ERROR_NONE;
}

void answers_conclude(struct answers *answers, struct span thread_id, const struct outcome *outcome)
{
    struct answers_thread *thread;

    if (!answers->prints) {
        summary_add(answers->summary, outcome);
        return;
    }
    thread = thread_at(answers, selection_find(&answers->context->selection, thread_id));
    count_once(answers, thread, outcome);
    print_thread(answers, thread_id, outcome, answers->streams ? thread->waiting : 1);
    thread->waiting = 0;
}

/* ---- lines that come in ---- */

/* Standard input's bytes, as far as they are there. False where there are none now. */
static bool read_on(struct answers *answers)
{
    char piece[PIECE_BYTES];
    const ssize_t got = stream_read_now(STDIN_FILENO, piece, sizeof piece);

    if (got > 0)
        idlist_add(&answers->list, (struct span){piece, (size_t)got});
    else if (got == 0)
        idlist_end(&answers->list);
    else if (errno != EAGAIN && errno != EINTR)
        error_set(&answers->error, ERROR_IO, "cannot read standard input: %s", strerror(errno));
    return got >= 0;
}

/* A line that names no thread of this run: text is what stands there, or nothing. */
static void refuse(struct answers *answers, struct span text, const char *reason)
{
    struct outcome outcome = {.kind = OUTCOME_FAILED};
    const struct thread_facts none = {.state = THREAD_NEW};
    struct answer_line line = {
        .facts = &none, .state = STATES[OUTCOME_FAILED], .losses = &outcome.losses};
    char shown[SHOWN_SIZE];
    char name[NAME_SIZE];

    error_set(&outcome.error, ERROR_BAD_ID, "%s", reason);
    line.code = error_code_name(ERROR_BAD_ID);
    if (text.len > 0 && !text_may_be_key(text)) {
        text_visible(shown, sizeof shown, text);
        line.thread_id = span_of(shown);
    }
    (void)snprintf(name, sizeof name, "line %" PRId64 " of standard input", answers->list.line);
    log_event(LOG_WARNING, "%s: %s: %s", name, line.code, reason);
    report_failure(answers->report, name, &outcome.error);
    answers->invalid++;
    answers->summary->selected++;
    summary_add(answers->summary, &outcome);
    print_line(answers, &line, 1);
}

static struct answers_thread *receive(struct answers *answers, struct span id)
{
    struct selection *selection = &answers->context->selection;
    bool is_new;
    struct answers_thread *thread = thread_at(answers, selection_add(selection, id, &is_new));

    answers->summary->selected += is_new;
    answers->summary->duplicates += !is_new;
    return thread;
}

static bool is_ours(struct answers *answers, struct span id)
{
    if (text_is_key(id))
        refuse(answers, id, "an API key in the place of a thread id: revoke that key");
    else if (!text_is_thread_id(id))
        refuse(answers, id, "not a thread id");
    else if (!shard_has(&answers->context->selection.shard, id))
        refuse(answers, id, "a thread of another shard");
    else
        return true;
    return false;
}

/* The next line with an id; LOOP_NONE only where there will be no more. */
static enum loop_next next_line(struct answers *answers, struct span *id)
{
    struct error err;

    for (;;) {
        switch (idlist_next(&answers->list, id, &err)) {
        case IDLIST_ID:
            if (is_ours(answers, *id))
                return LOOP_JOB;
            break;
        case IDLIST_BAD:
            refuse(answers, (struct span){NULL, 0}, err.text);
            break;
        case IDLIST_MORE:
            return LOOP_LATER;
        case IDLIST_END:
            return LOOP_NONE;
        }
    }
}

static bool is_at_limit(const struct answers *answers)
{
    const int64_t limit = answers->context->selection.limit;

    return limit > 0 && answers->summary->selected >= limit;
}

enum loop_next answers_take(struct answers *answers, struct span *thread_id)
{
    enum loop_next next = LOOP_LATER;

    if (answers->begun < answers->given) {
        *thread_id = selection_get(&answers->context->selection, answers->begun);
        thread_at(answers, answers->begun++)->waiting = 1;
        return LOOP_JOB;
    }
    while (answers->error.code == ERROR_NONE && !is_at_limit(answers)) {
        /* Refusals are many without a job in between: the loop would not see it. */
        if (stop_signal() != 0)
            return LOOP_LATER;
        next = next_line(answers, thread_id);
        if (next == LOOP_JOB && receive(answers, *thread_id)->waiting++ == 0)
            return LOOP_JOB;
        if (next == LOOP_NONE || (next == LOOP_LATER && !read_on(answers)))
            return answers->error.code == ERROR_NONE ? next : LOOP_NONE;
    }
    return LOOP_NONE;
}

int answers_input(const struct answers *answers)
{
    return answers->streams ? STDIN_FILENO : -1;
}

bool answers_was_decided(const struct answers *answers, struct span thread_id)
{
    const size_t place = selection_find(&answers->context->selection, thread_id);

    return answers->streams && place < answers->thread_cap &&
           answers->threads[place].ended != NOT_ENDED;
}

/* ---- the end ---- */

/* Lines that were read and not taken by then. */
static void answer_rest(struct answers *answers)
{
    struct span id;

    while (!is_at_limit(answers) && next_line(answers, &id) == LOOP_JOB)
        receive(answers, id)->waiting++;
}

void answers_close(struct answers *answers)
{
    const struct selection *selection = &answers->context->selection;

    if (answers->streams)
        answer_rest(answers);
    for (size_t i = 0; answers->prints && i < selection_count(selection); i++) {
        const struct answers_thread *thread = thread_at(answers, i);
        const uint32_t untold = thread->ended == NOT_ENDED ? 1 : 0;

        if (thread->waiting > 0 || untold > 0)
            print_thread(answers, selection_get(selection, i), NULL,
                         thread->waiting > 0 ? thread->waiting : untold);
    }
    idlist_release(&answers->list);
    buf_release(&answers->out);
    free(answers->threads);
    answers->threads = NULL;
}
