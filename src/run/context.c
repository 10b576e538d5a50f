#include "run/context.h"

#include "archive/source_archive.h"
#include "base/log.h"
#include "base/version.h"
#include "json/json.h"
#include "files/digest.h"
#include "os/clock.h"
#include "print/summary.h"
#include "run/journal.h"
#include "source/source_live.h"

#include <stdlib.h>

/* ---- remotes ---- */

static void open_remote(struct context *context, enum side side)
{
    const struct side_config *config = config_side(context->config, side);
    struct remote_options options = {
        .side = side,
        .endpoint = &context->endpoints[side],
        .http = {.ca_file = config->ca_file, .allow_plain = context->options->insecure_http},
        .key = secret_key,
        .key_ctx = secrets_of(context->secrets, side),
        .requests_per_minute = config->requests_per_minute,
        .pacer = {.window_max = context->config->concurrency,
                  .seed = (uint64_t)context->started_ms + (uint64_t)side},
    };

    remote_init(&context->remotes[side], &options, context->started_ms);
    if (context->has_remote[1 - (int)side])
        remote_share_pacer(&context->remotes[side], &context->remotes[1 - (int)side]);
    context->has_remote[side] = true;
    context->traffic.remotes[side] = &context->remotes[side];
}

static void open_endpoint(struct context *context, enum side side, const struct profile *profile)
{
    const struct side_config *config = config_side(context->config, side);
    struct buf *forbidden = &context->forbidden[side];

    buf_init(forbidden, BUF_NO_LIMIT);
    buf_add_text(forbidden, profile->forbidden_hint ? profile->forbidden_hint : "");
    buf_add_char(forbidden, '.');
    config_add_auth_hint(forbidden, context->config, side);

    context->endpoints[side] = (struct endpoint){
        .profile = profile,
        .base_url = config->base_url,
        .api_version = config->api_version,
        .organization = config->organization,
        .project = config->project,
        .auth = config_auth(context->config, side),
        .forbidden_hint = forbidden->data,
    };
}

bool context_open_files_from(struct context *context, enum service service, struct error *err)
{
    if (!context->config->source.base_url) {
        error_set(
            err, ERROR_USAGE,
            "--files-from %s: source.base_url is not set, and this type has no default for it",
            SERVICE_NAMES[service]);
        return false;
    }
    open_endpoint(context, SIDE_SOURCE, profile_get(service, SIDE_SOURCE));
    open_remote(context, SIDE_SOURCE);
    return true;
}

static bool open_http(struct context *context, struct error *err)
{
    const struct config *config = context->config;

    context->traffic.http =
        http_open(&(struct http_options){.max_connections = (int)config->concurrency,
                                         .timeout_ms = config->timeout_ms,
                                         .connect_timeout_ms = config->connect_timeout_ms,
                                         .user_agent = "threadferry/" THREADFERRY_VERSION},
                  err);
    context->traffic.max_attempts = config->max_attempts;
    context->traffic.patience_ms = config->patience_ms;
    return context->traffic.http != NULL;
}

/* ---- source ---- */

static void note_archive(void *ctx, const char *text)
{
    (void)ctx;
    log_event(LOG_WARNING, "%s", text);
}

void context_source_text(const struct context *context, struct buf *out)
{
    const struct side_config *source = &context->config->source;

    buf_printf(out, "%s ", SERVICE_NAMES[source->type]);
    if (context->source_is_archive)
        buf_add_text(out, source->path ? source->path : "");
    else
        endpoint_add_base(out, &context->endpoints[SIDE_SOURCE]);
}

static char *source_in_words(const struct context *context)
{
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    context_source_text(context, &text);
    return buf_steal(&text);
}

static bool open_source(struct context *context, unsigned needs, struct error *err)
{
    const struct config *config = context->config;
    const struct archive_options archive = {
        .path = config->source.path,
        .exclude = (const char *const *)config->source.exclude,
        .fields = &config->source.fields,
        .roles = &config->source.roles,
        .preset = config->source.preset,
        .allow_truncated = config->policy.truncated_archives == TRUNCATED_ALLOW,
        .keep_raw = needs & CONTEXT_RAW,
        .lists_files = needs & CONTEXT_FILES,
    };
    const struct live_options live = {
        .page_size = config->source.page_size,
        .runs_may_be_missing = config_profile(config, SIDE_SOURCE)->is_partial,
        .has_more_may_lie = config_profile(config, SIDE_SOURCE)->has_more_may_lie,
        .keep_raw = needs & CONTEXT_RAW,
    };

    if (context->source_is_archive)
        context->source = context->archive = source_archive_open(&archive, note_archive, NULL, err);
    else
        context->source = source_live_open(&live);
    if (context->source && context->source_is_archive &&
        source_archive_names_threads(context->source))
        context->named_after = source_in_words(context);
    return context->source != NULL;
}

/* ---- threads ---- */

static bool offer(void *ctx, struct span thread_id)
{
    return selection_offer(ctx, thread_id);
}

static bool offer_thread(void *ctx, const json_t *object, struct span raw)
{
    (void)raw;
    return selection_offer(ctx, json_get_text(object, "id"));
}

static bool list_threads(struct context *context, struct error *err)
{
    const struct profile *profile = context->endpoints[SIDE_SOURCE].profile;
    const struct fetch_list list = {
        .path = "/threads?",
        .what = "threads",
        .standing = profile->listing == LISTING_MAYBE ? FETCH_OPTIONAL : FETCH_ALWAYS,
        .page_size = context->config->source.page_size,
        .each = offer_thread,
        .ctx = &context->selection,
    };

    if (profile->listing == LISTING_NO) {
        fetch_no_list(profile, err);
        return false;
    }
    if (fetch_each(&context->traffic, &list, err))
        return true;
    error_widen(err);
    return false;
}

