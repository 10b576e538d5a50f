/*
 * No output may take the place of what a job lives on: its checkpoint, its
 * configuration, its lists, its source, its archive, its keys. Nor of another output.
 */
#ifndef RUN_OUTPUT_CHECK_H
#define RUN_OUTPUT_CHECK_H

#include "base/error.h"
#include "settings/command.h"

#include <stdbool.h>

/*
 * Compares -o, --report and --log-file with those files, under whatever names they go. Fails with
 * ERROR_USAGE and names both. Touches nothing.
 */
bool output_check(const struct invocation *invocation, struct error *err);

/* False with ERROR_USAGE if -o is below the folder that threads are read from: the next run
 * would read it. What source.exclude keeps out is not known here, so if it is set nothing is
 * said. */
bool output_check_folder(const struct invocation *invocation, struct error *err);

#endif
