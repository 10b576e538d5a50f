/*
 * doctor --live: one conversation is made, written to, read back, compared and
 * deleted, to see what the destination does with each kind of content, with a
 * picture inside an item, and whether it can be asked for files. The settings for
 * batches are those of the configuration.
 */
#ifndef DOCTOR_CANARY_H
#define DOCTOR_CANARY_H

#include "doctor/findings.h"
#include "loop/fetch.h"
#include "settings/config.h"

void canary_fly(struct findings *findings, struct traffic *traffic, const struct config *config);

#endif
