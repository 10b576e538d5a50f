#include "report/diff_form.h"

#include "base/text.h"
#include "print/advice.h"
#include "print/count_rows.h"
#include "print/wrap.h"

#include <inttypes.h>
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

static const char *plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

static void paint(struct buf *out, const struct diff_style *style, enum color color)
{
    if (style->colors)
        (void)buf_add_text(out, COLORS[color]);
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
    (void)buf_printf(out, "\n%*s", (int)text_column(style), "");
}

/* Text stands for itself; what is none says what it is. */
static void add_part(struct buf *out, const struct diff_style *style, const struct part *part)
{
    struct buf text;

    if (part->type == PART_INPUT_TEXT || part->type == PART_OUTPUT_TEXT) {
        add_text(out, style, part->text);
        return;
    }
    buf_init(&text, BUF_NO_LIMIT);
    (void)buf_printf(&text, "%s: ", part_type_name(part->type));
    (void)buf_add_span(&text, part->text);
    add_text(out, style, buf_span(&text));
    buf_release(&text);
}

static void add_call(struct buf *out, const struct diff_style *style, const struct item *item)
{
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    (void)buf_add_span(&text, item->name);
    (void)buf_add_char(&text, ' ');
    (void)buf_add_span(&text, item->arguments);
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
        (void)buf_add_text(out, "(no item) ");
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
    (void)buf_printf(&text, "! %s: %s", name, detail);
    (void)buf_printf(out, "%*s", (int)text_column(style), "");
    paint(out, style, COLOR_LOSS);
    add_remark(out, style, text_column(style), buf_span(&text));
    paint(out, style, COLOR_END);
    (void)buf_add_char(out, '\n');
    buf_release(&text);
}

/* Sign and role have the colour; a text that will be written is left as it is, to be read. */
static void add_item(struct buf *out, const struct diff_style *style, const struct diff_line *l)
{
    paint(out, style, OP_COLORS[l->op]);
    (void)buf_printf(out, "  %c %-10s ", diff_op_sign(l->op), l->item ? who(l->item) : "");
    if (is_narrow(style))
        new_line(out, style);
    if (l->op == DIFF_ADD)
        paint(out, style, COLOR_END);
    if (l->item)
        add_content(out, style, l->item);
    else
        (void)buf_add_text(out, "(nothing of this thread)");
}

static void line(void *ctx, struct buf *body, const struct diff_line *l)
{
    const struct diff_style *style = ctx;

    add_item(body, style, l);
    if (l->there) {
        (void)buf_printf(body, "\n    there:\n    %-10s ", who(l->there));
        if (is_narrow(style))
            new_line(body, style);
        add_content(body, style, l->there);
    }
    if (l->op != DIFF_ADD)
        paint(body, style, COLOR_END);
    (void)buf_add_char(body, '\n');
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
        (void)buf_add_text(&text, loss_meaning((enum loss_kind)kind));
        if (count > 1)
            (void)buf_printf(&text, " (%" PRId64 " times)", count);
        add_loss(out, style, loss_name((enum loss_kind)kind), text.data);
        buf_release(&text);
    }
}

/* What stands behind the action: ", 4 items", ": reason", " (conversation)"; perhaps nothing. */
static void describe(struct buf *out, const struct job *job, const struct diff_result *result)
{
    if (result->ops[DIFF_ADD] > 0 && job_outcome(job)->kind != OUTCOME_FAILED)
        (void)buf_printf(out, ", %" PRId64 " item%s", result->ops[DIFF_ADD],
                         plural(result->ops[DIFF_ADD]));
    if (result->reason[0] != '\0') {
        (void)buf_add_text(out, ": ");
        text_add_visible(out, span_of(result->reason), false);
    }
    if (result->conversation[0] != '\0') {
        (void)buf_add_text(out, " (");
        text_add_visible(out, span_of(result->conversation), false);
        (void)buf_add_char(out, ')');
    }
}

