/*
 * inventory: what a source holds, counted, and what the current mapping would
 * lose of it.
 */
#include "archive/source_archive.h"
#include "base/text.h"
#include "check/counter.h"
#include "check/inventory.h"
#include "command/commands_list.h"
#include "files/saved_files.h"
#include "json/json.h"
#include "os/terminal.h"
#include "print/count_rows.h"
#include "print/next_command.h"
#include "print/wrap.h"
#include "run/narrow.h"
#include "run/survey.h"

#include <inttypes.h>
#include <unistd.h>

enum { LABEL_COLUMNS = 18 };

struct count_up {
    struct context *context;
    struct inventory inventory;
    struct survey survey;
    struct losses losses;
    struct source *source;    /* the archive itself; borrowed from the counting source around it */
    int64_t assistants;       /* saved in the archive */
    struct saved_files saved; /* of the source; none: count 0 */
    bool json;
    size_t width; /* of the terminal; 0: none */
    bool comma;
    struct buf failures;
    struct buf out;
};

/* Names in the order of the report. */
static const struct {
    const char *key;
    const char *label;
} GROUPS[INVENTORY_GROUPS] = {
    [GROUP_ROLES] = {"roles", "roles"},
    [GROUP_CONTENT] = {"content_types", "content types"},
    [GROUP_ANNOTATIONS] = {"annotations", "annotations"},
    [GROUP_TOOLS] = {"tools", "tools"},
    [GROUP_RUNS] = {"run_statuses", "run statuses"},
};

static struct sink *begin(void *ctx, struct span thread_id, struct error *err)
{
    (void)ctx;
    (void)thread_id;
    (void)err;
    return counter_sink();
}

static void add_failure(struct count_up *c, const char *thread_id, const struct error *error)
{
    struct buf *out = &c->failures;
    struct buf line;

    if (c->json) {
        buf_add_text(out, out->len > 0 ? ",{\"thread_id\":" : "{\"thread_id\":");
        json_write_string(out, span_of(thread_id), JSON_ESCAPE_HOSTILE);
        buf_printf(out, ",\"code\":\"%s\",\"reason\":", error_code_name(error->code));
        json_write_string(out, span_of(error->text), JSON_ESCAPE_HOSTILE);
        buf_add_char(out, '}');
        return;
    }
    buf_init(&line, BUF_NO_LIMIT);
    text_add_visible(&line, span_of(thread_id), false);
    buf_printf(&line, "  %s: ", error_code_name(error->code));
    text_add_visible(&line, span_of(error->text), false);
    wrap_add_entry(out, c->width, buf_span(&line));
    buf_release(&line);
}

static void concluded(void *ctx, struct job *job)
{
    struct count_up *c = ctx;
    const struct outcome *outcome = job_outcome(job);

    losses_add(&c->losses, job_losses(job));
    if (outcome->kind == OUTCOME_FAILED)
        add_failure(c, job_thread_id(job), &outcome->error);
}

static bool see_assistant(void *ctx, const struct archive_assistant_facts *assistant)
{
    struct count_up *c = ctx;

    c->assistants++;
    inventory_see_assistant(&c->inventory, assistant->object);
    return true;
}

/* ---- files ---- */

/* Of distinct files. */
struct held_files {
    int64_t uses[FILE_USES];      /* one with two uses counts for both */
    int64_t states[SAVED_STATES]; /* what the folders say of them */
    int64_t bytes;
    int64_t unsaved; /* nothing */
};

static void count_files(const struct count_up *c, struct held_files *counts)
{
    const struct strmap *files = &c->inventory.files;

    *counts = (struct held_files){.bytes = 0};
    for (size_t i = 0; i < files->count; i++) {
        const struct saved_found found = saved_files_find(&c->saved, strmap_key(files, i));

        for (int use = 0; use < FILE_USES; use++)
            counts->uses[use] += (int64_t)(strmap_value(files, i) >> use & 1);
        if (!found.file) {
            counts->unsaved++;
            continue;
        }
        counts->states[found.file->state]++;
        counts->bytes += found.file->state == SAVED_CONTENTS ? found.file->bytes : 0;
    }
}

