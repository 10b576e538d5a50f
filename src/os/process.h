/*
 * What the process does to itself before it reads anything: files it makes are
 * private, a crash leaves no memory image with keys in it, descriptors 0 to 2
 * are taken, so that no file of ours can become "standard output", and how a
 * program ended that we started can be told.
 */
#ifndef OS_PROCESS_H
#define OS_PROCESS_H

/* Call once, first. Writing to a standard output or error that was closed fails as it should. */
void process_prepare(void);

#endif
