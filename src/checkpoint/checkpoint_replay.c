#include "checkpoint/checkpoint_internal.h"

#include "base/mem.h"
#include "base/text.h"
#include "checkpoint/checkpoint_lines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    FACTS_MAX = 64 << 20,
    SHORTEST_CREATING = 58, /* bytes of a `creating` line with ids and numbers of one digit */
    VERSION_MAX = 128,
};

/* A pass over the file. */
struct replay {
    struct checkpoint *checkpoint;
    struct tail *tail;
    struct progress_step step; /* of the line before, not yet taken */
    int64_t step_line;         /* 0: there is none */

    /* Damage, until the lines behind it show whether it had been synced. */
    bool is_damaged;
    uint64_t expected_n;
    uint64_t batch; /* "b" of the lines whose facts are kept; 0 until one was seen */
    uint64_t last_n;

    bool contradicts_itself; /* a record could not follow what was known of its thread */
};

void tail_init(struct tail *tail)
{
    *tail = (struct tail){0};
    buf_init(&tail->facts, FACTS_MAX);
}

void tail_release(struct tail *tail)
{
    buf_release(&tail->facts);
    free(tail->kept_as);
}

/* 'status' and every other command would end in the same way. */
#define FOREIGN_HINT                                                                               \
    "\nhint: continue with the version that last worked on this job ('threadferry --version'); "   \
    "nothing was changed"

static void header_foreign(const struct checkpoint *checkpoint, const struct record *header,
                           struct error *err)
{
    char tool[VERSION_MAX];

    text_visible(tool, sizeof tool, header->tool);
    error_set(err, ERROR_OTHER_JOB,
              "cannot read checkpoint '%s': it has format %" PRId64
              ", this version reads format %d; it needs %s%s" FOREIGN_HINT,
              checkpoint->path, header->format, RECORD_FORMAT,
              tool[0] ? "the version that wrote it: " : "another one", tool);
}

void checkpoint_foreign(const struct checkpoint *checkpoint, const struct record *record,
                        struct error *err)
{
    char kind[VERSION_MAX];
    char needs[VERSION_MAX];
    char tool[VERSION_MAX];

    if (record->kind == RECORD_HEADER) {
        header_foreign(checkpoint, record, err);
        return;
    }
    text_visible(kind, sizeof kind, record->kind_name);
    text_visible(needs, sizeof needs, record->needs);
    /* Who began the job is not who wrote this, but at least a place to start from. */
    text_visible(tool, sizeof tool, checkpoint->header.tool);
    error_set(err, ERROR_OTHER_JOB,
              "cannot read checkpoint '%s': record %" PRIu64
              " is of the kind '%s', which needs %s (%s began the job)" FOREIGN_HINT,
              checkpoint->path, record->n, kind, needs[0] ? needs : "a newer version", tool);
}

static void take_mapping(struct checkpoint *checkpoint, struct span digest)
{
    free(checkpoint->mapping_digest);
    checkpoint->mapping_digest = mem_dup(digest.data, digest.len);
    checkpoint->header.pins.mapping = (struct span){checkpoint->mapping_digest, digest.len};
}

enum record_parse checkpoint_take_header(struct checkpoint *checkpoint, struct span line)
{
    struct record header;
    enum record_parse parse;

    /* A copy first: the header's texts are needed as long as the checkpoint is open. */
    free(checkpoint->header_line);
    checkpoint->header_line = mem_dup(line.data, line.len);
    line.data = checkpoint->header_line;
    parse = record_read(&header, line, (struct span){"", 0});
    if (parse == RECORD_FOREIGN && header.kind == RECORD_HEADER) {
        checkpoint->header = header;
        return parse;
    }
    if (parse != RECORD_VALID || header.kind != RECORD_HEADER || header.n != 1)
        return RECORD_INVALID;
    checkpoint->header = header;
    checkpoint->next_n = 2;
    checkpoint->batch = 1;
    checkpoint->batch_at = 0;
    return RECORD_VALID;
}

static bool replay_header(struct checkpoint *checkpoint, const struct line *line, struct error *err)
{
    enum record_parse parse = RECORD_INVALID;

    if (line->is_whole && line->text.data)
        parse = checkpoint_take_header(checkpoint, line->text);
    if (parse == RECORD_VALID) {
        checkpoint->end = line->next;
        return true;
    }
    if (parse == RECORD_FOREIGN)
        checkpoint_foreign(checkpoint, &checkpoint->header, err);
    else
        error_set(err, ERROR_DAMAGED,
                  "checkpoint '%s' is damaged at line 1: no valid header, so it may not be a "
                  "checkpoint at all; nothing was changed",
                  checkpoint->path);
    return false;
}

