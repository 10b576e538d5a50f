/*
 * Sequences of commands in a world of their own, each from one seed; a
 * judgement after every step. Seeds are played in processes of their own, so a
 * program that aborts or never ends is one more failure.
 *
 *   SEEDS=N      so many seeds, from FROM (1)
 *   SEED=S       this one
 *   SCRIPT=FILE  the sequence that is written there
 *   TRACE=1      what happened, step by step
 *   SHRINK=1     of one that fails the shortest that still does, as text and with its trace
 *   TELL=1       the sequence as text, not played
 *   JOBS=N       at the same time; one for each processor
 *   STOP=1       at the first that fails
 */
#include "base/buf.h"
#include "base/text.h"
#include "json/json.h"
#include "simulate/play.h"
#include "simulate/script.h"
#include "simulate/text/script_text.h"
#include "simulate/text/shrink.h"

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

/* One script, or where there is none those of the plan from this seed on. */
static void play_all(const struct plan *plan, uint64_t seed, const struct script *one, FILE *pipe)
{
    json_start();
    for (; one || seed <= plan->last; seed += plan->jobs) {
        struct script script;
        struct buf trace;
        struct buf why;

        buf_init(&trace, BUF_NO_LIMIT);
        buf_init(&why, BUF_NO_LIMIT);
        (void)alarm(SECONDS_MAX);
        if (!one)
            script_draw(&script, seed);
        if (!play(one ? one : &script, &trace, &why) && why.len == 0)
            buf_add_text(&why, "failed without a reason");
        if (!plan->traces)
            buf_clear(&trace);
        answer(pipe, &trace, &why);
        buf_release(&trace);
        buf_release(&why);
        if (one)
            return;
    }
}

/* ---- the one that counts ---- */

struct worker {
    pid_t pid;
    FILE *pipe; /* NULL: none runs */
};

static void start(struct worker *worker, const struct plan *plan, uint64_t seed,
                  const struct script *one)
{
    int ends[2];

    (void)fflush(stdout);
    if (pipe(ends) != 0 || (worker->pid = fork()) < 0) {
        perror("simulate");
        exit(1);
    }
    if (worker->pid == 0) {
        (void)close(ends[0]);
        play_all(plan, seed, one, fdopen(ends[1], "w"));
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
        buf_add(text, chunk, part);
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
        buf_printf(why, "no end after %d s", SECONDS_MAX);
    else if (WIFSIGNALED(status))
        buf_printf(why, "the program died of signal %d", WTERMSIG(status));
    else
        buf_printf(why, "the program ended with %d", WEXITSTATUS(status));
}

static bool judge(const struct plan *plan, struct worker *worker, uint64_t seed)
{
    struct buf trace;
    struct buf why;
    bool passed;

    buf_init(&trace, BUF_NO_LIMIT);
    buf_init(&why, BUF_NO_LIMIT);
    if (!worker->pipe)
        start(worker, plan, seed, NULL);
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

/* ---- one script ---- */

/* In a process of its own. */
static bool play_one(const struct script *script, struct buf *trace, struct buf *why)
{
    static const struct plan PLAN = {.jobs = 1, .traces = true};
    struct worker worker = {0};
    int status;

    start(&worker, &PLAN, 0, script);
    receive(&worker, trace, why);
    if (worker.pipe)
        stop(&worker, &status);
    return why->len == 0;
}

static bool play_quietly(const struct script *script, struct buf *why)
{
    struct buf trace;
    bool passed;

    buf_init(&trace, BUF_NO_LIMIT);
    passed = play_one(script, &trace, why);
    buf_release(&trace);
    return passed;
}

static void print_script(const struct script *script)
{
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    script_write(script, &text);
    (void)fwrite(text.data, 1, text.len, stdout);
    buf_release(&text);
}

static int judge_script(struct script *script, bool has_trace)
{
    struct buf trace;
    struct buf why;
    bool passed;

    buf_init(&trace, BUF_NO_LIMIT);
    buf_init(&why, BUF_NO_LIMIT);
    passed = play_one(script, &trace, &why);
    if (!passed && number_from("SHRINK", 0) > 0) {
        shrink(script, buf_span(&why), play_quietly);
        print_script(script);
        buf_clear(&trace);
        buf_clear(&why);
        (void)play_one(script, &trace, &why);
        has_trace = true;
    }
    if (has_trace)
        (void)fwrite(trace.data, 1, trace.len, stdout);
    if (!passed)
        printf("seed %llu: %.*s\n", (unsigned long long)script->seed, (int)why.len, why.data);
    printf("%d passed, %d failed\n", passed, !passed);
    buf_release(&trace);
    buf_release(&why);
    return passed ? 0 : 1;
}

static bool read_script(struct script *script, const char *path)
{
    char chunk[4096];
    FILE *file = fopen(path, "r");
    struct buf text;
    struct buf why;
    bool ok = file != NULL;

    buf_init(&text, BUF_NO_LIMIT);
    buf_init(&why, BUF_NO_LIMIT);
    for (size_t got; ok && (got = fread(chunk, 1, sizeof chunk, file)) > 0;)
        buf_add(&text, chunk, got);
    ok = ok && script_read(script, buf_span(&text), &why);
    if (!ok)
        fprintf(stderr, "%s: %.*s\n", path, (int)why.len, why.data ? why.data : "");
    if (file)
        (void)fclose(file);
    buf_release(&text);
    buf_release(&why);
    return ok;
}

/* ---- many seeds ---- */

static int play_plan(struct plan *plan)
{
    struct worker workers[JOBS_MAX] = {{0}};
    const bool stops = number_from("STOP", 0) > 0;
    uint64_t failed = 0;

    plan->jobs = plan->jobs < 1 ? 1 : plan->jobs > JOBS_MAX ? JOBS_MAX : plan->jobs;
    for (uint64_t s = plan->first; s <= plan->last && !(stops && failed > 0); s++)
        failed += !judge(plan, &workers[(s - plan->first) % plan->jobs], s);
    for (uint64_t i = 0; i < plan->jobs; i++) {
        int status;

        if (workers[i].pipe)
            stop(&workers[i], &status);
    }
    printf("%llu passed, %llu failed\n",
           (unsigned long long)(plan->last - plan->first + 1 - failed), (unsigned long long)failed);
    return failed > 0 ? 1 : 0;
}

int main(void)
{
    const uint64_t seed = number_from("SEED", 0);
    const uint64_t first = number_from("FROM", 1);
    const char *path = getenv("SCRIPT");
    struct script script;
    struct plan plan = {
        .first = first,
        .last = first + number_from("SEEDS", DEFAULT_SEEDS) - 1,
        .jobs = number_from("JOBS", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN)),
        .traces = number_from("TRACE", 0) > 0,
    };

    if (path && *path && !read_script(&script, path))
        return 2;
    if (!(path && *path) && seed > 0)
        script_draw(&script, seed);
    if (!(path && *path) && seed == 0)
        return play_plan(&plan);
    if (number_from("TELL", 0) == 0)
        return judge_script(&script, plan.traces);
    print_script(&script);
    return 0;
}
