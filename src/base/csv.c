#include "base/csv.h"

#include <stdint.h>
#include <string.h>

bool csv_cell(char delimiter, struct span record, size_t *at, struct buf *out)
{
    size_t i = *at;

    if (i == record.len || record.data[i] != '"') {
        while (i < record.len && record.data[i] != delimiter)
            i++;
        if (out)
            buf_add(out, record.data + *at, i - *at);
        *at = i;
        return true;
    }
    for (i++;;) {
        const char *start = record.data + i;
        const char *quote = i < record.len ? memchr(start, '"', record.len - i) : NULL;
        if (!quote)
            return false;
        if (out)
            buf_add(out, start, (size_t)(quote - start));
        i = (size_t)(quote - record.data) + 1;
        if (i == record.len || record.data[i] != '"')
            break;
        if (out)
            buf_add_char(out, '"');
        i++;
    }
    *at = i;
    return i == record.len || record.data[i] == delimiter;
}

/* Behind the closing quote of the quoted cell at `at`, or SIZE_MAX where it is not in the text. */
static size_t pass_quoted(struct span text, size_t at)
{
    const char *end = text.data + text.len;
    const char *close = memchr(text.data + at + 1, '"', text.len - at - 1);

    while (close && close + 1 < end && close[1] == '"')
        close = memchr(close + 2, '"', (size_t)(end - close) - 2);
    return close ? (size_t)(close - text.data) + 1 : SIZE_MAX;
}

/* Up to the delimiter or line end: in a plain cell, and behind a closing quote, quotes mean
 * nothing. */
static size_t pass_plain(struct span text, size_t at, char delimiter)
{
    while (at < text.len && text.data[at] != delimiter && text.data[at] != '\n')
        at++;
    return at;
}

enum csv_step csv_record(char delimiter, struct span text, bool at_end, size_t *len, size_t *whole)
{
    size_t at = 0;

    if (text.len == 0)
        return at_end ? CSV_END : CSV_MORE;
    while (at < text.len && text.data[at] != '\n') {
        if (text.data[at] == '"')
            at = pass_quoted(text, at);
        if (at == SIZE_MAX)
            return CSV_MORE;
        at = pass_plain(text, at, delimiter);
        if (at < text.len && text.data[at] == delimiter)
            at++;
    }
    if (at == text.len && !at_end)
        return CSV_MORE;
    *whole = at < text.len ? at + 1 : at;
    *len = at > 0 && text.data[at - 1] == '\r' ? at - 1 : at;
    return CSV_RECORD;
}
