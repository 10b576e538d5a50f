#include "checkpoint/checkpoint_internal.h"

#include "base/mem.h"
#include "base/text.h"
#include "checkpoint/checkpoint_lines.h"

#include <inttypes.h>
#include <stdio.h>

enum { SHOWN_MAX = 128, MS_PER_SECOND = 1000 };

static struct checkpoint *checkpoint_new(const char *path)
{
    struct checkpoint *checkpoint = mem_zalloc(1, sizeof *checkpoint);

    checkpoint->path = mem_strdup(path);
    checkpoint->run = (struct run_facts){
        .selected = RUN_UNKNOWN, .time = RUN_UNKNOWN, .since = RUN_UNKNOWN, .exit = RUN_UNKNOWN};
    checkpoint->progress = progress_new();
    filebook_init(&checkpoint->files);
    buf_init(&checkpoint->pending, BUF_NO_LIMIT);
    return checkpoint;
}

static bool find_last_run(struct checkpoint *checkpoint, struct record *run, struct buf *host,
                          struct error *err)
{
    struct lines lines;
    struct line line;
    struct record record;
    bool found = false;
    bool ok;

    if (!lines_open(&lines, checkpoint->file, err))
        return false;
    ok = lines_next(&lines, &line, &found, err) && found && line.text.data &&
         checkpoint_take_header(checkpoint, line.text) == RECORD_VALID;
    while (ok && lines_next(&lines, &line, &found, err) && found) {
        if (!line.text.data ||
            record_read(&record, line.text, checkpoint->header.job) != RECORD_VALID ||
            record.kind != RECORD_RUN)
            continue;
        *run = record;
        buf_clear(host);
        (void)record_text(host, record.host);
    }
    lines_close(&lines);
    return ok;
}

/* Says who holds the lock, as far as the file tells. */
static void name_holder(const char *path, struct error *err)
{
    struct checkpoint *checkpoint = checkpoint_new(path);
    struct record run = {0};
    struct buf text;
    struct error ignored;
    char host[SHOWN_MAX];

    buf_init(&text, RECORD_LINE_MAX);
    error_set(err, ERROR_LOCKED, "cannot open checkpoint '%s': another process holds it", path);
    if (fsio_open(&checkpoint->file, path, FSIO_READ, &ignored) == FSIO_OK &&
        find_last_run(checkpoint, &run, &text, &ignored) && run.n > 0) {
        text_visible(host, sizeof host, buf_span(&text));
        buf_clear(&text);
        text_add_iso8601(&text, run.time * MS_PER_SECOND);
        error_set(err, ERROR_LOCKED,
                  "cannot open checkpoint '%s': process %" PRId64 " on host '%s' holds it since %s",
                  path, run.pid, host, text.data);
    }
    buf_release(&text);
    checkpoint_close(checkpoint);
}

/* Adds what differs to a list for people. Recorded texts are escaped, so the other one is too. */
static bool pin_differs(struct buf *list, const char *name, struct span recorded, struct span now)
{
    struct buf escaped;
    char there[SHOWN_MAX];
    char here[SHOWN_MAX];
    bool differs;

    buf_init(&escaped, BUF_NO_LIMIT);
    text_add_json(&escaped, now);
    differs = !span_equal(recorded, buf_span(&escaped));
    if (differs) {
        text_visible(there, sizeof there, recorded);
        text_visible(here, sizeof here, buf_span(&escaped));
        buf_printf(list, "%s%s is '%s' there and '%s' here", list->len > 0 ? "; " : "", name, there,
                   here);
    }
    buf_release(&escaped);
    return differs;
}

#define HINT_MAPPING                                                                               \
    "\nhint: 'threadferry migrate --accept-mapping-change' continues with the changed settings"
#define HINT_SOURCE                                                                                \
    "\nhint: its threads have no ids but the names of files, and other files may be called so "    \
    "too; "                                                                                        \
    "name it as there if it is the same, or another job with --checkpoint FILE"
#define HINT_JOB "\nhint: --checkpoint FILE begins another job, with a file of its own"

bool checkpoint_compare(const struct checkpoint *checkpoint, const struct pins *here,
                        bool accept_mapping_change, struct error *err)
{
    const struct pins *there = &checkpoint->header.pins;
    const bool mapping_changed = !span_equal(there->mapping, here->mapping);
    const char *hint = HINT_JOB;
    struct buf list;
    bool ok;

    buf_init(&list, BUF_NO_LIMIT);
    (void)pin_differs(&list, "destination.type", there->destination_type, here->destination_type);
    (void)pin_differs(&list, "destination.base_url", there->base_url, here->base_url);
    (void)pin_differs(&list, "destination.organization", there->organization, here->organization);
    (void)pin_differs(&list, "destination.project", there->project, here->project);
    (void)pin_differs(&list, "threads.shard", there->shard, here->shard);
    if (here->named_after.data && list.len == 0 &&
        pin_differs(&list, "the source", checkpoint->header.source, here->named_after))
        hint = HINT_SOURCE;
    if (list.len == 0)
        hint = HINT_MAPPING;
    if (mapping_changed && !accept_mapping_change)
        (void)pin_differs(&list, "the digest of the mapping policies", there->mapping,
                          here->mapping);
    ok = list.len == 0;
    if (!ok)
        error_set(err, ERROR_OTHER_JOB, "checkpoint '%s' belongs to another job: %s%s",
                  checkpoint->path, list.data, hint);
    buf_release(&list);
    return ok;
}

bool checkpoint_compare_source(const struct checkpoint *checkpoint, struct span here,
                               struct error *err)
{
    struct buf list;
    bool ok;

