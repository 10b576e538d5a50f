/*
 * How many are many. Tests that time grows with size and no faster take inputs
 * that would take minutes otherwise; under a tool that makes every step slow
 * (WRAP, as for valgrind) a twentieth of them runs the same code.
 */
#ifndef UNIT_MANY_H
#define UNIT_MANY_H

#include <stdlib.h>

static inline int many(int count)
{
    const char *wrap = getenv("WRAP");

    return wrap && *wrap ? count / 20 : count;
}

#endif
