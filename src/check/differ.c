#include "check/differ.h"

#include "base/mem.h"
#include "json/json.h"
#include "files/contents.h"
#include "files/digest.h"
#include "map/images.h"
#include "write/conversation.h"
#include "write/listing.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum differ_state {
    DIFFER_SETTLED, /* a run would leave the thread alone */
    DIFFER_PASS,    /* passing over what is on record */
    DIFFER_PROVE,   /* is the last item on record in its place? */
    DIFFER_MATCH,   /* what follows it is held against the conversation, item by item */
    DIFFER_TIP,     /* top-up: asking for the conversation's last item */
    DIFFER_WRITE,   /* nothing more is in the conversation */
    DIFFER_ENDED,
    DIFFER_FAILED,
};

struct differ {
    struct sink base;
    const struct differ_setup *setup;
    enum differ_state state;
    struct thread_facts facts;
    struct plan plan;
    bool topping_up;
    const struct item *held; /* the newest item, until it is known what becomes of it */
    bool ended;              /* there are no more */
    struct listing listing;  /* DIFFER_MATCH: what follows the last item on record */
    bool is_proven;          /* DIFFER_MATCH: and nothing else */
    int64_t proved;          /* DIFFER_PROVE: items up to here */
    struct buf path;         /* DIFFER_TIP */
    struct digest digest;    /* of the first facts.items items */
    struct buf canonical;    /* scratch */
    int64_t place;
    struct losses before; /* what was lost up to the last item that is on record as written */
    struct losses taken;  /* the same up to the last item but the held one */
    struct outcome sent;  /* items and losses of the batches that a run sends before it reads on */
    int64_t ops[DIFF_OPS];
    int64_t batches;
    int64_t batch_items; /* of the newest batch */
    int64_t batch_bytes;
    struct holes holes; /* in it */
    struct losses shown;
    struct buf body;
    struct error error;
};

static const char SIGNS[] = {
    [DIFF_ADD] = '+', [DIFF_SAME] = '=', [DIFF_SKIP] = '-', [DIFF_FOREIGN] = '~'};

static const char *const ACTIONS[] = {
    [DIFF_CREATE] = "create",
    [DIFF_APPEND] = "append",
    [DIFF_NONE] = "none",
    [DIFF_FAIL] = "fail",
};

char diff_op_sign(enum diff_op op)
{
    return SIGNS[op];
}

const char *diff_action_name(enum diff_action action)
{
    return ACTIONS[action];
}

static struct differ *differ(struct sink *sink)
{
    return (struct differ *)sink;
}

static void stop(struct differ *d, enum error_code code, const char *text)
{
    error_set(&d->error, code, "%s", text);
    d->state = DIFFER_FAILED;
}

/* ---- lines ---- */

static void add_line(struct differ *d, enum diff_op op, const struct item *item,
                     const struct item *there)
{
    const struct diff_renderer *renderer = d->setup->renderer;
    const struct diff_line line = {.op = op, .item = item, .there = there, .place = d->place};

    d->ops[op]++;
    for (const struct loss *loss = item ? item->losses : NULL; loss; loss = loss->next)
        d->shown.count[loss->kind]++;
    if (renderer)
        renderer->line(renderer->ctx, &d->body, &line);
}

/* The newest batch leaves, if all contents in it are what was saved: as the writer sends it. */
static bool send_batch(struct differ *d)
{
    for (size_t i = 0; i < d->holes.count; i++) {
        if (contents_check(d->setup->saved, &d->holes.all[i].file, &d->error))
            continue;
        d->state = DIFFER_FAILED;
        d->base.outcome.items = d->sent.items;
        d->base.outcome.losses = d->sent.losses;
        return false;
    }
    holes_drop(&d->holes, d->holes.count);
    d->sent.items = d->base.outcome.items;
    d->sent.losses = losses_between(&d->before, &d->taken);
    return true;
}