static void add_header(struct buf *out, const struct diff_style *style, const struct job *job,
                       const struct diff_result *result)
{
    const char *action = diff_action_name(result->action);
    struct buf text;
    size_t used;

    buf_init(&text, BUF_NO_LIMIT);
    (void)buf_add_text(&text, "thread ");
    text_add_visible(&text, span_of(job_thread_id(job)), false);
    (void)buf_add_text(&text, ": ");
    used = text_width(buf_span(&text)) + strlen(action);
    paint(out, style, COLOR_HEAD);
    (void)buf_add_span(out, buf_span(&text));
    paint(out, style, ACTION_COLORS[result->action]);
    (void)buf_add_text(out, action);
    paint(out, style, COLOR_END);
    buf_clear(&text);
    describe(&text, job, result);
    if (text.len > 0 && style->width > 0 && used + text_width(buf_span(&text)) > style->width) {
        (void)buf_printf(out, "\n%*s", NARROW_COLUMN, "");
        add_remark(out, style, NARROW_COLUMN,
                   text_trim((struct span){text.data + 1, text.len - 1}));
    } else {
        (void)buf_add_span(out, buf_span(&text));
    }
    (void)buf_add_char(out, '\n');
    buf_release(&text);
}

static void add_advice(struct buf *out, const struct diff_style *style, enum error_code code)
{
    const char *advice = advice_for(code);

    if (advice[0] == '\0')
        return;
    (void)buf_add_text(out, "  -> ");
    add_remark(out, style, ADVICE_COLUMN, span_of(advice));
    (void)buf_add_char(out, '\n');
}

/* Threads that there is nothing to do with stand close together. */
static void thread(struct buf *out, const struct diff_style *style, struct job *job,
                   const struct diff_result *result)
{
    const size_t start = out->len;

    add_header(out, style, job, result);
    if (job_outcome(job)->kind == OUTCOME_FAILED)
        add_advice(out, style, job_outcome(job)->error.code);
    add_thread_losses(out, style, job_losses(job), &result->shown);
    (void)buf_add_span(out, result->body);
    if (result->action != DIFF_NONE || memchr(out->data + start, '\n', out->len - start - 1))
        (void)buf_add_char(out, '\n');
}

/* ---- summary ---- */

static void add_threads(struct buf *out, const struct diff_totals *totals)
{
    (void)buf_printf(out, "threads: %" PRId64 " selected", totals->selected);
    for (int action = 0; action < DIFF_ACTIONS; action++) {
        if (totals->actions[action] > 0)
            (void)buf_printf(out, ", %" PRId64 " %s", totals->actions[action],
                             diff_action_words((enum diff_action)action));
    }
}

static void add_items(struct buf *out, const struct diff_totals *totals)
{
    (void)buf_printf(out, "items: %" PRId64 " to write", totals->ops[DIFF_ADD]);
    if (totals->ops[DIFF_SAME] > 0)
        (void)buf_printf(out, ", %" PRId64 " there already", totals->ops[DIFF_SAME]);
    if (totals->ops[DIFF_SKIP] > 0)
        (void)buf_printf(out, "; %" PRId64 " message%s without an item", totals->ops[DIFF_SKIP],
                         plural(totals->ops[DIFF_SKIP]));
}

static void add_requests(struct buf *out, const struct diff_totals *totals)
{
    (void)buf_printf(out, "requests: %" PRId64 " to the source, %" PRId64 " to the destination",
                     totals->requests[SIDE_SOURCE], totals->requests[SIDE_DESTINATION]);
    if (totals->minutes > 0)
        (void)buf_printf(out, "; about %" PRId64 " min at the configured rates", totals->minutes);
    else
        (void)buf_add_text(out, ", as fast as the servers allow");
}

static void summary(struct buf *out, const struct diff_style *style,
                    const struct diff_totals *totals)
{
    const struct count_layout layout = {.width = style->width};
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    paint(out, style, COLOR_HEAD);
    add_threads(&text, totals);
    add_remark(out, style, 2, buf_span(&text));
    paint(out, style, COLOR_END);
    (void)buf_add_char(out, '\n');
    buf_clear(&text);
    add_items(&text, totals);
    wrap_add_line(out, style->width, buf_span(&text));
    if (losses_total(&totals->losses) > 0)
        (void)buf_add_text(out, "losses:\n");
    count_rows_add_losses(out, &layout, &totals->losses);
    buf_clear(&text);
    add_requests(&text, totals);
    wrap_add_line(out, style->width, buf_span(&text));
    buf_release(&text);
}

const struct diff_form DIFF_TEXT = {
    .name = "text", .line = line, .thread = thread, .summary = summary};
