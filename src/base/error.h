/*
 * Errors are values. A function that can fail returns false and fills a
 * caller-owned struct error, always its last parameter. The code says how far
 * the damage reaches: codes below ERROR_USAGE fail one thread and are written
 * to the checkpoint by name; the others stop the run and have an exit status.
 *
 * Text is lower case without a full stop: "cannot X 'subject': reason". A hint
 * for the user follows on a line of its own that starts with "hint: ".
 * Callers may add context once per layer with error_wrap().
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

enum error_code {
    ERROR_NONE = 0,

    /* This thread fails; the others carry on. */
    ERROR_UNCERTAIN,
    ERROR_ROLLING_BACK,
    ERROR_FILE_DAMAGED, /* the saved contents of a file are not what they were */
    ERROR_FILE_OPEN,
    ERROR_SOURCE_MISSING,
    ERROR_SOURCE_CHANGED,
    ERROR_FORBIDDEN,
    ERROR_BAD_ID,
    ERROR_BAD_SOURCE,
    ERROR_UNSUPPORTED,
    ERROR_TOO_LARGE,
    ERROR_ACTIVE_RUN,
    ERROR_TRUNCATED,
    ERROR_REFUSED,
    ERROR_SERVER_ERROR,
    ERROR_CONFLICT,
    ERROR_GONE,

    /* The run stops. */
    ERROR_USAGE,
    ERROR_STOPPED,
    ERROR_LOCKED,
    ERROR_DAMAGED,
    ERROR_OTHER_JOB,
    ERROR_AUTH,
    ERROR_QUOTA,
    ERROR_SOURCE_GONE,
    ERROR_IO,
    ERROR_NETWORK,

    ERROR_CODES /* how many there are */
};

enum { ERROR_TEXT_SIZE = 1024 };

struct error {
    enum error_code code;
    char text[ERROR_TEXT_SIZE]; /* one line, perhaps a hint line after it */
};

/* Fills *err. Text that does not fit is cut; words that look like API keys become "***". */
void error_set(struct error *err, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the text of an error that is already set. */
void error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Makes *err say nothing again. */
void error_clear(struct error *err);

/* True where the whole run must stop. */
bool error_stops_run(const struct error *err);

/*
 * Makes the failure of one thread that of the whole run, where no thread is to blame: a list of
 * them that cannot be read. An error that stops the run anyway stays as it is.
 */
void error_widen(struct error *err);

/* The name of a code as the checkpoint and JSON output spell it ("source_missing"). */
const char *error_code_name(enum error_code code);

/* The code with that name (len bytes), or ERROR_NONE; "damaged" is that of a thread. */
enum error_code error_code_from_name(const char *name, unsigned long len);

/* The exit status of a whole run of which threads failed, or that found differences. */
enum { EXIT_PARTLY = 1 };

/* The process's exit status for a code: 2, 3, 10 … 17; 1 for the codes of a thread; 0 for none. */
int error_exit_status(enum error_code code);

#endif
