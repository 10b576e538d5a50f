/*
 * What to do about threads that failed: one sentence for each code, for the
 * summary, reports and status; and about what stopped a run.
 */
#ifndef PRINT_ADVICE_H
#define PRINT_ADVICE_H

#include "base/error.h"

/* Static; "" for codes that are not a thread's. */
const char *advice_for(enum error_code code);

/* For an error that stops the run; static; "" where nothing general can be said. */
const char *advice_to_run(enum error_code code);

/* True where time alone may help: the same command may end well. */
bool advice_time_helps(enum error_code code);

#endif
