/*
 * Streams that a signal ends. Writing to standard output waits for whoever reads
 * it; opening a pipe with a name waits for its other
 * end, and reading waits for bytes, perhaps for ever: where a signal asks for a
 * stop meanwhile, *err is set to ERROR_STOPPED and the call fails.
 */
#ifndef OS_STREAM_H
#define OS_STREAM_H

#include "base/error.h"
#include "base/span.h"

#include <stdio.h>
#include <sys/types.h>

/* For reading; path NULL is standard input, which is left open by fclose(). err is borrowed until
 * then. NULL with errno, or with err after a signal. */
FILE *stream_open_input(const char *path, struct error *err);

/* Reads what is there, without waiting: how many bytes, 0 at the end; -1 with errno, EAGAIN where
 * nothing is there now. The descriptor, which others may share, stays as it is. */
ssize_t stream_read_now(int fd, char *data, size_t size);

/*
 * To standard output, after what is buffered. Waits for the reader; once a signal asks for a stop,
 * no longer than five seconds without a byte taken. Then standard output is as good as closed: this
 * and all that is written to it later fails.
 */
void stream_print(struct span text);

/* For writing, as fopen() does it with this mode ("we", "ae", "wxe"). NULL with errno, or with err
 * after a signal. */
FILE *stream_open_output(const char *path, const char *mode, struct error *err);

#endif
