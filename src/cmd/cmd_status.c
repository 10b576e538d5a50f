/*
 * status: what the checkpoint says. Reads that file and nothing else, also
 * while a run is writing to it.
 */
#include "api/json.h"
#include "base/text.h"
#include "cmd/commands_list.h"
#include "cmd/journal.h"
#include "cmd/summary.h"
#include "cmd/survey.h"

#include <inttypes.h>

/* A thread counts once, by its last state; new ones are in no file. */
static const enum thread_state SHOWN[] = {
    THREAD_DONE, THREAD_PARTIAL, THREAD_FAILED, THREAD_UNCERTAIN, THREAD_ROLLED_BACK, THREAD_PRUNED,
};
enum { SHOWN_COUNT = sizeof SHOWN / sizeof SHOWN[0], FLUSH_BYTES = 1 << 16 };

struct status {
    struct checkpoint *checkpoint;
    bool json;
    int64_t items;
    int64_t failures; /* listed so far */
    struct buf out;
};

/* One whose conversation is being deleted has one still, and is as unfinished. */
static size_t count_of(const struct progress *progress, enum thread_state state)
{
    size_t count = progress_count(progress, state);

    return state == THREAD_PARTIAL ? count + progress_count(progress, THREAD_ROLLING_BACK) : count;
}

static void flush(struct status *s, size_t keep)
{
    if (s->out.len <= keep)
        return;
    survey_print(buf_span(&s->out));
    buf_clear(&s->out);
}

static bool add_items(void *ctx, struct span thread_id, const struct thread_facts *facts)
{
    struct status *s = ctx;

    (void)thread_id;
    s->items += facts->items;
    return true;
}

static bool list_failure(void *ctx, struct span thread_id, const struct thread_facts *facts)
{
    struct status *s = ctx;
    const char *code = error_code_name(facts->code);

    if (facts->state != THREAD_FAILED)
        return true;
    if (s->json) {
        (void)buf_printf(&s->out, "%s{\"thread_id\":", s->failures > 0 ? "," : "");
        json_write_string(&s->out, thread_id, JSON_ESCAPE_HOSTILE);
        (void)buf_printf(&s->out, ",\"code\":\"%s\",\"reason\":", code);
        json_write_string(&s->out, span_of(facts->detail), JSON_ESCAPE_HOSTILE);
        (void)buf_add_char(&s->out, '}');
    } else {
        (void)buf_add_text(&s->out, "  ");
        text_add_visible(&s->out, thread_id, false);
        (void)buf_printf(&s->out, "  %s: ", code);
        text_add_visible(&s->out, span_of(facts->detail), false);
        (void)buf_add_char(&s->out, '\n');
    }
    s->failures++;
    flush(s, FLUSH_BYTES);
    return true;
}

/* Texts of the header are kept as they stand in the file: escaped, and so harmless anywhere. */
static void head_json(struct status *s)
{
    const struct progress *progress = checkpoint_progress(s->checkpoint);
    const struct record *header = checkpoint_header(s->checkpoint);

    (void)buf_printf(&s->out, "{\"schema\":1,\"job\":\"%.*s\",\"threads\":{", (int)header->job.len,
                     header->job.data);
    for (int i = 0; i < SHOWN_COUNT; i++)
        (void)buf_printf(&s->out, "%s\"%s\":%zu", i > 0 ? "," : "", thread_state_name(SHOWN[i]),
                         count_of(progress, SHOWN[i]));
    (void)buf_printf(
        &s->out, "},\"items\":%" PRId64 ",\"possible_empty_orphans\":%" PRIu64 ",\"failures\":[",
        s->items, checkpoint_orphans(s->checkpoint));
}

static void add_pin(struct buf *out, const char *name, struct span value)
{
    if (value.len > 0)
        (void)buf_printf(out, "%-12s %.*s\n", name, (int)value.len, value.data);
}

static void head_text(struct status *s)
{
    const struct progress *progress = checkpoint_progress(s->checkpoint);
    const struct record *header = checkpoint_header(s->checkpoint);
    uint64_t orphans = checkpoint_orphans(s->checkpoint);

    add_pin(&s->out, "job", header->job);
    add_pin(&s->out, "source", header->source);
    (void)buf_printf(&s->out, "%-12s %.*s %.*s\n", "destination",
                     (int)header->pins.destination_type.len, header->pins.destination_type.data,
                     (int)header->pins.base_url.len, header->pins.base_url.data);
    add_pin(&s->out, "organization", header->pins.organization);
    add_pin(&s->out, "project", header->pins.project);
    add_pin(&s->out, "shard", header->pins.shard);
    (void)buf_add_text(&s->out, "threads\n");
    for (int i = 0; i < SHOWN_COUNT; i++) {
        size_t count = count_of(progress, SHOWN[i]);

        if (count > 0 || SHOWN[i] == THREAD_DONE)
            (void)buf_printf(&s->out, "  %-11s %zu\n", thread_state_name(SHOWN[i]), count);
    }
    (void)buf_printf(&s->out, "items        %" PRId64 "\n", s->items);
    if (orphans > 0)
        (void)buf_printf(&s->out,
                         "possible empty conversations that nothing names: at most %" PRIu64 "\n",
                         orphans);
    if (progress_count(progress, THREAD_FAILED) > 0)
        (void)buf_add_text(&s->out, "failures\n");
}

static bool report(struct status *s, struct error *err)
{
    const struct progress *progress = checkpoint_progress(s->checkpoint);

    /* Two walks instead of keeping what millions of failures say. */
    if (!checkpoint_each(s->checkpoint, add_items, s, err))
        return false;
    if (s->json)
        head_json(s);
    else
        head_text(s);
    if (progress_count(progress, THREAD_FAILED) > 0 &&
        !checkpoint_each(s->checkpoint, list_failure, s, err))
        return false;
    if (s->json)
        (void)buf_add_text(&s->out, "]}\n");
    flush(s, 0);
    return true;
}

int cmd_status(const struct invocation *invocation, struct error *err)
{
    struct status status = {.json = invocation->options->json};
    int exit_status = 0;

    buf_init(&status.out, BUF_NO_LIMIT);
    status.checkpoint = journal_open_reader(invocation->config->checkpoint, err);
    if (!status.checkpoint)
        exit_status = summary_print_unbegun(invocation->options, NULL, err);
    else if (!report(&status, err))
        exit_status = error_exit_status(err->code);
    checkpoint_close(status.checkpoint);
    buf_release(&status.out);
    return exit_status;
}
