#include "unit/play/loop_play.h"

#include "base/mem.h"
#include "fakes/fake_clock.h"
#include "os/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- puppets ---- */

struct puppet {
    struct sink base;
    struct loop_play *play;
    char id[8];
    char path[24];
    char beside[24];
    const char *script;
    struct error error;
};

static void add_record(struct puppet *p)
{
    const struct record record = {.kind = RECORD_CREATING, .thread = span_of(p->id)};
    struct error err;

    assert_true(checkpoint_add(p->play->checkpoint, &record, &err));
}

static void break_off(struct puppet *p, enum error_code code, struct wish *wish)
{
    error_set(&p->error, code, "as the script has it");
    *wish = (struct wish){.kind = WISH_FAIL, .error = p->error};
}

static void next(struct sink *sink, struct wish *wish)
{
    struct puppet *p = (struct puppet *)sink;
    const char step = *p->script++;

    *wish = (struct wish){.kind = WISH_SEND, .call = {.side = SIDE_SOURCE, .path = p->path}};
    if (p->error.code != ERROR_NONE)
        *wish = (struct wish){.kind = WISH_FAIL, .error = p->error};
    else if (step == 'B')
        wish->beside = (struct call){.side = SIDE_SOURCE, .path = p->beside};
    else if (step == 'V')
        wish->call.valid_ms = LOOP_PLAY_VALID_MS;
    else if (step == 'R' || step == 'y' || step == 'Y')
        add_record(p);
    else if (step == 'z')
        *wish = (struct wish){.kind = WISH_SLEEP, .until_ms = clock_now_ms() + LOOP_PLAY_SLEEP_MS};
    else if (step == 'w')
        wish->kind = WISH_WAIT;
    else if (step == 'x')
        break_off(p, ERROR_BAD_SOURCE, wish);
    else if (step == '!')
        break_off(p, ERROR_AUTH, wish);
    else if (step == '.')
        wish->kind = WISH_DONE;
    if (step == 'y' || step == 'Y')
        *wish = (struct wish){.kind = WISH_SYNC, .closing = step == 'Y'};
}

static void feed(struct sink *sink, const struct answer *answer)
{
    struct puppet *p = (struct puppet *)sink;

    if (p->play->checkpoint && !p->play->may_be_dirty)
        assert_true(checkpoint_durable(p->play->checkpoint) ==
                    checkpoint_newest(p->play->checkpoint));
    /* Whatever the first call's answer says comes first. */
    if (answer->kind != ANSWER_YES && (!answer->beside || p->error.code == ERROR_NONE))
        error_set(&p->error, answer->status == 403 ? ERROR_FORBIDDEN : ERROR_SOURCE_MISSING, "no");
}

static void unsent(struct sink *sink)
{
    const struct puppet *p = (struct puppet *)sink;

    buf_printf(&p->play->seen, "%s-%s", p->play->seen.len > 0 ? " " : "", p->id);
}

static void free_puppet(struct sink *sink)
{
    free(sink);
}

static const struct sink_ops PUPPET = {
    .next = next, .feed = feed, .unsent = unsent, .free = free_puppet};

/* ---- the client ---- */

static enum loop_next next_job(void *ctx, struct job **job)
{
    static const struct policy POLICY = {.provenance = false};
    struct loop_play *play = ctx;
    struct reader_options options = {.policy = &POLICY};
    struct puppet *p;

    if (play->begun == play->count)
        return LOOP_NONE;
    if (play->ahead > 0 && play->begun - play->concluded >= play->ahead)
        return LOOP_LATER;
    p = mem_zalloc(1, sizeof *p);
    p->base.ops = &PUPPET;
    p->play = play;
    p->script = play->scripts ? play->scripts[play->begun] : play->script;
    (void)snprintf(p->id, sizeof p->id, "%c", (int)('a' + play->begun % 26));
    (void)snprintf(p->path, sizeof p->path, "/threads/%s", p->id);
    (void)snprintf(p->beside, sizeof p->beside, "/threads/%s+", p->id);
    *job = job_new(span_of(p->id), play->begun++, reader_new(&options, span_of(p->id)), &p->base);
    return LOOP_JOB;
}

