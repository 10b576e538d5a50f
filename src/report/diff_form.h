/*
 * The forms of a diff: for people (text), for programs (JSON lines), for a
 * browser (html). A form renders items as they come, and the thread around
 * them once its end is known.
 */
#ifndef REPORT_DIFF_FORM_H
#define REPORT_DIFF_FORM_H

#include "check/differ.h"
#include "loop/job.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct diff_style {
    bool colors;
    bool full;                       /* texts whole */
    size_t width;                    /* of the terminal, 0: there is none */
    const struct saved_files *files; /* where contents are; NULL: nowhere */
    size_t *picture_bytes;           /* that may still be shown; NULL: none */
};

/* What all threads came to. */
struct diff_totals {
    int64_t selected;
    int64_t actions[DIFF_ACTIONS];
    int64_t ops[DIFF_OPS];
    struct losses losses; /* that a run would count */
    struct losses shown;  /* of all threads, those that would fail too */
    int64_t requests[2];  /* that a run would send: to the source, to the destination */
    int64_t minutes;      /* that these take at the configured rates; 0: no rate is configured */
};

struct diff_form {
    const char *name;
    bool summary_first; /* what the threads make waits for the summary */
    /* As in struct diff_renderer; ctx is a const struct diff_style. */
    void (*line)(void *ctx, struct buf *body, const struct diff_line *line);
    /* Before everything; may be NULL. */
    void (*begin)(struct buf *out);
    /* A thread, with its result's body in its place. */
    void (*thread)(struct buf *out, const struct diff_style *style, struct job *job,
                   const struct diff_result *result);
    /* After all threads, or before them; may be NULL. */
    void (*summary)(struct buf *out, const struct diff_style *style,
                    const struct diff_totals *totals);
    /* After everything; may be NULL. */
    void (*end)(struct buf *out);
};

/* "image file file-abc → in the item, 183 kB": a part that carries contents, in words. */
void diff_add_contents(struct buf *out, const struct part *part);

/* What becomes of one thread, for people: "create", "up to date". */
const char *diff_action_shown(enum diff_action action);

/* Why, where the action does not say it all; else "". */
const char *diff_reason_shown(const struct diff_result *result);

/* What becomes of threads, after their number: "to create". */
const char *diff_action_words(enum diff_action action);

extern const struct diff_form DIFF_TEXT;
extern const struct diff_form DIFF_JSONL;
extern const struct diff_form DIFF_HTML;

#endif
