/*
 * Running a program for what it prints, without a shell: standard input is
 * empty, standard output comes into a buffer of the caller's, standard error is
 * told line by line. Bounded in time and size; a program that takes longer or prints
 * more is ended together with what it started. What it leaves running in the
 * background is not waited for.
 */
#ifndef OS_SPAWN_H
#define OS_SPAWN_H

#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spawn_options {
    char *const *argv;        /* NULL-terminated; argv[0] is looked for in PATH */
    char *const *environment; /* the program's, NULL-terminated */
    int64_t timeout_ms;
    /* A line of its standard error, without its end; a long one comes in pieces. */
    void (*said)(void *ctx, struct span line);
    void *ctx;
};

/*
 * Runs the program to its end. Fails with ERROR_USAGE where it cannot be started, with ERROR_AUTH
 * where it fails, is killed, takes too long, prints more than size bytes, or cannot be told to have
 * ended well, with ERROR_STOPPED where a signal asked us to stop. The text names the program, never
 * its arguments or output.
 */
bool spawn_run(const struct spawn_options *options, char *out, size_t size, size_t *len,
               struct error *err);

#endif
