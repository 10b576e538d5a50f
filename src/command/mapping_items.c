#include "command/mapping_items.h"

#include "base/text.h"
#include "check/itemizer.h"
#include "json/json.h"
#include "run/journal.h"
#include "run/survey.h"
#include "source/decider.h"

#include <inttypes.h>
#include <string.h>

static const char HEAD[] = "thread_id,message_id,created_at,conversation_id,item_id,index\n";

struct items {
    struct context *context;
    item_row_writer writer;
};

static void add_number(struct buf *out, int64_t number, const char *unknown)
{
    if (number == ITEM_UNKNOWN)
        buf_add_text(out, unknown);
    else
        buf_printf(out, "%" PRId64, number);
}

static void write_csv(struct buf *out, const struct item_row *row)
{
    text_add_csv(out, row->thread_id);
    buf_add_char(out, ',');
    text_add_csv(out, row->message_id);
    buf_add_char(out, ',');
    add_number(out, row->created, "");
    buf_add_char(out, ',');
    text_add_csv(out, row->conversation_id);
    buf_add_char(out, ',');
    text_add_csv(out, row->item_id);
    buf_add_char(out, ',');
    add_number(out, row->index, "");
    buf_add_char(out, '\n');
}

static void write_jsonl(struct buf *out, const struct item_row *row)
{
    buf_add_char(out, '{');
    json_write_member(out, "thread_id", row->thread_id);
    buf_add_char(out, ',');
    json_write_member(out, "message_id", row->message_id);
    buf_add_char(out, ',');
    buf_add_text(out, "\"created_at\":");
    add_number(out, row->created, "null");
    buf_add_char(out, ',');
    json_write_member(out, "conversation_id", row->conversation_id);
    buf_add_char(out, ',');
    json_write_member(out, "item_id", row->item_id);
    buf_add_char(out, ',');
    buf_add_text(out, "\"index\":");
    add_number(out, row->index, "null");
    buf_add_text(out, "}\n");
}

static struct sink *begin(void *ctx, struct span thread_id, struct error *err)
{
    const struct items *items = ctx;
    struct thread_facts facts;

    if (!checkpoint_facts(items->context->checkpoint, thread_id, &facts, err))
        return NULL;
    return itemizer_new(thread_id, &facts, items->writer);
}

static void concluded(void *ctx, struct job *job)
{
    (void)ctx;
    if (job_outcome(job)->kind == OUTCOME_DONE)
        survey_print(itemizer_rows(job_sink(job)));
}

static bool offer(void *ctx, struct span thread_id, const struct thread_facts *facts)
{
    return facts->conversation[0] == '\0' || selection_offer(ctx, thread_id);
}

static const char *path_at(const struct context *context, size_t place)
{
    const struct options *options = context->options;

    return options->word_count > 0 ? options->words[place] : context->config->checkpoint;
}

/* In place of the one before. */
static bool open_checkpoint(struct context *context, size_t place, struct error *err)
{
    decider_free(context->decider);
    context->decider = NULL;
    checkpoint_close(context->checkpoint);
    context->checkpoint = journal_open_reader(path_at(context, place), err);
    return context->checkpoint && journal_is_part(context->checkpoint, context, false, err);
}

static int run(struct items *items, size_t place, struct error *err)
{
    struct survey survey = {.context = items->context,
                            .begin = begin,
                            .concluded = concluded,
                            .ctx = items,
                            .keep_skipped = true};
    struct selection *selection = &items->context->selection;

    strmap_release(&selection->ids);
    strmap_init(&selection->ids);
    if (!open_checkpoint(items->context, place, err) ||
        !checkpoint_each(items->context->checkpoint, offer, selection, err))
        return error_exit_status(err->code);
    return survey_run(&survey, err);
}

static bool check_options(const struct options *options, struct error *err)
{
    const bool is_sql = options->format && strcmp(options->format, "sql") == 0;

    if (!is_sql && !options->table)
        return true;
    error_set(err, ERROR_USAGE, "--items has the forms csv and jsonl");
    return false;
}

int mapping_items(struct context *context, struct error *err)
{
    const struct options *options = context->options;
    const bool is_json =
        options->json || (options->format && strcmp(options->format, "jsonl") == 0);
    const size_t count = options->word_count > 0 ? options->word_count : 1;
    struct items items = {.context = context, .writer = is_json ? write_jsonl : write_csv};
    int status = 0;

    if (!check_options(options, err) ||
        !context_open(context, CONTEXT_SOURCE | CONTEXT_DESTINATION, err))
        return COMMAND_UNBEGUN;
    /* All are opened before the first row is printed, so that a wrong name prints none. */
    for (size_t i = 0; i < count; i++) {
        if (!open_checkpoint(context, i, err))
            return COMMAND_UNBEGUN;
    }
    if (!is_json)
        survey_print(span_of(HEAD));
    for (size_t i = 0; i < count && status <= EXIT_PARTLY; i++) {
        const int one = run(&items, i, err);

        status = one > status ? one : status;
    }
    return status;
}
