/*
 * The verifier: the sink that reads a conversation back and compares it with
 * the thread's items, one by one, a page of each side at a time. Traces are kept
 * from the first difference on (see align.h).
 *
 * Without a source it compares with the checkpoint: the digest over as many
 * items as were recorded. A digest cannot show what differs, so the first
 * item is reported for all of them, with the kind text; items after the recorded
 * ones are extra, and a last item with another id has moved.
 */
#ifndef CHECK_VERIFIER_H
#define CHECK_VERIFIER_H

#include "check/align.h"
#include "checkpoint/checkpoint.h"
#include "source/sink.h"
#include "write/plan.h"

#include <stdbool.h>
#include <stdint.h>

enum verify_result { VERIFY_SAME, VERIFY_DIFFERS, VERIFY_MISSING, VERIFY_ERROR, VERIFY_RESULTS };

struct verified {
    enum verify_result result;
    const char *conversation; /* "" if there is none; borrowed from the sink */
    int64_t items;            /* that the conversation holds */
    int64_t unproven;         /* images that it lists in a way that proves nothing (map/images.h) */
    const struct differences *differences;
    const char *reason; /* VERIFY_MISSING and VERIFY_ERROR; borrowed from the sink */
};

const char *verify_result_name(enum verify_result result);

/* New. The plan's deed is PLAN_COMPARE, PLAN_DIGEST, or PLAN_FAIL: then nothing is read. */
struct sink *verifier_new(const struct plan *plan, const struct thread_facts *facts);

/* Valid once the sink has an outcome. */
void verifier_result(const struct sink *sink, struct verified *verified);

#endif
