#include "print/count_rows.h"

#include "base/text.h"
#include "print/wrap.h"

#include <string.h>

enum {
    COUNT_COLUMNS = 8,
    NAME_COLUMNS = 18,
    LABELLED_COLUMNS = 27, /* of name and count together, where the name comes first */
    MEANING_ROOM = 20,     /* with less it is below */
    BELOW_COLUMN = 4,
    FEW_LETTERS = 24, /* a longer meaning goes below its name on a narrow page */
};

static void add_left(struct buf *out, bool name_first, const struct count_row *row)
{
    const size_t used = text_width(row->name);
    const size_t rest = used + 1 < LABELLED_COLUMNS ? LABELLED_COLUMNS - used - 1 : 1;
    const struct number count = text_number(row->count);

    if (name_first)
        buf_printf(out, "  %.*s %*s", (int)row->name.len, row->name.data, (int)rest, count.text);
    else
        buf_printf(out, "  %*s  %.*s", COUNT_COLUMNS, count.text, (int)row->name.len,
                   row->name.data);
}

/* The meaning begins after the longest name, or after this one. */
static size_t meaning_column(bool name_first, size_t used)
{
    const size_t usual = name_first ? 2 + LABELLED_COLUMNS : 2 + COUNT_COLUMNS + 2 + NAME_COLUMNS;

    return (used > usual ? used : usual) + (name_first ? 2 : 1);
}

void count_rows_add(struct buf *out, const struct count_layout *layout, const struct count_row *row)
{
    const size_t start = out->len;
    struct wrap wrap = {.width = layout->width};
    struct buf meaning;
    size_t used;

    if (row->count == 0)
        return;
    add_left(out, layout->name_first, row);
    used = text_width((struct span){out->data + start, out->len - start});
    wrap.column = meaning_column(layout->name_first, used);
    if (row->meaning[0] != '\0' && wrap.width > 0 && wrap.width < wrap.column + MEANING_ROOM) {
        wrap.column = BELOW_COLUMN;
        buf_printf(out, "\n%*s", BELOW_COLUMN, "");
    } else if (row->meaning[0] != '\0') {
        buf_printf(out, "%*s", (int)(wrap.column - used), "");
    }
    buf_init(&meaning, BUF_NO_LIMIT);
    buf_add_text(&meaning, row->meaning);
    if (row->key)
        buf_printf(&meaning, " (mapping.%s)", row->key);
    wrap_add(out, &wrap, buf_span(&meaning));
    buf_add_char(out, '\n');
    buf_release(&meaning);
}

void count_rows_add_html(struct buf *out, const struct count_row *row)
{
    if (row->count == 0)
        return;
    buf_printf(out, "<tr%s><td class=\"n\">%s</td><th scope=\"row\">%.*s</th><td>%s",
               strlen(row->meaning) > FEW_LETTERS ? " class=\"c\"" : "",
               text_number(row->count).text, (int)row->name.len, row->name.data, row->meaning);
    if (row->key)
        buf_printf(out, " <code class=\"w\">mapping.%s</code>", row->key);
    buf_add_text(out, "</td></tr>\n");
}

/* The next kind from *kind on that occurred and is a note or not; false after the last. */
static bool next_loss(const struct losses *losses, bool is_note, int *kind, struct count_row *row)
{
    for (; *kind < LOSS_KINDS; (*kind)++) {
        const struct loss_row *loss = &LOSS_ROWS[*kind];

        if (losses->count[*kind] == 0 || loss->is_note != is_note)
            continue;
        *row = (struct count_row){losses->count[(*kind)++], span_of(loss->name), loss->meaning,
                                  loss->key};
        return true;
    }
    return false;
}

static void add_kinds(struct buf *out, const struct count_layout *layout, const char *title,
                      const struct losses *losses, bool is_note)
{
    struct count_row row;
    int kind = 0;

    if (!next_loss(losses, is_note, &kind, &row))
        return;
    buf_printf(out, layout ? "%s\n" : "<table><caption>%s</caption><tbody>\n", title);
    do {
        if (layout)
            count_rows_add(out, layout, &row);
        else
            count_rows_add_html(out, &row);
    } while (next_loss(losses, is_note, &kind, &row));
    if (!layout)
        buf_add_text(out, "</tbody></table>\n");
}

void count_rows_add_losses(struct buf *out, const struct count_layout *layout, const char *title,
                           const struct losses *losses)
{
    add_kinds(out, layout, title, losses, false);
    add_kinds(out, layout, layout->name_first ? "notes" : "notes:", losses, true);
}

void count_rows_add_losses_html(struct buf *out, const char *title, const struct losses *losses)
{
    add_kinds(out, NULL, title, losses, false);
    add_kinds(out, NULL, "Worth knowing", losses, true);
}