/* Counts batches as the writer cuts them; one is sent once it is known what follows it. */
static bool count_request(struct differ *d, const struct item *item)
{
    struct holes holes = {0};
    int64_t bytes;

    buf_clear(&d->canonical);
    item_write_body(&d->canonical, &holes, item, JSON_ESCAPE_CANONICAL);
    bytes = (int64_t)(d->canonical.len + holes_encoded(&holes, 0)) + 1;
    if (d->batches == 0 || d->batch_items == d->setup->batch_items ||
        d->batch_bytes + bytes > d->setup->batch_bytes) {
        if (!send_batch(d)) {
            holes_release(&holes);
            return false;
        }
        if (d->batches++ > 0)
            reader_is_begun(d->base.reader);
        d->batch_items = 0;
        d->batch_bytes = 0;
    }
    for (size_t i = 0; i < holes.count; i++)
        holes_add(&d->holes, 0, &holes.all[i].file);
    holes_release(&holes);
    d->batch_items++;
    d->batch_bytes += bytes;
    return true;
}

static void add_new(struct differ *d, const struct item *item)
{
    if (!count_request(d, item))
        return;
    d->base.outcome.items++;
    add_line(d, DIFF_ADD, item, NULL);
}

/* ---- items that were written before ---- */

/* Everything on record was passed over: is the source still the same? */
static void end_pass(struct differ *d)
{
    char hex[DIGEST_HEX + 1];

    digest_hex(&d->digest, hex);
    if (d->place < d->facts.items)
        stop(d, ERROR_SOURCE_CHANGED, "the source holds less than what was already written");
    else if (d->facts.digest[0] != '\0' && strcmp(hex, d->facts.digest) != 0)
        stop(d, ERROR_SOURCE_CHANGED, "what was already written now maps to something else");
    else if (!d->topping_up)
        d->state = DIFFER_MATCH;
    else
        d->state = d->held ? DIFFER_TIP : DIFFER_ENDED;
}

static void pass(struct differ *d)
{
    if (!d->held || d->place == d->facts.items) {
        end_pass(d);
        return;
    }
    d->before = *reader_taken(d->base.reader);
    buf_clear(&d->canonical);
    item_write_canonical(&d->canonical, d->held);
    digest_add(&d->digest, buf_span(&d->canonical));
    add_line(d, DIFF_SAME, d->held, NULL);
    d->held = NULL;
    d->place++;
}

/* What nothing of ours can have left there is foreign, however much it looks like ours. */
static bool may_be_ours(const struct differ *d)
{
    return d->facts.state != THREAD_FAILED || !d->facts.settled;
}

/* As the writer does before it takes an item behind the last known one for a new one. */
static void begin_proof(struct differ *d)
{
    const bool with_images = d->listing.with_images;

    listing_release(&d->listing);
    listing_init(&d->listing, span_of(d->facts.conversation), "", 0);
    if (with_images)
        listing_show_images(&d->listing);
    d->state = DIFFER_PROVE;
}

static void prove(struct differ *d)
{
    const struct item *there = listing_peek(&d->listing);
    const bool is_last = there && span_is(there->id, d->facts.last);

    if (!there || is_last != (++d->proved == d->facts.items)) {
        add_line(d, DIFF_FOREIGN, d->held, there);
        stop(d, ERROR_CONFLICT, CONVERSATION_DISORDERED);
        return;
    }
    listing_take(&d->listing);
    d->is_proven = is_last;
    if (is_last)
        d->state = DIFFER_MATCH;
}

/* One item of the thread, or its end, against one of the conversation. */
static void match(struct differ *d)
{
    const struct item *there = listing_peek(&d->listing);

    if (!there) {
        d->state = d->held ? DIFFER_WRITE : DIFFER_ENDED;
    } else if (!d->is_proven) {
        begin_proof(d);
    } else if (d->held && may_be_ours(d) && item_unproven(d->held, there, &d->canonical) >= 0) {
        /* The writer finds what is not on record, records it, and counts it as written. */
        d->base.outcome.items++;
        add_line(d, DIFF_SAME, d->held, NULL);
        listing_take(&d->listing);
        d->taken = *reader_taken(d->base.reader);
        d->held = NULL;
        d->place++;
    } else {
        add_line(d, DIFF_FOREIGN, d->held, there);
        stop(d, ERROR_CONFLICT, CONVERSATION_NOT_OURS);
    }
}

