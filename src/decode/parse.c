#include "decode/parse.h"

#include "base/csv.h"
#include "base/mem.h"
#include "base/text.h"
#include "os/stop.h"

#include <stdlib.h>

enum {
    FIRST_BYTES = 1 << 18,
    READ_BYTES = 1 << 26,    /* in one go */
    KEPT_BYTES = 1 << 23,    /* a larger buffer is given back with its file */
    ROW_MAX_BYTES = 1 << 26, /* the longest text of a message, quoted, fits */
    LINES_TRIED = 64,        /* to find a whole object in a file that begins with damage */
    SPENT_FREE = 1 << 24,    /* looks in vain that are always allowed, */
    SPENT_TIMES = 16,        /* and for each byte of the file */
};

/* ---- the window ---- */

static void window_open(struct parse_window *window, const struct files_file *file, uint64_t start)
{
    if (window->cap == 0 || window->cap > KEPT_BYTES) {
        free(window->data);
        window->cap = FIRST_BYTES;
        window->data = mem_alloc(window->cap);
    }
    window->file = file;
    window->len = 0;
    window->at = 0;
    window->offset = start;
    window->at_end = false;
}

static struct span rest_of(const struct parse *parse)
{
    return (struct span){parse->window.data + parse->window.at,
                         parse->window.len - parse->window.at};
}

static uint64_t offset_of(const struct parse *parse)
{
    return parse->window.offset + parse->window.at;
}

/* Moves what is left to the front, and makes room after it. */
static void make_room(struct parse_window *window)
{
    size_t left = window->len - window->at;

    if (window->at > 0 && left > 0)
        memmove(window->data, window->data + window->at, left);
    window->offset += window->at;
    window->at = 0;
    window->len = left;
    if (window->cap - left >= FIRST_BYTES / 2)
        return;
    window->cap *= 2;
    window->data = mem_resize(window->data, window->cap, 1);
}

static bool is_stopped(void)
{
    return stop_signal() != 0;
}

/* Shows more, about twice as much; false at the end of the file, on an error or a stop. */
static bool show_more(struct parse *parse)
{
    struct parse_window *window = &parse->window;
    const size_t before = window->len - window->at;

    if (window->at_end)
        return false;
    make_room(window);
    while (!window->at_end && window->len < window->cap && !is_stopped()) {
        const size_t room = window->cap - window->len;
        const size_t wanted = room < READ_BYTES ? room : READ_BYTES;
        size_t got = 0;

        window->at_end = !files_read(window->file, (int64_t)(window->offset + window->len),
                                     window->data + window->len, wanted, &got, &parse->error) ||
                         got < wanted;
        window->len += got;
    }
    return window->len > before;
}

/* Passes bytes of the rest, and their lines. */
static void pass(struct parse *parse, size_t len)
{
    parse->line += text_count_lines((struct span){rest_of(parse).data, len});
    parse->window.at += len;
}

/* The line at the start of the rest, without its LF; false if it is longer than `max`. */
static bool see_line(struct parse *parse, size_t max, struct span *line, bool *has_lf)
{
    /* A line of many documents is not searched anew for each of them. */
    size_t looked =
        parse->line_end > offset_of(parse) ? (size_t)(parse->line_end - offset_of(parse)) : 0;

    for (;;) {
        struct span rest = rest_of(parse);
        const char *lf =
            rest.len > looked ? memchr(rest.data + looked, '\n', rest.len - looked) : NULL;

        *has_lf = lf != NULL;
        *line = (struct span){rest.data, lf ? (size_t)(lf - rest.data) : rest.len};
        parse->line_end = offset_of(parse) + line->len;
        if (line->len > max)
            return false;
        if (lf)
            return true;
        looked = rest.len;
        if (!show_more(parse))
            return true;
    }
}

/* Passes white space, byte order marks (Windows programs put one on each line) and the record
 * separators of RFC 7464; false at the end of the file. */
static bool skip_space(struct parse *parse)
{
    for (;;) {
        struct span rest = span_skip_all(rest_of(parse), " \n\r\t\x1E");

        pass(parse, rest_of(parse).len - rest.len);
        if (span_starts_with(rest, "\xEF\xBB\xBF"))
            pass(parse, 3);
        else if (rest.len > 2 || (rest.len > 0 && !show_more(parse)))
            return true;
        else if (rest.len == 0 && !show_more(parse))
            return false;
    }
}

/* ---- pieces ---- */

