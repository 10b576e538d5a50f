/*
 * The file saver: asks for one file's object and contents, and puts them into a
 * depot. A sink without a reader; what it says of its file is on record, or the
 * file is open: it will be asked for again.
 *
 * A refusal counts only where the API itself has spoken (an error envelope): 400
 * to the contents, 404 or 410 to either. Everything else leaves the file open.
 */
#ifndef EXPORT_FILE_SAVER_H
#define EXPORT_FILE_SAVER_H

#include "files/depot.h"
#include "source/sink.h"

#include <stdbool.h>
#include <stdint.h>

enum { FILE_SAVER_MAX_BYTES = 512 << 20 }; /* the API's own limit */

/* New. The depot is borrowed; file_id is a saved_is_file_id(). number is that of no other saver of
 * the depot at the same time. */
struct sink *file_saver_new(struct depot *depot, struct span file_id, unsigned number);

/* After the sink is done: what became of it; NULL: it is open, and *why says it in words. Borrowed.
 */
const struct saved_file *file_saver_result(const struct sink *sink, const char **why);

unsigned file_saver_number(const struct sink *sink);

#endif
