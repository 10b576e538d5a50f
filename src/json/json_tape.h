/*
 * JSON text as a flat list of values, read in one strict pass that builds
 * nothing: each value is a place in the text. A value is followed by all that
 * is in it, so that a tree is walked without recursion and an object's own
 * bytes are at hand.
 *
 *     struct tape tape;
 *
 *     tape_init(&tape);
 *     if (tape_read(&tape, text, &used) == TAPE_WHOLE)
 *         for (i = tape_first(&tape, 0); i != TAPE_NONE; i = tape_next(&tape, 0, i))
 *             ...the members or elements of value 0, the root...
 *
 * All of RFC 8259 is taken, numbers of any size too. Bytes that are not UTF-8 and lone surrogates
 * are let through: json_read() replaces and counts them. Nesting is bounded by JSON_MAX_DEPTH.
 */
#ifndef JSON_JSON_TAPE_H
#define JSON_JSON_TAPE_H

#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAPE_NONE UINT32_MAX

/* Longer text is TAPE_BROKEN: places are counted in 32 bits. */
#define TAPE_MAX_BYTES ((size_t)UINT32_MAX)

enum tape_type {
    TAPE_NULL,
    TAPE_FALSE,
    TAPE_TRUE,
    TAPE_NUMBER,
    TAPE_STRING,
    TAPE_ARRAY,
    TAPE_OBJECT,
};

/* What is special about a string or a key. */
enum {
    TAPE_ESCAPED = 1 << 0, /* it has escapes */
    TAPE_WIDE = 1 << 1,    /* and bytes beyond ASCII, perhaps not UTF-8; or seems so */
};

struct tape_value {
    uint32_t at; /* of its first byte in the text */
    uint32_t len;
    uint32_t key; /* the key's text without quotes, escapes kept; objects' members only */
    uint32_t key_len;
    uint32_t next; /* the value after this one and all that is in it */
    uint8_t type;  /* enum tape_type */
    uint8_t flags; /* of a string */
    uint8_t key_flags;
    uint8_t mark; /* the reader's own */
};

struct tape {
    struct span text; /* borrowed */
    struct tape_value *values;
    size_t count;
    size_t cap;
    const char *why;     /* TAPE_BROKEN: what is wrong, without content; static */
    size_t fault_at;     /* and where */
    bool (*stops)(void); /* asked now and then: true breaks the reading off; or NULL */
};

enum tape_result {
    TAPE_WHOLE,  /* one value; *used is where it ends */
    TAPE_SHORT,  /* the text ends inside of a value that is well formed so far, or is blank */
    TAPE_BROKEN, /* it is not JSON: see why, fault_at */
};

void tape_init(struct tape *tape);
void tape_release(struct tape *tape);

/* Reads the value that the text begins with, after white space. What follows it is not looked at.
 * The text is borrowed until the next call. */
enum tape_result tape_read(struct tape *tape, struct span text, size_t *used);

/* The first value in a container, or TAPE_NONE. */
uint32_t tape_first(const struct tape *tape, uint32_t container);

/* The value after `value` in its container, or TAPE_NONE. */
uint32_t tape_next(const struct tape *tape, uint32_t container, uint32_t value);

/* The bytes of a value as they are in the text: a string with its quotes. */
struct span tape_raw(const struct tape *tape, uint32_t value);

/* The text of a string, borrowed from the tape's text, or from scratch (which is overwritten) if it
 * has escapes; .data == NULL for other types. Lone surrogates become U+FFFD. */
struct span tape_text(const struct tape *tape, uint32_t value, struct buf *scratch);

/* The same for a member's key. */
struct span tape_key(const struct tape *tape, uint32_t value, struct buf *scratch);

struct span tape_decode_special(struct span text, unsigned flags, struct buf *scratch,
                                bool *is_repaired);

/* The same for what is between the quotes of a string or key with these flags. With TAPE_WIDE each
 * maximal invalid subpart becomes U+FFFD, too. Sets *is_repaired if anything does. */
static inline struct span tape_decode(struct span text, unsigned flags, struct buf *scratch,
                                      bool *is_repaired)
{
    return flags == 0 ? text : tape_decode_special(text, flags, scratch, is_repaired);
}

/* True if an object here, or further in, has a key twice or a key with a NUL. */
bool tape_has_twice(const struct tape *tape, uint32_t value);

/* The same of an object alone, not of what is in it. */
bool tape_object_has_twice(const struct tape *tape, uint32_t object);

/* The key of a value in an object as it is in the text, without its quotes. */
static inline struct span tape_raw_key(const struct tape *tape, uint32_t value)
{
    return (struct span){tape->text.data + tape->values[value].key, tape->values[value].key_len};
}

static inline enum tape_type tape_type(const struct tape *tape, uint32_t value)
{
    return (enum tape_type)tape->values[value].type;
}

static inline bool tape_is_container(const struct tape *tape, uint32_t value)
{
    return tape->values[value].type >= TAPE_ARRAY;
}

/* A string as it is in the text, without its quotes; .data == NULL for other types and TAPE_NONE.
 */
static inline struct span tape_raw_text(const struct tape *tape, uint32_t value)
{
    if (value == TAPE_NONE || tape_type(tape, value) != TAPE_STRING)
        return (struct span){NULL, 0};
    return (struct span){tape->text.data + tape->values[value].at + 1, tape->values[value].len - 2};
}

#endif
