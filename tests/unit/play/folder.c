#include "unit/play/folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char TEMPLATE[] = "/tmp/threadferry-test-XXXXXX";
static char entered[sizeof TEMPLATE];

int folder_enter(void **state)
{
    (void)state;
    memcpy(entered, TEMPLATE, sizeof TEMPLATE);
    return mkdtemp(entered) && chdir(entered) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    (void)about;
    (void)kind;
    (void)place;
    return remove(path);
}

int folder_remove(const char *path)
{
    return nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int folder_leave(void **state)
{
    (void)state;
    return chdir("/") != 0 || folder_remove(entered) != 0;
}
