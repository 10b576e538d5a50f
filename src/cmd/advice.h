/*
 * What to do about threads that failed: one sentence for each code, for the
 * summary, reports and status.
 */
#ifndef CMD_ADVICE_H
#define CMD_ADVICE_H

#include "base/error.h"

/* Static; "" for codes that are not a thread's. */
const char *advice_for(enum error_code code);

#endif
