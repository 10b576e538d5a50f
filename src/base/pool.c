#include "base/pool.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>

enum {
    GRAIN = 16,         /* cells are multiples of it */
    LARGEST_CELL = 512, /* what is larger is malloc's, which is as quick there */
    SLAB_BYTES = 65536,
    CLASSES = LARGEST_CELL / GRAIN + 1,
};

/* AddressSanitizer has to see each block come and go, so there all of them are malloc's. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POOL_IS_WATCHED 1
#endif
#endif
#if defined(POOL_IS_WATCHED) || defined(__SANITIZE_ADDRESS__)
enum { POOLED_MAX = 0 };
#else
enum { POOLED_MAX = LARGEST_CELL - GRAIN };
#endif

/* What stands before each block. Its size keeps the block aligned for any type. */
struct cell {
    _Alignas(max_align_t) size_t class; /* cell size in grains, 0: malloc's */
    struct cell *next;                  /* while it is free */
};

_Static_assert(sizeof(struct cell) == GRAIN, "blocks stand right behind their cell");

static struct {
    struct cell *free[CLASSES];
    char *at; /* the part of the newest slab that was never used */
    size_t left;
} pool;

static struct cell *cut(size_t class)
{
    const size_t size = class * GRAIN;
    struct cell *cell;

    if (pool.left < size) {
        pool.at = mem_alloc(SLAB_BYTES);
        pool.left = SLAB_BYTES;
    }
    cell = (struct cell *)(void *)pool.at;
    pool.at += size;
    pool.left -= size;
    cell->class = class;
    return cell;
}

static struct cell *large(size_t size)
{
    struct cell *cell;

    if (size > SIZE_MAX - sizeof *cell)
        mem_exhausted();
    cell = mem_alloc(sizeof *cell + size);
    cell->class = 0;
    return cell;
}

void *pool_alloc(size_t size)
{
    const size_t class = (size + GRAIN - 1) / GRAIN + 1;
    struct cell *cell;

    if (size > POOLED_MAX) {
        cell = large(size);
    } else if (pool.free[class]) {
        cell = pool.free[class];
        pool.free[class] = cell->next;
        /* It will be asked for soon, and is cold where a whole document was freed before. */
        __builtin_prefetch(cell->next, 1);
    } else {
        cell = cut(class);
    }
    return cell + 1;
}

void pool_free(void *block)
{
    struct cell *cell = block;

    if (!cell)
        return;
    cell--;
    if (cell->class == 0) {
        free(cell);
        return;
    }
    cell->next = pool.free[cell->class];
    pool.free[cell->class] = cell;
}
