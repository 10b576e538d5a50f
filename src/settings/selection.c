#include "settings/selection.h"

#include "base/text.h"
#include "os/stream.h"
#include "settings/idlist.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 96 };

static bool is_full(const struct selection *selection)
{
    return selection->limit > 0 && !selection->limit_is_last &&
           selection->ids.count >= (uint64_t)selection->limit;
}

bool selection_offer(struct selection *selection, struct span id)
{
    bool added;

    if (is_full(selection))
        return false;
    if (!shard_has(&selection->shard, id))
        return true;
    (void)strmap_add(&selection->ids, id, &added);
    if (!added)
        selection->duplicates++;
    return !is_full(selection);
}

static bool is_given_right(struct span id, struct error *err)
{
    char shown[SHOWN_MAX];

    if (text_is_key(id)) {
        error_set(err, ERROR_USAGE,
                  "an API key in the place of a thread id\nhint: revoke that key");
        return false;
    }
    if (!text_is_thread_id(id)) {
        text_visible(shown, sizeof shown, id);
        error_set(err, ERROR_USAGE,
                  "'%s' is not a thread id: 1 to 256 letters, digits and any of _ . : -", shown);
        return false;
    }
    return true;
}

static bool add_given(void *ctx, struct span id, struct error *err)
{
    struct selection *selection = ctx;

    if (!is_given_right(id, err))
        return false;
    /* All of a list is judged, also what stands behind the limit. */
    (void)selection_offer(selection, id);
    return true;
}

/* path "-" is standard input. */
static bool read_list(const char *path, const char *column, idlist_each each, void *ctx,
                      struct error *err)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    struct idlist_options options = {
        .stream = stream_open_input(is_stdin ? NULL : path, err),
        .name = is_stdin ? "standard input" : path,
        .column = column,
        .each = each,
        .ctx = ctx,
    };
    bool ok;

    if (!options.stream) {
        error_set(err, errno == ENOMEM ? ERROR_STOPPED : ERROR_USAGE,
                  "cannot read the list of threads '%s': %s", options.name, strerror(errno));
        return false;
    }
    ok = idlist_read(&options, err);
    (void)fclose(options.stream);
    return ok;
}

static bool add_words(struct selection *selection, const struct options *options, struct error *err)
{
    for (size_t i = 0; i < options->word_count; i++) {
        if (!add_given(selection, span_of(options->words[i]), err))
            return false;
    }
    return true;
}

static bool add_forced(void *ctx, struct span id, struct error *err)
{
    struct selection *selection = ctx;
    bool added;

    if (!is_given_right(id, err))
        return false;
    (void)strmap_add(&selection->forced, id, &added);
    return true;
}

/* --force ID, --force @FILE. */
static bool load_forced(struct selection *selection, const struct options *options,
                        struct error *err)
{
    for (size_t i = 0; i < options->force.count; i++) {
        const char *word = options->force.all[i];
        const bool ok = word[0] == '@' ? read_list(word + 1, NULL, add_forced, selection, err)
                                       : add_forced(selection, span_of(word), err);

        if (!ok) {
            error_wrap(err, "--force");
            return false;
        }
    }
    return true;
}

/* Named to be forced is named; once more, where it stands among the others, is no duplicate. */
static void select_forced(struct selection *selection)
{
    for (size_t i = 0; i < selection->forced.count; i++) {
        const struct span id = strmap_key(&selection->forced, i);

        if (strmap_find(&selection->ids, id) == SIZE_MAX)
            (void)selection_offer(selection, id);
    }
}

static bool load_shard(struct selection *selection, const struct invocation *invocation,
                       struct error *err)
{
    const char *text = invocation->config->threads.shard;

    if (!text)
        return true;
    if (!shard_parse(&selection->shard, span_of(text), invocation->environment, err)) {
        error_wrap(err, "threads.shard");
        return false;
    }
    (void)snprintf(selection->shard_text, sizeof selection->shard_text, "%" PRId64 "/%" PRId64,
                   selection->shard.index, selection->shard.count);
    return true;
}

/* What was said on the command line stands in place of what stands elsewhere. */
static bool counts(const struct config *config, const char *path, bool has_words)
{
    const bool is_flag = config_origin(config, path) == FROM_FLAG;
    const bool other_flag = config_origin(config, "threads.file") == FROM_FLAG ||
                            config_origin(config, "threads.all") == FROM_FLAG;

    return is_flag || (!has_words && !other_flag);
}

