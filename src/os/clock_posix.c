#include "os/clock.h"

#include <time.h>

enum { MS_PER_SECOND = 1000, NS_PER_MS = 1000000 };

static int64_t read_ms(clockid_t id)
{
    struct timespec now;

    /* Cannot fail for these two clocks and a valid pointer. */
    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / NS_PER_MS;
}

int64_t clock_now_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}
