/*
 * Annotations of a text: citations and links whose reference no item can hold.
 * Only for map_part.c.
 */
#ifndef MAP_MAP_ANNOTATION_H
#define MAP_MAP_ANNOTATION_H

#include "map/map_build.h"

/*
 * Applies the policy `annotations` to *text, which becomes a text in the arena if it changes,
 * and notes the losses. list is the text's "annotations" (NULL allowed). The first annotation of a
 * type that is not known goes to *unknown, which stays {NULL, 0} if there is none. Fails if
 * list is not a list.
 */
bool annotations_apply(struct builder *b, struct span *text, const json_t *list,
                       struct span *unknown);

#endif
