#include "source/idset.h"

#include "base/mem.h"
#include "base/siphash.h"

#include <stdlib.h>

enum { FIRST_SIZE = 64 };

/* A fixed key will do: a server that makes its own ids collide only hides its own messages, and
 * then fails verification. */
static const uint64_t KEY[2] = {0x746872656164u, 0x6665727279u};

void idset_init(struct idset *set)
{
    *set = (struct idset){0};
}

void idset_release(struct idset *set)
{
    free(set->slots);
    idset_init(set);
}

static uint64_t hash_of(struct span id)
{
    const uint64_t hash = siphash(KEY, id);

    return hash == 0 ? 1 : hash;
}

static bool place(struct idset *set, uint64_t hash)
{
    size_t at = (size_t)hash & (set->size - 1);

    while (set->slots[at] != 0) {
        if (set->slots[at] == hash)
            return false;
        at = (at + 1) & (set->size - 1);
    }
    set->slots[at] = hash;
    set->count++;
    return true;
}

static void grow(struct idset *set)
{
    struct idset old = *set;

    set->size = old.size > 0 ? old.size * 2 : FIRST_SIZE;
    set->slots = mem_zalloc(set->size, sizeof *set->slots);
    set->count = 0;
    for (size_t i = 0; i < old.size; i++) {
        if (old.slots[i] != 0)
            (void)place(set, old.slots[i]);
    }
    free(old.slots);
}

bool idset_add(struct idset *set, struct span id)
{
    if (set->count * 4 >= set->size * 3)
        grow(set);
    return place(set, hash_of(id));
}

bool idset_has(const struct idset *set, struct span id)
{
    const uint64_t hash = hash_of(id);
    size_t at = (size_t)hash;

    if (set->size == 0)
        return false;
    while (set->slots[at & (set->size - 1)] != 0) {
        if (set->slots[at & (set->size - 1)] == hash)
            return true;
        at++;
    }
    return false;
}
