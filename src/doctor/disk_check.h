/*
 * doctor's look at the disk that will hold the checkpoint: may we write there,
 * is there room, how long does a sync take?
 */
#ifndef DOCTOR_DISK_CHECK_H
#define DOCTOR_DISK_CHECK_H

#include "doctor/findings.h"

void disk_check(struct findings *findings, const char *checkpoint);

#endif
