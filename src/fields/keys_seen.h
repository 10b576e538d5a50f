/*
 * The keys of a file in which no message is recognised: their names, how often
 * they occur and an example of their type; never what they hold. From these the
 * --source-fields-… line to try is guessed (keys_guess.h); it is shown to a
 * person and never applied. The sign of a known exporter is seen as well: its
 * preset is what applies.
 *
 *     seen = keys_seen_new();
 *     keys_seen_add(seen, value);      for each value without a message
 *     keys_seen_at(seen, i, &row);     i < keys_seen_count(seen)
 *     keys_seen_free(seen);
 *
 * An object that is a value of its own or an element of a list is a record; its
 * keys are named from there: "body.text" through objects and strings that are
 * JSON objects, "turns[].text" through lists. Keys of a map (those that are ids)
 * are all "$key".
 *
 * Memory is bounded: so many keys, so long names, so many distinct values (as
 * hashes). Names are the file's bytes: keys_seen_write() and
 * keys_guess() escape them, others have to.
 */
#ifndef FIELDS_KEYS_SEEN_H
#define FIELDS_KEYS_SEEN_H

#include "base/buf.h"
#include "base/span.h"
#include "fields/presets.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    KEYS_SEEN_MAX = 128,     /* keys */
    KEYS_NAME_MAX = 200,     /* bytes of a name */
    KEYS_DISTINCT_MAX = 64,  /* values that are told apart */
    KEYS_VALUES_MAX = 50000, /* values that are looked at */
};

struct keys_seen;

struct keys_seen *keys_seen_new(void);

/* NULL is allowed. */
void keys_seen_free(struct keys_seen *seen);

/* Looks at a value; keeps nothing of it. */
void keys_seen_add(struct keys_seen *seen, json_t *value);

/* Words in the place of a role: what they mean, and whether they need no setting. */
struct key_word {
    const char *word;
    const char *role; /* "user", "assistant" or another */
    bool is_known;    /* source.roles need not name it */
};

enum { KEYS_WORDS_MAX = 32 };

/* Ended by a word that is NULL. */
extern const struct key_word KEYS_WORDS[];

/* What is known of a key. "A string with a blank" is one of several words. */
struct key_facts {
    struct span name; /* "turns[].text"; borrowed */
    size_t list_len;  /* so much of the name is "turns[].": the list its record is in */
    const char *type; /* of the first value: "string", "integer", "list", … */
    uint64_t times;   /* values other than null */
    uint64_t scalars; /* strings, numbers, booleans */
    uint64_t strings;
    uint64_t booleans;
    uint64_t bytes;      /* of all strings together */
    uint64_t with_blank; /* strings with a blank */
    uint64_t dates;      /* strings that are ISO 8601, numbers that could be a time */
    uint64_t role_words; /* values that are one of KEYS_WORDS */
    uint32_t words;      /* which of KEYS_WORDS: 1 << place */
    uint32_t small;      /* which of the numbers from 0 to 31: 1 << number */
    uint64_t smalls;     /* values that are one of them */
    size_t distinct;     /* different scalars, up to KEYS_DISTINCT_MAX */
};

/* The exporter whose sign was seen first (presets.h), or NULL. */
const struct preset *keys_seen_preset(const struct keys_seen *seen);

/* In the order in which they were first seen. */
size_t keys_seen_count(const struct keys_seen *seen);
void keys_seen_at(const struct keys_seen *seen, size_t place, struct key_facts *facts);

/* Appends the keys for people, at most so many: "sender (412 string), body.text (412 string)". */
void keys_seen_write(const struct keys_seen *seen, size_t most, struct buf *out);

/* True if there were more keys or values than are looked at. */
bool keys_seen_is_partial(const struct keys_seen *seen);

#endif
