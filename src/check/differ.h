/*
 * The differ: the sink that finds out what a migrate run would do with a
 * thread, and does nothing. The plan (plan.h) says what that begins with; what
 * was begun is held against what its conversation holds, as the writer does.
 *
 * The destination is read only for threads that have a conversation. Each item
 * is handed to a renderer as it comes, which adds its own form of it to the
 * thread's body; without a renderer the differ only counts, which is a dry run.
 */
#ifndef CHECK_DIFFER_H
#define CHECK_DIFFER_H

#include "base/buf.h"
#include "checkpoint/checkpoint.h"
#include "source/sink.h"
#include "write/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum diff_action {
    DIFF_CREATE,
    DIFF_APPEND,
    DIFF_NONE,
    DIFF_FAIL, /* a run would fail it: see code */
    DIFF_ACTIONS
};

enum diff_op {
    DIFF_ADD,     /* would be written */
    DIFF_SAME,    /* is there already */
    DIFF_SKIP,    /* a source message that gives no item */
    DIFF_FOREIGN, /* the conversation holds something else at this place */
    DIFF_OPS
};

/* One line of a diff; borrowed during the call. */
struct diff_line {
    enum diff_op op;
    const struct item *item;  /* mapped, or ITEM_SKIPPED; NULL if only the conversation has one */
    const struct item *there; /* DIFF_FOREIGN: what is there instead; NULL for nothing */
    int64_t place;            /* in the conversation, from 0 */
};

struct diff_renderer {
    void (*line)(void *ctx, struct buf *body, const struct diff_line *line);
    void *ctx;
};

/* The same for all threads; borrowed. */
struct differ_setup {
    const struct diff_renderer *renderer; /* NULL: only count */
    struct plan_options plan;
    const struct saved_files *saved; /* where a run would read contents; borrowed, or NULL */
    bool create_inline;
    int64_t batch_items;
    int64_t batch_bytes;
};

/* What came of a thread; valid once the sink has an outcome. */
struct diff_result {
    enum diff_action action;
    enum error_code code;     /* DIFF_FAIL: as a run would record it */
    const char *conversation; /* "" if there is none; borrowed from the sink */
    int64_t ops[DIFF_OPS];
    int64_t requests;    /* that a run would send to the destination */
    struct losses shown; /* those of the lines */
    struct span body;    /* what the renderer made; borrowed from the sink */
    const char *reason;  /* why nothing would be done, or ""; borrowed from the sink */
};

/* The signs of the lines, "+=-~", and the names of the actions. */
char diff_op_sign(enum diff_op op);
const char *diff_action_name(enum diff_action action);

/*
 * New. facts are those of the checkpoint; state new if there is none. The outcome is what that
 * of a run would be: done, already done, topped up, uncertain or failed, and the items it would
 * write.
 */
struct sink *differ_new(const struct differ_setup *setup, const struct thread_facts *facts);

/* The thread fails with this error, whatever the plan says. Before anything else of the sink. */
void differ_refuse(struct sink *sink, const struct error *error);

void differ_result(const struct sink *sink, struct diff_result *result);

#endif
