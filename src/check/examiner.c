#include "check/examiner.h"

#include "base/mem.h"

#include <stdlib.h>

struct examiner {
    struct sink base;
    struct examiner_options options;
    struct sink *check; /* a verifier; owned */
};

static struct examiner *examiner(struct sink *sink)
{
    return (struct examiner *)sink;
}

/* False where what rests on it stays. */
static bool judge(struct examiner *x, const struct verified *verified, struct error *err)
{
    struct census *census = x->options.census;

    if (verified->result == VERIFY_ERROR) {
        error_set(err, ERROR_SERVER_ERROR, "%s", verified->reason);
        return false;
    }
    if (verified->result == VERIFY_MISSING) {
        if (census && !census_missing(census, err))
            return false;
        error_set(err, ERROR_GONE, "%s", x->options.missing);
        return x->options.insists || x->options.forgets;
    }
    if (census)
        census_found(census);
    if (verified->result == VERIFY_SAME && verified->unproven > 0 && x->options.unproven) {
        error_set(err, ERROR_REFUSED, "%s", x->options.unproven);
        return false;
    }
    error_set(err, ERROR_CONFLICT, "%s", x->options.differs);
    return x->options.insists || verified->result == VERIFY_SAME;
}

/* The verifier's wishes, items included, go through; its end is judged. */
static void next(struct sink *sink, struct wish *wish)
{
    struct examiner *x = examiner(sink);
    struct verified verified;
    struct error why;

    x->check->reader = sink->reader;
    x->check->ops->next(x->check, wish);
    if (wish->kind != WISH_DONE)
        return;
    verifier_result(x->check, &verified);
    if (!judge(x, &verified, &why))
        *wish = (struct wish){.kind = WISH_FAIL, .error = why};
    else if (x->options.counts_items)
        sink->outcome.items = verified.items;
}

static void take_item(struct sink *sink, const struct item *item)
{
    struct examiner *x = examiner(sink);

    x->check->ops->item(x->check, item);
}

static void feed(struct sink *sink, const struct answer *answer)
{
    struct examiner *x = examiner(sink);

    x->check->ops->feed(x->check, answer);
}

static void examiner_free(struct sink *sink)
{
    struct examiner *x = examiner(sink);

    x->check->ops->free(x->check);
    free(x);
}

static const struct sink_ops EXAMINER = {
    .next = next,
    .item = take_item,
    .feed = feed,
    .free = examiner_free,
};

struct sink *examiner_new(const struct examiner_options *options, const struct thread_facts *facts)
{
    /* Whoever may delete has asked the plan before; an unfinished conversation is held against what
     * is recorded of it, like a finished one. */
    const struct plan plan = {.deed = options->against_checkpoint ? PLAN_DIGEST : PLAN_COMPARE};
    struct examiner *x = mem_zalloc(1, sizeof *x);

    x->base.ops = &EXAMINER;
    x->options = *options;
    x->check = verifier_new(&plan, facts);
    return &x->base;
}

enum verify_result examiner_result(const struct sink *sink)
{
    struct verified verified;

    verifier_result(((const struct examiner *)sink)->check, &verified);
    return verified.result;
}
