/*
 * What the canary carries: one row an item. Each is a kind of content that some destination
 * refuses or changes, with the setting that helps there. Another kind is another row.
 */
#ifndef DOCTOR_PROBES_H
#define DOCTOR_PROBES_H

#include "base/buf.h"
#include "base/span.h"
#include "settings/config.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct probe {
    const char *name; /* "a NUL in text" */
    const char *role;
    const char *part;   /* the type of the only part */
    const char *member; /* of the part, that has the value */
    struct span value;
    size_t fill; /* so many bytes more at its end */
    bool basic;  /* without these nothing works; the others are not tried then */
    bool opaque; /* servers may show another value, or none */
    /* What helps: a row of POLICY_ROWS and its choice, or words. */
    const char *policy;
    const char *choice;
    const char *remedy;
};

extern const struct probe PROBES[];

/*
 * The basic ones are the first of them, and a batch: more than two, so that a server which sorts
 * by seconds of its own puts those of the next batch between them even if that is seconds later.
 */
enum { PROBE_COUNT = 12, PROBE_BASICS = 6 };

/* Is the setting that helps in force? */
bool probe_is_helped(const struct probe *probe, const struct config *config);

/* Does a migration with these settings send so much at once? */
bool probe_is_due(const struct probe *probe, const struct config *config);

/* "mapping.nul: replace"; NULL if nothing is known to help. */
const char *probe_remedy(const struct probe *probe, struct buf *out);

/* Adds the item as JSON. */
void probe_write(const struct probe *probe, struct buf *out);

/* Is it there as it was sent? */
bool probe_is_intact(const struct probe *probe, const json_t *item);

#endif
