#include "report/diff_form.h"

#include "base/text.h"
#include "print/advice.h"
#include "print/count_rows.h"
#include "print/wrap.h"

#include <string.h>

enum {
    TEXT_COLUMN = 15,  /* where texts begin: two spaces, sign, space, role */
    NARROW_COLUMN = 4, /* where there is no room beside the role */
    NARROW = 45,
    SHORT_LINES = 3, /* of a text, unless it is to be shown whole */
    ADVICE_COLUMN = 5,
    DEFAULT_WIDTH = 80,
};

/* What a colour means; the sequences are ours, nothing from outside comes near them. */
enum color { COLOR_ADD, COLOR_SAME, COLOR_SKIP, COLOR_FOREIGN, COLOR_LOSS, COLOR_HEAD, COLOR_END };

static const char *const COLORS[] = {
    [COLOR_ADD] = "\033[32m",     [COLOR_SAME] = "\033[2m",  [COLOR_SKIP] = "\033[33m",
    [COLOR_FOREIGN] = "\033[31m", [COLOR_LOSS] = "\033[35m", [COLOR_HEAD] = "\033[1m",
    [COLOR_END] = "\033[0m",
};

static const enum color OP_COLORS[DIFF_OPS] = {
    [DIFF_ADD] = COLOR_ADD,
    [DIFF_SAME] = COLOR_SAME,
    [DIFF_SKIP] = COLOR_SKIP,
    [DIFF_FOREIGN] = COLOR_FOREIGN,
};

static const enum color ACTION_COLORS[] = {
    [DIFF_CREATE] = COLOR_ADD,
    [DIFF_APPEND] = COLOR_ADD,
    [DIFF_NONE] = COLOR_SAME,
    [DIFF_FAIL] = COLOR_FOREIGN,
};

static void paint(struct buf *out, const struct diff_style *style, enum color color)
{
    if (style->colors)
        buf_add_text(out, COLORS[color]);
}

static bool is_narrow(const struct diff_style *style)
{
    return style->width > 0 && style->width < NARROW;
}

static size_t text_column(const struct diff_style *style)
{
    return is_narrow(style) ? NARROW_COLUMN : TEXT_COLUMN;
}

/* ---- texts ---- */

/* Without a terminal whole texts keep their lines; shortened ones have to end somewhere. */
static void add_text(struct buf *out, const struct diff_style *style, struct span text)
{
    const struct wrap wrap = {
        .column = text_column(style),
        .width = style->width == 0 && !style->full ? DEFAULT_WIDTH : style->width,
        .lines = style->full ? 0 : SHORT_LINES,
    };

    wrap_add(out, &wrap, text);
}

/* Words of ours, whole in any case. */
static void add_remark(struct buf *out, const struct diff_style *style, size_t column,
                       struct span text)
{
    const struct wrap wrap = {.column = column, .width = style->width, .lines = 0};

    wrap_add(out, &wrap, text);
}

static void new_line(struct buf *out, const struct diff_style *style)
{
    buf_printf(out, "\n%*s", (int)text_column(style), "");
}

/* Text needs no label; anything else says what it is. */
static void add_part(struct buf *out, const struct diff_style *style, const struct part *part)
{
    struct buf text;

    if (part->type == PART_INPUT_TEXT || part->type == PART_OUTPUT_TEXT) {
        add_text(out, style, part->text);
        return;
    }
    buf_init(&text, BUF_NO_LIMIT);
    if (part->type == PART_IMAGE_CONTENTS) {
        diff_add_contents(&text, part);
    } else {
        buf_printf(&text, "%s: ", part_type_name(part->type));
        buf_add_span(&text, part->text);
    }
    add_text(out, style, buf_span(&text));
    buf_release(&text);
}

static void add_call(struct buf *out, const struct diff_style *style, const struct item *item)
{
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    buf_add_span(&text, item->name);
    buf_add_char(&text, ' ');
    buf_add_span(&text, item->arguments);
    add_text(out, style, buf_span(&text));
    buf_release(&text);
}

