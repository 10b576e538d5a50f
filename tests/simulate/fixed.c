#include "simulate/fixed.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

static unsigned turn;

void fixed_begin(void)
{
    turn = 0;
}

pid_t getpid(void)
{
    return 4242;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
int gethostname(char *name, size_t len)
{
    (void)strncat(memset(name, 0, len), "simulated", len - 1);
    return 0;
}

/* A job's name should be its own all the same. */
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
int getentropy(void *data, size_t len)
{
    unsigned char *bytes = data;

    turn++;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (unsigned char)(turn * 31 + i * 7);
    return 0;
}
