/*
 * doctor's look at one side: its key, its certificate, what it answers to a
 * question about something that is not there, and what its clock says.
 */
#ifndef DOCTOR_REMOTE_CHECK_H
#define DOCTOR_REMOTE_CHECK_H

#include "doctor/findings.h"
#include "run/context.h"

#include <stdbool.h>

/* True if the server answered, whatever it was. */
bool remote_check(struct findings *findings, struct context *context, enum side side);

#endif
