/*
 * A pager between standard output and the terminal, as git has it: the user's
 * $PAGER, else less; none where standard output is no terminal.
 */
#ifndef OS_PAGER_H
#define OS_PAGER_H

#include <stdbool.h>

/* Puts the pager in the place of standard output. False where none runs: then nothing changed.
 * command is run by the shell, in this environment; NULL or "": less. "cat" means none. Call after
 * stop_install(): as long as the pager reads, SIGINT is for it alone. Once it was quit, writing to
 * standard output fails. */
bool pager_start(const char *command, char **environment);

/* Sends what is left and waits until the person has read it. False where SIGINT has ended the
 * pager. Only after pager_start() was true. */
bool pager_finish(void);

#endif
