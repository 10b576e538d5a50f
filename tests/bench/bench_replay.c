/*
 * How long a run needs to open the checkpoint of a large job, and how much
 * memory: bench_replay [--threads N] [--keep FILE]. Three records a thread
 * (creating, created, done), 32 threads in flight. At ten million threads the
 * limits are 15 s of one processor and 300 MB; for fewer the time shrinks with
 * the number. The time on the clock is told too, but a busy machine or a cold
 * disk does not fail the test.
 */
#include "base/buf.h"
#include "base/text.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    DEFAULT_THREADS = 1000000,
    IN_FLIGHT = 32,
    LIMIT_MB = 300,
    TEXT_SIZE = 80,
    FLUSH_AT = 1 << 20,
};

static const double LIMIT_THREADS = 10000000;
static const double LIMIT_SECONDS = 15;

#define JOB "5f3a90c2d1e40b77"
#define MAPPING "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct maker {
    FILE *file;
    struct buf lines;
    uint64_t n;
    uint64_t b;
};

static const struct pins *pins(void)
{
    static struct pins pins;

    pins = (struct pins){
        .destination_type = span_of("openai"),
        .base_url = span_of("https://api.openai.com/v1"),
        .mapping = span_of(MAPPING),
    };
    return &pins;
}

static void add(struct maker *maker, struct record record)
{
    record.n = ++maker->n;
    record.b = maker->b;
    record_write(&maker->lines, &record, span_of(record.kind == RECORD_HEADER ? "" : JOB));
    if (maker->lines.len >= FLUSH_AT) {
        (void)fwrite(maker->lines.data, 1, maker->lines.len, maker->file);
        buf_clear(&maker->lines);
    }
}

/* Ids as long as real ones, and as random. */
static uint64_t scramble(uint64_t number)
{
    number = (number ^ number >> 31) * 0x7fb5d329728ea185;
    number = (number ^ number >> 27) * 0x81dadef4bc2dd44d;
    return number ^ number >> 33;
}

static void add_thread(struct maker *maker, enum record_kind kind, uint64_t number)
{
    const uint64_t noise = scramble(number);
    char thread[TEXT_SIZE];
    char conversation[TEXT_SIZE];
    char last[TEXT_SIZE];
    char digest[TEXT_SIZE];

    (void)snprintf(thread, TEXT_SIZE, "thread_%016" PRIx64 "%08" PRIx64, noise, number);
    (void)snprintf(conversation, TEXT_SIZE, "conv_%016" PRIx64 "%032" PRIx64, noise, number);
    (void)snprintf(last, TEXT_SIZE, "msg_%016" PRIx64 "%032" PRIx64, noise, number);
    (void)snprintf(digest, TEXT_SIZE, "%016" PRIx64 "%048" PRIx64, noise, number);
    add(maker, (struct record){
                   .kind = kind,
                   .thread = span_of(thread),
                   .conversation = span_of(conversation),
                   .items = kind == RECORD_DONE ? 20 : 0,
                   .last = span_of(last),
                   .digest = span_of(digest),
               });
}

static bool make(const char *path, uint64_t threads)
{
    static const enum record_kind KINDS[] = {RECORD_CREATING, RECORD_CREATED, RECORD_DONE};
    struct maker maker = {.file = fopen(path, "wb"), .b = 1};
    bool ok;

    if (!maker.file || chmod(path, 0600) != 0)
        return false;
    buf_init(&maker.lines, BUF_NO_LIMIT);
    add(&maker, (struct record){.kind = RECORD_HEADER,
                                .format = RECORD_FORMAT,
                                .job = span_of(JOB),
                                .tool = span_of("threadferry bench"),
                                .source = span_of("archive"),
                                .pins = *pins()});
    for (uint64_t first = 0; first < threads; first += IN_FLIGHT) {
        for (size_t kind = 0; kind < sizeof KINDS / sizeof KINDS[0]; kind++) {
            maker.b = maker.n + 1;
            for (uint64_t i = first; i < first + IN_FLIGHT && i < threads; i++)
                add_thread(&maker, KINDS[kind], i);
        }
    }
    ok = fwrite(maker.lines.data, 1, maker.lines.len, maker.file) == maker.lines.len;
    buf_release(&maker.lines);
    return fclose(maker.file) == 0 && ok;
}

/* How much more a build with sanitizers may take: the limit is that of a program as it is used. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 3.0
#endif
#endif
#if !defined(SANITIZED)
#define SANITIZED 1.0
#endif

static double seconds(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool measure(const char *path, uint64_t threads)
{
    const struct checkpoint_options options = {
        .path = path,
        .pins = *pins(),
        .tool = span_of("threadferry bench"),
        .job = JOB,
    };
    const double limit = SANITIZED * (LIMIT_SECONDS * ((double)threads / LIMIT_THREADS) + 0.5);
    const double start = seconds(CLOCK_MONOTONIC);
    const double start_cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    struct checkpoint_opening opening;
    struct error err = {0};
    struct rusage usage;
    struct checkpoint *checkpoint = checkpoint_open(&options, &opening, &err);
    const double took = seconds(CLOCK_MONOTONIC) - start;
    const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - start_cpu;
    bool ok;

    if (!checkpoint) {
        printf("not ok replay: %s\n", err.text);
        return false;
    }
    (void)getrusage(RUSAGE_SELF, &usage);
    ok = progress_count(checkpoint_progress(checkpoint), THREAD_DONE) == threads && cpu <= limit &&
         usage.ru_maxrss * 1024 <= LIMIT_MB * 1000000L;
    printf("%s replay: %" PRIu64 " threads, %.2f s of processor (at most %.1f), %.2f s in all, "
           "%ld MB (at most %d)\n",
           ok ? "ok" : "not ok", threads, cpu, limit, took, usage.ru_maxrss * 1024 / 1000000,
           LIMIT_MB);
    checkpoint_close(checkpoint);
    return ok;
}

int main(int argc, char **argv)
{
    const char *folder = getenv("TMPDIR");
    char path[4096];
    const char *kept = NULL;
    int64_t threads = DEFAULT_THREADS;
    bool ok;

    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--keep") == 0)
            kept = argv[i + 1];
        else if (strcmp(argv[i], "--threads") != 0 ||
                 !text_to_int(span_of(argv[i + 1]), &threads) || threads < 0)
            return 2;
    }
    (void)snprintf(path, sizeof path, "%s/bench_replay.%ld", folder ? folder : "/tmp",
                   (long)getpid());
    if (kept)
        (void)snprintf(path, sizeof path, "%s", kept);
    if (access(path, R_OK) != 0 && !make(path, (uint64_t)threads)) {
        printf("not ok replay: cannot make %s\n", path);
        return 1;
    }
    ok = measure(path, (uint64_t)threads);
    if (!kept)
        (void)unlink(path);
    return ok ? 0 : 1;
}
