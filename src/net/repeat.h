/*
 * Whether a failure is final: the same answer three times for one request,
 * while the server answered other requests in between, will be given a fourth
 * time. An outage is none, since nothing succeeds in between; nor are answers
 * that only ask for time (408, 429, 502 to 504, 52x). Pure.
 */
#ifndef NET_REPEAT_H
#define NET_REPEAT_H

#include "net/wish.h"

#include <stdbool.h>
#include <stdint.h>

/* Zeroed for a new request. */
struct repeat {
    long status;
    uint64_t words;  /* of the error's code and type */
    int count;       /* of this answer in a row */
    uint64_t served; /* by the server when it came last */
};

/* Counts an answer; true if it is final. Any other status starts the count again. */
bool repeat_is_final(struct repeat *repeat, const struct answer *answer);

#endif
