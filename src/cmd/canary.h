/*
 * doctor --live: one conversation is made, written to, read back, compared and
 * deleted, to see that the destination does what it should.
 */
#ifndef CMD_CANARY_H
#define CMD_CANARY_H

#include "cmd/findings.h"
#include "engine/fetch.h"

void canary_fly(struct findings *findings, struct traffic *traffic);

#endif