/* A record in its place: whole, with the number that is due, of this batch or the first of a new
 * one. */
static bool is_due(const struct checkpoint *checkpoint, const struct line *line,
                   const struct record *record)
{
    return line->is_whole && record->n == checkpoint->next_n && record->kind != RECORD_HEADER &&
           (record->b == record->n || record->b == checkpoint->batch);
}

/* Takes the step that waits. It waits for the next line to be parsed, because the memory that it
 * needs arrives meanwhile: that is a third of the time of a large file. */
static bool take_step(struct replay *replay, struct error *err)
{
    const int64_t line = replay->step_line;

    replay->step_line = 0;
    if (line == 0 || progress_take(replay->checkpoint->progress, &replay->step))
        return true;
    replay->contradicts_itself = true;
    error_set(err, ERROR_DAMAGED,
              "checkpoint '%s' is damaged at line %" PRId64
              ": '%s' cannot follow what is on record of its thread; nothing was changed",
              replay->checkpoint->path, line, record_kind_name(replay->step.kind));
    return false;
}

static bool replay_record(struct replay *replay, const struct line *line,
                          const struct record *record, struct error *err)
{
    struct checkpoint *checkpoint = replay->checkpoint;
    const struct progress_step step = progress_prepare(checkpoint->progress, record, line->at);

    if (!take_step(replay, err))
        return false;
    replay->step = step;
    replay->step_line = replay->tail->line;
    checkpoint_take_run(checkpoint, record, line->at);
    if (record->b == record->n) {
        checkpoint->batch = record->b;
        checkpoint->batch_at = line->at;
    }
    checkpoint->next_n++;
    checkpoint->end = line->next;
    return true;
}

void checkpoint_take_run(struct checkpoint *checkpoint, const struct record *record, int64_t at)
{
    struct run_facts *run = &checkpoint->run;
    struct buf host;

    if (record->kind == RECORD_PINS) {
        take_mapping(checkpoint, record->pins.mapping);
    } else if (record->kind == RECORD_SELECTION) {
        run->selected = record->threads;
    } else if (record->kind == RECORD_FILE) {
        filebook_take(&checkpoint->files, record, at);
    } else if (record->kind == RECORD_ENDED) {
        run->exit = record->exit;
    } else if (record->kind == RECORD_RUN) {
        buf_init(&host, sizeof run->host - 1);
        (void)record_text(&host, record->host);
        memcpy(run->host, host.data, host.len);
        run->host[host.len] = '\0';
        buf_release(&host);
        run->time = record->time;
        run->exit = RUN_UNKNOWN;
        run->since = run->since == RUN_UNKNOWN ? run->time : run->since;
    }
}

/* Two checkpoints put together: a cut would lose what the second one knows. */
static bool is_second_header(const struct line *line)
{
    struct record record;
    enum record_parse parse;

    if (!line->is_whole || !line->text.data)
        return false;
    parse = record_read(&record, line->text, (struct span){"", 0});
    return (parse == RECORD_VALID || parse == RECORD_FOREIGN) && record.kind == RECORD_HEADER;
}

static bool is_fact(enum record_kind kind)
{
    return kind == RECORD_CREATED || kind == RECORD_APPENDED || kind == RECORD_DONE;
}

/*
 * A valid record behind the damage whose batch may have been the last. Lines with other numbers
 * are remains of what once stood on these sectors. When the damage lies between two batches, the
 * lines that begin with the expected number are the last batch.
 */
static void keep_fact(struct replay *replay, const struct line *line, const struct record *record)
{
    struct tail *tail = replay->tail;

    if (record->n < replay->expected_n ||
        (record->b != replay->checkpoint->batch && record->b != replay->expected_n))
        return;
    if (record->b > replay->batch) {
        replay->batch = record->b;
        replay->last_n = 0;
        buf_clear(&tail->facts);
    }
    if (record->b < replay->batch || record->n <= replay->last_n)
        return;
    replay->last_n = record->n;
    tail->lost_creating += record->kind == RECORD_CREATING;
    if (is_fact(record->kind) && tail->facts.len + line->text.len < FACTS_MAX) {
        buf_add_span(&tail->facts, line->text);
        buf_add_char(&tail->facts, '\n');
    }
}