/* A damaged piece of the next len bytes, and those are passed. */
static bool give_damage(struct parse *parse, struct piece *piece, size_t len, const char *why)
{
    piece->bytes = (struct span){rest_of(parse).data, len};
    piece->offset = offset_of(parse);
    piece->len = len;
    piece->line = parse->line;
    piece->why = why;
    pass(parse, len);
    return true;
}

/* The value that the tape holds, `used` bytes of the rest. */
static bool give_value(struct parse *parse, struct piece *piece, size_t used)
{
    (void)give_damage(parse, piece, used, NULL);
    piece->tape = &parse->tape;
    return true;
}

/* The rest begins with a line that is too long: it is damaged, and passed whole. */
static bool give_long_line(struct parse *parse, struct piece *piece)
{
    struct span rest = rest_of(parse);

    piece->offset = offset_of(parse);
    piece->line = parse->line;
    piece->why = PARSE_TOO_LARGE;
    /* Kept, because passing the rest of the line moves the window. */
    buf_clear(&parse->text);
    buf_add(&parse->text, rest.data, rest.len < KEPT_BYTES ? rest.len : KEPT_BYTES);
    piece->bytes = buf_span(&parse->text);
    for (;;) {
        rest = rest_of(parse);
        const char *lf = rest.len > 0 ? memchr(rest.data, '\n', rest.len) : NULL;
        size_t len = lf ? (size_t)(lf - rest.data) + 1 : rest.len;

        piece->len += len;
        pass(parse, len);
        if (lf || !show_more(parse))
            return true;
    }
}

/* ---- JSON ---- */

static bool is_blank(struct span text)
{
    return text_trim(text).len == 0;
}

static char first_byte(struct span text)
{
    struct span trimmed = text_trim(text);

    return trimmed.len > 0 ? trimmed.data[0] : '\0';
}

static bool opens(char c)
{
    return c == '{' || c == '[';
}

/* True if a value may end where this follows: nothing, white space to the line's end, or another
 * document. */
static bool is_after_value(struct span after)
{
    const struct span next = span_skip_all(after, " \t\r");

    return next.len == 0 || next.data[0] == '\n' || opens(next.data[0]);
}

static bool may_look_again(const struct parse *parse)
{
    uint64_t seen = parse->window.offset + parse->window.len;

    return !is_stopped() && parse->spent < SPENT_FREE + SPENT_TIMES * seen;
}

/* True if the text begins with a value that stands there in its own right. */
static bool is_own_value(struct parse *parse, struct span text)
{
    size_t used = 0;
    enum tape_result result = tape_read(&parse->tape, text, &used);

    /* A value that the window cuts off is well formed so far: it is looked at again in its turn. */
    if (result == TAPE_SHORT && !parse->window.at_end)
        return true;
    if (result != TAPE_WHOLE) {
        parse->spent += used;
        return false;
    }
    struct span after = {text.data + used, text.len - used};
    char next = first_byte(after);
    bool is_own = is_after_value(after) && next != ']' && next != '}' && next != ',';

    if (!is_own)
        parse->spent += used;
    return is_own;
}

/* All that is left is one damaged piece. */
static bool give_rest(struct parse *parse, struct piece *piece, const char *why)
{
    while (!is_stopped() && rest_of(parse).len <= PARSE_MAX_BYTES && show_more(parse))
        continue;
    return give_damage(parse, piece, rest_of(parse).len, why);
}

/*
 * A value that goes over lines and is broken: how far? To the next line that begins, in its first
 * column, a value of its own; in JSON lines that is the next line. If too much was looked at in
 * vain, or nothing is found, all of the rest is damaged.
 */
static bool give_broken(struct parse *parse, struct piece *piece)
{
    const char *why = parse->tape.why ? parse->tape.why : PARSE_CUT;
    size_t at = 0;

    while (may_look_again(parse)) {
        struct span rest = rest_of(parse);
        const char *lf = rest.len > at ? memchr(rest.data + at, '\n', rest.len - at) : NULL;

        if (!lf || lf + 1 == rest.data + rest.len) {
            if (lf == NULL)
                at = rest.len;
            if (rest.len > PARSE_MAX_BYTES || !show_more(parse))
                break;
            continue;
        }
        at = (size_t)(lf - rest.data) + 1;
        if (opens(rest.data[at]) &&
            is_own_value(parse, (struct span){rest.data + at, rest.len - at}))
            return give_damage(parse, piece, at, why);
    }
    return give_rest(parse, piece, why);
}

