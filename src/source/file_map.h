/*
 * files.map: file ids that somebody else moved, and the ids that they have at
 * the destination. CSV with the header file_id,new_id.
 */
#ifndef SOURCE_FILE_MAP_H
#define SOURCE_FILE_MAP_H

#include "base/error.h"
#include "base/span.h"
#include "base/strmap.h"

#include <stdbool.h>

struct file_map {
    struct strmap old_ids; /* each with the place of its new id */
    struct strmap new_ids;
};

void file_map_init(struct file_map *map);
void file_map_release(struct file_map *map);

/* Takes over the whole file. ERROR_USAGE names the line: another header, a row without both ids, an
 * id that comes again with another new one. */
bool file_map_read(struct file_map *map, struct span text, struct error *err);

/* .data == NULL if the id is not in it. Borrowed. */
struct span file_map_find(const struct file_map *map, struct span id);

#endif
