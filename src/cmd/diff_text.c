#include "cmd/diff_form.h"

#include "base/text.h"

#include <inttypes.h>

enum {
    WORDS_COLUMNS = 64,
    TEXT_COLUMN = 15, /* where texts begin: two spaces, sign, space, role */
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

static void paint(struct buf *out, const struct diff_style *style, enum color color)
{
    if (style->colors)
        (void)buf_add_text(out, COLORS[color]);
}

/* ---- words ---- */

static bool is_space(uint32_t code)
{
    return code == ' ' || (code >= '\t' && code <= '\r');
}

/* Adds text on one line, white space as single spaces; false when it was cut. */
static bool add_flat(struct buf *out, struct span text, size_t *width)
{
    bool gap = false;

    while (text.len > 0) {
        const size_t start = out->len;
        uint32_t code = 0;
        size_t len = text_utf8_next(text, &code);
        struct span piece = {text.data, len > 0 ? len : 1};
        size_t wide;

        text.data += piece.len;
        text.len -= piece.len;
        if (len > 0 && is_space(code)) {
            gap = true;
            continue;
        }
        if (gap && *width > 0)
            (void)buf_add_char(out, ' ');
        gap = false;
        text_add_visible(out, piece, false);
        wide = text_width((struct span){out->data + start, out->len - start});
        if (*width + wide > WORDS_COLUMNS) {
            buf_truncate(out, start);
            (void)buf_add_text(out, "…");
            return false;
        }
        *width += wide;
    }
    return true;
}

/* The texts of an item in order: those of its parts, or the fields of a call. */
static size_t item_texts(const struct item *item, size_t index, struct span *text)
{
    const struct span call[] = {item->name, item->arguments, item->output};

    if (item->type == ITEM_MESSAGE) {
        if (index < item->part_count)
            *text = item->parts[index].text;
        return item->part_count;
    }
    if (item->type == ITEM_OTHER || item->type == ITEM_SKIPPED) {
        *text = item->type == ITEM_OTHER ? item->type_name : item->source_id;
        return 1;
    }
    if (index < sizeof call / sizeof call[0])
        *text = call[index];
    return sizeof call / sizeof call[0];
}

/* The first words of an item. */
static void add_words(struct buf *out, const struct item *item)
{
    struct span text = {NULL, 0};
    size_t width = 0;

    for (size_t i = 0; i < item_texts(item, i, &text); i++) {
        if (width > 0 && text.len > 0) {
            (void)buf_add_char(out, ' ');
            width++;
        }
        if (!add_flat(out, text, &width))
            return;
    }
}

static void add_indent(struct buf *out, int columns)
{
    (void)buf_printf(out, "%*s", columns, "");
}

/* The whole text, its lines below each other. */
static void add_full(struct buf *out, const struct item *item)
{
    struct span text = {NULL, 0};

    for (size_t i = 0; i < item_texts(item, i, &text); i++) {
        struct span rest = text;
        struct span line;
        bool first = i == 0;

        while (text_next_line(&rest, &line)) {
            if (!first) {
                (void)buf_add_char(out, '\n');
                add_indent(out, TEXT_COLUMN);
            }
            first = false;
            text_add_visible(out, line, true);
        }
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

static void add_item(struct buf *out, const struct diff_style *style, const struct item *item)
{
    (void)buf_printf(out, " %-10s ", who(item));
    if (style->full)
        add_full(out, item);
    else
        add_words(out, item);
}

/* ---- lines ---- */

static void add_loss(struct buf *out, const struct diff_style *style, const char *name,
                     struct span detail)
{
    add_indent(out, TEXT_COLUMN);
    paint(out, style, COLOR_LOSS);
    (void)buf_printf(out, "! %s: ", name);
    text_add_visible(out, detail, false);
    paint(out, style, COLOR_END);
    (void)buf_add_char(out, '\n');
}

static void line(void *ctx, struct buf *body, const struct diff_line *l)
{
    const struct diff_style *style = ctx;

    paint(body, style, OP_COLORS[l->op]);
    (void)buf_printf(body, "  %c", diff_op_sign(l->op));
    if (l->item)
        add_item(body, style, l->item);
    else
        (void)buf_add_text(body, " (nothing of this thread)");
    if (l->there) {
        (void)buf_add_text(body, "\n    there:\n   ");
        add_item(body, style, l->there);
    }
    paint(body, style, COLOR_END);
    (void)buf_add_char(body, '\n');
    for (const struct loss *loss = l->item ? l->item->losses : NULL; loss; loss = loss->next)
        add_loss(body, style, loss_name(loss->kind), span_of(loss->detail));
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
        add_loss(out, style, loss_name((enum loss_kind)kind), buf_span(&text));
        buf_release(&text);
    }
}

static void thread(struct buf *out, const struct diff_style *style, struct job *job,
                   const struct diff_result *result)
{
    paint(out, style, COLOR_HEAD);
    (void)buf_add_text(out, "thread ");
    text_add_visible(out, span_of(job_thread_id(job)), false);
    (void)buf_printf(out, ": %s", diff_action_name(result->action));
    if (result->conversation[0] != '\0') {
        (void)buf_add_text(out, " ");
        text_add_visible(out, span_of(result->conversation), false);
    }
    if (result->ops[DIFF_ADD] > 0 && job_outcome(job)->kind != OUTCOME_FAILED)
        (void)buf_printf(out, ", %" PRId64 " item%s", result->ops[DIFF_ADD],
                         result->ops[DIFF_ADD] == 1 ? "" : "s");
    if (result->reason[0] != '\0') {
        (void)buf_add_text(out, ": ");
        text_add_visible(out, span_of(result->reason), false);
    }
    paint(out, style, COLOR_END);
    (void)buf_add_char(out, '\n');
    add_thread_losses(out, style, job_losses(job), &result->shown);
    (void)buf_add_span(out, result->body);
    (void)buf_add_char(out, '\n');
}

/* ---- summary ---- */

static void summary(struct buf *out, const struct diff_style *style,
                    const struct diff_totals *totals)
{
    paint(out, style, COLOR_HEAD);
    (void)buf_printf(out, "threads: %" PRId64 " selected", totals->selected);
    for (int action = 0; action <= DIFF_FAIL; action++) {
        if (totals->actions[action] > 0)
            (void)buf_printf(out, ", %" PRId64 " %s", totals->actions[action],
                             diff_action_name((enum diff_action)action));
    }
    paint(out, style, COLOR_END);
    (void)buf_printf(out,
                     "\nitems: %" PRId64 " to write, %" PRId64 " there already; %" PRId64
                     " message%s without an item\n",
                     totals->ops[DIFF_ADD], totals->ops[DIFF_SAME], totals->ops[DIFF_SKIP],
                     totals->ops[DIFF_SKIP] == 1 ? "" : "s");
    if (losses_total(&totals->losses) > 0)
        (void)buf_add_text(out, "losses:\n");
    for (int kind = 0; kind < LOSS_KINDS; kind++) {
        if (totals->losses.count[kind] > 0)
            (void)buf_printf(out, "  %8" PRId64 "  %-18s %s\n", totals->losses.count[kind],
                             loss_name((enum loss_kind)kind), loss_meaning((enum loss_kind)kind));
    }
    (void)buf_printf(out,
                     "a run would send %" PRId64 " requests to the source and %" PRId64
                     " to the destination",
                     totals->requests[ORIGIN_SOURCE], totals->requests[ORIGIN_DESTINATION]);
    if (totals->minutes > 0)
        (void)buf_printf(out, ": about %" PRId64 " min at the configured rates\n", totals->minutes);
    else
        (void)buf_add_text(out, ", as fast as the servers allow\n");
}

const struct diff_form DIFF_TEXT = {
    .name = "text", .line = line, .thread = thread, .summary = summary};
