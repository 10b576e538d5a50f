/*
 * Printed Python (repr, print, pprint of SDK objects, dicts and lists) to JSON.
 *
 *     SyncCursorPage[Message](data=[Message(id='msg_1', …)], has_more=False)
 *     {"data":[{"id":"msg_1",…}],"has_more":false}
 *
 * Nothing is evaluated: names decide nothing but how a value is written. Nesting is bounded by
 * PYTHON_MAX_DEPTH, time is linear, and what is in memory is one print at a time.
 *
 * Each print becomes one JSON document on the line on which it begins; the other lines it took are
 * left blank. So line N of the JSON is line N of the print. Strings keep bytes that are not UTF-8
 * and lone surrogates (as \uD83D): the reader of the JSON counts them.
 *
 * A print that holds something which has no value (`...`, `<X object at 0x…>`, nan), one that
 * stops early, and other text between prints are told as places and leave no JSON.
 */
#ifndef DECODE_PYTHON_H
#define DECODE_PYTHON_H

#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PYTHON_MAX_DEPTH = 64 };

/* A part of the text that cannot be read. */
struct python_place {
    uint64_t line;    /* where it begins, from 1 */
    uint64_t last;    /* the last line that belongs to it */
    uint64_t at;      /* how much JSON was written before it */
    bool is_end;      /* the text ends in it */
    const char *why;  /* borrowed: one line, without content of the text */
    const char *hint; /* static: what to do about it */

    /* Borrowed: the JSON of the print as far as it was understood and then the rest of it as it
     * is, or the line of other text. What it names ("thread_id":"…", thread_id='…') tells whose it
     * is. */
    struct span bytes;
};

struct python_places {
    void (*unread)(void *ctx, const struct python_place *place);
    void *ctx;
};

/* Where the text comes from and the JSON goes to; both return false with *err set to end it all. */
struct python_stream {
    /* Up to len bytes; *got == 0 at the end. */
    bool (*read)(void *ctx, char *data, size_t len, size_t *got, struct error *err);
    bool (*write)(void *ctx, struct span json, struct error *err);
    void *ctx;
};

/* True if a line begins like a printed object of an object, dict or list (not like JSON). */
bool python_begins(struct span line);

/* Translates all of it. False only if a function of the stream failed. `places` may be NULL. */
bool python_translate(const struct python_stream *stream, const struct python_places *places,
                      struct error *err);

#endif
