/*
 * Opening the job's checkpoint as the commands that write do it: with the
 * pins of this configuration, this process's name, and messages on standard error
 * about what was found.
 */
#ifndef RUN_JOURNAL_H
#define RUN_JOURNAL_H

#include "checkpoint/checkpoint.h"
#include "run/context.h"

/* New, or NULL with ERROR_LOCKED, ERROR_DAMAGED, ERROR_OTHER_JOB or ERROR_IO. */
struct checkpoint *journal_open(const struct context *context, struct error *err);

/* Opens for reading, with a message about a torn tail. NULL with ERROR_USAGE if there is none. */
struct checkpoint *journal_open_reader(const char *path, struct error *err);

/* For `status`: how many threads this run has selected, and how it ended. What cannot be written is
 * not told: the run's own errors come first. The first waits for the next sync. */
void journal_selected(struct checkpoint *checkpoint, int64_t threads);
void journal_ended(struct checkpoint *checkpoint, int exit_status);

/*
 * Does an opened checkpoint belong to this configuration? journal_open() asks by itself; a dry run
 * has to, or it would promise what the run then refuses. False with ERROR_OTHER_JOB.
 */
bool journal_is_ours(const struct checkpoint *checkpoint, const struct context *context,
                     struct error *err);

/* The same for those that may look at any part of the job: the shard does not count; with
 * any_mapping neither do the policies. */
bool journal_is_part(const struct checkpoint *checkpoint, const struct context *context,
                     bool any_mapping, struct error *err);

#endif
