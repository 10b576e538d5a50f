/*
 * How wide the terminal is that a descriptor leads to.
 */
#ifndef OS_TERMINAL_H
#define OS_TERMINAL_H

#include <stddef.h>

/* Columns; 0 where it is no terminal, or none that knows. Asked anew, because windows change. */
size_t terminal_width(int fd);

#endif
