/*
 * The writer: the sink that moves a thread into a conversation, by the one
 * protocol that loses nothing and doubles nothing (docs/CHECKPOINT.md):
 *
 *   creating -> sync -> POST the conversation -> created -> sync
 *   for each batch: POST its items -> appended
 *   done
 *
 * One request is in flight for a conversation, batches go in order. Where the
 * outcome of a request is not known, and after a restart, it looks at what the
 * conversation holds before it appends again.
 */
#ifndef WRITE_WRITER_H
#define WRITE_WRITER_H

#include "checkpoint/checkpoint.h"
#include "net/pacer.h"
#include "source/idset.h"
#include "service/profile.h"
#include "source/sink.h"
#include "write/pioneer.h"

#include <stdbool.h>
#include <stdint.h>

/* The same for all threads of a run; borrowed. */
struct writer_setup {
    struct checkpoint *checkpoint;
    struct idset *conversations; /* of this run: no two threads share one */
    struct pacer *pacer;         /* of the destination: knows how long to back off */
    struct pioneer *pioneer;
    const struct profile *profile;   /* of the destination */
    const struct saved_files *files; /* that items may hold; NULL: none */
    bool create_inline;              /* send the first batch inside the create */
    int64_t batch_items;
    int64_t batch_bytes;
    int64_t settle_ms;
    int64_t started_ms; /* of this process: when a dead one's requests are counted from */
    int64_t max_attempts;
    int64_t patience_ms;
};

/* New. facts are what the checkpoint knows of the thread; state new begins a conversation. */
struct sink *writer_new(const struct writer_setup *setup, struct span thread_id,
                        const struct thread_facts *facts);

#endif
