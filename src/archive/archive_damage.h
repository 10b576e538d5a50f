/*
 * Damage in an archive: finding out whose it is. The part of a visit (see
 * archive_visit.h) that deals with what cannot be read.
 */
#ifndef ARCHIVE_ARCHIVE_DAMAGE_H
#define ARCHIVE_ARCHIVE_DAMAGE_H

#include "archive/archive_visit_state.h"

/* A piece breaks off inside of `partial`, which begins at `line`: `look` is what was seen of it,
 * `group` the list it stands in. */
void archive_damage_broken(struct archive_visit *visit, const struct shape_look *look,
                           struct span partial, uint32_t line, const struct archive_group *group);

/* The rest of a piece, from `line` on, is given up: all threads that it mentions fail, and one that
 * stands for those it does not. */
void archive_damage_rest(struct archive_visit *visit, struct span rest, uint32_t line);

/* An object that is whole but cannot be used: fails its thread, or what stands for it. */
void archive_damage_object(struct archive_visit *visit, uint32_t thread, uint32_t line,
                           const char *what);

/* Damage at a line; id is the thread's where it is known, else empty. */
void archive_damage_at(struct archive_visit *visit, uint32_t line, struct span id,
                       const char *what);

/* An object of `thread` was visited: damaged lines before it can be attributed. */
void archive_damage_settle(struct archive_visit *visit, uint32_t thread);

/* The file has ended. */
void archive_damage_end(struct archive_visit *visit);

#endif
