/*
 * What to do about threads that failed (one sentence for each code, for the
 * summary and reports) and about an error that stopped a run.
 */
#ifndef PRINT_ADVICE_H
#define PRINT_ADVICE_H

#include "base/error.h"

/* Static; "" for codes that are not a thread's. */
const char *advice_for(enum error_code code);

/* For an error that stops the run; static; "" if there is no general advice. */
const char *advice_to_run(enum error_code code);

/* True if time alone may help: the same command may succeed. */
bool advice_time_helps(enum error_code code);

#endif
