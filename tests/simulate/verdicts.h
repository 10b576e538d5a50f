/*
 * What commands say of what they did. `verify`, against what the server holds: it says "same" of
 * nothing that lacks an item, has one too many or is not there, and finds no fault where there is
 * none. Summaries add up, and end as their commands do; a rollback or prune that ended well has
 * left nothing alone.
 */
#ifndef SIMULATE_VERDICTS_H
#define SIMULATE_VERDICTS_H

#include "simulate/oracle.h"

/* After a `verify` that nothing disturbed; rows is what it printed. */
bool verdicts_check(const struct oracle *oracle, const struct picture *picture,
                    const struct claims *claims, const struct oracle_event *event, struct span rows,
                    struct buf *why);

/* verify: against what is on record, not against the source. */
bool verdicts_by_record(const struct step *step);

/* After any command; out is what it printed, before is what was claimed before it. */
bool verdicts_check_summary(const struct picture *picture, const struct claims *claims,
                            const struct claim *before, const struct oracle_event *event,
                            struct span out, struct buf *why);

#endif
