/*
 * doctor --live: one conversation is made, written to, read back, compared and
 * deleted, to see that the destination does what it should; and what it makes of
 * a picture inside an item, and whether it can be asked for files.
 */
#ifndef DOCTOR_CANARY_H
#define DOCTOR_CANARY_H

#include "doctor/findings.h"
#include "loop/fetch.h"

void canary_fly(struct findings *findings, struct traffic *traffic);

#endif
