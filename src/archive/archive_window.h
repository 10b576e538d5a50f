/*
 * A window that moves over a file from its start to its end: the bytes from a
 * point on, as many as are needed at a time, in a buffer that is used again.
 */
#ifndef ARCHIVE_ARCHIVE_WINDOW_H
#define ARCHIVE_ARCHIVE_WINDOW_H

#include "archive/archive_files.h"
#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct archive_window {
    struct archive_files *files;
    uint32_t file;
    char *data;
    size_t len;
    size_t cap;
    size_t at;       /* of what has been passed, in data */
    uint64_t offset; /* of data[0] in the file */
    bool at_end;     /* the file has no more than is here */
    struct error error;
};

void archive_window_init(struct archive_window *window, struct archive_files *files);
void archive_window_release(struct archive_window *window);

/* Begins with a file; false (see error) where it cannot be opened. Takes the file's stamp. */
bool archive_window_open(struct archive_window *window, uint32_t file);

/* What can be seen now; borrowed until the window grows. */
struct span archive_window_rest(const struct archive_window *window);

/* Shows more, about twice as much; false at the end of the file or on an error. */
bool archive_window_more(struct archive_window *window);

/* Passes len bytes. */
void archive_window_pass(struct archive_window *window, size_t len);

/* Where in the file the rest begins. */
uint64_t archive_window_offset(const struct archive_window *window);

enum archive_line {
    ARCHIVE_LINE,      /* a line with its line end */
    ARCHIVE_LINE_TORN, /* the last line, which has none */
    ARCHIVE_LINE_LONG, /* it goes on beyond max_bytes */
    ARCHIVE_LINE_NONE, /* nothing is left, or an error */
};

/* Looks for the line at the start of the rest; *len is without its LF. Passes nothing. */
enum archive_line archive_window_line(struct archive_window *window, size_t max_bytes, size_t *len);

#endif
