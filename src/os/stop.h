/*
 * Seam: signals. SIGINT, SIGTERM and SIGHUP (unless it was ignored from the
 * start) ask once for a clean stop and, the second time, end the process at
 * once, which is safe. SIGUSR1 asks for the status. SIGPIPE and SIGXFSZ are
 * ignored: what was written fails instead.
 */
#ifndef OS_STOP_H
#define OS_STOP_H

#include "base/error.h"

#include <stdbool.h>

/* Installs the handlers; call once, early. */
void stop_install(void);

/* What the first signal writes to standard error at once, while nobody looks for signals: a long
 * file is read, a list is awaited. Borrowed; NULL: nothing. */
void stop_announce(const char *line);

/* 0, or the signal (SIGINT, SIGTERM, SIGHUP) that asked for a stop. */
int stop_signal(void);

/* True, with ERROR_STOPPED, if a signal has asked for a stop. */
static inline bool stop_is_asked(struct error *err)
{
    const bool is_asked = stop_signal() != 0;

    if (is_asked)
        error_set(err, ERROR_STOPPED, "interrupted");
    return is_asked;
}

/* True once after each SIGUSR1. */
bool stop_take_status_request(void);

/* The read end of a pipe that becomes readable on any of the signals: for poll. */
int stop_wake_fd(void);

/* Waits until fd can be read without waiting, also for its end or an error. False with
 * ERROR_STOPPED where a signal asks for a stop. Before every read that may take for ever. */
bool stop_wait_input(int fd, struct error *err);

#endif
