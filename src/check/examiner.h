/*
 * The examiner: the sink that reads a conversation back as the verifier does,
 * and says whether what rests on it may be deleted. rollback and prune begin
 * every thread with it; their dry runs are the examiner and nothing else.
 */
#ifndef CHECK_EXAMINER_H
#define CHECK_EXAMINER_H

#include "check/census.h"
#include "check/verifier.h"
#include "checkpoint/checkpoint.h"
#include "source/sink.h"

#include <stdbool.h>

struct examiner_options {
    bool against_checkpoint; /* what the conversation is held against; else the source */
    bool insists;            /* conversations that were changed or are missing pass too */
    bool forgets;            /* what is missing passes */
    bool counts_items;       /* those of the conversation are the outcome's */
    const char *differs;     /* why what was changed stays; borrowed */
    const char *unproven;    /* why what is unproven stays; NULL: it passes; borrowed */
    const char *missing;     /* the same for what is not there; borrowed */
    struct census *census;   /* hears of it; borrowed, or NULL */
};

/* New. Succeeds if it may be deleted, else with ERROR_CONFLICT, ERROR_GONE, or what kept it
 * from looking. */
struct sink *examiner_new(const struct examiner_options *options, const struct thread_facts *facts);

/* Valid once the sink has ended. */
enum verify_result examiner_result(const struct sink *sink);

#endif
