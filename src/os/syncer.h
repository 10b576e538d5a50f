/*
 * A thread that syncs one file and does nothing else, so that its owner can go
 * on meanwhile. Between the two there is the descriptor and how the sync ended.
 * It takes no signal.
 */
#ifndef OS_SYNCER_H
#define OS_SYNCER_H

#include <stdbool.h>

struct syncer;

/* New; fd is borrowed. NULL where there can be no thread. */
struct syncer *syncer_new(int fd);

/* Begins a sync. None may be under way. */
void syncer_start(struct syncer *syncer);

/* Is the sync under way over? Then *failure is 0 or its errno, and it is under way no more. With
 * waits it is always over. */
bool syncer_end(struct syncer *syncer, bool waits, int *failure);

/* Readable when the sync under way is over. */
int syncer_fd(const struct syncer *syncer);

/* Waits for a sync under way; NULL is allowed. */
void syncer_free(struct syncer *syncer);

/* fdatasync: 0, or an errno. */
int sync_data(int fd);

#endif
