/*
 * Saving the contents of files that an archive names, after its threads: each
 * distinct file once, many at a time, into FILE.files beside the archive. What
 * has a line there is not asked for again; what is not certain stays open, and
 * the same command goes on.
 */
#ifndef LOOP_FILE_SAVING_H
#define LOOP_FILE_SAVING_H

#include "export/archive_out.h"
#include "files/manifest.h"
#include "loop/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct file_saving_options {
    const struct traffic *traffic; /* to the source */
    bool all;                      /* not only images */
    int64_t concurrency;
};

struct file_saving {
    int64_t named;   /* distinct ids; those that cannot go into a URL are not counted */
    int64_t bad_ids; /* these */
    int64_t states[SAVED_STATES]; /* of the named ones, what is on record */
    int64_t bytes;                /* of the saved ones */
    int64_t open;                 /* nothing is on record: the same command goes on */
    struct loop_result result;
};

/*
 * Saves what the archive at path names. Errors that stop the run are in saving->result, with the
 * signal; false with err where nothing could be begun.
 */
bool file_saving_run(struct file_saving *saving, const struct file_saving_options *options,
                     struct archive_out *archive, const char *path, struct error *err);

/* How many distinct files it names that are asked for. */
bool file_saving_count(struct file_saving *saving, const struct file_saving_options *options,
                       struct archive_out *archive, struct error *err);

/* Says on standard error what came of it; nothing where no file is named. */
void file_saving_tell(const struct file_saving *saving, const char *path);

#endif
