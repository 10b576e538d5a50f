/*
 * The files that messages and run steps name, and what for. Ids that no service
 * gives (absent, null, empty) are none; any other text is told as it is.
 */
#ifndef FILES_NAMED_FILES_H
#define FILES_NAMED_FILES_H

#include "base/span.h"

#include <jansson.h>

enum file_use {
    FILE_USE_IMAGE,      /* image_file parts, and pictures that tools made */
    FILE_USE_ATTACHMENT, /* attachments, and v1 file_ids */
    FILE_USE_LINK,       /* file_path */
    FILE_USE_CITATION,   /* file_citation */
    FILE_USES
};

/* As people and JSON output spell them: "image" … */
extern const char *const FILE_USE_NAMES[FILE_USES];

struct named_files {
    void (*named)(void *ctx, enum file_use use, struct span file_id);
    void *ctx;
};

void named_files_of_message(const json_t *message, const struct named_files *told);
void named_files_of_step(const json_t *run_step, const struct named_files *told);

#endif
