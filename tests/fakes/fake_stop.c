#include "fakes/fake_stop.h"

#include "os/clock.h"
#include "os/stop.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { WAKES_MAX = 1000 };

/* INT64_MAX: never. */
struct planned {
    int number;
    int64_t at_ms;
    int64_t wakes_ms;
};

static struct planned stop_plan = {0, INT64_MAX, INT64_MAX};
static struct planned status_plan = {SIGUSR1, INT64_MAX, INT64_MAX};
static int wakes; /* since somebody asked */

void fake_stop_reset(void)
{
    stop_plan = (struct planned){0, INT64_MAX, INT64_MAX};
    status_plan = (struct planned){SIGUSR1, INT64_MAX, INT64_MAX};
    wakes = 0;
}

void fake_stop_at(int64_t now_ms, int number)
{
    struct planned *plan = number == SIGUSR1 ? &status_plan : &stop_plan;

    *plan = (struct planned){number, now_ms, now_ms};
}

int64_t fake_stop_next_ms(void)
{
    return stop_plan.wakes_ms < status_plan.wakes_ms ? stop_plan.wakes_ms : status_plan.wakes_ms;
}

void fake_stop_wake(void)
{
    if (fake_stop_next_ms() > clock_now_ms() || ++wakes < WAKES_MAX)
        return;
    (void)fprintf(stderr, "fake_stop: woken %d times by a signal that nobody asks for\n", wakes);
    abort();
}

/* As the real side empties its pipe. */
static void drain(void)
{
    wakes = 0;
    if (stop_plan.wakes_ms <= clock_now_ms())
        stop_plan.wakes_ms = INT64_MAX;
    if (status_plan.wakes_ms <= clock_now_ms())
        status_plan.wakes_ms = INT64_MAX;
}

void stop_install(void)
{
}

void stop_announce(const char *line)
{
    (void)line;
}

int stop_signal(void)
{
    drain();
    return stop_plan.at_ms <= clock_now_ms() ? stop_plan.number : 0;
}

bool stop_take_status_request(void)
{
    drain();
    if (status_plan.at_ms > clock_now_ms())
        return false;
    status_plan.at_ms = INT64_MAX;
    return true;
}

int stop_wake_fd(void)
{
    return -1;
}

bool stop_wait_input(int fd, struct error *err)
{
    (void)fd;
    if (stop_signal() == 0)
        return true;
    error_set(err, ERROR_STOPPED, "interrupted");
    return false;
}
