#include "loop/job.h"

#include "base/mem.h"

#include <stdlib.h>

struct job {
    char *thread_id;
    uint64_t number;
    struct reader *reader;
    struct sink *sink;
    bool reading; /* the call in flight is the reader's */
};

struct job *job_new(struct span thread_id, uint64_t number, struct reader *reader,
                    struct sink *sink)
{
    struct job *job = mem_zalloc(1, sizeof *job);

    job->thread_id = mem_dup(thread_id.data, thread_id.len);
    job->number = number;
    job->reader = reader;
    job->sink = sink;
    sink->reader = reader;
    return job;
}

void job_free(struct job *job)
{
    if (!job)
        return;
    job->sink->ops->free(job->sink);
    reader_free(job->reader);
    free(job->thread_id);
    free(job);
}

/* Gives the sink the next item, or the end. False where the wish is for the loop. */
static bool give_item(struct job *job, struct wish *wish)
{
    const struct item *item = reader_take(job->reader);

    if (item) {
        job->sink->ops->item(job->sink, item);
        return true;
    }
    reader_next(job->reader, wish);
    if (wish->kind == WISH_READY)
        return true;
    if (wish->kind == WISH_DONE) {
        job->sink->ops->item(job->sink, NULL);
        return true;
    }
    job->reading = true;
    return false;
}

void job_next(struct job *job, struct wish *wish)
{
    job->reading = false;
    do {
        job->sink->ops->next(job->sink, wish);
    } while (wish->kind == WISH_MORE && give_item(job, wish));
    if (wish->kind == WISH_FAIL)
        sink_fail(job->sink, &wish->error);
}

void job_feed(struct job *job, const struct answer *answer)
{
    if (job->reading)
        reader_feed(job->reader, answer);
    else
        job->sink->ops->feed(job->sink, answer);
}

void job_fail(struct job *job, const struct error *error)
{
    if (job->reader)
        reader_give_up(job->reader);
    sink_fail(job->sink, error);
}

void job_unsent(struct job *job)
{
    if (!job->reading && job->sink->ops->unsent)
        job->sink->ops->unsent(job->sink);
}

size_t job_weight(const struct job *job)
{
    const struct sink *sink = job->sink;

    return sizeof *job + (job->reader ? reader_weight(job->reader) : 0) +
           (sink->ops->weight ? sink->ops->weight(sink) : sizeof *sink);
}

const char *job_thread_id(const struct job *job)
{
    return job->thread_id;
}

uint64_t job_number(const struct job *job)
{
    return job->number;
}

struct sink *job_sink(struct job *job)
{
    return job->sink;
}

const struct outcome *job_outcome(const struct job *job)
{
    return &job->sink->outcome;
}

const struct losses *job_losses(const struct job *job)
{
    return reader_losses(job->reader);
}
