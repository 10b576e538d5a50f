#include "check/pruner.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "check/examiner.h"

#include <stdlib.h>

/* How long a comparison counts: a thread may grow while the server refuses to delete it. */
enum { COMPARED_MS = 10000 };

enum pruner_state {
    PRUNER_VERIFY,
    PRUNER_RECORD, /* about to delete: on record first */
    PRUNER_DELETE,
    PRUNER_CLOSING, /* the record waits for its sync */
    PRUNER_ENDED,
    PRUNER_FAILED,
};

struct pruner {
    struct sink base;
    struct checkpoint *checkpoint;
    char *thread_id;
    struct sink *check; /* an examiner; owned */
    enum pruner_state state;
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

    if (checkpoint_add(p->checkpoint, &line, &p->error))
        return true;
    p->state = PRUNER_FAILED;
    return false;
}

/* The examiner's own wishes, items included, go through; its end is ours. */
static bool verify_on(struct pruner *p, struct wish *wish)
{
    p->check->reader = p->base.reader;
    p->check->ops->next(p->check, wish);
    if (wish->kind != WISH_DONE && wish->kind != WISH_FAIL)
        return true;
    p->state = wish->kind == WISH_DONE ? PRUNER_RECORD : PRUNER_FAILED;
    p->error = wish->error;
    return false;
}

/* One step; false where only the state changed. */
static bool step(struct pruner *p, struct wish *wish)
{
    switch (p->state) {
    case PRUNER_VERIFY:
        return verify_on(p, wish);
    case PRUNER_RECORD:
        p->state = PRUNER_DELETE;
        if (!record(p, RECORD_PRUNING))
            return false;
        *wish = (struct wish){.kind = WISH_SYNC};
        return true;
    case PRUNER_DELETE:
        *wish = (struct wish){.kind = WISH_SEND,
                              .call = {.side = SIDE_SOURCE,
                                       .method = CALL_DELETE,
                                       .path = p->path.data,
                                       .valid_ms = COMPARED_MS}};
        return true;
    case PRUNER_CLOSING:
        p->state = PRUNER_ENDED;
        *wish = (struct wish){.kind = WISH_SYNC};
        return true;
    case PRUNER_ENDED:
        *wish = p->kept.code == ERROR_NONE ? (struct wish){.kind = WISH_DONE}
                                           : (struct wish){.kind = WISH_FAIL, .error = p->kept};
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

static void feed_delete(struct pruner *p, const struct answer *answer)
{
    p->state = PRUNER_CLOSING;
    if (answer_is_deleted(answer)) {
        (void)record(p, RECORD_PRUNED);
        return;
    }
    answer_explain_kept(answer, "source", &p->kept);
    /* A refusal had no effect; what a server says beside a 2xx may have had one. */
    if (answer->kind == ANSWER_NO)
        (void)record(p, RECORD_NOT_PRUNED);
}

static void feed(struct sink *sink, const struct answer *answer)
{
    struct pruner *p = pruner(sink);

    if (p->state == PRUNER_VERIFY)
        p->check->ops->feed(p->check, answer);
    else
        feed_delete(p, answer);
}

static void pruner_free(struct sink *sink)
{
    struct pruner *p = pruner(sink);

    p->check->ops->free(p->check);
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

struct sink *pruner_rehearsal_new(const struct thread_facts *facts)
{
    const struct examiner_options check = {
        .differs = "left alone: its conversation is not equal to it; verify shows where",
        .missing = "left alone: its conversation is not there; is the key one of its project?",
    };

    return examiner_new(&check, facts);
}

struct sink *pruner_new(struct checkpoint *checkpoint, struct span thread_id,
                        const struct thread_facts *facts)
{
    struct pruner *p = mem_zalloc(1, sizeof *p);

    p->base.ops = &PRUNER;
    p->checkpoint = checkpoint;
    p->thread_id = mem_dup(thread_id.data, thread_id.len);
    p->check = pruner_rehearsal_new(facts);
    buf_init(&p->path, BUF_NO_LIMIT);
    (void)buf_add_text(&p->path, "/threads/");
    text_add_url(&p->path, thread_id);
    return &p->base;
}