static void files_json(struct count_up *c)
{
    struct held_files counts;

    count_files(c, &counts);
    buf_printf(&c->out, ",\"files\":%zu,\"file_uses\":{", c->inventory.files.count);
    for (int use = 0; use < FILE_USES; use++)
        buf_printf(&c->out, "%s\"%s\":%" PRId64, use > 0 ? "," : "", FILE_USE_NAMES[use],
                   counts.uses[use]);
    buf_add_text(&c->out, "},\"saved_files\":");
    if (c->saved.count == 0) {
        buf_add_text(&c->out, "null");
        return;
    }
    for (int state = 0; state < SAVED_STATES; state++)
        buf_printf(&c->out, "%c\"%s\":%" PRId64, state > 0 ? ',' : '{', SAVED_STATE_NAMES[state],
                   counts.states[state]);
    buf_printf(&c->out, ",\"unsaved\":%" PRId64 ",\"bytes\":%" PRId64 "}", counts.unsaved,
               counts.bytes);
}

static void file_row(struct buf *out, int64_t count, const char *name, const char *meaning)
{
    const struct count_layout layout = {.name_first = true};
    const struct count_row row = {.count = count, .name = span_of(name), .meaning = meaning};

    if (count > 0)
        count_rows_add(out, &layout, &row);
}

static void files_text(struct count_up *c)
{
    struct held_files counts;
    struct buf bytes;

    if (c->inventory.files.count == 0)
        return;
    count_files(c, &counts);
    buf_add_text(&c->out, "files by use\n");
    for (int use = 0; use < FILE_USES; use++)
        file_row(&c->out, counts.uses[use], FILE_USE_NAMES[use], "");
    if (c->saved.count == 0)
        return;
    buf_init(&bytes, BUF_NO_LIMIT);
    buf_printf(&bytes, "%s bytes", text_number(counts.bytes).text);
    buf_add_text(&c->out, "contents of files\n");
    for (int state = 0; state < SAVED_STATES; state++)
        file_row(&c->out, counts.states[state], SAVED_STATE_NAMES[state],
                 state == SAVED_CONTENTS ? bytes.data : "");
    file_row(&c->out, counts.unsaved, "unsaved", "");
    buf_release(&bytes);
}

/* ---- JSON ---- */

static bool file_json(void *ctx, const struct archive_file_facts *file)
{
    struct count_up *c = ctx;
    const char *path = file->path;
    const char *shape = file->shape;

    buf_add_text(&c->out, c->comma ? ",{\"path\":" : "{\"path\":");
    json_write_string(&c->out, span_of(path), JSON_ESCAPE_HOSTILE);
    buf_add_text(&c->out, ",\"shape\":");
    json_write_string(&c->out, span_of(shape ? shape : ""), JSON_ESCAPE_HOSTILE);
    buf_add_char(&c->out, '}');
    c->comma = true;
    return true;
}

static void group_json(struct buf *out, const char *key, const struct strmap *group)
{
    buf_printf(out, ",\"%s\":{", key);
    for (size_t i = 0; i < group->count; i++) {
        if (i > 0)
            buf_add_char(out, ',');
        json_write_string(out, strmap_key(group, i), JSON_ESCAPE_HOSTILE);
        buf_printf(out, ":%" PRIu64, strmap_value(group, i));
    }
    buf_add_char(out, '}');
}

static void write_json(struct count_up *c)
{
    const struct inventory *inventory = &c->inventory;

    buf_printf(
        &c->out,
        "{\"schema\":1,\"command\":\"inventory\",\"threads\":{\"selected\":%zu,"
        "\"read\":%" PRId64 ",\"failed\":%" PRId64 "},\"messages\":%" PRId64 ",\"items\":%" PRId64,
        selection_count(&c->context->selection), c->survey.concluded_count - c->survey.failed,
        c->survey.failed, inventory->messages, c->survey.items);
    for (int group = 0; group < INVENTORY_GROUPS; group++)
        group_json(&c->out, GROUPS[group].key, &inventory->groups[group]);
    buf_printf(&c->out, ",\"attachments\":%" PRId64, inventory->attachments);
    files_json(c);
    buf_printf(&c->out,
               ",\"runs\":%" PRId64 ",\"run_steps\":%" PRId64
               ",\"assistants\":{\"named\":%zu,\"saved\":%" PRId64 "},\"archive\":[",
               inventory->runs, inventory->run_steps, inventory->assistants.count, c->assistants);
    if (c->source)
        source_archive_each_file(c->source, file_json, c);
    buf_add_char(&c->out, ']');
    if (c->source) {
        buf_add_text(&c->out, ",\"ledger\":");
        source_archive_write_ledger(c->source, &c->out);
    }
    buf_add_text(&c->out, ",\"losses\":");
    losses_write_json(&c->out, &c->losses);
    buf_add_text(&c->out, ",\"failures\":[");
    buf_add_span(&c->out, buf_span(&c->failures));
    buf_add_text(&c->out, "]}\n");
}

