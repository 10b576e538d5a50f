/*
 * Runs the program many times in one process, for tests that need a million
 * runs: each line of standard input is a command line, its words divided by the
 * byte 0x1f; the answer is "STATUS BYTES BYTES" and a line feed, then what was
 * printed to standard output and to standard error.
 */
int threadferry_main(int argc, char **argv);
#define main threadferry_main
#include "main.c" /* NOLINT(bugprone-suspicious-include) */
#undef main

#include "base/mem.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { WORDS_MAX = 32 };

/* Prints a file's content and empties it. */
static void hand_over(int from, int to)
{
    char piece[1 << 16];
    off_t at = 0;
    ssize_t got;

    while ((got = pread(from, piece, sizeof piece, at)) > 0) {
        for (ssize_t done = 0; done < got;) {
            ssize_t put = write(to, piece + done, (size_t)(got - done));

            if (put < 0)
                exit(3);
            done += put;
        }
        at += got;
    }
    if (ftruncate(from, 0) != 0 || lseek(from, 0, SEEK_SET) < 0)
        exit(3);
}

static long long size_of(int fd)
{
    struct stat about;

    return fstat(fd, &about) == 0 ? (long long)about.st_size : -1;
}

static int run_words(char *line)
{
    char *words[WORDS_MAX + 1] = {line};
    int count = 1;

    for (char *at = line; *at; at++) {
        if (*at == '\x1f' && count < WORDS_MAX) {
            *at = '\0';
            words[count++] = at + 1;
        }
    }
    return threadferry_main(count, words);
}

int main(void)
{
    int answers = dup(STDOUT_FILENO);
    int out = memfd_create("out", 0);
    int err = memfd_create("err", 0);
    char *line = NULL;
    size_t size = 0;
    ssize_t len;

    if (answers < 0 || out < 0 || err < 0 || dup2(out, STDOUT_FILENO) < 0 ||
        dup2(err, STDERR_FILENO) < 0)
        return 3;
    while ((len = getline(&line, &size, stdin)) > 0) {
        int status;

        if (line[len - 1] == '\n')
            line[len - 1] = '\0';
        status = run_words(line);
        (void)fflush(stdout);
        (void)dprintf(answers, "%d %lld %lld\n", status, size_of(out), size_of(err));
        hand_over(out, answers);
        hand_over(err, answers);
    }
    free(line);
    return 0;
}
