/*
 * A folder of ours in which files are written piece by piece and get their
 * names when they are whole. Nothing in it is followed: it is opened once, and
 * all names are taken below it.
 *
 *     parts_make, parts_open, then for each file part_begin, part_write …, part_keep or part_drop;
 * parts_close
 */
#ifndef OS_PARTS_H
#define OS_PARTS_H

#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>

struct parts;
struct part_file;

/* Makes the folder if there is none (mode 0700; those above it must be there). ERROR_IO. */
bool parts_make(const char *path, struct error *err);

/* Removes the parts that an earlier process has left. New, or NULL with ERROR_IO. */
struct parts *parts_open(const char *path, struct error *err);
void parts_close(struct parts *parts);

/* A new empty file ".part-N", in the place of an older one. New, or NULL with ERROR_IO. */
struct part_file *part_begin(struct parts *parts, unsigned number, struct error *err);

/* Forgets what was written. ERROR_IO. */
bool part_restart(struct part_file *part, struct error *err);

bool part_write(struct part_file *part, struct span bytes, struct error *err);

/* Durable, and under this name "FOLDER/NAME" from now on; an older file of that name is replaced.
 * Frees the part in any case. ERROR_IO. */
bool part_keep(struct part_file *part, const char *name, struct error *err);

/* Removes and frees it; NULL is allowed. */
void part_drop(struct part_file *part);

#endif
