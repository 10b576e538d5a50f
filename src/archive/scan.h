/*
 * All files of an archive through the stages: decode, parse, walk, shelf.
 */
#ifndef ARCHIVE_SCAN_H
#define ARCHIVE_SCAN_H

#include "archive/index.h"
#include "decode/inputs.h"
#include "fields/fields.h"

#include <jansson.h>

struct scan {
    struct inputs *inputs;
    struct index *index;
    json_t *assistants;             /* array that assistants are added to */
    json_t *assistant_bytes;        /* array of [bytes] or [bytes, from] for each; or NULL */
    const struct pairs *own_fields; /* source.fields, source.roles, source.preset; or NULL */
    const struct pairs *own_roles;
    const char *preset;
    bool keeps_from; /* the objects that records were made of are wanted too */
};

/* Finds the files. ERROR_USAGE, ERROR_IO, ERROR_STOPPED. */
bool scan_find(const struct scan *scan, const char *path, const char *const *exclude,
               struct error *err);

/* Reads them all. False if the run cannot go on: ERROR_IO, ERROR_STOPPED. */
bool scan_all(const struct scan *scan, struct error *err);

#endif
