/*
 * doctor's look at one side: its key, its certificate, what it answers to a
 * question about something that is not there, and what its clock says.
 */
#ifndef DOCTOR_REMOTE_CHECK_H
#define DOCTOR_REMOTE_CHECK_H

#include "doctor/findings.h"
#include "run/context.h"

#include <stdbool.h>

/* True where the server answers as it should. */
bool remote_check(struct findings *findings, struct context *context, enum side side);

#endif
