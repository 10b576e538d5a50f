/*
 * Any bytes as the text of a file: its pieces are in order, none is empty, each shows its own bytes
 * and line, and what is in none of them is white space, a byte order mark, the sign between JSON
 * texts (RFC 7464), a header or the envelope of a stream.
 */
#include "decode/parse.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f' || c == 0x1E;
}

static bool is_between(const uint8_t *data, uint64_t from, uint64_t to)
{
    while (from < to) {
        if (to - from >= 3 && memcmp(data + from, "\xEF\xBB\xBF", 3) == 0)
            from += 3;
        else if (!is_space(data[from++]))
            return false;
    }
    return true;
}

static uint32_t line_of(const uint8_t *data, size_t end)
{
    uint32_t line = 1;

    for (size_t i = 0; i < end; i++)
        line += data[i] == '\n';
    return line;
}

static void check_piece(const struct piece *piece, const uint8_t *data, size_t size)
{
    assert(piece->len > 0 && piece->offset <= size && piece->len <= size - piece->offset);
    assert((piece->tape == NULL) == (piece->why != NULL));
    assert(piece->line == line_of(data, piece->offset));
    if (piece->bytes.data) {
        assert(piece->bytes.len == piece->len);
        assert(memcmp(piece->bytes.data, data + piece->offset, piece->len) == 0);
    }
    if (piece->tape && !piece->is_copy)
        assert(tape_raw(piece->tape, 0).len <= piece->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct files_file *file = files_temporary(&err);
    struct parse parse;
    struct piece piece;
    uint64_t end = 0;

    assert(file &&
           (size == 0 || files_write(file, 0, (struct span){(const char *)data, size}, &err)));
    parse_init(&parse);
    parse_open(&parse, file, 0);
    while (parse_next(&parse, &piece)) {
        check_piece(&piece, data, size);
        assert(piece.offset >= end);
        assert(parse.format != PARSE_JSON || is_between(data, end, piece.offset));
        end = piece.offset + piece.len;
    }
    assert(parse.error.code == ERROR_NONE);
    assert(parse.format != PARSE_JSON || is_between(data, end, size));
    parse_release(&parse);
    files_close(file);
    return 0;
}
