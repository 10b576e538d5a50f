/*
 * The mapping policies: one struct, filled from the configuration by name.
 * policy_write_pinned() gives the form that the checkpoint digests.
 */
#ifndef MAP_POLICY_H
#define MAP_POLICY_H

#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

enum user_image_files {
    USER_IMAGES_AUTO,
    USER_IMAGES_KEEP,
    USER_IMAGES_PLACEHOLDER,
    USER_IMAGES_DROP,
    USER_IMAGES_FAIL
};
enum assistant_images {
    ASSISTANT_IMAGES_PLACEHOLDER,
    ASSISTANT_IMAGES_DROP,
    ASSISTANT_IMAGES_FAIL
};
enum annotations { ANNOTATIONS_KEEP, ANNOTATIONS_STRIP, ANNOTATIONS_FOOTNOTES };
enum attachments { ATTACHMENTS_DROP, ATTACHMENTS_NOTE, ATTACHMENTS_INPUT_FILE, ATTACHMENTS_FAIL };
enum refusals { REFUSALS_KEEP, REFUSALS_TEXT };
enum empty_messages { EMPTY_SKIP, EMPTY_PLACEHOLDER, EMPTY_FAIL };
enum incomplete_messages { INCOMPLETE_KEEP, INCOMPLETE_NOTE, INCOMPLETE_SKIP, INCOMPLETE_FAIL };
enum active_runs { ACTIVE_REFUSE, ACTIVE_SNAPSHOT };
enum tool_calls { TOOLS_NONE, TOOLS_FUNCTIONS, TOOLS_TEXT };
enum tool_resources { RESOURCES_DROP, RESOURCES_METADATA };
enum nul { NUL_KEEP, NUL_REPLACE };
enum unknown { UNKNOWN_FAIL, UNKNOWN_PLACEHOLDER, UNKNOWN_DROP };
enum truncated_archives { TRUNCATED_FAIL, TRUNCATED_ALLOW };

/* Every member is an int that holds a value of the enum of its name, so that one table can set all.
 */
struct policy {
    int user_image_files;
    int assistant_images;
    int annotations;
    int attachments;
    int refusals;
    int empty_messages;
    int incomplete_messages;
    int active_runs;
    int tool_calls;
    int tool_resources;
    int nul;
    int unknown;
    int truncated_archives;
    int provenance; /* 0 or 1 */
};

/* One row for each key of the section `mapping`, in the order of the example file. */
enum { POLICY_CHOICES_MAX = 5 };

struct policy_row {
    const char *key;                             /* "user_image_files" */
    size_t offset;                               /* of the member in struct policy */
    bool pinned;                                 /* part of the digest */
    const char *choices[POLICY_CHOICES_MAX + 1]; /* NULL-terminated, in the order of the enum */
    const char *help;
};

extern const struct policy_row POLICY_ROWS[];
extern const size_t POLICY_ROW_COUNT;

/* All defaults. */
struct policy policy_default(void);

/* Sets by name; false if the value is not one of the row's choices. */
bool policy_set(struct policy *policy, const struct policy_row *row, struct span value);

/* The chosen value's name. */
const char *policy_get(const struct policy *policy, const struct policy_row *row);

/* Sorted "key=value" lines, each with LF, of the pinned keys that are not at their default: so a
 * key that is added later changes no digest. */
void policy_write_pinned(struct buf *out, const struct policy *policy);

#endif