static void tell(struct loop_play *play, const char *what)
{
    buf_printf(&play->seen, "%s%s", play->seen.len > 0 ? " " : "", what);
}

static void concluded(void *ctx, struct job *job)
{
    const struct outcome *outcome = job_outcome(job);
    struct loop_play *play = ctx;

    tell(play, job_thread_id(job));
    if (outcome->kind == OUTCOME_FAILED)
        buf_printf(&play->seen, ":%s", error_code_name(outcome->error.code));
    play->concluded++;
    job_free(job);
}

static void refused(void *ctx, const char *thread_id, const struct answer *answer,
                    const char *request_id)
{
    char words[64];

    (void)snprintf(words, sizeof words, "(%s %ld %.*s %s)", thread_id, answer->status,
                   (int)answer->message.len, answer->message.data, request_id);
    tell(ctx, words);
}

static void tick(void *ctx, const struct loop_stats *stats)
{
    struct loop_play *play = ctx;

    play->ticks++;
    if (stats->parked > play->most_parked)
        play->most_parked = stats->parked;
    if (stats->in_flight > play->most_in_flight)
        play->most_in_flight = stats->in_flight;
}

static const char *key(void *ctx, bool renew, struct error *err)
{
    (void)ctx;
    (void)err;
    assert_false(renew);
    return "key";
}

void loop_play(struct loop_play *play, const struct fake_http_step *replies, size_t count,
               const char *expected)
{
    const struct endpoint endpoint = {
        .profile = profile_get(play->openai ? SERVICE_OPENAI : SERVICE_COMPATIBLE, SIDE_SOURCE),
        .base_url = "http://127.0.0.1:1/v1"};
    struct loop_options options = {
        .client = {.next = next_job,
                   .concluded = concluded,
                   .refused = refused,
                   .tick = tick,
                   .ctx = play},
        .concurrency = play->concurrency,
        .max_attempts = 3,
        .patience_ms = play->patience_ms > 0 ? play->patience_ms : 3600000,
        .max_errors = play->max_errors,
        .tick_ms = play->tick_ms,
        .selected = play->selected,
        .checkpoint = play->checkpoint,
    };
    struct remote remote;
    struct error err;

    fake_http_script(replies, count);
    while (play->scripts && play->scripts[play->count])
        play->count++;
    buf_init(&play->seen, BUF_NO_LIMIT);
    remote_init(
        &remote,
        &(struct remote_options){.side = SIDE_SOURCE,
                                 .endpoint = &endpoint,
                                 .key = key,
                                 .pacer = {.window_max = play->one_at_a_time ? 1 : 8, .seed = 1}},
        clock_now_ms());
    options.remotes[SIDE_SOURCE] = &remote;
    if (!play->without_http)
        options.http =
            http_open(&(struct http_options){.max_connections = 8, .timeout_ms = 60000}, &err);
    loop_run(&options, &play->result);
    assert_string_equal(play->seen.data, expected);
    assert_int_equal(fake_http_steps_left(), 0);
    http_close(options.http);
    remote_release(&remote);
    buf_release(&play->seen);
}

void loop_play_assert_requests(const char *expected)
{
    struct buf seen;

    buf_init(&seen, BUF_NO_LIMIT);
    for (size_t i = 0; i < fake_http_seen_count(); i++) {
        const struct fake_http_seen *request = fake_http_seen(i);

        buf_printf(&seen, "%s%s+%lld", i > 0 ? " " : "", strrchr(request->target, '/') + 1,
                   (long long)(request->at_ms - FAKE_CLOCK_START_MS));
    }
    assert_string_equal(seen.data, expected);
    buf_release(&seen);
}
