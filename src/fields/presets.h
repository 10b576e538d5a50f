/*
 * Known exporters, a row each: where they put things and how they call the
 * roles. A new one is a row here, a data set in tests/unit/fields/test_presets.c and a
 * line in docs/SOURCES.md.
 *
 * A preset applies by itself to a file in which no message is recognised
 * without it and all keys of its sign are there. A name may have several rows,
 * one for each form in which the program exports.
 */
#ifndef FIELDS_PRESETS_H
#define FIELDS_PRESETS_H

#include "fields/fields.h"

#include <jansson.h>
#include <stddef.h>

enum { PRESET_SIGN_MAX = 5 };

struct preset {
    const char *name;
    const char *sign[PRESET_SIGN_MAX]; /* paths, to the first NULL; none: never by itself */
    const char *path[FIELDS_PLACES];
    const struct fields_role *roles; /* ended by {NULL, NULL}; or NULL */
};

extern const struct preset PRESETS[];
extern const size_t PRESET_COUNT;

/* What source.preset may say: each name once and, last, PRESET_NONE. NULL-terminated. */
extern const char *const PRESET_NAMES[];
extern const char PRESET_NONE[];

/* The first preset all keys of whose sign this object has, or NULL. */
const struct preset *preset_by_sign(json_t *object);

/* The preset of that name: the row whose sign the object has, else the first of them. NULL for a
 * name that is unknown, PRESET_NONE or absent. object may be NULL. */
const struct preset *preset_by_name(const char *name, json_t *object);

#endif
