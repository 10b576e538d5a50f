#include "check/differ.h"

#include "base/mem.h"
#include "json/json.h"
#include "map/digest.h"
#include "write/conversation.h"
#include "write/listing.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum differ_state {
    DIFFER_SETTLED, /* a run would leave the thread alone */
    DIFFER_NEW,     /* there is no conversation to look at */
    DIFFER_MATCH,   /* held against the conversation, item by item */
    DIFFER_TIP,     /* top-up: asking for the conversation's last item */
    DIFFER_TOP_UP,  /* passing over what was written, then adding */
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
    struct listing listing; /* DIFFER_MATCH */
    struct buf path;        /* DIFFER_TIP */
    struct error tip_error; /* why nothing may be added behind the tip */
    struct digest digest;   /* of the first facts.items items */
    struct buf canonical;   /* scratch */
    bool differs;           /* something else is in the conversation */
    int64_t place;
    struct losses before; /* what was lost up to the last item that is on record as written */
    int64_t ops[DIFF_OPS];
    int64_t batches;
    int64_t batch_items; /* of the newest batch */
    int64_t batch_bytes;
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

/* Counts batches as the writer cuts them. */
static void count_request(struct differ *d, const struct item *item)
{
    int64_t bytes;

    buf_clear(&d->canonical);
    item_write_request(&d->canonical, item, JSON_ESCAPE_CANONICAL);
    bytes = (int64_t)d->canonical.len + 1;
    if (d->batches == 0 || d->batch_items == d->setup->batch_items ||
        d->batch_bytes + bytes > d->setup->batch_bytes) {
        d->batches++;
        d->batch_items = 0;
        d->batch_bytes = 0;
    }
    d->batch_items++;
    d->batch_bytes += bytes;
}

static void add_new(struct differ *d, const struct item *item)
{
    if (d->differs) {
        add_line(d, DIFF_FOREIGN, item, NULL);
        return;
    }
    count_request(d, item);
    d->base.outcome.items++;
    add_line(d, DIFF_ADD, item, NULL);
}

/* ---- items that were written before ---- */

/* Digests an item that the checkpoint counts; at the last of them: is the source still the same? */
static void pass(struct differ *d, const struct item *item)
{
    char hex[DIGEST_HEX + 1];

    if (d->place >= d->facts.items)
        return;
    d->before = *reader_taken(d->base.reader);
    buf_clear(&d->canonical);
    item_write_canonical(&d->canonical, item);
    digest_add(&d->digest, buf_span(&d->canonical));
    if (d->place + 1 < d->facts.items)
        return;
    digest_hex(&d->digest, hex);
    if (d->facts.digest[0] != '\0' && strcmp(hex, d->facts.digest) != 0)
        stop(d, ERROR_SOURCE_CHANGED, "what was already written now maps to something else");
}

static bool is_same(struct differ *d, const struct item *a, const struct item *b)
{
    struct fingerprint first;
    struct fingerprint second;

    buf_clear(&d->canonical);
    item_write_canonical(&d->canonical, a);
    first = fingerprint_of(buf_span(&d->canonical));
    buf_clear(&d->canonical);
    item_write_canonical(&d->canonical, b);
    second = fingerprint_of(buf_span(&d->canonical));
    return fingerprint_equal(&first, &second);
}

static void match(struct differ *d, const struct item *item)
{
    const struct item *there = listing_peek(&d->listing);
    bool was_written = d->place < d->facts.items;
    int64_t last;

    pass(d, item);
    if (there && is_same(d, item, there)) {
        /* The writer finds what is not on record, records it, and counts it as written. */
        d->base.outcome.items += was_written ? 0 : 1;
        add_line(d, DIFF_SAME, item, NULL);
    } else if (there || was_written) {
        d->differs = true;
        add_line(d, DIFF_FOREIGN, item, there);
    } else {
        add_new(d, item);
    }
    if (there)
        listing_take(&d->listing);
    /* As the writer does: whether the source has changed is told first, and what is done is only
     * in the way of something to add. */
    last = d->topping_up ? d->facts.items : d->facts.items - 1;
    if (d->differs && d->place >= last && d->state != DIFFER_FAILED)
        stop(d, ERROR_CONFLICT, CONVERSATION_NOT_OURS);
}

