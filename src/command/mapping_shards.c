#include "command/mapping_shards.h"

#include "base/log.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdlib.h>

void shards_init(struct shards *shards)
{
    *shards = (struct shards){0};
    strmap_init(&shards->ids);
}

void shards_release(struct shards *shards)
{
    free(shards->files);
    strmap_release(&shards->ids);
    *shards = (struct shards){0};
}

/* How many files before this one have the same shard. */
static size_t earlier_same(const struct shards *shards, size_t place)
{
    const struct shard *shard = &shards->files[place].shard;
    size_t count = 0;

    for (size_t i = 0; i < place; i++)
        count += shards->files[i].shard.index == shard->index ? 1 : 0;
    return count;
}

/* Shards of one division, each given once: then no thread can be in two of them. */
static bool are_disjoint(const struct shards *shards)
{
    for (size_t i = 0; i < shards->count; i++) {
        const struct shard *shard = &shards->files[i].shard;

        if (shard->count == 0 || shard->count != shards->files[0].shard.count ||
            earlier_same(shards, i) > 0)
            return false;
    }
    return true;
}

void shards_add(struct shards *shards, const char *path, const struct pins *pins)
{
    struct shards_file *file;
    struct error ignored;

    shards->files = mem_resize(shards->files, shards->count + 1, sizeof *shards->files);
    file = &shards->files[shards->count++];
    *file = (struct shards_file){.path = path, .pins = *pins};
    if (pins->shard.len > 0 && !shard_parse(&file->shard, pins->shard, NULL, &ignored))
        file->shard = (struct shard){0};
    shards->disjoint = shards->count == 1 || are_disjoint(shards);
}

void shards_see(struct shards *shards, size_t file, struct span thread_id)
{
    bool added;

    if (shards->files[file].shard.count > 0 && !shard_has(&shards->files[file].shard, thread_id))
        shards->files[file].foreign++;
    if (shards->disjoint)
        return;
    (void)strmap_add(&shards->ids, thread_id, &added);
    if (!added)
        shards->twice++;
}

static bool same_destination(const struct pins *a, const struct pins *b)
{
    return span_equal(a->destination_type, b->destination_type) &&
           span_equal(a->base_url, b->base_url) && span_equal(a->organization, b->organization) &&
           span_equal(a->project, b->project);
}

static bool judge_file(const struct shards *shards, size_t place)
{
    const struct shards_file *file = &shards->files[place];
    const struct shards_file *first = &shards->files[0];
    bool ok = true;

    if (file->foreign > 0) {
        log_event(LOG_ERROR, "%s: threads that are not of its shard %" PRId64 "/%" PRId64 ": %zu",
                  file->path, file->shard.index, file->shard.count, file->foreign);
        ok = false;
    }
    if (shards->count < 2)
        return ok;
    if (!same_destination(&file->pins, &first->pins)) {
        log_event(LOG_ERROR, "%s has another destination than %s", file->path, first->path);
        ok = false;
    }
    if (file->shard.count == 0) {
        log_event(LOG_ERROR, "%s is not a shard, so it may share threads with the others",
                  file->path);
        return false;
    }
    if (file->shard.count != first->shard.count) {
        log_event(LOG_ERROR, "%s is one of %" PRId64 " shards, %s one of %" PRId64, file->path,
                  file->shard.count, first->path, first->shard.count);
        return false;
    }
    if (earlier_same(shards, place) > 0) {
        log_event(LOG_ERROR, "shards overlap: %s is shard %" PRId64 "/%" PRId64 " once more",
                  file->path, file->shard.index, file->shard.count);
        ok = false;
    }
    return ok;
}

/* Runs of missing numbers, so that a million shards cannot flood the log. */
static bool judge_missing(const struct shards *shards)
{
    const int64_t count = shards->files[0].shard.count;
    int64_t next = 1;
    bool ok = true;

    while (next <= count) {
        int64_t nearest = count + 1; /* the smallest number from `next` on that is there */

        for (size_t i = 0; i < shards->count; i++) {
            int64_t index = shards->files[i].shard.index;

            if (index >= next && index < nearest)
                nearest = index;
        }
        if (nearest == next + 1)
            log_event(LOG_ERROR, "missing: shard %" PRId64 " of %" PRId64, next, count);
        else if (nearest > next)
            log_event(LOG_ERROR, "missing: shards %" PRId64 " to %" PRId64 " of %" PRId64, next,
                      nearest - 1, count);
        ok = ok && nearest == next;
        next = nearest + 1;
    }
    return ok;
}

bool shards_judge(const struct shards *shards)
{
    bool ok = true;

    for (size_t i = 0; i < shards->count; i++)
        ok = judge_file(shards, i) && ok;
    if (shards->twice > 0) {
        log_event(LOG_ERROR, "threads with a conversation in more than one checkpoint: %zu",
                  shards->twice);
        ok = false;
    }
    if (shards->count > 1 && shards->files[0].shard.count > 0)
        ok = judge_missing(shards) && ok;
    return ok;
}
