#include "check/verifier.h"

#include "base/mem.h"
#include "json/json.h"
#include "map/images.h"
#include "write/conversation.h"
#include "write/listing.h"

#include <stdlib.h>
#include <string.h>

enum verifier_state {
    VERIFIER_DIGEST,   /* against the checkpoint: listing and digesting */
    VERIFIER_MATCH,    /* against the source: item by item */
    VERIFIER_DRAIN,    /* the source has no more: what else is in the conversation? */
    VERIFIER_METADATA, /* against the source: the conversation's own pairs */
    VERIFIER_ENDED,
    VERIFIER_FAILED,
};

struct verifier {
    struct sink base;
    enum verifier_state state;
    struct thread_facts facts;
    struct listing listing;
    const struct item *held; /* VERIFIER_MATCH: the newest item, until it was compared */
    int64_t listed;          /* items of the conversation so far */
    struct digest digest;
    bool differs;         /* VERIFIER_DIGEST: the recorded items are not what is there */
    bool moved;           /* VERIFIER_DIGEST: the last of them has another id */
    int64_t same;         /* VERIFIER_MATCH: so many were the same from the beginning */
    struct traces should; /* from the first difference on */
    struct traces is;
    int64_t unproven; /* images that match by type and place alone */
    struct buf found; /* scratch */
    struct buf path;  /* VERIFIER_METADATA */
    struct differences differences;
    enum verify_result result;
    struct error error;
};

static const char *const NAMES[VERIFY_RESULTS] = {
    [VERIFY_SAME] = "same",
    [VERIFY_DIFFERS] = "differs",
    [VERIFY_MISSING] = "missing",
    [VERIFY_ERROR] = "error",
};

const char *verify_result_name(enum verify_result result)
{
    return NAMES[result];
}

static struct verifier *verifier(struct sink *sink)
{
    return (struct verifier *)sink;
}

static void end(struct verifier *v, enum verify_result result)
{
    v->result = result;
    v->state = VERIFIER_ENDED;
}

static void conclude(struct verifier *v)
{
    align(&v->differences, &v->should, &v->is, v->same);
    end(v, v->differences.count > 0 ? VERIFY_DIFFERS : VERIFY_SAME);
}

/* ---- against the checkpoint ---- */

static void check_recorded(struct verifier *v, const struct item *item)
{
    char hex[DIGEST_HEX + 1];

    digest_hex(&v->digest, hex);
    v->differs = strcmp(hex, v->facts.digest) != 0;
    v->moved = v->facts.last[0] != '\0' && !span_is(item->id, v->facts.last);
}

static void digest_page(struct verifier *v)
{
    const struct item *item = listing_peek(&v->listing);

    for (; item; item = listing_peek(&v->listing)) {
        if (!v->listing.with_images && item_has_images(item)) {
            listing_show_images(&v->listing);
            return;
        }
        v->listed++;
        if (v->listed <= v->facts.items) {
            buf_clear(&v->found);
            item_write_canonical(&v->found, item);
            digest_add(&v->digest, buf_span(&v->found));
        }
        if (v->listed == v->facts.items)
            check_recorded(v, item);
        listing_take(&v->listing);
    }
}

static void end_digest(struct verifier *v)
{
    for (int64_t i = v->listed; i < v->facts.items; i++)
        differences_add(&v->differences, i, DIFFERS_MISSING);
    if (v->differs)
        differences_add(&v->differences, 0, DIFFERS_TEXT);
    else if (v->moved)
        differences_add(&v->differences, v->facts.items - 1, DIFFERS_MOVED);
    for (int64_t i = v->facts.items; i < v->listed; i++)
        differences_add(&v->differences, i, DIFFERS_EXTRA);
}

/* ---- against the source ---- */

static void match(struct verifier *v, const struct item *should)
{
    const struct item *is = listing_peek(&v->listing);
    const bool diverged = v->should.count + v->is.count > 0;
    const int64_t unproven = is ? item_unproven(should, is, &v->found) : -1;

    if (unproven > 0)
        v->unproven += unproven;
    if (!diverged && unproven >= 0) {
        v->same++;
    } else {
        traces_add(&v->should, should);
        /* What proves nothing differs in nothing either. */
        if (is)
            traces_add(&v->is, unproven >= 0 ? should : is);
    }
    if (is) {
        v->listed++;
        listing_take(&v->listing);
    }
}

static void drain_page(struct verifier *v)
{
    const struct item *is = listing_peek(&v->listing);

    for (; is; is = listing_peek(&v->listing)) {
        traces_add(&v->is, is);
        v->listed++;
        listing_take(&v->listing);
    }
}

/* ---- the sink ---- */

static void ask(struct verifier *v, struct wish *wish)
{
    *wish = (struct wish){.kind = WISH_SEND};
    listing_call(&v->listing, &wish->call);
}