static void add_content(struct buf *out, const struct diff_style *style, const struct item *item)
{
    switch (item->type) {
    case ITEM_MESSAGE:
        for (size_t i = 0; i < item->part_count; i++) {
            if (i > 0)
                new_line(out, style);
            add_part(out, style, &item->parts[i]);
        }
        break;
    case ITEM_FUNCTION_CALL:
        add_call(out, style, item);
        break;
    case ITEM_FUNCTION_CALL_OUTPUT:
        add_text(out, style, item->output);
        break;
    case ITEM_SKIPPED:
        buf_add_text(out, "(no item) ");
        text_add_visible(out, item->source_id, false);
        break;
    case ITEM_OTHER:
        add_text(out, style, item->type_name);
        break;
    }
}

static const char *who(const struct item *item)
{
    switch (item->type) {
    case ITEM_MESSAGE:
    case ITEM_SKIPPED:
        return item_role_name(item->role);
    case ITEM_FUNCTION_CALL:
        return "call";
    case ITEM_FUNCTION_CALL_OUTPUT:
        return "output";
    case ITEM_OTHER:
        break;
    }
    return "other";
}

/* ---- lines ---- */

static void add_loss(struct buf *out, const struct diff_style *style, const char *name,
                     const char *detail)
{
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    buf_printf(&text, "! %s: %s", name, detail);
    buf_printf(out, "%*s", (int)text_column(style), "");
    paint(out, style, COLOR_LOSS);
    add_remark(out, style, text_column(style), buf_span(&text));
    paint(out, style, COLOR_END);
    buf_add_char(out, '\n');
    buf_release(&text);
}

/* Sign and role have the colour; a text that will be written is left as it is, to be read. */
static void add_item(struct buf *out, const struct diff_style *style, const struct diff_line *l)
{
    paint(out, style, OP_COLORS[l->op]);
    buf_printf(out, "  %c %-10s ", diff_op_sign(l->op), l->item ? who(l->item) : "");
    if (is_narrow(style))
        new_line(out, style);
    if (l->op == DIFF_ADD)
        paint(out, style, COLOR_END);
    if (l->item)
        add_content(out, style, l->item);
    else
        buf_add_text(out, "(nothing of this thread)");
}

static void line(void *ctx, struct buf *body, const struct diff_line *l)
{
    const struct diff_style *style = ctx;

    add_item(body, style, l);
    if (l->there) {
        buf_printf(body, "\n    there:\n    %-10s ", who(l->there));
        if (is_narrow(style))
            new_line(body, style);
        add_content(body, style, l->there);
    }
    if (l->op != DIFF_ADD)
        paint(body, style, COLOR_END);
    buf_add_char(body, '\n');
    for (const struct loss *loss = l->item ? l->item->losses : NULL; loss; loss = loss->next)
        add_loss(body, style, loss_name(loss->kind), loss->detail);
}

/* Losses of the thread itself, which no line has shown. */
static void add_thread_losses(struct buf *out, const struct diff_style *style,
                              const struct losses *all, const struct losses *shown)
{
    for (int kind = 0; kind < LOSS_KINDS; kind++) {
        int64_t count = all->count[kind] - shown->count[kind];
        struct buf text;

        if (count <= 0)
            continue;
        buf_init(&text, BUF_NO_LIMIT);
        buf_add_text(&text, LOSS_ROWS[kind].meaning);
        if (count > 1)
            buf_printf(&text, " (%s times)", text_number(count).text);
        add_loss(out, style, loss_name((enum loss_kind)kind), text.data);
        buf_release(&text);
    }
}

/* What follows the action: ", 4 items", ": reason", " (conversation)"; perhaps nothing. */
static void describe(struct buf *out, const struct job *job, const struct diff_result *result)
{
    if (result->ops[DIFF_ADD] > 0 && job_outcome(job)->kind != OUTCOME_FAILED)
        buf_printf(out, ", %s", text_count(result->ops[DIFF_ADD], "item").text);
    if (diff_reason_shown(result)[0] != '\0') {
        buf_add_text(out, ": ");
        text_add_visible(out, span_of(diff_reason_shown(result)), false);
    }
    if (result->conversation[0] != '\0') {
        buf_add_text(out, " (");
        text_add_visible(out, span_of(result->conversation), false);
        buf_add_char(out, ')');
    }
}

