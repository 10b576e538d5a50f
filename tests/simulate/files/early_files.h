/*
 * Was what a request says of a file on record before it left? For early.h.
 */
#ifndef SIMULATE_FILES_EARLY_FILES_H
#define SIMULATE_FILES_EARLY_FILES_H

#include "base/span.h"

/* What of these items no durable decision allows; NULL: nothing. */
const char *early_files_judge(struct span body, struct span durable);

#endif
