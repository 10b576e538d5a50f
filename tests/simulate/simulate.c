/*
 * Sequences of commands in a world of their own, each from one seed; a
 * judgement after every step. Seeds are played in processes of their own, so a
 * program that aborts or never ends is one more failure.
 *
 *   SEEDS=N   so many seeds, from FROM (1)
 *   SEED=S    this one
 *   TRACE=1   what happened, step by step
 *   JOBS=N    at the same time; one for each processor
 *   STOP=1    at the first that fails
 */
#include "base/buf.h"
#include "base/text.h"
#include "json/json.h"
#include "simulate/play.h"
#include "simulate/script.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { JOBS_MAX = 64, SECONDS_MAX = 20, DEFAULT_SEEDS = 1000 };

struct plan {
    uint64_t first;
    uint64_t last;
    uint64_t jobs;
    bool traces;
};

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    int64_t number;

    return text && text_to_int(span_of(text), &number) && number >= 0 ? (uint64_t)number
                                                                      : otherwise;
}

/* ---- a process that plays ---- */

/* One answer for each seed: a length, then the trace and what was wrong, each with a zero byte. */
static void answer(FILE *pipe, const struct buf *trace, const struct buf *why)
{
    const uint64_t lengths[2] = {trace->len, why->len};

    (void)fwrite(lengths, sizeof lengths, 1, pipe);
    (void)fwrite(trace->data, 1, trace->len, pipe);
    (void)fwrite(why->data, 1, why->len, pipe);
    if (fflush(pipe) != 0)
        _exit(1);
}

static void play_seeds(const struct plan *plan, uint64_t seed, FILE *pipe)
{
    json_start();
    for (; seed <= plan->last; seed += plan->jobs) {
        struct script script;
        struct buf trace;
        struct buf why;

        buf_init(&trace, BUF_NO_LIMIT);
        buf_init(&why, BUF_NO_LIMIT);
        (void)alarm(SECONDS_MAX);
        script_draw(&script, seed);
        if (!play(&script, &trace, &why) && why.len == 0)
            (void)buf_add_text(&why, "failed without a reason");
        if (!plan->traces)
            buf_clear(&trace);
        answer(pipe, &trace, &why);
        buf_release(&trace);
        buf_release(&why);
    }
}

/* ---- the one that counts ---- */

struct worker {
    pid_t pid;
    FILE *pipe; /* NULL: none runs */
};

static void start(struct worker *worker, const struct plan *plan, uint64_t seed)
{
    int ends[2];

    (void)fflush(stdout);
    if (pipe(ends) != 0 || (worker->pid = fork()) < 0) {
        perror("simulate");
        exit(1);
    }
    if (worker->pid == 0) {
        (void)close(ends[0]);
        play_seeds(plan, seed, fdopen(ends[1], "w"));
        _exit(0);
    }
    (void)close(ends[1]);
    worker->pipe = fdopen(ends[0], "r");
    assert(worker->pipe);
}

static void stop(struct worker *worker, int *status)
{
    (void)fclose(worker->pipe);
    worker->pipe = NULL;
    (void)waitpid(worker->pid, status, 0);
}

static bool read_text(FILE *pipe, uint64_t len, struct buf *text)
{
    char chunk[4096];

    while (len > 0) {
        const size_t part = len < sizeof chunk ? (size_t)len : sizeof chunk;

        if (fread(chunk, 1, part, pipe) != part)
            return false;
        (void)buf_add(text, chunk, part);
        len -= part;
    }
    return true;
}

/* The answer for a seed; the end of the process is one as well. */
static void receive(struct worker *worker, struct buf *trace, struct buf *why)
{
    uint64_t lengths[2];
    int status = 0;

    if (fread(lengths, sizeof lengths, 1, worker->pipe) == 1 &&
        read_text(worker->pipe, lengths[0], trace) && read_text(worker->pipe, lengths[1], why))
        return;
    stop(worker, &status);
    buf_clear(why);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        (void)buf_printf(why, "no end after %d s", SECONDS_MAX);
    else if (WIFSIGNALED(status))
        (void)buf_printf(why, "the program died of signal %d", WTERMSIG(status));
    else
        (void)buf_printf(why, "the program ended with %d", WEXITSTATUS(status));
}

static bool judge(const struct plan *plan, struct worker *worker, uint64_t seed)
{
    struct buf trace;
    struct buf why;
    bool passed;

    buf_init(&trace, BUF_NO_LIMIT);
    buf_init(&why, BUF_NO_LIMIT);
    if (!worker->pipe)
        start(worker, plan, seed);
    receive(worker, &trace, &why);
    passed = why.len == 0;
    (void)fwrite(trace.data, 1, trace.len, stdout);
    if (!passed)
        printf("seed %llu: %.*s\n", (unsigned long long)seed, (int)why.len, why.data);
    (void)fflush(stdout);
    buf_release(&trace);
    buf_release(&why);
    return passed;
}

int main(void)
{
    const uint64_t seed = number_from("SEED", 0);
    const uint64_t first = number_from("FROM", 1);
    struct plan plan = {
        .first = seed > 0 ? seed : first,
        .last = seed > 0 ? seed : first + number_from("SEEDS", DEFAULT_SEEDS) - 1,
        .jobs = number_from("JOBS", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN)),
        .traces = number_from("TRACE", 0) > 0,
    };
    const bool stops = number_from("STOP", 0) > 0;
    struct worker workers[JOBS_MAX] = {{0}};
    uint64_t failed = 0;

    plan.jobs = plan.jobs < 1 ? 1 : plan.jobs > JOBS_MAX ? JOBS_MAX : plan.jobs;
    for (uint64_t s = plan.first; s <= plan.last && !(stops && failed > 0); s++)
        failed += !judge(&plan, &workers[(s - plan.first) % plan.jobs], s);
    for (uint64_t i = 0; i < plan.jobs; i++) {
        int status;

        if (workers[i].pipe)
            stop(&workers[i], &status);
    }
    printf("%llu passed, %llu failed\n", (unsigned long long)(plan.last - plan.first + 1 - failed),
           (unsigned long long)failed);
    return failed > 0 ? 1 : 0;
}