/* ---- the sink ---- */

/* One step; false where only the state changed. */
static bool step(struct differ *d, struct wish *wish)
{
    const bool wants_more = !d->held && !d->ended;

    *wish = (struct wish){.kind = WISH_MORE};
    switch (d->state) {
    case DIFFER_SETTLED:
    case DIFFER_ENDED:
        wish->kind = WISH_DONE;
        return true;
    case DIFFER_PASS:
        if (!wants_more)
            pass(d);
        return wants_more;
    case DIFFER_PROVE:
    case DIFFER_MATCH:
        if (wants_more)
            return true;
        if (d->held && !d->listing.with_images && item_has_images(d->held))
            listing_show_images(&d->listing);
        if (listing_is_ready(&d->listing)) {
            (d->state == DIFFER_PROVE ? prove : match)(d);
            return false;
        }
        wish->kind = WISH_SEND;
        listing_call(&d->listing, &wish->call);
        return true;
    case DIFFER_TIP:
        wish->kind = WISH_SEND;
        conversation_tip_call(&wish->call, &d->path, span_of(d->facts.conversation));
        return true;
    case DIFFER_WRITE:
        if (wants_more)
            return true;
        if (d->held)
            add_new(d, d->held);
        else if (send_batch(d))
            d->state = DIFFER_ENDED;
        d->taken = *reader_taken(d->base.reader);
        d->held = NULL;
        d->place++;
        return false;
    case DIFFER_FAILED:
        *wish = (struct wish){.kind = WISH_FAIL, .error = d->error};
        return true;
    }
    return true;
}

static void end(struct differ *d)
{
    struct outcome *outcome = &d->base.outcome;

    if (d->topping_up)
        outcome->kind = d->ops[DIFF_ADD] > 0 ? OUTCOME_TOPPED_UP : OUTCOME_ALREADY_DONE;
    if (d->state == DIFFER_ENDED && outcome->kind != OUTCOME_ALREADY_DONE)
        outcome->losses = losses_between(&d->before, reader_taken(d->base.reader));
}

static void next(struct sink *sink, struct wish *wish)
{
    struct differ *d = differ(sink);

    while (!step(d, wish))
        continue;
    if (d->state == DIFFER_ENDED)
        end(d);
}

static void take_item(struct sink *sink, const struct item *item)
{
    struct differ *d = differ(sink);

    if (item && item->type == ITEM_SKIPPED)
        add_line(d, DIFF_SKIP, item, NULL);
    else
        d->held = item;
    d->ended = !item;
}

static void feed_tip(struct differ *d, const struct answer *answer)
{
    struct span tip;

    d->state = DIFFER_WRITE;
    if (!conversation_tip(&tip, answer, &d->error))
        d->state = DIFFER_FAILED;
    else if (!span_equal(tip, span_of(d->facts.last)))
        stop(d, ERROR_CONFLICT, CONVERSATION_MOVED_ON);
    if (d->state == DIFFER_FAILED)
        add_line(d, DIFF_FOREIGN, d->held, NULL);
}

static void feed(struct sink *sink, const struct answer *answer)
{
    struct differ *d = differ(sink);

    if (d->state == DIFFER_TIP)
        feed_tip(d, answer);
    else if (!listing_feed(&d->listing, answer, &d->error))
        d->state = DIFFER_FAILED;
}

static void fail_thread(struct sink *sink, const struct error *error)
{
    struct differ *d = differ(sink);

    d->error = *error;
    d->state = DIFFER_FAILED;
    d->base.outcome.items = d->sent.items;
    d->base.outcome.losses = d->sent.losses;
}

static void differ_free(struct sink *sink)
{
    struct differ *d = differ(sink);

    listing_release(&d->listing);
    holes_release(&d->holes);
    digest_release(&d->digest);
    buf_release(&d->path);
    buf_release(&d->canonical);
    buf_release(&d->body);
    free(d);
}

