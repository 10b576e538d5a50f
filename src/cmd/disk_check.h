/*
 * doctor's look at the disk that will hold the checkpoint: may we write there,
 * is there room, how long does a sync take?
 */
#ifndef CMD_DISK_CHECK_H
#define CMD_DISK_CHECK_H

#include "cmd/findings.h"

void disk_check(struct findings *findings, const char *checkpoint);

#endif