static void add_header(struct buf *out, const struct diff_style *style, const struct job *job,
                       const struct diff_result *result)
{
    const char *action = diff_action_shown(result->action);
    struct buf text;
    size_t used;

    buf_init(&text, BUF_NO_LIMIT);
    buf_add_text(&text, "thread ");
    text_add_visible(&text, span_of(job_thread_id(job)), false);
    buf_add_text(&text, ": ");
    used = text_width(buf_span(&text)) + strlen(action);
    paint(out, style, COLOR_HEAD);
    buf_add_span(out, buf_span(&text));
    paint(out, style, ACTION_COLORS[result->action]);
    buf_add_text(out, action);
    paint(out, style, COLOR_END);
    buf_clear(&text);
    describe(&text, job, result);
    if (text.len > 0 && style->width > 0 && used + text_width(buf_span(&text)) > style->width) {
        buf_printf(out, "\n%*s", NARROW_COLUMN, "");
        add_remark(out, style, NARROW_COLUMN,
                   text_trim((struct span){text.data + 1, text.len - 1}));
    } else {
        buf_add_span(out, buf_span(&text));
    }
    buf_add_char(out, '\n');
    buf_release(&text);
}

static void add_advice(struct buf *out, const struct diff_style *style, enum error_code code)
{
    const char *advice = advice_for(code);

    if (advice[0] == '\0')
        return;
    buf_add_text(out, "  -> ");
    add_remark(out, style, ADVICE_COLUMN, span_of(advice));
    buf_add_char(out, '\n');
}

/* Threads with nothing to do are listed close together. */
static void thread(struct buf *out, const struct diff_style *style, struct job *job,
                   const struct diff_result *result)
{
    const size_t start = out->len;

    add_header(out, style, job, result);
    if (job_outcome(job)->kind == OUTCOME_FAILED)
        add_advice(out, style, job_outcome(job)->error.code);
    add_thread_losses(out, style, job_losses(job), &result->shown);
    buf_add_span(out, result->body);
    if (result->action != DIFF_NONE || memchr(out->data + start, '\n', out->len - start - 1))
        buf_add_char(out, '\n');
}

/* ---- summary ---- */

/* ", 3 there already" */
static void add_number(struct buf *out, int64_t count, const char *words)
{
    if (count > 0)
        buf_printf(out, ", %s %s", text_number(count).text, words);
}

static void add_totals(struct buf *out, const struct diff_totals *totals)
{
    buf_printf(out, "items: %s to write", text_number(totals->ops[DIFF_ADD]).text);
    add_number(out, totals->ops[DIFF_SAME], "there already");
    if (totals->ops[DIFF_SKIP] > 0)
        buf_printf(out, "; %s skipped", text_count(totals->ops[DIFF_SKIP], "message").text);
}

static void add_requests(struct buf *out, const struct diff_totals *totals)
{
    buf_printf(out, "requests: %s to the source, %s to the destination",
               text_number(totals->requests[SIDE_SOURCE]).text,
               text_number(totals->requests[SIDE_DESTINATION]).text);
    if (totals->minutes > 0)
        buf_printf(out, "; about %s min at the configured rates",
                   text_number(totals->minutes).text);
    else
        buf_add_text(out, ", as fast as the servers allow");
}

static void summary(struct buf *out, const struct diff_style *style,
                    const struct diff_totals *totals)
{
    const struct count_layout layout = {.width = style->width};
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    paint(out, style, COLOR_HEAD);
    buf_printf(&text, "threads: %s selected", text_number(totals->selected).text);
    for (int action = 0; action < DIFF_ACTIONS; action++)
        add_number(&text, totals->actions[action], diff_action_words((enum diff_action)action));
    add_remark(out, style, 2, buf_span(&text));
    paint(out, style, COLOR_END);
    buf_add_char(out, '\n');
    buf_clear(&text);
    add_totals(&text, totals);
    wrap_add_line(out, style->width, buf_span(&text));
    count_rows_add_losses(out, &layout, "losses:", &totals->losses);
    buf_clear(&text);
    add_requests(&text, totals);
    wrap_add_line(out, style->width, buf_span(&text));
    buf_release(&text);
}

const struct diff_form DIFF_TEXT = {
    .name = "text", .line = line, .thread = thread, .summary = summary};
