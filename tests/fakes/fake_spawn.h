/*
 * The fake side of os/spawn.h: no program runs; what it would print is told
 * beforehand, and what it was given is kept.
 */
#ifndef FAKES_FAKE_SPAWN_H
#define FAKES_FAKE_SPAWN_H

#include <stdbool.h>

/* Forgets everything. */
void fake_spawn_reset(void);

/* What the next runs print, one after the other; the last one repeats. NULL: that run fails. */
void fake_spawn_print(const char *const *outputs, int count);

/* How many runs there were; the last run's first word; whether it saw the variable. */
int fake_spawn_runs(void);
const char *fake_spawn_program(void);
bool fake_spawn_saw(const char *variable);

#endif