static bool check(const struct config *config, bool has_ids, bool has_file, bool has_all,
                  struct error *err)
{
    if (has_all && has_ids) {
        error_set(err, ERROR_USAGE, "thread ids and --all (threads.all) exclude each other");
        return false;
    }
    if (has_file && strcmp(config->threads.file, "-") == 0 &&
        config_profile(config, SIDE_SOURCE)->is_archive && config->source.path &&
        strcmp(config->source.path, "-") == 0) {
        error_set(err, ERROR_USAGE,
                  "standard input cannot be both the archive and the list of threads");
        return false;
    }
    return true;
}

/* Beside --all, which has them already, ids of --force say no more than that. */
static bool selects_forced(const struct invocation *invocation)
{
    const struct config *config = invocation->config;
    const bool is_all = config->threads.all && config_origin(config, "threads.all") == FROM_FLAG;

    return invocation->options->force.count > 0 && !is_all;
}

/* Does anything come before the limit (narrow.h)? */
static bool narrows(const struct options *options)
{
    return options->only.count > 0 || options->where.count > 0 || options->since ||
           options->until || options->sample;
}

/* Words that are no threads: nothing is selected. */
static bool has_other_words(const struct options *options)
{
    return options->command && (options->command->flags & COMMAND_TAKES_WORDS);
}

/* Are ids taken while the run goes on? What has to see all of them first cannot be. */
static bool choose_stream(struct selection *selection, const struct invocation *invocation,
                          struct error *err)
{
    const struct options *options = invocation->options;

    selection->streams = options->lines && (options->command->flags & COMMAND_STREAMS) &&
                         !options->dry_run && strcmp(invocation->config->threads.file, "-") == 0;
    if (!selection->streams || !narrows(options))
        return true;
    error_set(err, ERROR_USAGE,
              "--only, --since, --until, --where and --sample need the whole list, which "
              "'--threads - --format jsonl' does not wait for\n"
              "hint: without --format jsonl the list is read to its end first");
    return false;
}

bool selection_load(struct selection *selection, const struct invocation *invocation,
                    struct error *err)
{
    const struct config *config = invocation->config;
    const bool has_forced = selects_forced(invocation);
    const bool has_words = invocation->options->word_count > 0 || has_forced;
    const bool has_file = config->threads.file && counts(config, "threads.file", has_words);
    const bool has_all = config->threads.all && counts(config, "threads.all", has_words);

    *selection = (struct selection){.limit = config->threads.limit,
                                    .limit_is_last = narrows(invocation->options)};
    strmap_init(&selection->ids);
    strmap_init(&selection->forced);
    if (has_other_words(invocation->options))
        return true;
    if (!load_forced(selection, invocation->options, err) ||
        !check(config, has_words || has_file, has_file, has_all, err) ||
        !load_shard(selection, invocation, err))
        return false;
    if (has_all)
        selection->kind = SELECTION_ALL;
    if (has_words || has_file)
        selection->kind = SELECTION_IDS;
    if (has_file && !choose_stream(selection, invocation, err))
        return false;
    if (!add_words(selection, invocation->options, err) ||
        (has_file && !selection->streams &&
         !read_list(config->threads.file, config->threads.column, add_given, selection, err)))
        return false;
    if (has_forced)
        select_forced(selection);
    return true;
}

void selection_release(struct selection *selection)
{
    strmap_release(&selection->ids);
    strmap_release(&selection->forced);
    *selection = (struct selection){0};
}

size_t selection_add(struct selection *selection, struct span id, bool *is_new)
{
    return strmap_add(&selection->ids, id, is_new);
}

size_t selection_count(const struct selection *selection)
{
    return selection->ids.count;
}

struct span selection_get(const struct selection *selection, size_t place)
{
    return strmap_key(&selection->ids, place);
}

size_t selection_find(const struct selection *selection, struct span id)
{
    return strmap_find(&selection->ids, id);
}

/* keeps by place, NULL for all; up to the limit, if it counts by now. */
static void rebuild(struct selection *selection, const bool *keeps)
{
    struct strmap all = selection->ids;
    bool added;

    strmap_init(&selection->ids);
    for (size_t i = 0; i < all.count && !is_full(selection); i++) {
        if (!keeps || keeps[i])
            (void)strmap_add(&selection->ids, strmap_key(&all, i), &added);
    }
    strmap_release(&all);
}

void selection_keep(struct selection *selection, const bool *keeps)
{
    rebuild(selection, keeps);
}

void selection_cut(struct selection *selection)
{
    selection->limit_is_last = false;
    rebuild(selection, NULL);
}
