#include "write/plan.h"

/* Kinds of threads that every command treats alike. */
enum standing {
    STANDING_NEW,        /* nothing known, rolled back, or failed without a conversation */
    STANDING_UNFINISHED, /* has a conversation, also after a failure */
    STANDING_DONE,
    STANDING_UNCERTAIN,
    STANDING_ROLLING_BACK,
    STANDING_PRUNED, /* its source thread is perhaps, or surely, deleted */
    STANDINGS
};

static const char UNCERTAIN[] = "its create may have been carried out";
static const char ROLLING_BACK[] = "its rollback has begun and is not finished";
static const char NOT_MIGRATED[] = "not migrated";
static const char UNFINISHED[] = "unfinished";
static const char ONLY_COPY[] =
    "its source thread is pruned: the conversation may be the only copy";
static const char NOT_DONE[] = "left alone: not fully migrated";
static const char NO_ID[] = "left alone: a conversation may have been created, but its id is not "
                            "known";

/* The table of docs/CHECKPOINT.md. */
static const struct plan PLANS[STANDINGS][PLAN_COMMANDS] = {
    [STANDING_NEW] = {[PLAN_MIGRATE] = {PLAN_CREATE, ERROR_NONE, NULL},
                      [PLAN_VERIFY] = {PLAN_FAIL, ERROR_GONE, NOT_MIGRATED},
                      [PLAN_ROLLBACK] = {PLAN_PASS, ERROR_NONE, NULL},
                      [PLAN_PRUNE] = {PLAN_PASS, ERROR_NONE, NULL}},
    [STANDING_UNFINISHED] = {[PLAN_MIGRATE] = {PLAN_CONTINUE, ERROR_NONE, NULL},
                             [PLAN_VERIFY] = {PLAN_FAIL, ERROR_SERVER_ERROR, UNFINISHED},
                             [PLAN_ROLLBACK] = {PLAN_DELETE, ERROR_NONE, NULL},
                             [PLAN_PRUNE] = {PLAN_SPARE, ERROR_CONFLICT, NOT_DONE}},
    [STANDING_DONE] = {[PLAN_MIGRATE] = {PLAN_SETTLED, ERROR_NONE, NULL},
                       [PLAN_VERIFY] = {PLAN_COMPARE, ERROR_NONE, NULL},
                       [PLAN_ROLLBACK] = {PLAN_DELETE, ERROR_NONE, NULL},
                       [PLAN_PRUNE] = {PLAN_PRUNE_NEW, ERROR_NONE, NULL}},
    [STANDING_UNCERTAIN] = {[PLAN_MIGRATE] = {PLAN_UNCERTAIN, ERROR_UNCERTAIN, UNCERTAIN},
                            [PLAN_VERIFY] = {PLAN_FAIL, ERROR_UNCERTAIN, UNCERTAIN},
                            [PLAN_ROLLBACK] = {PLAN_SPARE, ERROR_UNCERTAIN, NO_ID},
                            [PLAN_PRUNE] = {PLAN_SPARE, ERROR_UNCERTAIN, NOT_DONE}},
    [STANDING_ROLLING_BACK] = {[PLAN_MIGRATE] = {PLAN_FAIL, ERROR_ROLLING_BACK, ROLLING_BACK},
                               [PLAN_VERIFY] = {PLAN_FAIL, ERROR_ROLLING_BACK, ROLLING_BACK},
                               [PLAN_ROLLBACK] = {PLAN_GO_ON, ERROR_NONE, NULL},
                               [PLAN_PRUNE] = {PLAN_SPARE, ERROR_ROLLING_BACK, ROLLING_BACK}},
    [STANDING_PRUNED] = {[PLAN_MIGRATE] = {PLAN_SETTLED, ERROR_NONE, NULL},
                         [PLAN_VERIFY] = {PLAN_DIGEST, ERROR_NONE, NULL},
                         [PLAN_ROLLBACK] = {PLAN_SPARE, ERROR_CONFLICT, ONLY_COPY},
                         [PLAN_PRUNE] = {PLAN_PRUNE_ASK, ERROR_NONE, NULL}},
};

static enum standing standing_of(const struct plan_thread *thread)
{
    switch (thread->state) {
    case THREAD_NEW:
    case THREAD_ROLLED_BACK:
        return STANDING_NEW;
    case THREAD_PARTIAL:
    case THREAD_FAILED:
        return thread->has_conversation ? STANDING_UNFINISHED : STANDING_NEW;
    case THREAD_DONE:
        return STANDING_DONE;
    case THREAD_UNCERTAIN:
        return STANDING_UNCERTAIN;
    case THREAD_ROLLING_BACK:
        return STANDING_ROLLING_BACK;
    case THREAD_PRUNING:
    case THREAD_PRUNED:
        return STANDING_PRUNED;
    case THREAD_STATES:
        break;
    }
    return STANDING_NEW;
}

struct plan_thread plan_of_slot(const struct thread_slot *slot)
{
    return (struct plan_thread){slot->state, slot->created_at >= 0};
}

struct plan_thread plan_of_facts(const struct thread_facts *facts)
{
    return (struct plan_thread){facts->state, facts->conversation[0] != '\0'};
}

struct plan plan_make(enum plan_command command, const struct plan_thread *thread,
                      const struct plan_options *options)
{
    const enum standing standing = standing_of(thread);
    struct plan plan = PLANS[standing][command];

    if (plan.deed == PLAN_UNCERTAIN && options->retry_uncertain)
        plan = PLANS[STANDING_NEW][command];
    else if (plan.deed == PLAN_SETTLED && options->top_up && standing == STANDING_DONE)
        plan.deed = PLAN_TOP_UP;
    else if (plan.deed == PLAN_COMPARE && options->against_checkpoint)
        plan.deed = PLAN_DIGEST;
    /* What is known to be deleted is not asked for again. */
    else if (plan.deed == PLAN_PRUNE_ASK && thread->state == THREAD_PRUNED)
        plan.deed = PLAN_SETTLED;
    return plan;
}

struct plan_failure plan_failure(const struct thread_facts *facts)
{
    const struct plan_options options = {.top_up = false};
    const struct plan_thread thread = plan_of_facts(facts);
    const struct plan plan = plan_make(PLAN_MIGRATE, &thread, &options);

    if (facts->state == THREAD_FAILED)
        return (struct plan_failure){facts->code, facts->detail};
    return (struct plan_failure){plan.code, plan.reason};
}
