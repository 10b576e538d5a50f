#include "run/prune_assistants.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"
#include "map/assistant.h"
#include "os/stop.h"
#include "run/assistant_file.h"
#include "run/context.h"
#include "run/removal.h"
#include "settings/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char NOT_SAVED[] = "no saved file equals it";

struct pruning {
    struct context *context;
    char **ids; /* of those that are equal; owned */
    size_t count;
    int64_t left; /* alone */
    int64_t deleted;
};

/* Does its file say the same? */
static bool is_saved(const struct pruning *p, const json_t *assistant)
{
    struct error ignored;
    json_t *mapped = assistant_map(assistant, &ignored);
    const bool equal = mapped && assistant_file_equals(p->context->options->assistants, mapped);

    json_decref(mapped);
    return equal;
}

static void leave(struct pruning *p, struct span id, const char *why)
{
    p->left++;
    log_event(LOG_WARNING, "assistant %.*s is left alone: %s", (int)id.len, id.data ? id.data : "",
              why);
}

/* Notes the live assistant if it is saved. */
static bool compare(void *ctx, const json_t *assistant, struct span raw)
{
    struct pruning *p = ctx;
    struct span id = json_get_text(assistant, "id");

    (void)raw;
    if (is_saved(p, assistant)) {
        p->ids = mem_resize(p->ids, p->count + 1, sizeof *p->ids);
        p->ids[p->count++] = mem_dup(id.data, id.len);
    } else {
        leave(p, id, NOT_SAVED);
    }
    return true;
}

/* What is saved is the only record of an assistant once it is deleted, so it has to be on the disk
 * first, under its name. */
static bool make_durable(const char *directory, struct error *err)
{
    const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool ok = fd >= 0 && syncfs(fd) == 0;

    if (!ok)
        error_set(err, ERROR_IO, "cannot sync '%s': %s", directory, strerror(errno));
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

static bool request(struct pruning *p, enum call_method method, const char *id,
                    struct fetched *fetched, struct error *err)
{
    struct call call = {.side = SIDE_SOURCE, .method = method};
    struct buf path;
    bool ok;

    buf_init(&path, BUF_NO_LIMIT);
    buf_add_text(&path, "/assistants/");
    text_add_url(&path, span_of(id));
    call.path = path.data;
    ok = fetch(&p->context->traffic, &call, fetched, err);
    buf_release(&path);
    return ok;
}

/* Asked for directly before: it may have been changed since it was listed. */
static bool is_still_saved(struct pruning *p, const char *id, struct fetched *fetched,
                           struct error *err)
{
    const struct answer *answer = &fetched->verdict.answer;

    if (!request(p, CALL_GET, id, fetched, err))
        return false;
    if (answer_presence(answer, span_of(id)) == PRESENCE_THERE && is_saved(p, answer->json))
        return true;
    error_set(err, ERROR_SOURCE_CHANGED, "%s", NOT_SAVED);
    return false;
}

/* Deletes it. What does not say so by name is believed when the assistant is gone. */
static bool is_deleted(struct pruning *p, const char *id, struct fetched *fetched,
                       struct error *err)
{
    const struct answer *answer = &fetched->verdict.answer;
    struct error kept;

    if (!request(p, CALL_DELETE, id, fetched, err))
        return false;
    if (answer_is_deleted(answer, span_of(id)))
        return true;
    answer_explain_kept(answer, "source", &kept);
    if (answer_may_be_deleted(answer, span_of(id))) {
        if (!request(p, CALL_GET, id, fetched, err))
            return false;
        if (answer_presence(answer, span_of(id)) == PRESENCE_GONE)
            return true;
    }
    *err = kept;
    return false;
}

static bool delete_one(struct pruning *p, const char *id, struct error *err)
{
    struct fetched fetched;
    bool ok;

    fetched_init(&fetched);
    ok = is_still_saved(p, id, &fetched, err) && is_deleted(p, id, &fetched, err);
    fetched_release(&fetched);
    if (ok) {
        p->deleted++;
        log_event(LOG_INFO, "assistant %s deleted", id);
    } else if (!error_stops_run(err)) {
        leave(p, span_of(id), err->text);
        error_clear(err);
        ok = true;
    }
    return ok;
}

static void print_result(const struct pruning *p)
{
    const struct options *options = p->context->options;
    const long long deleted = options->dry_run ? (long long)p->count : (long long)p->deleted;

    if (options->json)
        printf("{\"schema\":1,\"command\":\"prune\",\"dry_run\":%s,\"assistants\":{\"equal\":%zu,"
               "\"deleted\":%lld,\"left\":%lld}}\n",
               options->dry_run ? "true" : "false", p->count, deleted, (long long)p->left);
    else if (!options->quiet)
        (void)fprintf(stderr, "assistants: %zu equal, %lld %sdeleted, %lld left alone\n", p->count,
                      deleted, options->dry_run ? "would be " : "", (long long)p->left);
}

static int run(struct pruning *p, struct error *err)
{
    const struct options *options = p->context->options;
    const struct fetch_list list = {
        .path = "/assistants?",
        .what = "assistants",
        .standing = FETCH_ALWAYS,
        .page_size = p->context->config->source.page_size,
        .each = compare,
        .ctx = p,
    };
    char question[128];
    bool ok = fetch_each(&p->context->traffic, &list, err);

    if (!ok)
        error_widen(err);
    (void)snprintf(question, sizeof question, "%zu assistant%s will be deleted at the source.\n",
                   p->count, p->count == 1 ? "" : "s");
    if (ok && !options->dry_run && p->count > 0 && !removal_confirm(options, question, err)) {
        if (err->code == ERROR_NONE)
            (void)fputs("nothing was done\n", stderr);
        return COMMAND_UNBEGUN;
    }
    ok = ok && (options->dry_run || p->count == 0 || make_durable(options->assistants, err));
    for (size_t i = 0; ok && !options->dry_run && i < p->count; i++)
        ok = !stop_is_asked(err) && delete_one(p, p->ids[i], err);
    if (!ok && p->deleted == 0)
        return COMMAND_UNBEGUN;
    print_result(p);
    if (!ok)
        return error_exit_status(err->code);
    return p->left > 0 ? 1 : 0;
}

static bool names_threads(const struct options *options)
{
    for (size_t i = 0; i < options->flag_count; i++) {
        const char *section = key_at(options->flags[i].key).section;

        if (section && strcmp(section, "threads") == 0)
            return true;
    }
    return options->word_count > 0;
}

/* Threads would be ignored; a folder that is not there would look as if all had changed. */
static bool check_words(const struct options *options, struct error *err)
{
    struct stat info;

    if (names_threads(options)) {
        error_set(err, ERROR_USAGE, "prune --assistants takes no threads: it deletes assistants");
        return false;
    }
    if (stat(options->assistants, &info) == 0 && !S_ISDIR(info.st_mode))
        errno = ENOTDIR;
    else if (access(options->assistants, R_OK | X_OK) == 0)
        return true;
    error_set(err, ERROR_USAGE, "cannot read the folder '%s': %s", options->assistants,
              strerror(errno));
    return false;
}

int prune_assistants(struct context *context, struct error *err)
{
    struct pruning p = {.context = context};
    int status = check_words(context->options, err) && context_open(context, CONTEXT_SOURCE, err)
                     ? run(&p, err)
                     : COMMAND_UNBEGUN;

    for (size_t i = 0; i < p.count; i++)
        free(p.ids[i]);
    free(p.ids);
    return status;
}