/* ---- text ---- */

static void add_number(struct buf *out, const char *label, int64_t number)
{
    buf_printf(out, "%-*s %10s\n", LABEL_COLUMNS, label, text_number(number).text);
}

static void group_text(struct buf *out, const char *label, const struct strmap *group)
{
    const struct count_layout layout = {.name_first = true};

    if (group->count > 0)
        buf_printf(out, "%s\n", label);
    for (size_t i = 0; i < group->count; i++) {
        const struct count_row row = {
            .count = (int64_t)strmap_value(group, i),
            .name = strmap_key(group, i), /* made visible when it was counted */
            .meaning = "",
        };

        count_rows_add(out, &layout, &row);
    }
}

static void losses_text(struct count_up *c)
{
    const struct count_layout layout = {
        .width = c->width,
        .name_first = true,
    };

    count_rows_add_losses(&c->out, &layout, "would be lost under this mapping", &c->losses);
}

static void write_text(struct count_up *c)
{
    const struct inventory *inventory = &c->inventory;
    struct buf *out = &c->out;

    if (c->source) {
        buf_add_text(out, "archive\n");
        source_archive_print_ledger(c->source, c->context->options->verbose, out);
    }
    add_number(out, "threads", (int64_t)selection_count(&c->context->selection));
    if (c->survey.failed > 0)
        add_number(out, "threads that fail", c->survey.failed);
    add_number(out, "messages", inventory->messages);
    add_number(out, "attachments", inventory->attachments);
    add_number(out, "files", (int64_t)inventory->files.count);
    add_number(out, "assistants", (int64_t)inventory->assistants.count);
    if (c->assistants > 0)
        add_number(out, "assistants saved", c->assistants);
    add_number(out, "runs", inventory->runs);
    add_number(out, "run steps", inventory->run_steps);
    for (int group = 0; group < INVENTORY_GROUPS; group++)
        group_text(out, GROUPS[group].label, &inventory->groups[group]);
    files_text(c);
    losses_text(c);
    if (!c->context->source_is_archive && c->context->config->policy.tool_calls == TOOLS_NONE)
        wrap_add_line(out, c->width, span_of("runs were not read: mapping.tool_calls is none"));
    if (c->failures.len > 0)
        buf_add_text(out, "threads that fail\n");
    buf_add_span(out, buf_span(&c->failures));
}

static void see(void *ctx, enum fetch_kind kind, const json_t *object)
{
    inventory_see(ctx, kind, object);
}

static int run(struct count_up *c, struct error *err)
{
    int status;

    if (c->context->source_is_archive) {
        c->source = c->context->source;
        source_archive_each_assistant(c->source, see_assistant, c);
    }
    c->context->source->see = see;
    c->context->source->see_ctx = &c->inventory;
    status = survey_run(&c->survey, err);
    (c->json ? write_json : write_text)(c);
    survey_print(buf_span(&c->out));
    if (err->code == ERROR_NONE && c->survey.concluded_count > 0)
        next_say(c->context->options, "see it item by item", "diff", NULL);
    /* Threads that fail are a finding here, like all others. */
    return err->code == ERROR_NONE && c->survey.result.signal == 0 ? 0 : status;
}

int cmd_inventory(struct context *context, struct error *err)
{
    struct count_up c = {
        .context = context,
        .json = context->options->json,
        .width = terminal_width(STDOUT_FILENO),
        .survey = {.context = context,
                   .begin = begin,
                   .concluded = concluded,
                   .tells_failures = true},
    };
    int status = COMMAND_UNBEGUN;

    c.survey.ctx = &c;
    inventory_init(&c.inventory);
    buf_init(&c.failures, BUF_NO_LIMIT);
    buf_init(&c.out, BUF_NO_LIMIT);
    if (context_open(context, CONTEXT_SOURCE | CONTEXT_THREADS | CONTEXT_FILES, err) &&
        narrow_selection(context, err) &&
        saved_files_open(&c.saved, context->config->files.path,
                         context->source_is_archive ? context->config->source.path : NULL, err))
        status = run(&c, err);
    saved_files_release(&c.saved);
    inventory_release(&c.inventory);
    buf_release(&c.failures);
    buf_release(&c.out);
    return status;
}