    buf_init(&list, BUF_NO_LIMIT);
    ok = !pin_differs(&list, "the source", checkpoint->header.source, here);
    if (!ok)
        error_set(err, ERROR_OTHER_JOB,
                  "checkpoint '%s' belongs to another source: %s\n"
                  "hint: its threads came from there; --checkpoint FILE names another job",
                  checkpoint->path, list.data);
    buf_release(&list);
    return ok;
}

/* Every run begins with its record, which also names it to those who find the file locked. */
static bool begin_run(struct checkpoint *checkpoint, const struct checkpoint_options *options,
                      struct error *err)
{
    const struct record run = {
        .kind = RECORD_RUN,
        .pid = options->pid,
        .host = span_of(options->host ? options->host : ""),
        .time = options->wall_ms > 0 ? options->wall_ms / MS_PER_SECOND : 0,
    };
    const struct record pins = {.kind = RECORD_PINS, .pins.mapping = options->pins.mapping};

    checkpoint->is_writer = true;
    if (!checkpoint_add(checkpoint, &run, err))
        return false;
    /* Only the mapping differs, and that was accepted. */
    if (!options->any_mapping &&
        !span_equal(checkpoint->header.pins.mapping, options->pins.mapping) &&
        !checkpoint_add(checkpoint, &pins, err))
        return false;
    return checkpoint_sync(checkpoint, err);
}

static bool resume(struct checkpoint *checkpoint, const struct checkpoint_options *options,
                   struct checkpoint_opening *opening, struct error *err)
{
    struct tail tail;
    bool ok;

    tail_init(&tail);
    /* Everything that can refuse comes before the first byte that is written. */
    ok = checkpoint_replay(checkpoint, &tail, err) &&
         checkpoint_compare(checkpoint, &options->pins,
                            options->accept_mapping_change || options->any_mapping, err) &&
         checkpoint_recover(checkpoint, &tail, err) && begin_run(checkpoint, options, err);
    opening->torn = tail.is_torn;
    opening->torn_line = tail.is_torn ? tail.line : 0;
    opening->lost_creating = tail.lost_creating;
    (void)snprintf(opening->kept_as, sizeof opening->kept_as, "%s",
                   tail.kept_as ? tail.kept_as : "");
    tail_release(&tail);
    return ok;
}

static bool create(struct checkpoint *checkpoint, const struct checkpoint_options *options,
                   struct error *err)
{
    const struct record header = {
        .kind = RECORD_HEADER,
        .n = 1,
        .b = 1,
        .format = RECORD_FORMAT,
        .job = span_of(options->job),
        .tool = options->tool,
        .source = options->source,
        .pins = options->pins,
    };
    struct error second;
    struct fsio_file *other;
    struct buf line;
    bool ok = false;

    buf_init(&line, RECORD_LINE_MAX);
    record_write(&line, &header, (struct span){"", 0});
    if (line.overflow) {
        error_set(err, ERROR_USAGE,
                  "cannot create checkpoint '%s': the texts of the configuration are too long",
                  checkpoint->path);
    } else if (fsio_create(&checkpoint->file, checkpoint->path, buf_span(&line), err)) {
        const enum record_parse parse =
            checkpoint_take_header(checkpoint, (struct span){line.data, line.len - 1});

        checkpoint->end = (int64_t)line.len;
        ok = parse == RECORD_VALID && begin_run(checkpoint, options, err);
    } else if (fsio_open(&other, checkpoint->path, FSIO_WRITE, &second) == FSIO_LOCKED) {
        /* Two first runs at once: the other one was faster. */
        name_holder(checkpoint->path, err);
    } else {
        fsio_close(other);
    }
    buf_release(&line);
    return ok;
}

struct checkpoint *checkpoint_open(const struct checkpoint_options *options,
                                   struct checkpoint_opening *opening, struct error *err)
{
    struct checkpoint *checkpoint = checkpoint_new(options->path);
    bool ok = false;

    *opening = (struct checkpoint_opening){0};
    switch (fsio_open(&checkpoint->file, options->path, FSIO_WRITE, err)) {
    case FSIO_OK:
        ok = resume(checkpoint, options, opening, err);
        break;
    case FSIO_ABSENT:
        opening->created = true;
        ok = create(checkpoint, options, err);
        break;
    case FSIO_LOCKED:
        name_holder(options->path, err);
        break;
    case FSIO_FAILED:
        break;
    }
    if (ok)
        return checkpoint;
    checkpoint_close(checkpoint);
    return NULL;
}

struct checkpoint *checkpoint_open_reader(const char *path, struct checkpoint_opening *opening,
                                          struct error *err)
{
    struct checkpoint *checkpoint = checkpoint_new(path);
    struct tail tail;
    bool ok = false;

    *opening = (struct checkpoint_opening){0};
    tail_init(&tail);
    switch (fsio_open(&checkpoint->file, path, FSIO_READ, err)) {
    case FSIO_OK:
        ok = checkpoint_replay(checkpoint, &tail, err);
        if (ok)
            checkpoint_keep_facts(checkpoint, &tail);
        break;
    case FSIO_ABSENT:
        error_set(err, ERROR_USAGE, "cannot open checkpoint '%s': there is no such file", path);
        break;
    case FSIO_LOCKED:
    case FSIO_FAILED:
        break;
    }
    opening->torn = tail.is_torn;
    opening->torn_line = tail.is_torn ? tail.line : 0;
    opening->lost_creating = tail.lost_creating;
    tail_release(&tail);
    if (ok)
        return checkpoint;
    checkpoint_close(checkpoint);
    return NULL;
}
