/*
 * What a source holds, counted from its objects before they are mapped: kinds
 * of things by their names, and how many different files and assistants are
 * named. No content is kept.
 */
#ifndef CHECK_INVENTORY_H
#define CHECK_INVENTORY_H

#include "base/strmap.h"
#include "files/named_files.h"
#include "source/source.h"

#include <jansson.h>
#include <stdint.h>

enum inventory_group {
    GROUP_ROLES,
    GROUP_CONTENT,     /* types of parts */
    GROUP_ANNOTATIONS, /* types */
    GROUP_TOOLS,       /* of tool calls and attachments */
    GROUP_RUNS,        /* statuses */
    INVENTORY_GROUPS
};

struct inventory {
    int64_t messages;
    int64_t attachments;
    int64_t runs;
    int64_t run_steps;
    struct strmap groups[INVENTORY_GROUPS]; /* name -> count */
    struct strmap files;      /* different file ids, and the uses of each: bits of enum file_use */
    struct strmap assistants; /* different assistant ids */
};

void inventory_init(struct inventory *inventory);
void inventory_release(struct inventory *inventory);

/* Counts one object of a list of this kind. */
void inventory_see(struct inventory *inventory, enum fetch_kind kind, const json_t *object);

/* An assistant's own object. */
void inventory_see_assistant(struct inventory *inventory, const json_t *assistant);

#endif
