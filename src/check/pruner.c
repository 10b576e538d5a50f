#include "check/pruner.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "check/archive_proof.h"
#include "check/examiner.h"
#include "check/thread_call.h"
#include "json/json.h"

#include <stdlib.h>
#include <string.h>

/* How long a comparison counts: a thread may grow while the server refuses to delete it. */
enum { COMPARED_MS = 10000 };

static const char GROWN[] = "left alone: a message arrived while it was compared";
static const char NOBODY_KNOWS[] = "the source says that it is not there, but shows no other "
                                   "thread either; check base_url and the "
                                   "key's project";

enum pruner_state {
    PRUNER_SETTLE, /* `pruning` is on record: the delete may still be executing */
    PRUNER_ASK,    /* is the thread still there? */
    PRUNER_VERIFY,
    PRUNER_PROVE,  /* the conversation lacks something: does the archive hold it? */
    PRUNER_NEWEST, /* is the newest message still the one that was compared? */
    PRUNER_RECORD, /* about to delete: on record first */
    PRUNER_DELETE,
    PRUNER_CONFIRM, /* that may have been done: is it still there? */
    PRUNER_CLOSING, /* the record waits for its sync */
    PRUNER_ENDED,
    PRUNER_FAILED,
};

struct pruner {
    struct sink base;
    struct pruner_setup *setup;
    char *thread_id;
    struct sink *check;          /* an examiner; owned */
    struct archive_proof *proof; /* owned, or NULL */
    enum pruner_state state;
    bool was_shown;   /* counted in setup->answered */
    bool was_granted; /* the delete was answered with 2xx */
    struct buf path;
    struct error kept; /* why the source still has it */
    struct error error;
};

static struct pruner *pruner(struct sink *sink)
{
    return (struct pruner *)sink;
}

static bool record(struct pruner *p, enum record_kind kind)
{
    const struct record line = {.kind = kind, .thread = span_of(p->thread_id)};

    if (checkpoint_add(p->setup->checkpoint, &line, &p->error))
        return true;
    p->state = PRUNER_FAILED;
    return false;
}

static void was_shown(struct pruner *p)
{
    p->setup->answered += !p->was_shown;
    p->was_shown = true;
}

static void ask_source(struct pruner *p, struct wish *wish, enum call_method method,
                       const char *rest)
{
    thread_call(&p->path, wish, method, p->thread_id, rest);
}

/* ---- is everything over there? ---- */

/* The comparison is over: what else has to be shown before the thread may go? */
static void end_verify(struct pruner *p)
{
    struct buf lacks;

    was_shown(p);
    p->state = PRUNER_NEWEST;
    buf_init(&lacks, BUF_NO_LIMIT);
    if (!p->setup->with_losses && losses_write_text(&lacks, reader_losses(p->base.reader), false)) {
        if (p->setup->archive) {
            p->proof = archive_proof_new(p->setup->archive, p->setup->live, span_of(p->thread_id),
                                         &p->setup->saved);
            p->state = PRUNER_PROVE;
        } else {
            error_set(&p->error, ERROR_REFUSED,
                      "left alone: its conversation lacks %s; --archive FILE or --with-losses "
                      "prunes it",
                      lacks.data);
            p->state = PRUNER_FAILED;
        }
    }
    buf_release(&lacks);
}

/* The examiner's own wishes, items included, go through; its end is ours. */
static bool verify_on(struct pruner *p, struct wish *wish)
{
    p->check->reader = p->base.reader;
    p->check->ops->next(p->check, wish);
    if (wish->kind == WISH_DONE) {
        end_verify(p);
        return false;
    }
    if (wish->kind != WISH_FAIL)
        return true;
    p->error = wish->error;
    p->state = PRUNER_FAILED;
    return false;
}

static bool prove_on(struct pruner *p, struct wish *wish)
{
    archive_proof_next(p->proof, wish);
    if (wish->kind == WISH_SEND)
        return true;
    p->error = wish->error;
    p->state = wish->kind == WISH_DONE ? PRUNER_NEWEST : PRUNER_FAILED;
    return false;
}

/* ---- what to do next ---- */

