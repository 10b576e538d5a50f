/*
 * doctor's look at the contents of files that were saved: are all of them there,
 * and was nothing left open?
 */
#ifndef DOCTOR_SAVED_CHECK_H
#define DOCTOR_SAVED_CHECK_H

#include "doctor/findings.h"

/* configured and source as for saved_files_open(). Nothing is said where there is no folder. */
void saved_check(struct findings *findings, const char *configured, const char *source);

#endif
