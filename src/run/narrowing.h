/*
 * What narrows a selection besides ids, list and shard: --only, --since,
 * --until, --where, --sample. The command line as it is meant, and the
 * questions about one thread that can be answered without reading it; the
 * work on a whole selection is narrow.h.
 */
#ifndef RUN_NARROWING_H
#define RUN_NARROWING_H

#include "base/error.h"
#include "checkpoint/checkpoint.h"
#include "settings/options.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct narrowing {
    const struct options *options; /* borrowed: its --only, --where */
    int64_t since_ms;              /* INT64_MIN without --since */
    int64_t until_ms;              /* INT64_MAX without --until */
    int64_t sample;                /* 0: no --sample */
    int64_t seed;
    bool has_time; /* --since or --until */
};

/* ERROR_USAGE names the option that cannot be understood. */
bool narrowing_parse(struct narrowing *narrowing, const struct options *options, struct error *err);

/* Have the threads themselves to be asked? */
bool narrowing_asks_source(const struct narrowing *narrowing);

/* --only: has the thread failed with one of these codes? True without --only. */
bool narrowing_fits_failure(const struct narrowing *narrowing, const struct thread_facts *facts);

/* --where: does the metadata of the thread object (or NULL) have all pairs, byte for byte? */
bool narrowing_fits_metadata(const struct narrowing *narrowing, const json_t *thread);

/* --since, --until. */
bool narrowing_fits_time(const struct narrowing *narrowing, int64_t created_ms);

#endif
