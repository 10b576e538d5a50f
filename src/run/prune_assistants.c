#include "run/prune_assistants.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"
#include "map/assistant.h"
#include "os/stop.h"
#include "print/summary.h"
#include "run/assistant_file.h"
#include "run/context.h"
#include "run/removal.h"
#include "settings/keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct pruning {
    struct context context;
    char **ids; /* of those that are equal; owned */
    size_t count;
    int64_t left; /* alone */
    int64_t deleted;
};

/* Notes the live assistant where its file says the same. */
static bool compare(void *ctx, const json_t *assistant, struct span raw)
{
    struct pruning *p = ctx;
    struct error why;
    json_t *mapped = assistant_map(assistant, &why);
    struct span id = json_get_text(assistant, "id");

    (void)raw;
    if (mapped && assistant_file_equals(p->context.options->assistants, mapped)) {
        p->ids = mem_resize(p->ids, p->count + 1, sizeof *p->ids);
        p->ids[p->count++] = mem_dup(id.data, id.len);
    } else {
        p->left++;
        log_event(LOG_WARNING, "assistant %.*s is left alone: no saved file equals it", (int)id.len,
                  id.data ? id.data : "");
    }
    json_decref(mapped);
    return true;
}

static bool delete_one(struct pruning *p, const char *id, struct error *err)
{
    struct fetched fetched;
    struct buf path;
    struct call call = {.side = SIDE_SOURCE, .method = CALL_DELETE};
    const struct answer *answer = &fetched.verdict.answer;
    bool ok;

    buf_init(&path, BUF_NO_LIMIT);
    (void)buf_add_text(&path, "/assistants/");
    text_add_url(&path, span_of(id));
    call.path = path.data;
    fetched_init(&fetched);
    ok = fetch(&p->context.traffic, &call, &fetched, err);
    if (ok && !answer_is_deleted(answer, span_of(id))) {
        answer_explain_kept(answer, "source", err);
        ok = false;
    }
    if (ok) {
        p->deleted++;
        log_event(LOG_INFO, "assistant %s deleted", id);
    } else if (!error_stops_run(err)) {
        p->left++;
        log_event(LOG_WARNING, "assistant %s was not deleted: %s", id, err->text);
        error_clear(err);
        ok = true;
    }
    fetched_release(&fetched);
    buf_release(&path);
    return ok;
}

static bool may_go_on(struct error *err)
{
    if (stop_signal() == 0)
        return true;
    error_set(err, ERROR_STOPPED, "interrupted");
    return false;
}

static void print_result(const struct pruning *p)
{
    const struct options *options = p->context.options;
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
    const struct options *options = p->context.options;
    const struct fetch_list list = {
        .path = "/assistants?",
        .what = "assistants",
        .standing = FETCH_ALWAYS,
        .page_size = p->context.config->source.page_size,
        .each = compare,
        .ctx = p,
    };
    char question[128];
    bool ok = fetch_each(&p->context.traffic, &list, err);

    if (!ok)
        error_stop_run(err);
    (void)snprintf(question, sizeof question, "%zu assistant%s will be deleted at the source.\n",
                   p->count, p->count == 1 ? "" : "s");
    if (ok && !options->dry_run && p->count > 0 && !removal_confirm(options, question, err)) {
        if (err->code == ERROR_NONE)
            (void)fputs("nothing was done\n", stderr);
        return summary_print_unbegun(options, NULL, err);
    }
    for (size_t i = 0; ok && !options->dry_run && i < p->count; i++)
        ok = may_go_on(err) && delete_one(p, p->ids[i], err);
    if (!ok && p->deleted == 0)
        return summary_print_unbegun(options, NULL, err);
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

int prune_assistants(const struct invocation *invocation, struct error *err)
{
    struct pruning p = {.count = 0};
    int status = check_words(invocation->options, err) &&
                         context_open(&p.context, invocation, CONTEXT_SOURCE, err)
                     ? run(&p, err)
                     : summary_print_unbegun(invocation->options, NULL, err);

    for (size_t i = 0; i < p.count; i++)
        free(p.ids[i]);
    free(p.ids);
    context_close(&p.context);
    return status;
}
