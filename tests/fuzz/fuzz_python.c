/*
 * Any text as printed Python: what comes out is JSON on every line, with as many lines as the
 * text, in pieces of any size the same; and a text that gives no JSON has places.
 */
#include "base/buf.h"
#include "base/text.h"
#include "decode/python.h"
#include "json/json.h"
#include "json/json_tape.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
    struct span text;
    size_t piece;
    struct buf json;
    uint64_t line;
    size_t places;
};

static bool read_text(void *ctx, char *data, size_t len, size_t *got, struct error *err)
{
    struct world *w = ctx;

    (void)err;
    *got = len < w->piece ? len : w->piece;
    *got = *got < w->text.len ? *got : w->text.len;
    if (*got > 0)
        memcpy(data, w->text.data, *got);
    w->text.data += *got;
    w->text.len -= *got;
    return true;
}

static bool write_json(void *ctx, struct span json, struct error *err)
{
    (void)err;
    buf_add_span(&((struct world *)ctx)->json, json);
    return true;
}

static void on_unread(void *ctx, const struct python_place *place)
{
    struct world *w = ctx;

    assert(place->line >= w->line && place->last >= place->line && place->why[0]);
    w->line = place->line;
    w->places++;
}

static void translate(struct world *w, const uint8_t *data, size_t size, size_t piece)
{
    const struct python_stream stream = {read_text, write_json, w};
    const struct python_places places = {on_unread, w};
    struct error err;

    *w = (struct world){.text = {(const char *)data, size}, .piece = piece};
    buf_init(&w->json, BUF_NO_LIMIT);
    assert(python_translate(&stream, &places, &err));
}

static bool is_blank(struct span text)
{
    return text_trim(text).len == 0;
}

/* Each value of a line is JSON, but for a key that is there twice or holds NUL: that is left to who
 * reads it. */
static void check_line(struct span line)
{
    struct tape tape;
    struct error err;
    size_t used = 0;

    tape_init(&tape);
    for (; text_trim(line).len > 0; line.data += used, line.len -= used) {
        json_t *read;

        assert(tape_read(&tape, line, &used) == TAPE_WHOLE);
        read = json_read((struct span){line.data, used}, &err);
        assert(read || strstr(err.text, "twice") || strstr(err.text, "NUL in a key"));
        json_decref(read);
    }
    tape_release(&tape);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct span text = {(const char *)data, size};
    struct world w;
    struct world again;
    struct span rest;
    struct span line;
    size_t lines = 0;

    translate(&w, data, size, 1 << 16);
    translate(&again, data, size, 1 + size % 13);
    assert(span_equal(buf_span(&w.json), buf_span(&again.json)) && w.places == again.places);
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    rest = buf_span(&w.json);
    while (text_next_line(&rest, &line))
        check_line(line);
    for (size_t i = 0; i < w.json.len; i++)
        lines -= w.json.data[i] == '\n';
    /* Lines of a damaged place may be left out. */
    assert(w.places > 0 || lines == 0 || lines + 1 == 0);
    assert(w.places > 0 || !is_blank(buf_span(&w.json)) || is_blank(text));
    buf_release(&w.json);
    buf_release(&again.json);
    return 0;
}
