/*
 * Where a machine keeps the certificate authorities that it trusts. A libcurl
 * of a distribution knows; one that is linked into a program which runs
 * anywhere does not, so the usual places are tried.
 */
#ifndef HTTP_AUTHORITIES_H
#define HTTP_AUTHORITIES_H

#include <stddef.h>

/* The first of the files that can be read, or NULL. */
const char *authorities_find(const char *const *files, size_t count);

/* What libcurl has to be told; NULL if it knows by itself, or nothing was found. Static. */
const char *authorities_default(void);

#endif
