/*
 * What would make two runs of one seed differ: the process id, the machine's
 * name and true chance. fixed.c takes the place of libc's functions.
 */
#ifndef SIMULATE_FIXED_H
#define SIMULATE_FIXED_H

/* From here on the same bytes come again. */
void fixed_begin(void);

#endif
