/*
 * A pool for small blocks that come and go by the thousand: the nodes of JSON
 * documents. Blocks of a size are cut from slabs and kept in a list when they
 * are freed, so that getting and giving back are a few instructions each;
 * larger blocks are malloc's. Out of memory ends the process, as in mem.h.
 *
 * Slabs are kept until the process ends: the pool never holds more than the
 * most that was in use at a time, sizes counted one by one. For one thread.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

/* New, uninitialised, aligned for any type; size 0 gives a valid pointer. */
void *pool_alloc(size_t size);

/* Gives back what pool_alloc() gave, and nothing else; NULL is allowed. */
void pool_free(void *block);

#endif
