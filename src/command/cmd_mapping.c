/*
 * mapping: which conversation a thread has become, as CSV, JSON lines or SQL.
 * Given the checkpoints of all shards it also tells whether they are all there
 * and share no thread.
 */
#include "base/mem.h"
#include "base/text.h"
#include "command/commands_list.h"
#include "command/mapping_items.h"
#include "command/mapping_shards.h"
#include "files/manifest.h"
#include "json/json.h"
#include "print/mapping_rows.h"
#include "run/journal.h"
#include "run/survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLUSH_BYTES = 1 << 16 };

struct mapping_output {
    const struct mapping_format *format;
    const char *table;
    struct shards shards;
    struct checkpoint **checkpoints;
    size_t count;
    size_t at;
    bool refused; /* a row cannot be written in this format */
    struct buf out;
};

static bool add_row(void *ctx, struct span thread_id, const struct thread_facts *facts)
{
    struct mapping_output *m = ctx;
    const struct mapping_row row = {
        .thread_id = thread_id,
        .conversation_id = span_of(facts->conversation),
        .items = facts->items,
        .state = thread_state_name(facts->state),
        .table = m->table,
    };

    if (facts->conversation[0] == '\0')
        return true;
    shards_see(&m->shards, m->at, thread_id);
    if (!m->format->row(&m->out, &row))
        m->refused = true;
    if (m->out.len > FLUSH_BYTES) {
        survey_print(buf_span(&m->out));
        buf_clear(&m->out);
    }
    /* Nobody reads what does not arrive; main says so. */
    return !ferror(stdout);
}

static void add_file_csv(struct buf *out, struct span id, const struct fate *fate)
{
    text_add_csv(out, id);
    buf_printf(out, ",%s,", fate_name(fate->kind));
    text_add_csv(out, fate->id);
    buf_add_char(out, ',');
    if (fate->saved)
        buf_add_int(out, fate->saved->bytes);
    buf_add_char(out, '\n');
}

static void add_file_json(struct buf *out, struct span id, const struct fate *fate)
{
    buf_add_char(out, '{');
    json_write_member(out, "file_id", id);
    buf_printf(out, ",\"state\":\"%s\",", fate_name(fate->kind));
    json_write_member(out, "new_id", fate->id);
    buf_add_text(out, ",\"bytes\":");
    if (fate->saved)
        buf_add_int(out, fate->saved->bytes);
    else
        buf_add_text(out, "null");
    buf_add_text(out, "}\n");
}

/* What became of file ids, by their newest decisions. */
static bool print_files(struct mapping_output *m, struct error *err)
{
    const bool is_csv = strcmp(m->format->name, "csv") == 0;

    if (m->format->needs_table) {
        error_set(err, ERROR_USAGE, "--file-ids is csv or jsonl");
        return false;
    }
    if (is_csv)
        buf_add_text(&m->out, "file_id,state,new_id,bytes\n");
    for (m->at = 0; m->at < m->count; m->at++) {
        const struct filebook *files = checkpoint_files(m->checkpoints[m->at]);

        for (size_t place = 0; place < files->ids.count && !ferror(stdout); place++) {
            struct fate fate;
            const struct span id = filebook_at(files, place, &fate);

            (is_csv ? add_file_csv : add_file_json)(&m->out, id, &fate);
            if (m->out.len > FLUSH_BYTES) {
                survey_print(buf_span(&m->out));
                buf_clear(&m->out);
            }
        }
    }
    survey_print(buf_span(&m->out));
    return true;
}

static bool print_rows(struct mapping_output *m, struct error *err)
{
    buf_add_text(&m->out, m->format->head);
    for (m->at = 0; m->at < m->count; m->at++) {
        if (!checkpoint_each(m->checkpoints[m->at], add_row, m, err))
            return false;
    }
    survey_print(buf_span(&m->out));
    return true;
}

/* All are opened before the first row is printed, so that a wrong name prints none. */
static bool open_all(struct mapping_output *m, const struct context *context, struct error *err)
{
    const struct options *options = context->options;
    size_t count = options->word_count > 0 ? options->word_count : 1;

    m->checkpoints = mem_zalloc(count, sizeof(struct checkpoint *));
    for (m->count = 0; m->count < count; m->count++) {
        const char *path =
            options->word_count > 0 ? options->words[m->count] : context->config->checkpoint;
        struct checkpoint *checkpoint = journal_open_reader(path, err);

        if (!checkpoint)
            return false;
        m->checkpoints[m->count] = checkpoint;
        shards_add(&m->shards, path, &checkpoint_header(checkpoint)->pins);
    }
    return true;
}

static bool choose_format(struct mapping_output *m, const struct options *options,
                          struct error *err)
{
    m->format = mapping_format_find(options->json ? "jsonl" : options->format);
    m->table = options->table;
    if (!m->format->needs_table && !m->table)
        return true;
    if (!m->format->needs_table)
        error_set(err, ERROR_USAGE, "--table needs --format sql");
    else if (!m->table)
        error_set(err, ERROR_USAGE, "--format sql needs --table NAME");
    else if (!mapping_table_is_name(m->table))
        error_set(
            err, ERROR_USAGE,
            "'%s' is not a table name: letters, digits and _, or any in \"double quotes\" with "
            "quotes doubled; a dot between schema and table",
            m->table);
    else
        return true;
    return false;
}

int cmd_mapping(struct context *context, struct error *err)
{
    struct mapping_output m = {.count = 0};
    int status = 0;

    if (context->options->items && context->options->file_ids) {
        error_set(err, ERROR_USAGE,
                  "--items and --file-ids print different rows: give one of them");
        return COMMAND_UNBEGUN;
    }
    if (context->options->items)
        return mapping_items(context, err);
    buf_init(&m.out, BUF_NO_LIMIT);
    shards_init(&m.shards);
    if (!choose_format(&m, context->options, err) || !open_all(&m, context, err) ||
        !(context->options->file_ids ? print_files : print_rows)(&m, err))
        status = COMMAND_UNBEGUN;
    else if (!context->options->file_ids && (!shards_judge(&m.shards) || m.refused))
        status = EXIT_PARTLY;
    for (size_t i = 0; i < m.count; i++)
        checkpoint_close(m.checkpoints[i]);
    free(m.checkpoints);
    shards_release(&m.shards);
    buf_release(&m.out);
    return status;
}
