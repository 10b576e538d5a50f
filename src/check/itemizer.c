#include "check/itemizer.h"

#include "base/mem.h"
#include "map/images.h"
#include "map/map.h"
#include "write/conversation.h"
#include "write/listing.h"

#include <stdlib.h>

struct itemizer {
    struct sink base;
    char *thread_id;
    struct thread_facts facts;
    item_row_writer writer;
    struct listing listing;
    const struct item *held; /* the newest item, until it was paired */
    bool ended;              /* the source has no more */
    struct buf rows;
    struct buf found; /* scratch */
    struct error error;
};

static struct itemizer *itemizer(struct sink *sink)
{
    return (struct itemizer *)sink;
}

/* item NULL: the message gave none. */
static void add_row(struct itemizer *t, const struct item *should, const struct item *item)
{
    static const struct span NOTHING = {"", 0};
    struct item_row row = {
        .thread_id = span_of(t->thread_id),
        .message_id = should->message ? should->source_id : NOTHING,
        .created = ITEM_UNKNOWN,
        .conversation_id = span_of(t->facts.conversation),
        .item_id = item ? item->id : NOTHING,
        .index = item ? t->base.outcome.items : ITEM_UNKNOWN,
    };
    int64_t ms;

    if (should->message && source_time_ms(json_object_get(should->message, "created_at"), &ms))
        row.created = ms / 1000;
    t->writer(&t->rows, &row);
}

static void refuse(struct itemizer *t, enum error_code code, const char *why)
{
    error_set(&t->error, code, "%s", why);
}

/* False where the conversation has to be read on first. */
static bool pair(struct itemizer *t)
{
    const struct item *is;

    if (t->held->type == ITEM_SKIPPED) {
        if (t->held->message)
            add_row(t, t->held, NULL);
        return true;
    }
    if (t->base.outcome.items == t->facts.items) {
        refuse(t, ERROR_SOURCE_CHANGED, "the source has more than was written");
        return true;
    }
    if (!t->listing.with_images && item_has_images(t->held))
        listing_show_images(&t->listing);
    if (!listing_is_ready(&t->listing))
        return false;
    is = listing_peek(&t->listing);
    if (!is || item_unproven(t->held, is, &t->found) < 0) {
        refuse(t, ERROR_CONFLICT, "the conversation is not what the source maps to");
        return true;
    }
    add_row(t, t->held, is);
    t->base.outcome.items++;
    listing_take(&t->listing);
    return true;
}

static void next(struct sink *sink, struct wish *wish)
{
    struct itemizer *t = itemizer(sink);

    if (t->held && t->error.code == ERROR_NONE) {
        if (!pair(t)) {
            *wish = (struct wish){.kind = WISH_SEND};
            listing_call(&t->listing, &wish->call);
            return;
        }
        t->held = NULL;
    }
    if (t->ended && t->error.code == ERROR_NONE && t->base.outcome.items < t->facts.items)
        refuse(t, ERROR_SOURCE_CHANGED, "the source has less than was written");
    if (t->error.code != ERROR_NONE)
        *wish = (struct wish){.kind = WISH_FAIL, .error = t->error};
    else
        *wish = (struct wish){.kind = t->ended ? WISH_DONE : WISH_MORE};
}

static void take_item(struct sink *sink, const struct item *item)
{
    struct itemizer *t = itemizer(sink);

    t->held = item;
    t->ended = !item;
}

static void feed(struct sink *sink, const struct answer *answer)
{
    struct itemizer *t = itemizer(sink);

    (void)listing_feed(&t->listing, answer, &t->error);
}

static size_t weight(const struct sink *sink)
{
    const struct itemizer *t = (const struct itemizer *)sink;

    return sizeof *t + t->rows.cap;
}

static void itemizer_free(struct sink *sink)
{
    struct itemizer *t = itemizer(sink);

    listing_release(&t->listing);
    buf_release(&t->rows);
    buf_release(&t->found);
    free(t->thread_id);
    free(t);
}

static const struct sink_ops ITEMIZER = {
    .next = next,
    .item = take_item,
    .feed = feed,
    .weight = weight,
    .free = itemizer_free,
};

struct sink *itemizer_new(struct span thread_id, const struct thread_facts *facts,
                          item_row_writer writer)
{
    struct itemizer *t = mem_zalloc(1, sizeof *t);

    t->base.ops = &ITEMIZER;
    t->thread_id = mem_dup(thread_id.data, thread_id.len);
    t->facts = *facts;
    t->writer = writer;
    buf_init(&t->rows, BUF_NO_LIMIT);
    buf_init(&t->found, BUF_NO_LIMIT);
    listing_init(&t->listing, span_of(facts->conversation), "", 0);
    return &t->base;
}

struct span itemizer_rows(const struct sink *sink)
{
    return buf_span(&((const struct itemizer *)sink)->rows);
}
