/*
 * The parts of a message: one small function for each type. Only for
 * map_message.c.
 */
#ifndef MAP_MAP_PART_H
#define MAP_MAP_PART_H

#include "map/map_build.h"

/*
 * Maps one element of the member "content" of a message: a part, a string, or {"value":…}.
 * owner is the message.
 */
bool map_part(struct builder *b, const json_t *owner, const json_t *part);

#endif
