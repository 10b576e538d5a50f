/*
 * The plan: what becomes of a thread. One table for every command: migrate,
 * its dry run and diff, verify, rollback, prune, status and the hints. It knows
 * what is on record of the thread and the options, and nothing else; what the
 * source and the conversation hold is found out by those that act on it.
 *
 * Whoever wants another rule changes the table in plan.c and the one in
 * docs/CHECKPOINT.md; no command decides by itself.
 */
#ifndef WRITE_PLAN_H
#define WRITE_PLAN_H

#include "base/error.h"
#include "checkpoint/checkpoint.h"

#include <stdbool.h>

enum plan_command { PLAN_MIGRATE, PLAN_VERIFY, PLAN_ROLLBACK, PLAN_PRUNE, PLAN_COMMANDS };

enum plan_deed {
    PLAN_PASS,      /* the command has nothing to do with the thread */
    PLAN_CREATE,    /* as new: create the conversation, write everything */
    PLAN_CONTINUE,  /* look, then append after what is on record */
    PLAN_TOP_UP,    /* done: append what is new */
    PLAN_SETTLED,   /* already done */
    PLAN_UNCERTAIN, /* an inline create may have stored content: a person decides */
    PLAN_COMPARE,   /* hold the conversation against the source */
    PLAN_DIGEST,    /* hold it against the digest on record */
    PLAN_DELETE,    /* take the conversation back, if it is as it was written */
    PLAN_GO_ON,     /* a rollback has begun with it: finish that */
    PLAN_PRUNE_NEW, /* compare, put on record, delete the source thread */
    PLAN_PRUNE_ASK, /* that had begun: ask the source what became of it */
    PLAN_FAIL,      /* fails with the code */
    PLAN_SPARE,     /* stays, and is listed: exit status 1 */
    PLAN_DEEDS
};

struct plan_options {
    bool top_up;
    bool retry_uncertain;
    bool against_checkpoint; /* verify: no source */
};

struct plan {
    enum plan_deed deed;
    enum error_code code; /* PLAN_FAIL, PLAN_SPARE, PLAN_UNCERTAIN; else ERROR_NONE */
    const char *reason;   /* the same; else NULL: whoever says "done" says why himself */
};

/* What the plan asks of a thread: less than its facts, so that a run passes over millions of done
 * ones without reading the file. */
struct plan_thread {
    enum thread_state state;
    bool has_conversation;
};

struct plan_thread plan_of_slot(const struct thread_slot *slot);
struct plan_thread plan_of_facts(const struct thread_facts *facts);

/* What the command makes of a thread. */
struct plan plan_make(enum plan_command command, const struct plan_thread *thread,
                      const struct plan_options *options);

/* What status lists as failed, and --only takes. */
struct plan_failure {
    enum error_code code; /* ERROR_NONE: it has not failed */
    const char *reason;   /* borrowed from the facts, or static */
};
struct plan_failure plan_failure(const struct thread_facts *facts);

#endif
