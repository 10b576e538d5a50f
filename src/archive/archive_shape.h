/*
 * What a file of an archive is called: the shape that was recognised, from what
 * a visit (see archive_visit.h) has seen in it.
 */
#ifndef ARCHIVE_ARCHIVE_SHAPE_H
#define ARCHIVE_ARCHIVE_SHAPE_H

#include "archive/archive_visit_state.h"

/* The name, or why the file is nothing: "not recognised: …". `outer` names how the file is built
 * where the objects do not tell, else NULL. New. */
char *archive_shape_text(const struct archive_visit *visit, const char *outer);

#endif
