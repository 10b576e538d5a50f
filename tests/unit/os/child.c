#include "unit/os/child.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

int in_child(void (*prepare)(void), int (*body)(void))
{
    pid_t child;
    int status;

    (void)fflush(NULL); /* or the child would write it again */
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (prepare)
            prepare();
        exit(body());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}
