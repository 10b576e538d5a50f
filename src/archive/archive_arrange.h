/*
 * What is done with a thread's objects once they were read from an archive:
 * the lists are checked (one thread or two? is the end there?) and put in order,
 * runs and run steps are joined.
 */
#ifndef ARCHIVE_ARCHIVE_ARRANGE_H
#define ARCHIVE_ARCHIVE_ARRANGE_H

#include "archive/archive_data.h"

/* A message with the list it stands in. */
struct archive_loaded {
    struct order_message message;
    uint32_t list;
    bool is_whole; /* the list is a whole thread's */
    size_t at;     /* its rank while sorting */
};

/* Moves the loaded messages to data->messages, in order, and counts losses. */
bool archive_arrange_messages(struct archive_data *data, const struct archive_reader *reader,
                              struct archive_loaded *loaded, size_t count, struct error *err);

/* Fails where a list of the thread is known to be cut: ERROR_TRUNCATED, or the loss. */
bool archive_arrange_ends(struct archive_data *data, const struct archive_reader *reader,
                          uint32_t thread, struct error *err);

/* Puts runs and steps in order, each once; a run that only its steps tell of is added. */
void archive_arrange_runs(struct archive_data *data);

/* The steps of one run in what was arranged: where in data->steps they begin, and how many there
 * are. */
size_t archive_arrange_steps(const struct archive_data *data, struct span run_id, size_t *count);

#endif