/* A line at or behind the damage. False where it proves that the damage had been synced. */
static bool replay_tail(struct replay *replay, const struct line *line, struct error *err)
{
    const struct checkpoint *checkpoint = replay->checkpoint;
    struct tail *tail = replay->tail;
    struct record record;
    enum record_parse parse = RECORD_INVALID;

    if (line->text.data)
        parse = record_read(&record, line->text, checkpoint->header.job);
    if (parse == RECORD_INVALID) {
        tail->lost_creating += (uint64_t)(line->next - line->at) / SHORTEST_CREATING + 1;
        return true;
    }
    if (parse == RECORD_FOREIGN) {
        checkpoint_foreign(checkpoint, &record, err);
        return false;
    }
    if (record.b > replay->expected_n) {
        error_set(err, ERROR_DAMAGED,
                  "checkpoint '%s' is damaged at line %" PRId64 ": record %" PRIu64
                  " is missing or altered, and later ones had been written "
                  "after it was safe; nothing was changed",
                  checkpoint->path, tail->line, replay->expected_n);
        return false;
    }
    keep_fact(replay, line, &record);
    return true;
}

/* One line behind the header. */
static bool replay_line(struct replay *replay, const struct line *line, struct error *err)
{
    const struct checkpoint *checkpoint = replay->checkpoint;
    struct record record;
    enum record_parse parse = RECORD_INVALID;

    if (replay->is_damaged)
        return replay_tail(replay, line, err);
    replay->tail->line++;
    if (line->text.data)
        parse = record_read(&record, line->text, checkpoint->header.job);
    if (parse == RECORD_INVALID || !is_due(checkpoint, line, &record)) {
        replay->is_damaged = true;
        replay->expected_n = checkpoint->next_n;
        replay->tail->is_torn = true;
        if (is_second_header(line)) {
            error_set(err, ERROR_DAMAGED,
                      "checkpoint '%s' is damaged at line %" PRId64
                      ": another checkpoint begins there; nothing was changed\n"
                      "hint: two files were put together; take them apart there, each is whole",
                      checkpoint->path, replay->tail->line);
            return false;
        }
        return take_step(replay, err) && replay_tail(replay, line, err);
    }
    if (parse == RECORD_FOREIGN) {
        checkpoint_foreign(checkpoint, &record, err);
        return false;
    }
    return replay_record(replay, line, &record, err);
}

static bool replay_lines(struct replay *replay, struct lines *lines, struct error *err)
{
    struct line line;
    bool found;

    if (lines->size >> PROGRESS_OFFSET_BITS != 0) {
        error_set(err, ERROR_IO, "cannot read checkpoint '%s': it is larger than 1 TiB",
                  replay->checkpoint->path);
        return false;
    }
    if (!lines_next(lines, &line, &found, err) || !replay_header(replay->checkpoint, &line, err))
        return false;
    replay->tail->line = 1;
    for (;;) {
        if (!lines_next(lines, &line, &found, err))
            return false;
        if (!found)
            return take_step(replay, err);
        if (!replay_line(replay, &line, err))
            return false;
    }
}

static bool replay_once(struct replay *replay, struct error *err)
{
    struct lines lines;
    bool ok;

    if (!lines_open(&lines, replay->checkpoint->file, err))
        return false;
    ok = replay_lines(replay, &lines, err);
    replay->tail->size = lines.at;
    lines_close(&lines);
    return ok;
}

bool checkpoint_replay(struct checkpoint *checkpoint, struct tail *tail, struct error *err)
{
    struct replay replay = {.checkpoint = checkpoint, .tail = tail};

    if (replay_once(&replay, err))
        return true;
    if (!replay.contradicts_itself)
        return false;
    /* Two ids may share a hash, and seem to be one thread: not under another key. */
    progress_free(checkpoint->progress);
    checkpoint->progress = progress_new();
    filebook_release(&checkpoint->files);
    filebook_init(&checkpoint->files);
    tail_release(tail);
    tail_init(tail);
    replay = (struct replay){.checkpoint = checkpoint, .tail = tail};
    return replay_once(&replay, err);
}