static const struct sink_ops DIFFER = {
    .next = next,
    .item = take_item,
    .feed = feed,
    .fail = fail_thread,
    .free = differ_free,
};

/* What the plan says of the thread before anything is read. */
static void begin(struct differ *d)
{
    const struct plan_thread thread = plan_of_facts(&d->facts);

    d->plan = plan_make(PLAN_MIGRATE, &thread, &d->setup->plan);
    d->topping_up = d->plan.deed == PLAN_TOP_UP;
    d->state = DIFFER_SETTLED;
    switch (d->plan.deed) {
    case PLAN_CREATE:
        d->facts = (struct thread_facts){.state = THREAD_NEW};
        d->state = DIFFER_WRITE;
        return;
    case PLAN_TOP_UP:
    case PLAN_CONTINUE:
        d->state = DIFFER_PASS;
        return;
    case PLAN_SETTLED:
        d->base.outcome.kind = OUTCOME_ALREADY_DONE;
        return;
    case PLAN_UNCERTAIN:
        error_set(&d->error, d->plan.code, "%s", d->plan.reason);
        d->base.outcome.kind = OUTCOME_UNCERTAIN;
        return;
    case PLAN_FAIL:
        stop(d, d->plan.code, d->plan.reason);
        return;
    case PLAN_PASS:
    case PLAN_COMPARE:
    case PLAN_DIGEST:
    case PLAN_DELETE:
    case PLAN_GO_ON:
    case PLAN_PRUNE_NEW:
    case PLAN_PRUNE_ASK:
    case PLAN_SPARE:
    case PLAN_DEEDS:
        break;
    }
    assert(false); /* nothing that migrate does */
}

struct sink *differ_new(const struct differ_setup *setup, const struct thread_facts *facts)
{
    struct differ *d = mem_zalloc(1, sizeof *d);

    d->base.ops = &DIFFER;
    d->setup = setup;
    d->facts = *facts;
    digest_init(&d->digest);
    buf_init(&d->path, BUF_NO_LIMIT);
    buf_init(&d->canonical, BUF_NO_LIMIT);
    buf_init(&d->body, BUF_NO_LIMIT);
    begin(d);
    d->is_proven = facts->last[0] == '\0';
    if (d->state == DIFFER_PASS)
        listing_init(&d->listing, span_of(facts->conversation), facts->last, facts->items);
    return &d->base;
}

void differ_refuse(struct sink *sink, const struct error *error)
{
    struct differ *d = differ(sink);

    d->base.outcome = (struct outcome){0};
    stop(d, error->code, error->text);
}

static enum diff_action action_of(const struct differ *d)
{
    if (d->error.code != ERROR_NONE)
        return DIFF_FAIL;
    if (d->state == DIFFER_SETTLED)
        return DIFF_NONE;
    if (d->facts.conversation[0] == '\0')
        return DIFF_CREATE;
    /* Unfinished is something to do, if only its end is missing on record. */
    return d->topping_up && d->ops[DIFF_ADD] == 0 ? DIFF_NONE : DIFF_APPEND;
}

static const char *reason_of(const struct differ *d)
{
    if (d->error.code != ERROR_NONE)
        return d->error.text;
    return d->state == DIFFER_SETTLED ? thread_state_name(d->facts.state) : "";
}

/* A create, the batches (the first may travel in the create), and a look where one was begun. */
static int64_t requests_of(const struct differ *d, enum diff_action action)
{
    if (action == DIFF_CREATE)
        return 1 + d->batches - (d->setup->create_inline && d->batches > 0 ? 1 : 0);
    return action == DIFF_APPEND ? 1 + d->batches : 0;
}

void differ_result(const struct sink *sink, struct diff_result *result)
{
    const struct differ *d = (const struct differ *)sink;

    *result = (struct diff_result){
        .action = action_of(d),
        .code = d->error.code,
        .conversation = d->facts.conversation,
        .shown = d->shown,
        .body = buf_span(&d->body),
        .reason = reason_of(d),
    };
    memcpy(result->ops, d->ops, sizeof result->ops);
    result->requests = requests_of(d, result->action);
}
