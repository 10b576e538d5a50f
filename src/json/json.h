/*
 * Reading JSON that nobody can be trusted to have written well. Texts are read by json_tape.h, the
 * one reader of JSON here; json_read() makes jansson's values of what it finds.
 *
 * It differs from json_loadb() in what the old data needs: invalid UTF-8 and lone surrogate escapes
 * become U+FFFD (and are marked, see below) instead of failing the document; NUL is allowed in
 * strings; duplicate keys are refused; depth is bounded; a number that fits neither 64 bits nor a
 * double (12345678901234567890, 1e400) is a string of what is written, so that an id keeps its
 * digits.
 *
 * A member whose string was repaired has a sibling member named
 * JSON_REPAIRED_PREFIX + key with the value true, so that the mapping can count
 * the part. A repaired element of an array marks the member that holds the array, a
 * repaired key marks itself.
 *
 * Ownership in jansson's words: new, borrowed, steals.
 */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define JSON_REPAIRED_PREFIX "\x01repaired:"

enum { JSON_MAX_DEPTH = 128 };

/* Makes jansson take its memory from base/pool.h: quick, and out of memory ends the process. To be
 * called once, before any other use of jansson; what jansson allocates is never free()'s. */
void json_start(void);

/*
 * New value of any type, or NULL with err->code = ERROR_BAD_SOURCE and a text
 * without any content of the document ("a number begins with 0 at byte 17").
 * A BOM in front is skipped.
 */
json_t *json_read(struct span text, struct error *err);

/* json_read() plus the check that the document is an object. New. */
json_t *json_read_object(struct span text, struct error *err);

/* The same for a list of which only the objects' own members are wanted: the document, its lists
 * and the objects in them are built (three levels), what is further in may be left out. New. */
json_t *json_read_outline(struct span text, struct error *err);

/* The string member; .data == NULL where it is absent, null or no string. Borrowed. */
struct span json_get_text(const json_t *object, const char *key);

/* True where the member is absent or null. */
bool json_is_absent(const json_t *object, const char *key);

/* True where the string member was repaired while reading. */
bool json_was_repaired(const json_t *object, const char *key);

/* The boolean member, or fallback where it is absent or no boolean. */
bool json_get_bool(const json_t *object, const char *key, bool fallback);

/* How a string is written. */
enum json_escape {
    JSON_ESCAPE_CANONICAL, /* RFC 8785: only what must be escaped */
    JSON_ESCAPE_HOSTILE,   /* also DEL, C1, U+2028/9 and bidi controls: for people's terminals */
    JSON_ESCAPE_REPAIRED, /* values only: in what was repaired U+FFFD is a lone surrogate, and marks
                             are left out, so that json_read() gives the same value again */
};

/* Writes a quoted string; text must be valid UTF-8. */
void json_write_string(struct buf *out, struct span text, enum json_escape escape);

/* A member for people and scripts, "key":"text", the text null where it is empty. */
void json_write_member(struct buf *out, const char *key, struct span text);

/* True where the text holds U+FFFD, which stands for what was no text. */
bool json_holds_replacement(struct span text);

/* True for a mark that json_read() left, by key and value. */
bool json_is_repair_mark(const char *key, const json_t *value);

/* Writes any value, compact, members in their order, strings with this escape. Integers and
 * reals as jansson prints them; so only for documents that we made. */
void json_write_value(struct buf *out, json_t *value, enum json_escape escape);

/* Adds what jansson prints under these JSON_ flags of its own. */
void json_dump_to(struct buf *out, const json_t *value, size_t flags);

/*
 * The raw elements of the array at object member `key`, as spans into text, in order: the objects'
 * own bytes. False if the text is not such a document or its array is not of count elements; what
 * json_read() takes, this splits into the same elements.
 */
bool json_split_array(struct span text, const char *key, struct span *elements, size_t count);

#endif