static void top_up(struct differ *d, const struct item *item)
{
    if (d->place < d->facts.items) {
        pass(d, item);
        add_line(d, DIFF_SAME, item, NULL);
        return;
    }
    d->differs = d->tip_error.code != ERROR_NONE;
    add_new(d, item);
    if (!d->differs)
        return;
    d->error = d->tip_error;
    d->state = DIFFER_FAILED;
}

static void end_items(struct differ *d)
{
    const struct item *there = d->state == DIFFER_MATCH ? listing_peek(&d->listing) : NULL;

    if (d->place < d->facts.items) {
        stop(d, ERROR_SOURCE_CHANGED, "the source holds less than what was already written");
        return;
    }
    d->state = DIFFER_ENDED;
    if (d->topping_up)
        d->base.outcome.kind = d->ops[DIFF_ADD] > 0 ? OUTCOME_TOPPED_UP : OUTCOME_ALREADY_DONE;
    if (d->base.outcome.kind != OUTCOME_ALREADY_DONE)
        d->base.outcome.losses = losses_between(&d->before, reader_taken(d->base.reader));
    /* A done conversation that somebody carries on with is none of our business. */
    if (!there || (d->topping_up && d->ops[DIFF_ADD] == 0))
        return;
    add_line(d, DIFF_FOREIGN, NULL, there);
    stop(d, ERROR_CONFLICT, CONVERSATION_NOT_OURS);
}

/* ---- the sink ---- */

static void next(struct sink *sink, struct wish *wish)
{
    struct differ *d = differ(sink);

    switch (d->state) {
    case DIFFER_SETTLED:
    case DIFFER_ENDED:
        *wish = (struct wish){.kind = WISH_DONE};
        break;
    case DIFFER_MATCH:
        if (!listing_is_ready(&d->listing)) {
            *wish = (struct wish){.kind = WISH_SEND};
            listing_call(&d->listing, &wish->call);
            break;
        }
        *wish = (struct wish){.kind = WISH_MORE};
        break;
    case DIFFER_NEW:
    case DIFFER_TOP_UP:
        *wish = (struct wish){.kind = WISH_MORE};
        break;
    case DIFFER_TIP:
        *wish = (struct wish){.kind = WISH_SEND};
        conversation_tip_call(&wish->call, &d->path, span_of(d->facts.conversation));
        break;
    case DIFFER_FAILED:
        *wish = (struct wish){.kind = WISH_FAIL, .error = d->error};
        break;
    }
}

static void take_item(struct sink *sink, const struct item *item)
{
    struct differ *d = differ(sink);

    if (!item) {
        end_items(d);
        return;
    }
    if (item->type == ITEM_SKIPPED) {
        add_line(d, DIFF_SKIP, item, NULL);
        return;
    }
    if (d->state == DIFFER_MATCH)
        match(d, item);
    else if (d->state == DIFFER_TOP_UP)
        top_up(d, item);
    else
        add_new(d, item);
    d->place++;
}

/* The tip only matters once there is something to add behind it. */
static void feed_tip(struct differ *d, const struct answer *answer)
{
    struct span tip;

    d->state = DIFFER_TOP_UP;
    if (conversation_tip(&tip, answer, &d->tip_error) && !span_equal(tip, span_of(d->facts.last)))
        error_set(&d->tip_error, ERROR_CONFLICT, "%s", CONVERSATION_MOVED_ON);
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
    d->base.outcome.items = 0;
    d->base.outcome.losses = (struct losses){.count = {0}};
}

static void differ_free(struct sink *sink)
{
    struct differ *d = differ(sink);

    listing_release(&d->listing);
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
        d->state = DIFFER_NEW;
        return;
    case PLAN_TOP_UP:
    case PLAN_CONTINUE:
        /* Without the id of the last item its conversation has to be compared as a whole. */
        d->state = d->topping_up && (d->facts.last[0] != '\0' || d->facts.items == 0)
                       ? DIFFER_TIP
                       : DIFFER_MATCH;
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
    if (d->state == DIFFER_MATCH)
        listing_init(&d->listing, span_of(facts->conversation), NULL);
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
    return d->ops[DIFF_ADD] > 0 ? DIFF_APPEND : DIFF_NONE;
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
