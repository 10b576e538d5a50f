/*
 * What tests of the mapping ask and the program does not.
 */
#ifndef TESTS_UNIT_MAPPING_H
#define TESTS_UNIT_MAPPING_H

#include "map/map.h"

#include <stddef.h>
#include <string.h>

/* The row of a policy by its key, or NULL. */
static inline const struct policy_row *policy_row_of(const char *key)
{
    for (size_t i = 0; i < POLICY_ROW_COUNT; i++) {
        if (strcmp(POLICY_ROWS[i].key, key) == 0)
            return &POLICY_ROWS[i];
    }
    return NULL;
}

/* How many items in the list will be sent. */
static inline size_t mapped_count(const struct mapped *mapped)
{
    size_t count = 0;

    for (const struct item *item = mapped->first; item; item = item->next)
        count += item->type != ITEM_SKIPPED;
    return count;
}

#endif
