#include "fakes/fake_clock.h"

#include "os/clock.h"

#include <assert.h>

/* Sat, 21 Nov 2026 00:00:00 GMT. */
static const int64_t WALL_START_MS = 1795219200000;

static int64_t elapsed_ms;
static int64_t wall_jump_ms;

void fake_clock_reset(void)
{
    elapsed_ms = 0;
    wall_jump_ms = 0;
}

void fake_clock_advance(int64_t ms)
{
    assert(ms >= 0);
    elapsed_ms += ms;
}

void fake_clock_advance_to(int64_t now_ms)
{
    if (now_ms > clock_now_ms())
        fake_clock_advance(now_ms - clock_now_ms());
}

void fake_clock_jump_wall(int64_t ms)
{
    wall_jump_ms += ms;
}

int64_t clock_now_ms(void)
{
    return FAKE_CLOCK_START_MS + elapsed_ms;
}

int64_t clock_wall_ms(void)
{
    return WALL_START_MS + elapsed_ms + wall_jump_ms;
}
