/*
 * Log lines on standard error (or a file): one line per event, text or JSON.
 * Hostile characters are made visible here, once. Message content and secrets
 * never come here: callers pass ids, counts and our own words only.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

struct log_options {
    enum log_level level;
    bool json;
    FILE *stream;              /* borrowed */
    int64_t (*wall_ms)(void);  /* the time of an event, JSON only; or NULL */
    void (*before)(void *ctx); /* e.g. wipes the progress bar; or NULL */
    void *ctx;
};

/* Sets up the one log of the process. */
void log_open(const struct log_options *options);

/* Calls before(ctx) in front of every line, e.g. to wipe a progress bar; NULL ends that. */
void log_set_before(void (*before)(void *ctx), void *ctx);

/* The same for lines that are no log lines, before they are written to standard error. */
void log_make_way(void);

void log_event(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool log_enabled(enum log_level level);

/* True where a line could not be written (the log file is full or closed). */
bool log_failed(void);

#endif
