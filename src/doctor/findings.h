/*
 * Findings of doctor: a line each, with the remedy, for people or as JSON.
 */
#ifndef DOCTOR_FINDINGS_H
#define DOCTOR_FINDINGS_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* FINDING_SKIP: not tried, which is neither good nor bad. */
enum finding_level { FINDING_OK, FINDING_WARN, FINDING_FAIL, FINDING_SKIP, FINDING_LEVELS };

struct findings {
    struct buf out;
    bool json;
    bool quiet;   /* lines that say ok or skip are left out */
    bool colors;  /* of the levels; off at first */
    size_t width; /* of the terminal; 0, as at first: lines are never broken */
    int count[FINDING_LEVELS];
};

void findings_init(struct findings *findings, bool json);
void findings_release(struct findings *findings);

/* remedy may be NULL. */
void findings_add(struct findings *findings, enum finding_level level, const char *subject,
                  const char *remedy, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* A failure: `what` and the error's text; its hint is the remedy, where it has one. */
void findings_add_error(struct findings *findings, const char *subject, const char *what,
                        const struct error *err, const char *remedy);

/* Prints all to standard output; true where nothing failed. */
bool findings_print(struct findings *findings);

#endif
