/* What the process does to itself, in a child process, because it is for ever. */
#include "os/process.h"

#include "unit/os/child.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Who starts us may ignore SIGCHLD; how a program of ours ends is to be known all the same. */
static int ends_are_told(void)
{
    pid_t child;
    int status;

    (void)signal(SIGCHLD, SIG_IGN);
    process_prepare();
    child = fork();
    if (child == 0)
        _exit(3);
    if (waitpid(child, &status, 0) != child)
        return 1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 3 ? 0 : 2;
}

static void test_ends_of_programs_are_told(void **state)
{
    (void)state;
    assert_int_equal(in_child(NULL, ends_are_told), 0);
}

static int files_are_private(void)
{
    (void)umask(0);
    process_prepare();
    return umask(0) == 077 ? 0 : 1;
}

static void test_files_are_private(void **state)
{
    (void)state;
    assert_int_equal(in_child(NULL, files_are_private), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends_of_programs_are_told),
        cmocka_unit_test(test_files_are_private),
    };

    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
