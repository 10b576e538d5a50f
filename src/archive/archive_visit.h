/*
 * Visiting what a file of an archive holds, object by object, to put it into
 * the index. A visit is one file.
 *
 *     archive_visit_init(&visit, index, origin);
 *     while (there is a piece)
 *         archive_visit_json(&visit, piece, …);
 *     archive_visit_end(&visit, name);
 *     archive_visit_release(&visit);
 *
 * Damage fails the thread it belongs to where that can be told: from what is
 * left of the object, or from the lines around it. Where it cannot, a thread
 * that is named after the file fails, so that no damage goes unseen.
 */
#ifndef ARCHIVE_ARCHIVE_VISIT_H
#define ARCHIVE_ARCHIVE_VISIT_H

#include "archive/archive_visit_state.h"
#include "base/span.h"

#include <stdint.h>

/* Visits the JSON documents in a piece of the file, one behind the other. */
void archive_visit_json(struct archive_visit *visit, struct span text, uint64_t offset,
                        uint32_t line);

/* Adds a message that is no JSON (a CSV record). */
void archive_visit_row(struct archive_visit *visit, struct span thread_id, struct span record,
                       uint64_t offset, uint32_t line);

/* Ends the file: names its nameless threads after `name`. */
void archive_visit_end(struct archive_visit *visit, struct span name);

#endif