/* One step; false when it changed the state only and wish is not set. */
static bool step(struct verifier *v, struct wish *wish)
{
    switch (v->state) {
    case VERIFIER_DIGEST:
    case VERIFIER_DRAIN:
        (v->state == VERIFIER_DIGEST ? digest_page : drain_page)(v);
        if (!listing_is_ready(&v->listing)) {
            ask(v, wish);
            return true;
        }
        if (v->state == VERIFIER_DRAIN && reader_metadata(v->base.reader)->count > 0) {
            v->state = VERIFIER_METADATA;
            return false;
        }
        if (v->state == VERIFIER_DIGEST)
            end_digest(v);
        conclude(v);
        return false;
    case VERIFIER_METADATA:
        conversation_path(&v->path, span_of(v->facts.conversation), "");
        *wish = (struct wish){
            .kind = WISH_SEND,
            .call = {.side = SIDE_DESTINATION, .method = CALL_GET, .path = v->path.data}};
        return true;
    case VERIFIER_MATCH:
        *wish = (struct wish){.kind = WISH_MORE};
        if (!v->held)
            return true;
        if (!v->listing.with_images && item_has_images(v->held))
            listing_show_images(&v->listing);
        if (!listing_is_ready(&v->listing)) {
            ask(v, wish);
            return true;
        }
        match(v, v->held);
        v->held = NULL;
        return false;
    case VERIFIER_ENDED:
        *wish = (struct wish){.kind = WISH_DONE};
        return true;
    case VERIFIER_FAILED:
        break;
    }
    *wish = (struct wish){.kind = WISH_FAIL, .error = v->error};
    return true;
}

static void next(struct sink *sink, struct wish *wish)
{
    while (!step(verifier(sink), wish))
        continue;
}

static void take_item(struct sink *sink, const struct item *item)
{
    struct verifier *v = verifier(sink);

    v->held = item;
    if (!item)
        v->state = VERIFIER_DRAIN;
}

static struct span pair_of(const json_t *metadata, struct span key)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)metadata, name, value)
    {
        if (span_is(key, name) && json_is_string(value))
            return (struct span){json_string_value(value), json_string_length(value)};
    }
    return (struct span){NULL, 0};
}

/* Pairs that others have added are none of our business. */
static void compare_metadata(struct verifier *v, const json_t *is)
{
    const struct metadata *should = reader_metadata(v->base.reader);

    for (size_t i = 0; i < should->count; i++) {
        const struct metadata_pair *pair = &should->pairs[i];
        const struct span text = pair_of(is, pair->key);

        if (!text.data || !span_equal(text, pair->value))
            differences_add(&v->differences, 0, DIFFERS_METADATA);
    }
}

static void feed_metadata(struct verifier *v, const struct answer *answer)
{
    if (answer->kind != ANSWER_YES) {
        conversation_explain(&v->error, answer);
        if (v->error.code == ERROR_GONE)
            end(v, VERIFY_MISSING);
        else
            v->state = VERIFIER_FAILED;
    } else if (!span_is(json_get_text(answer->json, "id"), v->facts.conversation)) {
        error_set(&v->error, ERROR_SERVER_ERROR,
                  "cannot read the conversation's metadata: the reply is not that object");
        v->state = VERIFIER_FAILED;
    } else {
        conclude(v);
        compare_metadata(v, json_object_get(answer->json, "metadata"));
        v->result = v->differences.count > 0 ? VERIFY_DIFFERS : VERIFY_SAME;
    }
}

static void feed(struct sink *sink, const struct answer *answer)
{
    struct verifier *v = verifier(sink);

    if (v->state == VERIFIER_METADATA) {
        feed_metadata(v, answer);
        return;
    }
    if (listing_feed(&v->listing, answer, &v->error))
        return;
    if (v->error.code == ERROR_GONE)
        end(v, VERIFY_MISSING);
    else
        v->state = VERIFIER_FAILED;
}

/* The source could not be read or mapped, or the destination not be listed. */
static void fail_thread(struct sink *sink, const struct error *error)
{
    struct verifier *v = verifier(sink);

    v->error = *error;
    v->state = VERIFIER_FAILED;
    v->result = VERIFY_ERROR;
}

static void verifier_free(struct sink *sink)
{
    struct verifier *v = verifier(sink);

    listing_release(&v->listing);
    digest_release(&v->digest);
    traces_release(&v->should);
    traces_release(&v->is);
    buf_release(&v->found);
    buf_release(&v->path);
    differences_release(&v->differences);
    free(v);
}

static const struct sink_ops VERIFIER = {
    .next = next,
    .item = take_item,
    .feed = feed,
    .fail = fail_thread,
    .free = verifier_free,
};

/* What the plan alone can tell. */
static void judge_unread(struct verifier *v, const struct plan *plan)
{
    const struct thread_facts *facts = &v->facts;

    end(v, VERIFY_ERROR);
    if (facts->state == THREAD_FAILED)
        error_set(&v->error, facts->code, "%s: %s: %s", plan->reason, error_code_name(facts->code),
                  facts->detail);
    else
        error_set(&v->error, plan->code, "%s", plan->reason);
}

struct sink *verifier_new(const struct plan *plan, const struct thread_facts *facts)
{
    struct verifier *v = mem_zalloc(1, sizeof *v);

    v->base.ops = &VERIFIER;
    v->facts = *facts;
    digest_init(&v->digest);
    buf_init(&v->found, BUF_NO_LIMIT);
    buf_init(&v->path, BUF_NO_LIMIT);
    listing_init(&v->listing, span_of(facts->conversation), "", 0);
    if (plan->deed == PLAN_FAIL)
        judge_unread(v, plan);
    else
        v->state = plan->deed == PLAN_DIGEST ? VERIFIER_DIGEST : VERIFIER_MATCH;
    return &v->base;
}

void verifier_result(const struct sink *sink, struct verified *verified)
{
    const struct verifier *v = (const struct verifier *)sink;

    *verified = (struct verified){
        .result = v->result,
        .conversation = v->facts.conversation,
        .items = v->listed,
        .unproven = v->unproven,
        .differences = &v->differences,
        .reason = v->error.text,
    };
}