/* One step; false where only the state changed. */
static bool step(struct pruner *p, struct wish *wish)
{
    switch (p->state) {
    case PRUNER_SETTLE:
        p->state = PRUNER_ASK;
        *wish = (struct wish){.kind = WISH_SLEEP,
                              .until_ms = p->setup->started_ms + p->setup->settle_ms};
        return true;
    case PRUNER_ASK:
    case PRUNER_CONFIRM:
        ask_source(p, wish, CALL_GET, "");
        return true;
    case PRUNER_VERIFY:
        return verify_on(p, wish);
    case PRUNER_PROVE:
        return prove_on(p, wish);
    case PRUNER_NEWEST:
        ask_source(p, wish, CALL_GET, "/messages?limit=1&order=desc");
        return true;
    case PRUNER_RECORD:
        p->state = PRUNER_DELETE;
        if (!record(p, RECORD_PRUNING))
            return false;
        *wish = (struct wish){.kind = WISH_SYNC};
        return true;
    case PRUNER_DELETE:
        ask_source(p, wish, CALL_DELETE, "");
        wish->call.valid_ms = COMPARED_MS;
        return true;
    case PRUNER_CLOSING:
        p->state = PRUNER_ENDED;
        *wish = (struct wish){.kind = WISH_SYNC, .closing = true};
        return true;
    case PRUNER_ENDED:
        *wish = (struct wish){
            .kind = p->kept.code == ERROR_NONE ? WISH_DONE : WISH_FAIL,
            .error = p->kept,
        };
        return true;
    case PRUNER_FAILED:
        *wish = (struct wish){.kind = WISH_FAIL, .error = p->error};
        return true;
    }
    return true;
}

static void next(struct sink *sink, struct wish *wish)
{
    struct pruner *p = pruner(sink);

    while (!step(p, wish))
        continue;
}

static void take_item(struct sink *sink, const struct item *item)
{
    struct pruner *p = pruner(sink);

    p->check->ops->item(p->check, item);
}

/* ---- what came of it ---- */

/* Gone at the source. What was promised when `pruning` was recorded has happened. */
static void conclude(struct pruner *p)
{
    if (p->setup->rehearses) {
        p->state = PRUNER_ENDED;
        return;
    }
    p->state = PRUNER_CLOSING;
    (void)record(p, RECORD_PRUNED);
}

/* A 404 of anybody: it counts where the source has shown another thread in this run. */
static void believe_missing(struct pruner *p)
{
    bool added;

    if (p->setup->answered > 0) {
        conclude(p);
        return;
    }
    (void)strmap_add(&p->setup->held, span_of(p->thread_id), &added);
    p->state = PRUNER_ENDED;
}

static void feed_ask(struct pruner *p, const struct answer *answer)
{
    switch (thread_presence(answer, p->thread_id, &p->error)) {
    case PRESENCE_THERE:
        /* What was begun had no effect. If the thread stays, it is done as before, and can grow. */
        was_shown(p);
        p->state = PRUNER_VERIFY;
        if (!p->setup->rehearses)
            (void)record(p, RECORD_NOT_PRUNED);
        return;
    case PRESENCE_GONE:
        if (thread_is_named_missing(answer))
            conclude(p);
        else
            believe_missing(p);
        return;
    case PRESENCE_OTHER:
    case PRESENCE_UNKNOWN:
        p->state = PRUNER_FAILED;
        return;
    }
}

/* The newest of a list that was asked for newest first; servers that know neither order nor limit
 * send the whole of it, oldest first. */
static struct span newest_of(const json_t *data, struct span expected)
{
    const size_t count = json_array_size(data);
    const struct span first = json_get_text(json_array_get(data, 0), "id");
    const struct span last = json_get_text(json_array_get(data, count > 0 ? count - 1 : 0), "id");

    return count > 1 && span_equal(last, expected) ? last : first;
}

static void feed_newest(struct pruner *p, const struct answer *answer)
{
    const json_t *data = json_object_get(answer->json, "data");
    const struct span expected = reader_newest(p->base.reader);
    struct span newest;

    if (answer->kind != ANSWER_YES || !json_is_array(data)) {
        p->state = PRUNER_FAILED;
        error_set(&p->error, answer->status == 403 ? ERROR_FORBIDDEN : ERROR_SERVER_ERROR,
                  "cannot read the newest message: HTTP %ld", answer->status);
        return;
    }
    newest = newest_of(data, expected);
    if (newest.len != expected.len || (newest.len > 0 && !span_equal(newest, expected)) ||
        (newest.len == 0 && json_array_size(data) > 0)) {
        error_set(&p->error, ERROR_SOURCE_CHANGED, "%s", GROWN);
        p->state = PRUNER_FAILED;
    } else {
        p->state = p->setup->rehearses ? PRUNER_ENDED : PRUNER_RECORD;
    }
}

/* What a refusal cannot have done; the others may have been carried out all the same. */
static bool had_no_effect(const struct answer *answer)
{
    return answer->kind == ANSWER_NO && answer->status >= 400 && answer->status < 500 &&
           answer->status != 404 && answer->status != 408 && answer->status != 409 &&
           answer->status != 410 && answer->status != 429;
}

