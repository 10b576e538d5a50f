#include "print/count_rows.h"

#include "base/text.h"
#include "print/wrap.h"

#include <inttypes.h>

enum {
    COUNT_COLUMNS = 8,
    NAME_COLUMNS = 18,
    LABELLED_COLUMNS = 27, /* of name and count together, where the name comes first */
    MEANING_ROOM = 20,     /* with less it stands below */
    BELOW_COLUMN = 4,
};

static struct count_row loss_row(const struct losses *losses, int kind)
{
    return (struct count_row){
        .count = losses->count[kind],
        .name = span_of(loss_name((enum loss_kind)kind)),
        .meaning = loss_meaning((enum loss_kind)kind),
    };
}

static void add_left(struct buf *out, bool name_first, const struct count_row *row)
{
    const size_t used = text_width(row->name);
    const size_t rest = used + 1 < LABELLED_COLUMNS ? LABELLED_COLUMNS - used - 1 : 1;

    if (name_first)
        (void)buf_printf(out, "  %.*s %*" PRId64, (int)row->name.len, row->name.data, (int)rest,
                         row->count);
    else
        (void)buf_printf(out, "  %*" PRId64 "  %.*s", COUNT_COLUMNS, row->count, (int)row->name.len,
                         row->name.data);
}

/* Where the meaning begins: behind the longest name, or behind this one. */
static size_t meaning_column(bool name_first, size_t used)
{
    const size_t usual = name_first ? 2 + LABELLED_COLUMNS : 2 + COUNT_COLUMNS + 2 + NAME_COLUMNS;

    return (used > usual ? used : usual) + (name_first ? 2 : 1);
}

void count_rows_add(struct buf *out, const struct count_layout *layout, const struct count_row *row)
{
    const size_t start = out->len;
    struct wrap wrap = {.width = layout->width};
    size_t used;

    if (row->count == 0)
        return;
    add_left(out, layout->name_first, row);
    used = text_width((struct span){out->data + start, out->len - start});
    wrap.column = meaning_column(layout->name_first, used);
    if (row->meaning[0] != '\0' && wrap.width > 0 && wrap.width < wrap.column + MEANING_ROOM) {
        wrap.column = BELOW_COLUMN;
        (void)buf_printf(out, "\n%*s", BELOW_COLUMN, "");
    } else if (row->meaning[0] != '\0') {
        (void)buf_printf(out, "%*s", (int)(wrap.column - used), "");
    }
    wrap_add(out, &wrap, span_of(row->meaning));
    (void)buf_add_char(out, '\n');
}

void count_rows_add_losses(struct buf *out, const struct count_layout *layout,
                           const struct losses *losses)
{
    for (int kind = 0; kind < LOSS_KINDS; kind++) {
        const struct count_row row = loss_row(losses, kind);

        count_rows_add(out, layout, &row);
    }
}

void count_rows_add_html(struct buf *out, const struct count_row *row)
{
    if (row->count != 0)
        (void)buf_printf(out,
                         "<tr><td class=\"n\">%" PRId64
                         "</td><th scope=\"row\">%.*s</th><td>%s</td></tr>\n",
                         row->count, (int)row->name.len, row->name.data, row->meaning);
}

void count_rows_add_losses_html(struct buf *out, const struct losses *losses)
{
    for (int kind = 0; kind < LOSS_KINDS; kind++) {
        const struct count_row row = loss_row(losses, kind);

        count_rows_add_html(out, &row);
    }
}
