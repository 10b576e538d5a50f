/*
 * What servers said when they refused threads. A person needs it to get on, and
 * it can echo what a message says: so it is shown escaped, cut at 200 bytes,
 * each text once with the number of threads, on a terminal or with -v; elsewhere
 * a line says that -v shows it. It never goes into the checkpoint; into reports
 * with -v only.
 */
#ifndef PRINT_WORDS_H
#define PRINT_WORDS_H

#include "base/buf.h"
#include "base/strmap.h"
#include "settings/options.h"

#include <stdint.h>

enum { WORDS_SIZE = 256 }; /* of a text: its status and its words, with a NUL */

struct words {
    struct strmap texts; /* value: how many threads */
    int64_t threads;     /* with those whose texts found no room */
    int64_t printed;     /* of them, when it was printed last */
};

void words_init(struct words *words);
void words_release(struct words *words);

/* "HTTP 400: …", visible and cut, into a text of WORDS_SIZE. */
void words_write(char *text, long status, struct span message);

/* A thread was refused so. */
void words_add(struct words *words, const char *text);

/* Adds a line for each text, "3 threads: HTTP 400: …", broken at the width; 0: never. */
void words_list(struct buf *out, const struct words *words, size_t width);

/* To standard error, if anything was said since the last time. */
void words_print(struct words *words, const struct options *options);

#endif