/* The value goes on over the line's end. */
static bool give_document(struct parse *parse, struct piece *piece)
{
    size_t used = 0;

    for (;;) {
        struct span rest = rest_of(parse);
        enum tape_result result = tape_read(&parse->tape, rest, &used);

        if (result == TAPE_WHOLE &&
            is_after_value((struct span){rest.data + used, rest.len - used}))
            return give_value(parse, piece, used);
        if (result != TAPE_SHORT || parse->window.at_end) {
            parse->spent += used;
            return give_broken(parse, piece);
        }
        if (rest.len > PARSE_MAX_BYTES) {
            parse->tape.why = PARSE_TOO_LARGE;
            return give_broken(parse, piece);
        }
        (void)show_more(parse);
    }
}

static bool next_json(struct parse *parse, struct piece *piece)
{
    struct span line;
    bool has_lf;
    size_t used = 0;

    if (!skip_space(parse))
        return false;
    if (!see_line(parse, PARSE_MAX_BYTES, &line, &has_lf))
        return give_long_line(parse, piece);
    switch (tape_read(&parse->tape, line, &used)) {
    case TAPE_WHOLE:
        if (is_after_value((struct span){line.data + used, line.len - used}))
            return give_value(parse, piece, used);
        return give_damage(parse, piece, line.len,
                           first_byte(span_skip(line, used)) == ','
                               ? PARSE_COMMA_AFTER
                               : "a value is followed by other text");
    case TAPE_SHORT:
        if (has_lf)
            return give_document(parse, piece);
        return give_damage(parse, piece, line.len, PARSE_CUT);
    case TAPE_BROKEN:
        break;
    }
    /* "said \\"one\\"": the string has ended at the second quote. */
    used = parse->tape.fault_at;
    const struct span before = {line.data, used < line.len ? used : 0};
    const char *doubled = before.len > 2 ? memmem(before.data, before.len, "\\\\\"", 3) : NULL;
    if (doubled && !memchr(doubled + 3, '"', (size_t)(before.data + used - doubled) - 3))
        return give_damage(parse, piece, line.len, PARSE_DOUBLED);
    return give_damage(parse, piece, line.len,
                       opens(line.data[0]) ? parse->tape.why : PARSE_OTHER_TEXT);
}

/* ---- event streams ---- */

static const char *const EVENT_FIELDS[] = {"event:", "data:", "id:", "retry:", ":"};

static bool is_event_line(struct span line)
{
    for (size_t i = 0; i < sizeof EVENT_FIELDS / sizeof EVENT_FIELDS[0]; i++) {
        if (span_starts_with(line, EVENT_FIELDS[i]))
            return true;
    }
    return false;
}

/* The data of a "data:" line, without the space in front; .data == NULL on any other line. */
static struct span data_of(struct span line)
{
    size_t skip = strlen("data:");

    if (!span_starts_with(line, "data:"))
        return (struct span){NULL, 0};
    if (line.len > skip && line.data[skip] == ' ')
        skip++;
    return (struct span){line.data + skip, line.len - skip};
}

/* The lines of the event at the start of the rest, up to a blank line or one of other text. */
static size_t see_event(struct parse *parse, size_t *data_lines, struct span *data)
{
    size_t len = 0;

    *data_lines = 0;
    buf_clear(&parse->text);
    for (;;) {
        struct span rest = rest_of(parse);
        const char *lf = rest.len > len ? memchr(rest.data + len, '\n', rest.len - len) : NULL;

        if (!lf && rest.len <= PARSE_MAX_BYTES && show_more(parse))
            continue;
        struct span line = {rest.data + len, (lf ? (size_t)(lf - rest.data) : rest.len) - len};
        if (is_blank(line) || !is_event_line(line))
            return len;
        struct span one = data_of(line);
        if (one.data) {
            *data = (struct span){rest.data + (one.data - rest.data), one.len};
            ++*data_lines;
            buf_add_span(&parse->text, one);
            buf_add_char(&parse->text, '\n');
        }
        len += line.len + (lf ? 1 : 0);
        if (!lf)
            return len;
    }
}

