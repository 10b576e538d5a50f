#include "loop/file_saving.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "export/file_saver.h"
#include "files/depot.h"
#include "files/named_files.h"
#include "files/saved_files.h"
#include "json/json.h"
#include "loop/fetch.h"

#include <stdlib.h>
#include <string.h>

enum { SYNC_EVERY_MS = 1000, TOLD_MAX = 10 };

struct saving_run {
    struct file_saving *saving;
    const struct file_saving_options *options;
    struct strmap ids; /* distinct, in the order of the archive */
    struct strmap bad; /* those that cannot go into a URL */
    struct depot depot;
    size_t at;      /* the next of them */
    bool *is_taken; /* numbers of savers at work; owned */
    int64_t told;   /* open files that were named */
    int64_t synced_ms;
    struct error error; /* nothing can be recorded any more */
};

/* ---- which files ---- */

static void named(void *ctx, enum file_use use, struct span file_id)
{
    struct saving_run *run = ctx;
    bool added;

    if (use != FILE_USE_IMAGE && !run->options->all)
        return;
    if (file_id.len <= UINT16_MAX)
        (void)strmap_add(saved_is_file_id(file_id) ? &run->ids : &run->bad, file_id, &added);
}

static bool take_line(void *ctx, struct span line, struct error *err)
{
    const struct named_files told = {.named = named, .ctx = ctx};
    struct error ignored;
    json_t *document;
    struct span kind;

    (void)err;
    /* Most lines name no file, and this is much quicker than reading them. */
    if (!span_holds(line, "\"file_id"))
        return true;
    document = json_read_object(line, &ignored);
    kind = json_get_text(document, "kind");
    if (span_is(kind, "message"))
        named_files_of_message(json_object_get(document, "object"), &told);
    else if (span_is(kind, "run_step"))
        named_files_of_step(json_object_get(document, "object"), &told);
    json_decref(document);
    return true;
}

static void begin(struct saving_run *run, struct file_saving *saving,
                  const struct file_saving_options *options)
{
    *saving = (struct file_saving){.named = 0};
    *run = (struct saving_run){.saving = saving, .options = options};
    strmap_init(&run->ids);
    strmap_init(&run->bad);
}

static void end(struct saving_run *run)
{
    strmap_release(&run->ids);
    strmap_release(&run->bad);
    free(run->is_taken);
}

static bool collect(struct saving_run *run, struct archive_out *archive, struct error *err)
{
    const bool ok = archive_out_each(archive, take_line, run, err);

    run->saving->named = (int64_t)run->ids.count;
    run->saving->bad_ids = (int64_t)run->bad.count;
    return ok;
}

bool file_saving_count(struct file_saving *saving, const struct file_saving_options *options,
                       struct archive_out *archive, struct error *err)
{
    struct saving_run run;
    bool ok;

    begin(&run, saving, options);
    ok = collect(&run, archive, err);
    end(&run);
    return ok;
}

/* ---- saving them ---- */

static unsigned take_number(struct saving_run *run)
{
    unsigned number = 0;

    while (run->is_taken[number])
        number++;
    run->is_taken[number] = true;
    return number;
}

static enum loop_next next(void *ctx, struct job **job)
{
    struct saving_run *run = ctx;

    for (; run->error.code == ERROR_NONE && run->at < run->ids.count; run->at++) {
        const struct span id = strmap_key(&run->ids, run->at);

        if (manifest_find(&run->depot.manifest, id, NULL))
            continue;
        *job = job_new(id, run->at++, NULL, file_saver_new(&run->depot, id, take_number(run)));
        return LOOP_JOB;
    }
    return LOOP_NONE;
}

static void concluded(void *ctx, struct job *job)
{
    struct saving_run *run = ctx;
    const char *why;

    run->is_taken[file_saver_number(job_sink(job))] = false;
    if (!file_saver_result(job_sink(job), &why) && run->told++ < TOLD_MAX)
        log_event(LOG_WARNING, "file %s is not saved: %s", job_thread_id(job), why);
    job_free(job);
}

static void tick(void *ctx, const struct loop_stats *stats)
{
    struct saving_run *run = ctx;

    if (stats->now_ms - run->synced_ms < SYNC_EVERY_MS || run->error.code != ERROR_NONE)
        return;
    run->synced_ms = stats->now_ms;
    (void)depot_sync(&run->depot, &run->error);
}

