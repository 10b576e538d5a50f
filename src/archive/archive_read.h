/*
 * Reading one thread back from an archive: its objects from their places,
 * brought to the form of the API, in order, each once.
 */
#ifndef ARCHIVE_ARCHIVE_READ_H
#define ARCHIVE_ARCHIVE_READ_H

#include "archive/archive_data.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Fills *data (see archive_data.h), which is to be released in any case. ERROR_BAD_SOURCE,
 * ERROR_BAD_ID, ERROR_TRUNCATED, ERROR_TOO_LARGE. */
bool archive_read_thread(struct archive_data *data, const struct archive_reader *reader,
                         uint32_t thread, struct error *err);

#endif