/* Gives the event of len bytes whose data was joined; false where it says nothing. */
static bool give_event(struct parse *parse, struct piece *piece, size_t len, size_t lines)
{
    struct span joined = text_trim(buf_span(&parse->text));
    size_t used = 0;

    if (lines == 0 || span_is(joined, "[DONE]") || joined.len == 0) {
        pass(parse, len);
        return false;
    }
    enum tape_result result = tape_read(&parse->tape, buf_span(&parse->text), &used);
    bool is_whole = result == TAPE_WHOLE &&
                    is_blank((struct span){parse->text.data + used, parse->text.len - used});
    (void)give_damage(parse, piece, len,
                      result == TAPE_BROKEN ? parse->tape.why
                                            : "the data of an event ends too "
                                              "early");
    if (is_whole) {
        piece->tape = &parse->tape;
        piece->why = NULL;
        piece->is_copy = true;
    }
    return true;
}

static bool next_event(struct parse *parse, struct piece *piece)
{
    piece->is_event = true;
    while (skip_space(parse)) {
        struct span data = {NULL, 0};
        struct span line;
        size_t lines;
        bool has_lf;

        if (!see_line(parse, PARSE_MAX_BYTES, &line, &has_lf))
            return give_long_line(parse, piece);
        if (!is_event_line(line))
            return give_damage(parse, piece, line.len, "not a line of an event stream");
        size_t len = see_event(parse, &lines, &data);
        if (give_event(parse, piece, len, lines))
            return true;
    }
    return false;
}

/* ---- CSV ---- */

/* The row without a line end is the file's last: true if its last cell, an id, is not whole. */
static bool is_cut(struct parse *parse, struct span record, bool is_last)
{
    const struct table *table = &parse->table;

    if (!record.data || table->count == 0 || !table->columns[table->count - 1].is_id)
        return false;
    const char *before = memrchr(record.data, table->delimiter, record.len);
    const struct span id = before ? span_skip(record, (size_t)(before - record.data) + 1) : record;
    const bool is_part =
        is_last && id.len < parse->id.len && memcmp(id.data, parse->id.data, id.len) == 0;

    buf_clear(&parse->id);
    buf_add_span(&parse->id, id);
    return is_part;
}

static bool give_row(struct parse *parse, struct piece *piece, size_t len, bool is_last)
{
    struct span record = {rest_of(parse).data, len};
    const char *why;
    size_t used = 0;

    if (parse->table.is_bare)
        return give_damage(parse, piece, len, TABLE_NO_HEADER);
    parse->table.is_open = is_last;
    if (is_cut(parse, record, is_last))
        return give_damage(parse, piece, len, TABLE_CUT);
    buf_clear(&parse->text);
    bool ok = table_add_row(&parse->table, record, &parse->text, &why);
    (void)give_damage(parse, piece, len, why);
    piece->partial = buf_span(&parse->text);
    if (!ok || tape_read(&parse->tape, buf_span(&parse->text), &used) != TAPE_WHOLE)
        return true;
    piece->tape = &parse->tape;
    piece->is_row = true;
    piece->is_copy = true;
    return true;
}

static bool next_row(struct parse *parse, struct piece *piece)
{
    for (;;) {
        struct span rest = rest_of(parse);
        size_t len = 0;
        size_t whole = 0;

        if (rest.len == 0 && !show_more(parse))
            return false;
        rest = rest_of(parse);
        switch (csv_record(parse->table.delimiter, rest, parse->window.at_end, &len, &whole)) {
        case CSV_MORE:
            if (rest.len <= ROW_MAX_BYTES && show_more(parse))
                continue;
            return give_damage(parse, piece, rest.len, "a quote is never closed");
        case CSV_END:
            return false;
        case CSV_RECORD:
            break;
        }
        const struct span record = {rest.data, len};

        if (!is_blank(record) && !span_equal(record, buf_span(&parse->table.header)))
            return give_row(parse, piece, len, whole == len);
        pass(parse, whole);
    }
}

/* ---- formats ---- */

static bool is_nul(struct span line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] != '\0' && line.data[i] != '\r')
            return false;
    }
    return line.len > 0;
}

/* The first lines that can be seen now, up to one that is neither blank nor NUL bytes. */
static bool first_line(struct parse *parse, size_t *before, struct span *line)
{
    *before = 0;
    for (;;) {
        struct span rest = rest_of(parse);
        const char *lf =
            rest.len > *before ? memchr(rest.data + *before, '\n', rest.len - *before) : NULL;

        if (!lf && rest.len <= PARSE_MAX_BYTES && show_more(parse))
            continue;
        *line = (struct span){rest.data + *before,
                              (lf ? (size_t)(lf - rest.data) : rest.len) - *before};
        if (!is_blank(*line) && !is_nul(*line))
            return true;
        *before += line->len + (lf ? 1 : 0);
        if (!lf)
            return false;
    }
}

