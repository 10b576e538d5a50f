#include "print/wrap.h"

#include "base/text.h"

#include <stdbool.h>

enum { ROOM_MIN = 10, ROOM_UNBROKEN = 1 << 30, TAB_COLUMNS = 8, INDENT = 2 };

static const char MORE[] = "…";

/* Columns for the text: even in the narrowest window a few. */
static size_t room_of(const struct wrap *wrap)
{
    if (wrap->width == 0)
        return ROOM_UNBROKEN;
    return wrap->width > wrap->column + ROOM_MIN ? wrap->width - wrap->column : ROOM_MIN;
}

/* The character in front of text; a byte that is none counts as one. */
static size_t next_char(struct span text, uint32_t *code)
{
    size_t len = text_utf8_next(text, code);

    if (len > 0)
        return len;
    *code = 0;
    return 1;
}

/* How much of a line fits: all of it, or up to the last gap, or what there is room for. */
static size_t fitting(struct span text, size_t room)
{
    size_t at = 0;
    size_t gap = 0;
    size_t columns = 0;

    while (at < text.len) {
        uint32_t code;
        size_t len = next_char((struct span){text.data + at, text.len - at}, &code);

        columns += code == '\t' ? TAB_COLUMNS : (size_t)text_code_width(code);
        if (columns > room && code == ' ')
            return at;
        if (columns > room)
            return gap > 0 ? gap : at;
        at += len;
        if (code == ' ')
            gap = at;
    }
    return at;
}

static struct span without_spaces_in_front(struct span text)
{
    while (text.len > 0 && text.data[0] == ' ') {
        text.data++;
        text.len--;
    }
    return text;
}

static void add_trimmed(struct buf *out, struct span text)
{
    while (text.len > 0 && text.data[text.len - 1] == ' ')
        text.len--;
    buf_add_span(out, text);
}

static void new_line(struct buf *out, const struct wrap *wrap)
{
    buf_printf(out, "\n%*s", (int)wrap->column, "");
}

/* Adds one line of visible text, broken; goes_on says that more of it was left out. */
static void add_broken(struct buf *out, const struct wrap *wrap, struct span text, bool goes_on)
{
    const size_t room = room_of(wrap);

    for (size_t line = 1; text.len > 0; line++) {
        size_t len = fitting(text, room);
        bool is_cut = goes_on || len < text.len;

        if (is_cut && line == wrap->lines) {
            add_trimmed(out, (struct span){text.data, fitting(text, room - 1)});
            buf_add_text(out, MORE);
            return;
        }
        if (len == text.len) {
            buf_add_span(out, text);
            return;
        }
        add_trimmed(out, (struct span){text.data, len});
        text = without_spaces_in_front((struct span){text.data + len, text.len - len});
        if (text.len > 0)
            new_line(out, wrap);
    }
}

static bool is_space(uint32_t code)
{
    return code == ' ' || (code >= '\t' && code <= '\r');
}

/* The beginning of a text as one visible line; false where that is all of it. */
static bool flatten(struct buf *out, struct span text, size_t most_columns)
{
    size_t columns = 0;
    bool gap = false;

    while (text.len > 0 && columns <= most_columns) {
        const size_t start = out->len;
        uint32_t code;
        struct span piece = {text.data, next_char(text, &code)};

        text.data += piece.len;
        text.len -= piece.len;
        if (is_space(code)) {
            gap = columns > 0;
            continue;
        }
        if (gap)
            buf_add_char(out, ' ');
        gap = false;
        text_add_visible(out, piece, false);
        columns += text_width((struct span){out->data + start, out->len - start});
    }
    return text_trim(text).len > 0;
}

static void add_whole(struct buf *out, const struct wrap *wrap, struct span text)
{
    struct buf visible;
    struct span line;
    bool first = true;

    buf_init(&visible, BUF_NO_LIMIT);
    while (text_next_line(&text, &line)) {
        if (!first && line.len > 0)
            new_line(out, wrap);
        else if (!first)
            buf_add_char(out, '\n');
        first = false;
        buf_clear(&visible);
        text_add_visible(&visible, line, true);
        add_broken(out, wrap, buf_span(&visible), false);
    }
    buf_release(&visible);
}

void wrap_add(struct buf *out, const struct wrap *wrap, struct span text)
{
    struct buf flat;
    bool goes_on;

    if (wrap->lines == 0) {
        add_whole(out, wrap, text);
        return;
    }
    buf_init(&flat, BUF_NO_LIMIT);
    goes_on = flatten(&flat, text, wrap->lines * room_of(wrap));
    add_broken(out, wrap, buf_span(&flat), goes_on);
    buf_release(&flat);
}

void wrap_add_line(struct buf *out, size_t width, struct span text)
{
    const struct wrap wrap = {.column = INDENT, .width = width};

    wrap_add(out, &wrap, text);
    buf_add_char(out, '\n');
}

void wrap_add_entry(struct buf *out, size_t width, struct span text)
{
    const struct wrap wrap = {.column = 2 * INDENT, .width = width};

    buf_printf(out, "%*s", INDENT, "");
    wrap_add(out, &wrap, text);
    buf_add_char(out, '\n');
}
