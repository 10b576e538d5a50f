/*
 * The archive that export writes: which threads it holds closed, and with how
 * many messages. What it held once it never loses; an export that ended well
 * holds what the source holds.
 */
#ifndef SIMULATE_EXPORT_FILE_H
#define SIMULATE_EXPORT_FILE_H

#include "base/buf.h"
#include "simulate/oracle.h"
#include "simulate/picture.h"
#include "simulate/script.h"

#include <stdbool.h>
#include <stddef.h>

#define EXPORT_FILE "/saved.jsonl"

struct export_file {
    bool is_held[SCRIPT_THREADS + 1]; /* closed by an export that came to its end */
    size_t held[SCRIPT_THREADS + 1];  /* messages */
    bool is_torn;                     /* the newest export of it has died */
    bool is_damaged; /* a power cut has left something in it that export may refuse */
};

/* True where this program's export knows the flag that asks for what has grown. */
bool export_file_has_top_up(void);

/* The exit status of an export that finds a file which is not its own. */
bool export_file_may_refuse(const struct export_file *file, const struct oracle_event *event);

/* Does it hold the thread, closed, with so many messages? */
bool export_file_closes(size_t thread, size_t count);

/* Which threads are closed in it, and which of them as the source holds them now. */
void export_file_tell(const struct export_file *file, bool is_listed[SCRIPT_THREADS + 1],
                      bool is_whole[SCRIPT_THREADS + 1], const struct picture *picture);

/* False where something is wrong, which is added to why. event is NULL after a deed of people. */
bool export_file_check(struct export_file *file, const struct picture *picture,
                       const struct oracle_event *event, struct buf *why);

#endif
