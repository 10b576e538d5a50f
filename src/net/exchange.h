/*
 * What a reply means: an answer for the machine that sent it, another attempt,
 * or the end of the run. Pure: HTTP in, verdict out.
 *
 * Writes: only a refusal that certainly had no effect may be repeated without
 * looking; everything that is not clearly yes or no is ANSWER_UNKNOWN. Deletes
 * are repeated, with back-off, until the API itself has said yes or no: what is
 * gone stays gone. Nor is a conversation gone because a page says 404 that has no
 * API error in it: the read is repeated.
 */
#ifndef NET_EXCHANGE_H
#define NET_EXCHANGE_H

#include "http/http.h"
#include "net/wish.h"

#include <stdbool.h>
#include <stdint.h>

enum verdict_kind {
    VERDICT_ANSWER,   /* hand .answer to the machine */
    VERDICT_AGAIN,    /* the same request again, after back-off; counts as an attempt */
    VERDICT_PATIENCE, /* the same request again; the server only asked for time */
    VERDICT_NEW_KEY,  /* 401: the same request again with a new key, if there is one */
    VERDICT_FAILS,    /* .error: the thread's, or the run's */
};

struct verdict {
    enum verdict_kind kind;
    struct answer answer;
    struct error error;
    bool locked;        /* conversation_locked: only this request waits for hold_ms */
    bool throttled;     /* 429: the origin is held and its window shrinks */
    bool timed_out;     /* the window shrinks */
    bool got_reply;     /* the server said something */
    bool reached;       /* something had left on a connection */
    bool bad_document;  /* a whole 2xx reply that is not the JSON it should be */
    bool is_gone;       /* 404 or 410 that does not name a missing thread */
    bool key_refused;   /* 401 */
    const char *reason; /* why there is no reply, in words; borrowed from the reply */
    int64_t date_ms;    /* the server's clock, or INT64_MIN */
    int64_t hold_ms;    /* how long the server asked to wait, or 0 */
};

/* Judges a reply. The answer's json is a new reference: see verdict_release(). */
void exchange_judge(struct verdict *verdict, const struct call *call,
                    const struct http_reply *reply);
void verdict_release(struct verdict *verdict);

/* Does it say that the whole API may be gone? Of a server of a part of the API a 404 speaks of its
 * route alone. */
static inline bool verdict_is_gone(const struct verdict *verdict, const struct profile *profile)
{
    return verdict->is_gone && !(verdict->answer.status == 404 && profile->is_partial);
}

#endif
