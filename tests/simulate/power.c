#include "simulate/power.h"

#include "base/buf.h"
#include "base/mem.h"
#include "fakes/fake_fsio.h"
#include "simulate/rng.h"

#include <stdlib.h>
#include <string.h>

enum { FILL_SIZE = 1024 };

bool power_lose(uint64_t seed, const char *path)
{
    const size_t sectors = fake_fsio_unsynced();
    bool *survived = mem_zalloc(sectors + 1, sizeof *survived);
    char fill[FILL_SIZE] = {0};
    struct buf before;
    struct span after;
    struct rng rng;
    bool is_changed;
    struct fake_fsio_loss loss = {.survived = survived, .fill = {fill, FILL_SIZE}};

    rng_seed(&rng, seed);
    loss.has_new_size = rng_percent(&rng, 50);
    for (size_t i = 0; i < sectors; i++)
        survived[i] = rng_percent(&rng, 50);
    if (rng_percent(&rng, 50)) {
        for (size_t i = 0; i < FILL_SIZE; i++)
            fill[i] = (char)rng_below(&rng, 256);
    }
    buf_init(&before, BUF_NO_LIMIT);
    (void)buf_add_span(&before, fake_fsio_content_of(path));
    fake_fsio_lose_power(&loss);
    after = fake_fsio_content_of(path);
    is_changed = after.len != before.len ||
                 (after.len > 0 && memcmp(after.data, before.data, after.len) != 0);
    buf_release(&before);
    free(survived);
    return is_changed;
}
