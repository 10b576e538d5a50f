/*
 * Runs a command and says what it took, as a line of JSON appended to FILE:
 * seconds on the clock, seconds of processor, most resident memory.
 *
 *     measure FILE COMMAND [ARGUMENT…]
 *
 * Its exit status is the command's.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
    struct timespec begun;
    struct timespec ended;
    struct rusage usage;
    int status = 0;
    pid_t pid;
    FILE *out;

    if (argc < 3)
        return 2;
    (void)clock_gettime(CLOCK_MONOTONIC, &begun);
    pid = fork();
    if (pid == 0) {
        (void)execvp(argv[2], argv + 2);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
        return 2;
    (void)clock_gettime(CLOCK_MONOTONIC, &ended);
    out = fopen(argv[1], "a");
    if (!out)
        return 2;
    (void)fprintf(out, "{\"seconds\":%.6f,\"user\":%.6f,\"system\":%.6f,\"rss_kb\":%ld}\n",
                  (double)(ended.tv_sec - begun.tv_sec) +
                      (double)(ended.tv_nsec - begun.tv_nsec) / 1e9,
                  seconds_of(usage.ru_utime), seconds_of(usage.ru_stime), usage.ru_maxrss);
    (void)fclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