bool context_list_threads(struct context *context, struct error *err)
{
    struct selection *selection = &context->selection;

    if (selection->kind == SELECTION_IDS)
        return true;
    if (context->source_is_archive) {
        source_archive_each(context->source, offer, selection);
        return true;
    }
    if (selection->kind == SELECTION_ALL)
        return list_threads(context, err);
    error_set(err, ERROR_USAGE,
              "no threads selected\n"
              "hint: name thread ids, or a list of them with --threads FILE%s",
              context->endpoints[SIDE_SOURCE].profile->listing == LISTING_NO
                  ? ""
                  : ", or take all with --all");
    return false;
}

uint64_t context_unread(const struct context *context)
{
    const struct selection *selection = &context->selection;
    uint64_t unread;

    if (!context->archive || !source_archive_has_unread(context->archive))
        return 0;
    unread = source_archive_unread(context->archive, (struct span){NULL, 0});
    for (size_t i = 0; i < selection_count(selection); i++)
        unread += source_archive_unread(context->archive, selection_get(selection, i));
    return unread;
}

static bool has_destination_key(const struct context *context)
{
    const struct side_config *destination = &context->config->destination;
    struct error ignored;

    return destination->base_url && side_key_place(destination) &&
           secret_is_there(secrets_of(context->secrets, SIDE_DESTINATION), &ignored);
}

bool context_open(struct context *context, unsigned needs, struct error *err)
{
    const struct config *config = context->config;

    context->started_ms = clock_now_ms();
    context->source_is_archive = config_profile(config, SIDE_SOURCE)->is_archive;
    context->maps = needs & CONTEXT_SOURCE;
    context->secrets = secrets_new(config, context->invocation->environment);
    if (!narrowing_parse(&context->narrowing, context->options, err))
        return false;
    if (!selection_load(&context->selection, context->invocation, err))
        return false;
    if (narrowing_asks_source(&context->narrowing))
        needs |= CONTEXT_SOURCE;
    if ((needs & CONTEXT_SOURCE) && !config_needs_source(config, err))
        return false;
    if ((needs & CONTEXT_ASKS) && has_destination_key(context))
        needs |= CONTEXT_DESTINATION;
    if ((needs & CONTEXT_DESTINATION) && !config_needs_destination(config, err))
        return false;
    if (!open_http(context, err))
        return false;
    open_endpoint(context, SIDE_DESTINATION, config_profile(config, SIDE_DESTINATION));
    if (!context->source_is_archive)
        open_endpoint(context, SIDE_SOURCE, config_profile(config, SIDE_SOURCE));
    if (needs & CONTEXT_DESTINATION)
        open_remote(context, SIDE_DESTINATION);
    if ((needs & (CONTEXT_SOURCE | CONTEXT_QUESTIONS)) && !context->source_is_archive &&
        config->source.base_url)
        open_remote(context, SIDE_SOURCE);
    if (!(needs & CONTEXT_SOURCE))
        return true;
    if (!open_source(context, needs, err))
        return false;
    return !(needs & CONTEXT_THREADS) || context_list_threads(context, err);
}

static void close_all(struct context *context)
{
    decider_free(context->decider);
    file_map_release(&context->file_map);
    saved_files_release(&context->saved);
    checkpoint_close(context->checkpoint);
    source_close(context->source);
    http_close(context->traffic.http);
    for (int side = 0; side < SIDES; side++) {
        if (context->has_remote[side])
            remote_release(&context->remotes[side]);
    }
    selection_release(&context->selection);
    words_release(&context->words);
    free(context->named_after);
    for (int side = 0; side < SIDES; side++)
        buf_release(&context->forbidden[side]);
    secrets_free(context->secrets);
}

int context_run(const struct invocation *invocation, struct error *err)
{
    const struct options *options = invocation->options;
    struct context context = {
        .invocation = invocation, .options = options, .config = invocation->config};
    int status;

    words_init(&context.words);
    status = options->command->run(&context, err);

    if (status == COMMAND_UNBEGUN) {
        status = summary_print_unbegun(options, &context.traffic, err);
        /* Where the run is on record, how it ended is, too. */
        if (context.checkpoint && checkpoint_is_writer(context.checkpoint))
            journal_ended(context.checkpoint, status);
    }
    close_all(&context);
    return status;
}

void context_pins(const struct context *context, struct buf *mapping, struct pins *pins)
{
    const struct config *config = context->config;
    struct buf lines;
    char hex[DIGEST_HEX + 1];

    buf_init(&lines, BUF_NO_LIMIT);
    policy_write_pinned(&lines, &config->policy);
    config_write_pinned(&lines, config);
    fingerprint_hex(buf_span(&lines), hex);
    buf_clear(mapping);
    buf_add_text(mapping, hex);
    buf_release(&lines);
    *pins = (struct pins){
        .destination_type = span_of(SERVICE_NAMES[config->destination.type]),
        .base_url = span_of(config->destination.base_url ? config->destination.base_url : ""),
        .organization =
            span_of(config->destination.organization ? config->destination.organization : ""),
        .project = span_of(config->destination.project ? config->destination.project : ""),
        .shard = span_of(context->selection.shard_text),
        .mapping = buf_span(mapping),
        .named_after =
            context->named_after ? span_of(context->named_after) : (struct span){NULL, 0},
    };
}
