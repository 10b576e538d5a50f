/*
 * A job: one thread on its way from a reader into a sink. It speaks the
 * language of wish.h and does no I/O; the loop serves it.
 */
#ifndef LOOP_JOB_H
#define LOOP_JOB_H

#include "net/wish.h"
#include "source/reader.h"
#include "source/sink.h"

struct job;

/* New. Steals reader (NULL for a sink that wishes for no items) and sink; thread_id is copied.
 * number is the caller's (its place in the selection). */
struct job *job_new(struct span thread_id, uint64_t number, struct reader *reader,
                    struct sink *sink);
void job_free(struct job *job);

/* WISH_SEND, WISH_SLEEP, WISH_WAIT, WISH_SYNC, WISH_DONE or WISH_FAIL; after the last two the
 * outcome is set.
 */
void job_next(struct job *job, struct wish *wish);

/* The answer to the call of the last WISH_SEND. */
void job_feed(struct job *job, const struct answer *answer);

/* Ends the job with an error that the loop found. */
void job_fail(struct job *job, const struct error *error);

/* The run ends, and the call of the last WISH_SEND has had no effect and will never be sent. */
void job_unsent(struct job *job);

/* About how many bytes it holds. */
size_t job_weight(const struct job *job);

const char *job_thread_id(const struct job *job);
uint64_t job_number(const struct job *job);
struct sink *job_sink(struct job *job);
const struct outcome *job_outcome(const struct job *job);
const struct losses *job_losses(const struct job *job);

#endif
