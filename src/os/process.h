/*
 * What the process does to itself before it reads anything: files it makes are
 * private, a crash leaves no memory image with keys in it, descriptors 0 to 2
 * are taken, so that no file of ours can become "standard output", and how a
 * program ended that we started can be told. And how it ends when nobody reads.
 */
#ifndef OS_PROCESS_H
#define OS_PROCESS_H

/* Call once, first. Writing to a standard output or error that was closed fails as it should. */
void process_prepare(void);

/*
 * Ends the process as SIGPIPE would, where nobody reads the pipe any more that standard output
 * leads to ("mapping | head"); else returns. For commands that do nothing but print: a job goes on
 * without its output.
 */
void process_end_unread(void);

#endif
