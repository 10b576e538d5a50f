/*
 * Streams that a signal ends. Opening a pipe with a name waits for its other
 * end, and reading waits for bytes, perhaps for ever: where a signal asks for a
 * stop meanwhile, *err is set to ERROR_STOPPED and the call fails.
 */
#ifndef OS_STREAM_H
#define OS_STREAM_H

#include "base/error.h"

#include <stdio.h>

/* For reading; path NULL is standard input, which is left open by fclose(). err is borrowed until
 * then. NULL with errno, or with err after a signal. */
FILE *stream_open_input(const char *path, struct error *err);

/* For writing, as fopen() does it with this mode ("we", "ae", "wxe"). NULL with errno, or with err
 * after a signal. */
FILE *stream_open_output(const char *path, const char *mode, struct error *err);

#endif
