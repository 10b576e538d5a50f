#include "engine/checkpoint_internal.h"

#include "base/mem.h"
#include "base/text.h"
#include "engine/checkpoint_lines.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    FACTS_MAX = 64 << 20,
    SHORTEST_CREATING = 58, /* bytes of a `creating` line with ids and numbers of one digit */
    VERSION_MAX = 128,
};

/* Damage, until the lines behind it show whether it had been synced. */
struct damage {
    bool is_found;
    uint64_t expected_n;
    uint64_t batch; /* "b" of the lines whose facts are kept; 0 until one was seen */
    uint64_t last_n;
};

void tail_init(struct tail *tail)
{
    *tail = (struct tail){0};
    buf_init(&tail->facts, FACTS_MAX);
}

void tail_release(struct tail *tail)
{
    buf_release(&tail->facts);
}

void checkpoint_too_new(const struct checkpoint *checkpoint, const struct record *record,
                        struct error *err)
{
    char version[VERSION_MAX];

    if (record->kind == RECORD_HEADER) {
        text_visible(version, sizeof version, record->tool);
        error_set(err, ERROR_OTHER_JOB,
                  "cannot read checkpoint '%s': it has format %" PRId64
                  ", this version reads up to %d; it needs the version that wrote it%s%s",
                  checkpoint->path, record->format, RECORD_FORMAT, version[0] ? ": " : "", version);
        return;
    }
    text_visible(version, sizeof version, record->needs);
    error_set(err, ERROR_OTHER_JOB,
              "cannot read checkpoint '%s': record %" PRIu64 " is of a kind that needs %s",
              checkpoint->path, record->n, version[0] ? version : "a newer version");
}

void checkpoint_take_mapping(struct checkpoint *checkpoint, struct span digest)
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
    if (parse == RECORD_TOO_NEW && header.kind == RECORD_HEADER) {
        checkpoint->header = header;
        return parse;
    }
    if (parse != RECORD_VALID || header.kind != RECORD_HEADER || header.n != 1 || header.format < 1)
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
    if (parse == RECORD_TOO_NEW)
        checkpoint_too_new(checkpoint, &checkpoint->header, err);
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

static bool replay_record(struct checkpoint *checkpoint, const struct line *line,
                          const struct record *record)
{
    if (!progress_apply(checkpoint->progress, record, line->at))
        return false;
    if (record->kind == RECORD_PINS)
        checkpoint_take_mapping(checkpoint, record->pins.mapping);
    if (record->b == record->n) {
        checkpoint->batch = record->b;
        checkpoint->batch_at = line->at;
    }
    checkpoint->next_n++;
    checkpoint->end = line->next;
    return true;
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
static void keep_fact(const struct checkpoint *checkpoint, struct damage *damage,
                      const struct line *line, const struct record *record, struct tail *tail)
{
    if (record->n < damage->expected_n ||
        (record->b != checkpoint->batch && record->b != damage->expected_n))
        return;
    if (record->b > damage->batch) {
        damage->batch = record->b;
        damage->last_n = 0;
        buf_clear(&tail->facts);
    }
    if (record->b < damage->batch || record->n <= damage->last_n)
        return;
    damage->last_n = record->n;
    tail->lost_creating += record->kind == RECORD_CREATING;
    if (is_fact(record->kind) && tail->facts.len + line->text.len < FACTS_MAX) {
        buf_add_span(&tail->facts, line->text);
        buf_add_char(&tail->facts, '\n');
    }
}

/* A line at or behind the damage. False where it proves that the damage had been synced. */
static bool replay_tail(const struct checkpoint *checkpoint, struct damage *damage,
                        const struct line *line, struct tail *tail, struct error *err)
{
    struct record record;
    enum record_parse parse = RECORD_INVALID;

    if (line->text.data)
        parse = record_read(&record, line->text, checkpoint->header.job);
    if (parse == RECORD_INVALID) {
        tail->lost_creating += (uint64_t)(line->next - line->at) / SHORTEST_CREATING + 1;
        return true;
    }
    if (parse == RECORD_TOO_NEW) {
        checkpoint_too_new(checkpoint, &record, err);
        return false;
    }
    if (record.b > damage->expected_n) {
        error_set(err, ERROR_DAMAGED,
                  "checkpoint '%s' is damaged at line %" PRId64 ": record %" PRIu64
                  " is missing or altered, and later ones had been written "
                  "after it was safe; nothing was changed",
                  checkpoint->path, tail->line, damage->expected_n);
        return false;
    }
    keep_fact(checkpoint, damage, line, &record, tail);
    return true;
}

/* One line behind the header. */
static bool replay_line(struct checkpoint *checkpoint, struct damage *damage,
                        const struct line *line, struct tail *tail, struct error *err)
{
    struct record record;
    enum record_parse parse = RECORD_INVALID;

    tail->line += !damage->is_found;
    if (damage->is_found)
        return replay_tail(checkpoint, damage, line, tail, err);
    if (line->text.data)
        parse = record_read(&record, line->text, checkpoint->header.job);
    if (parse == RECORD_INVALID || !is_due(checkpoint, line, &record)) {
        *damage = (struct damage){.is_found = true, .expected_n = checkpoint->next_n};
        tail->is_torn = true;
        return replay_tail(checkpoint, damage, line, tail, err);
    }
    if (parse == RECORD_TOO_NEW) {
        checkpoint_too_new(checkpoint, &record, err);
        return false;
    }
    if (!replay_record(checkpoint, line, &record)) {
        error_set(err, ERROR_DAMAGED,
                  "checkpoint '%s' is damaged at line %" PRId64
                  ": '%s' of a thread that has no conversation; nothing was changed",
                  checkpoint->path, tail->line, record_kind_name(record.kind));
        return false;
    }
    return true;
}

static bool replay_lines(struct checkpoint *checkpoint, struct lines *lines, struct tail *tail,
                         struct error *err)
{
    struct damage damage = {0};
    struct line line;
    bool found;

    if (lines->size >> PROGRESS_OFFSET_BITS != 0) {
        error_set(err, ERROR_IO, "cannot read checkpoint '%s': it is larger than 1 TiB",
                  checkpoint->path);
        return false;
    }
    if (!lines_next(lines, &line, &found, err) || !replay_header(checkpoint, &line, err))
        return false;
    tail->line = 1;
    for (;;) {
        if (!lines_next(lines, &line, &found, err))
            return false;
        if (!found)
            return true;
        if (!replay_line(checkpoint, &damage, &line, tail, err))
            return false;
    }
}

bool checkpoint_replay(struct checkpoint *checkpoint, struct tail *tail, struct error *err)
{
    struct lines lines;
    bool ok;

    if (!lines_open(&lines, checkpoint->file, err))
        return false;
    ok = replay_lines(checkpoint, &lines, tail, err);
    tail->size = lines.at;
    lines_close(&lines);
    return ok;
}
