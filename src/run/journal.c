#include "run/journal.h"

#include "base/log.h"
#include "base/text.h"
#include "base/version.h"
#include "os/clock.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

enum { JOB_BYTES = 12, HOST_SIZE = 256 };

static void make_job_name(char name[2 * JOB_BYTES + 1])
{
    unsigned char bytes[JOB_BYTES];
    int failed = getentropy(bytes, sizeof bytes);

    assert(failed == 0);
    text_write_hex(name, bytes, JOB_BYTES);
    name[2 * JOB_BYTES] = '\0';
}

/* Which file holds the truth is told by its whole name: another one would write all once more. */
static void tell_begun(const char *path)
{
    char *whole = realpath(path, NULL);

    log_event(LOG_INFO, "a new job begins: its checkpoint is '%s'", whole ? whole : path);
    free(whole);
}

static void tell(const char *path, const struct checkpoint_opening *opening)
{
    if (opening->torn)
        log_event(
            LOG_WARNING,
            "checkpoint '%s' ended in an unfinished write (line %lld), which was cut and kept as "
            "'%s'; at most %llu creates were in it",
            path, (long long)opening->torn_line, opening->kept_as,
            (unsigned long long)opening->lost_creating);
}

/* A checkpoint pins its destination. A first run without a key would pin one that was not meant. */
static bool may_begin(const struct context *context, struct error *err)
{
    if (access(context->config->checkpoint, F_OK) == 0)
        return true;
    for (int side = 0; side < SIDES; side++) {
        if (context->has_remote[side] &&
            !secret_is_there(secrets_of(context->secrets, (enum side)side), err))
            return false;
    }
    return true;
}

struct checkpoint *journal_open(const struct context *context, struct error *err)
{
    const struct config *config = context->config;
    struct checkpoint_opening opening = {0};
    struct checkpoint *checkpoint;
    char job[2 * JOB_BYTES + 1];
    char host[HOST_SIZE] = "";
    struct checkpoint_options options = {
        .path = config->checkpoint,
        .tool = span_of("threadferry " THREADFERRY_VERSION),
        .accept_mapping_change = context->options->accept_mapping_change,
        .any_mapping = !context->maps,
        .wall_ms = clock_wall_ms(),
        .pid = getpid(),
        .host = host,
        .job = job,
    };
    struct buf mapping;
    struct buf source;
    bool is_new;

    if (!may_begin(context, err))
        return NULL;
    is_new = access(config->checkpoint, F_OK) != 0;
    buf_init(&mapping, BUF_NO_LIMIT);
    buf_init(&source, BUF_NO_LIMIT);
    make_job_name(job);
    (void)gethostname(host, sizeof host - 1);
    context_pins(context, &mapping, &options.pins);
    context_source_text(context, &source);
    options.source = buf_span(&source);
    checkpoint = checkpoint_open(&options, &opening, err);
    if (checkpoint && is_new)
        tell_begun(config->checkpoint);
    if (checkpoint)
        tell(config->checkpoint, &opening);
    buf_release(&mapping);
    buf_release(&source);
    return checkpoint;
}

struct checkpoint *journal_open_reader(const char *path, struct error *err)
{
    struct checkpoint_opening opening = {0};
    struct checkpoint *checkpoint = checkpoint_open_reader(path, &opening, err);

    if (!checkpoint && err->code == ERROR_USAGE)
        error_set(err, ERROR_USAGE,
                  "cannot open checkpoint '%s': there is no such file\n"
                  "hint: migrate first, or --checkpoint FILE",
                  path);
    if (checkpoint && opening.torn)
        log_event(LOG_WARNING,
                  "checkpoint '%s' ends in an unfinished write (line %lld), which the next migrate "
                  "repairs",
                  path, (long long)opening.torn_line);
    return checkpoint;
}

void journal_selected(struct checkpoint *checkpoint, int64_t threads)
{
    const struct record record = {.kind = RECORD_SELECTION, .threads = threads};
    struct error ignored;

    (void)checkpoint_add(checkpoint, &record, &ignored);
}

void journal_ended(struct checkpoint *checkpoint, int exit_status)
{
    const struct record record = {.kind = RECORD_ENDED, .exit = exit_status};
    struct error ignored;

    if (checkpoint_add(checkpoint, &record, &ignored))
        (void)checkpoint_sync(checkpoint, &ignored);
}

bool journal_is_ours(const struct checkpoint *checkpoint, const struct context *context,
                     struct error *err)
{
    struct buf mapping;
    struct pins pins;
    bool ours;

    buf_init(&mapping, BUF_NO_LIMIT);
    context_pins(context, &mapping, &pins);
    ours = checkpoint_compare(checkpoint, &pins,
                              context->options->accept_mapping_change || !context->maps, err);
    buf_release(&mapping);
    return ours;
}

bool journal_is_part(const struct checkpoint *checkpoint, const struct context *context,
                     bool any_mapping, struct error *err)
{
    const struct record *header = checkpoint_header(checkpoint);
    struct buf mapping;
    struct pins pins;
    bool is_part;

    buf_init(&mapping, BUF_NO_LIMIT);
    context_pins(context, &mapping, &pins);
    pins.shard = header->pins.shard;
    if (any_mapping)
        pins.mapping = header->pins.mapping;
    is_part = checkpoint_compare(checkpoint, &pins, false, err);
    buf_release(&mapping);
    return is_part;
}
