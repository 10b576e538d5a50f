#include "simulate/power.h"

#include "base/buf.h"
#include "base/mem.h"
#include "fakes/fake_fsio.h"
#include "simulate/rng.h"

#include <stdlib.h>

enum { FILL_SIZE = 1024 };

void power_lose(uint64_t seed, const char *const paths[POWER_PATHS], bool is_changed[POWER_PATHS])
{
    const size_t sectors = fake_fsio_unsynced();
    bool *survived = mem_zalloc(sectors + 1, sizeof *survived);
    char fill[FILL_SIZE] = {0};
    struct buf before[POWER_PATHS];
    struct rng rng;
    struct fake_fsio_loss loss = {.survived = survived, .fill = {fill, FILL_SIZE}};

    rng_seed(&rng, seed);
    loss.has_new_size = rng_percent(&rng, 50);
    for (size_t i = 0; i < sectors; i++)
        survived[i] = rng_percent(&rng, 50);
    if (rng_percent(&rng, 50)) {
        for (size_t i = 0; i < FILL_SIZE; i++)
            fill[i] = (char)rng_below(&rng, 256);
    }
    for (size_t i = 0; i < POWER_PATHS; i++) {
        buf_init(&before[i], BUF_NO_LIMIT);
        buf_add_span(&before[i], fake_fsio_content_of(paths[i]));
    }
    fake_fsio_lose_power(&loss);
    for (size_t i = 0; i < POWER_PATHS; i++) {
        const struct span after = fake_fsio_content_of(paths[i]);

        is_changed[i] = !span_equal(after, buf_span(&before[i]));
        buf_release(&before[i]);
    }
    free(survived);
}