static void feed_delete(struct pruner *p, const struct answer *answer)
{
    const struct span id = span_of(p->thread_id);

    if (thread_is_named_missing(answer) || answer_is_deleted(answer, id)) {
        conclude(p);
        return;
    }
    answer_explain_kept(answer, "source", &p->kept);
    p->was_granted = answer->kind == ANSWER_YES;
    p->state = answer_may_be_deleted(answer, id) ? PRUNER_CONFIRM : PRUNER_CLOSING;
    if (had_no_effect(answer))
        (void)record(p, RECORD_NOT_PRUNED);
}

/* It was there a moment ago: if it is not now, the delete has taken it, or the API is gone. A
 * server without this route says 404 as well, and still shows the thread. */
static void feed_confirm(struct pruner *p, const struct answer *answer)
{
    const bool is_gone = answer_presence(answer, span_of(p->thread_id)) == PRESENCE_GONE;

    p->state = PRUNER_CLOSING;
    if (is_gone && (thread_is_named_missing(answer) || p->was_granted || p->setup->answered > 1)) {
        error_clear(&p->kept);
        conclude(p);
    }
}

static void feed(struct sink *sink, const struct answer *answer)
{
    struct pruner *p = pruner(sink);

    if (p->state == PRUNER_ASK)
        feed_ask(p, answer);
    else if (p->state == PRUNER_VERIFY)
        p->check->ops->feed(p->check, answer);
    else if (p->state == PRUNER_PROVE)
        archive_proof_feed(p->proof, answer);
    else if (p->state == PRUNER_NEWEST)
        feed_newest(p, answer);
    else if (p->state == PRUNER_CONFIRM)
        feed_confirm(p, answer);
    else
        feed_delete(p, answer);
}

static void pruner_free(struct sink *sink)
{
    struct pruner *p = pruner(sink);

    p->check->ops->free(p->check);
    archive_proof_free(p->proof);
    buf_release(&p->path);
    free(p->thread_id);
    free(p);
}

static const struct sink_ops PRUNER = {
    .next = next,
    .item = take_item,
    .feed = feed,
    .free = pruner_free,
};

struct sink *pruner_new(struct pruner_setup *setup, struct span thread_id,
                        const struct thread_facts *facts)
{
    static const struct examiner_options CHECK = {
        .differs = "left alone: its conversation differs; verify shows where",
        .missing = "left alone: its conversation is missing; is the key one of its project?",
        .unproven = "left alone: an image is listed without its contents, or with an id or URL of "
                    "the server's own, so nothing proves that it is there",
    };
    struct pruner *p = mem_zalloc(1, sizeof *p);

    p->base.ops = &PRUNER;
    p->setup = setup;
    p->thread_id = mem_dup(thread_id.data, thread_id.len);
    p->check = examiner_new(&CHECK, facts);
    p->state = facts->state != THREAD_PRUNING ? PRUNER_VERIFY
               : setup->rehearses             ? PRUNER_ASK
                                              : PRUNER_SETTLE;
    buf_init(&p->path, BUF_NO_LIMIT);
    return &p->base;
}

/* ---- the run ---- */

void pruner_setup_init(struct pruner_setup *setup)
{
    *setup = (struct pruner_setup){0};
    strmap_init(&setup->held);
}

void pruner_setup_release(struct pruner_setup *setup)
{
    strmap_release(&setup->held);
    saved_files_release(&setup->saved);
}

bool pruner_is_held(const struct pruner_setup *setup, struct span thread_id)
{
    return strmap_find(&setup->held, thread_id) != SIZE_MAX;
}

/* What was held back, one by one. */
static void tell_held(const struct pruner_setup *setup)
{
    for (size_t i = 0; i < setup->held.count; i++) {
        const struct span id = strmap_key(&setup->held, i);

        if (setup->answered > 0)
            log_event(LOG_INFO, "thread %.*s pruned", (int)id.len, id.data);
        else
            log_event(LOG_WARNING, "thread %.*s: source_missing: %s", (int)id.len, id.data,
                      NOBODY_KNOWS);
    }
}

bool pruner_settle(struct pruner_setup *setup, int64_t *failed, struct error *err)
{
    *failed = setup->answered > 0 ? 0 : (int64_t)setup->held.count;
    for (size_t i = 0; setup->answered > 0 && i < setup->held.count; i++) {
        const struct record line = {.kind = RECORD_PRUNED, .thread = strmap_key(&setup->held, i)};

        if (!checkpoint_add(setup->checkpoint, &line, err))
            return false;
    }
    if (!checkpoint_sync(setup->checkpoint, err))
        return false;
    tell_held(setup);
    return true;
}
