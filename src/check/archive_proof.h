/*
 * The proof that an archive holds a thread as it is at its source now: the
 * thread, all messages, runs and steps, one after the other, are equal objects,
 * and the files that they name are saved, or cannot be. A machine in the language
 * of wish.h; prune asks it before it deletes what the conversation lacks.
 *
 * An archive's thread that nothing closes cannot be read, so it proves nothing.
 */
#ifndef CHECK_ARCHIVE_PROOF_H
#define CHECK_ARCHIVE_PROOF_H

#include "files/saved_files.h"
#include "source/source.h"

#include <stdbool.h>

struct archive_proof;

/* New. The sources are borrowed, and keep their objects' own bytes; thread_id is copied. saved: the
 * contents of files that were saved with the archive; borrowed. */
struct archive_proof *archive_proof_new(struct source *archive, struct source *live,
                                        struct span thread_id, const struct saved_files *saved);
/* NULL is allowed. */
void archive_proof_free(struct archive_proof *proof);

/* WISH_SEND, WISH_DONE (it is held) or WISH_FAIL (it is not, or one of the two cannot be read). */
void archive_proof_next(struct archive_proof *proof, struct wish *wish);
void archive_proof_feed(struct archive_proof *proof, const struct answer *answer);

#endif