static bool is_whole_line(struct parse *parse, struct span line)
{
    size_t used = 0;

    return tape_read(&parse->tape, line, &used) == TAPE_WHOLE &&
           is_blank((struct span){line.data + used, line.len - used});
}

/* True if one of the next lines is a whole JSON object. */
static bool has_object_line(struct parse *parse)
{
    struct span rest = rest_of(parse);
    struct span line;

    for (int i = 0; i < LINES_TRIED && text_next_line(&rest, &line); i++) {
        if (opens(first_byte(line)) && is_whole_line(parse, line))
            return true;
    }
    return false;
}

/* "sep=;", as Excel writes it: the delimiter, or '\0'. */
static char separator_of(struct span line)
{
    struct span trimmed = text_trim(line);

    return trimmed.len == 5 && memcmp(trimmed.data, "sep=", 4) == 0 ? trimmed.data[4] : '\0';
}

/* Reads the header in the line at `before`; a quoted name may hold line ends. */
static bool read_header(struct parse *parse, size_t before, char delimiter)
{
    struct span rest = rest_of(parse);
    size_t len;
    size_t whole;

    rest = (struct span){rest.data + before, rest.len - before};
    if (csv_record(delimiter ? delimiter : ',', rest, parse->window.at_end, &len, &whole) !=
        CSV_RECORD)
        return false;
    if (!table_read_header(&parse->table, (struct span){rest.data, len}, delimiter))
        return false;
    if (parse->table.is_bare) {
        (void)give_damage(parse, &parse->lost, before + whole, TABLE_NO_HEADER);
        parse->lost.bytes = (struct span){NULL, 0};
        return true;
    }
    if (memchr(rest_of(parse).data, '\0', before))
        (void)give_damage(parse, &parse->lost, before, "a line of NUL bytes");
    else
        pass(parse, before);
    parse->lost.bytes = (struct span){NULL, 0}; /* which the window is about to lose */
    pass(parse, whole);
    return true;
}

static bool begin_table(struct parse *parse, size_t before, struct span line)
{
    char delimiter = separator_of(line);

    if (delimiter == '\0')
        return read_header(parse, before, '\0');
    before += line.len + 1;
    return before <= rest_of(parse).len && read_header(parse, before, delimiter);
}

static enum parse_format find_format(struct parse *parse)
{
    size_t before;
    struct span line;

    if (!first_line(parse, &before, &line))
        return before > 0 && !is_blank(rest_of(parse)) ? PARSE_UNKNOWN : PARSE_EMPTY;
    char first = first_byte(span_skip_all(line, "\x1E"));
    if (opens(first))
        return PARSE_JSON;
    if (is_event_line(line))
        return PARSE_EVENTS;
    if (begin_table(parse, before, line))
        return PARSE_CSV;
    if (is_whole_line(parse, line) || has_object_line(parse))
        return PARSE_JSON;
    return PARSE_UNKNOWN;
}

void parse_init(struct parse *parse)
{
    memset(parse, 0, sizeof *parse);
    table_init(&parse->table);
    buf_init(&parse->id, BUF_NO_LIMIT);
    tape_init(&parse->tape);
    parse->tape.stops = is_stopped;
    buf_init(&parse->text, BUF_NO_LIMIT);
}

void parse_release(struct parse *parse)
{
    table_release(&parse->table);
    buf_release(&parse->id);
    tape_release(&parse->tape);
    buf_release(&parse->text);
    free(parse->window.data);
    parse->window.data = NULL;
}

void parse_open(struct parse *parse, const struct files_file *file, uint64_t start)
{
    window_open(&parse->window, file, start);
    parse->line = 1;
    parse->spent = 0;
    parse->line_end = 0;
    parse->lost.len = 0;
    buf_clear(&parse->id);
    error_clear(&parse->error);
    parse->format = find_format(parse);
}

bool parse_next(struct parse *parse, struct piece *piece)
{
    *piece = (struct piece){.tape = NULL};
    if (is_stopped())
        return false;
    if (parse->lost.len > 0) {
        *piece = parse->lost;
        parse->lost.len = 0;
        return true;
    }
    switch (parse->format) {
    case PARSE_JSON:
        return next_json(parse, piece);
    case PARSE_EVENTS:
        return next_event(parse, piece);
    case PARSE_CSV:
        return next_row(parse, piece);
    case PARSE_EMPTY:
    case PARSE_UNKNOWN:
        break;
    }
    return false;
}