/* A service that has no files at all says 404 of each of them, and that is no word about them. */
static bool has_files(struct saving_run *run, bool *has, struct error *err)
{
    const struct call call = {.side = SIDE_SOURCE,
                              .method = CALL_GET,
                              .path = "/files?limit=1",
                              .probe = true,
                              .outline = true};
    struct traffic traffic = *run->options->traffic;
    const struct answer *answer;
    struct fetched fetched;
    bool ok;

    fetched_init(&fetched);
    ok = fetch(&traffic, &call, &fetched, err);
    answer = &fetched.verdict.answer;
    *has = ok && (answer->kind == ANSWER_YES ||
                  (answer->status != 404 && answer->status != 405 && answer->status != 501));
    if (ok && !*has)
        log_event(LOG_WARNING,
                  "the service has no files (HTTP %ld): none is saved\n"
                  "hint: --files none, or --files-from with the service that has them",
                  answer->status);
    fetched_release(&fetched);
    return ok;
}

static void count_states(struct saving_run *run)
{
    struct file_saving *saving = run->saving;

    for (size_t i = 0; i < run->ids.count; i++) {
        const struct saved_file *file =
            manifest_find(&run->depot.manifest, strmap_key(&run->ids, i), NULL);

        if (!file) {
            saving->open++;
            continue;
        }
        saving->states[file->state]++;
        saving->bytes += file->state == SAVED_CONTENTS ? file->bytes : 0;
    }
}

static void save_all(struct saving_run *run)
{
    const struct traffic *traffic = run->options->traffic;
    struct file_saving *saving = run->saving;
    const struct loop_options options = {
        .http = traffic->http,
        .remotes = {traffic->remotes[SIDE_SOURCE], NULL},
        .client = {.next = next, .concluded = concluded, .tick = tick, .ctx = run},
        .concurrency = run->options->concurrency,
        .max_attempts = traffic->max_attempts,
        .patience_ms = traffic->patience_ms,
        .selected = saving->open,
    };
    bool has;

    saving->result = (struct loop_result){.signal = 0};
    if (saving->open > 0 && has_files(run, &has, &saving->result.error) && has) {
        log_event(LOG_INFO, "saving the contents of %s", text_count(saving->open, "file").text);
        run->is_taken = mem_zalloc((size_t)saving->open, sizeof *run->is_taken);
        loop_run(&options, &saving->result);
    }
    memset(saving->states, 0, sizeof saving->states);
    saving->bytes = saving->open = 0;
    count_states(run);
    if (run->error.code == ERROR_NONE && saving->open == 0)
        (void)depot_end(&run->depot, &run->error);
    if (run->error.code == ERROR_NONE)
        (void)depot_sync(&run->depot, &run->error);
    if (run->error.code != ERROR_NONE)
        saving->result.error = run->error;
}

bool file_saving_run(struct file_saving *saving, const struct file_saving_options *options,
                     struct archive_out *archive, const char *path, struct error *err)
{
    char *folder = mem_printf("%s" SAVED_FOLDER_SUFFIX, path);
    struct saving_run run;
    bool ok;

    begin(&run, saving, options);
    ok = collect(&run, archive, err);
    if (ok && saving->named > 0) {
        ok = depot_open(&run.depot, folder, err);
        if (ok) {
            if (run.depot.cut > 0)
                log_event(LOG_INFO, "an unfinished last line (%lld bytes) was moved to '%s'",
                          (long long)run.depot.cut, run.depot.kept_as);
            count_states(&run);
            save_all(&run);
        }
        depot_close(&run.depot);
    }
    end(&run);
    free(folder);
    return ok;
}

static void add_count(struct buf *out, int64_t count, const char *words)
{
    if (count > 0)
        buf_printf(out, ", %s %s", text_number(count).text, words);
}

void file_saving_tell(const struct file_saving *saving, const char *path)
{
    static const char *const WORDS[SAVED_STATES] = {
        [SAVED_CONTENTS] = "saved",
        [SAVED_NOT_DOWNLOADABLE] = "not downloadable",
        [SAVED_NOT_FOUND] = "not found",
        [SAVED_TOO_LARGE] = "too large",
    };
    struct buf out;

    if (saving->named + saving->bad_ids == 0)
        return;
    buf_init(&out, BUF_NO_LIMIT);
    for (int state = 0; state < SAVED_STATES; state++)
        add_count(&out, saving->states[state], WORDS[state]);
    add_count(&out, saving->open, "open");
    add_count(&out, saving->bad_ids, "with an id that no service issues");
    log_event(LOG_INFO, "files: %s named%s; %s bytes in '%s" SAVED_FOLDER_SUFFIX "'",
              text_number(saving->named + saving->bad_ids).text, out.data,
              text_number(saving->bytes).text, path);
    buf_release(&out);
    if (saving->states[SAVED_NOT_FOUND] > 1 && saving->states[SAVED_NOT_FOUND] == saving->named)
        log_event(LOG_WARNING, "not one of the files was found: is it the key of their project?");
}
