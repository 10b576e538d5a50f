/*
 * A flight: one call on its way over HTTP, with all its attempts. It starts
 * requests, judges replies (exchange.h), keeps the origin's pacer and key up to
 * date, and says when patience is at an end. The loop decides when it starts.
 */
#ifndef NET_FLIGHT_H
#define NET_FLIGHT_H

#include "base/buf.h"
#include "http/http.h"
#include "net/exchange.h"
#include "net/remote.h"
#include "net/repeat.h"
#include "net/shorten.h"
#include "net/wish.h"

#include <stdbool.h>
#include <stdint.h>

/* Requests that carry contents of files, at a time: more would be no faster, and take memory. */
enum { TRAFFIC_CARRYING_MAX = 4 };

/* What all flights of a run share. */
struct traffic {
    struct http *http;             /* NULL if nothing is requested */
    struct remote *remotes[SIDES]; /* NULL if there is no such side */
    int64_t max_attempts;
    int64_t patience_ms; /* for answers that only ask for time */
    int64_t requests[SIDES];
    int64_t retries;
    int64_t throttled;
    int carrying; /* requests in flight that carry contents of files */
};

struct flight {
    struct call call;
    struct buf url;
    struct shorten *shorten; /* owned; of the request in flight, if its answer is shortened */
    int64_t prepared_ms;
    int64_t ready_ms; /* not before */
    uint64_t ticket;  /* of the newest request, from the pacer */
    int64_t attempts; /* that came to nothing */
    int64_t bad_documents;
    bool got_reply;      /* to any attempt */
    long status;         /* of the newest reply, 0 for none */
    uint64_t generation; /* of the key that is carried */
    struct repeat repeat;
    int64_t held_ms;  /* since when the answers only ask for time; INT64_MIN: they do not */
    bool is_locked;   /* and that for this request alone: conversation_locked */
    bool lock_told;   /* and it was said */
    bool refused;     /* the newest request came to nothing */
    bool source_gone; /* the newest answer of the source says that it is gone */
};

void flight_init(struct flight *flight);
void flight_release(struct flight *flight);

/* A new call; the flight may start from now on. */
void flight_prepare(struct flight *flight, const struct call *call, int64_t now_ms);

/* 0 if it may start now, else when to ask again (INT64_MAX: when another one ends). */
int64_t flight_wait_until(const struct flight *flight, struct traffic *traffic, int64_t now_ms);

/*
 * To be called from time to time while it waits. False if it must not be sent any more: it has
 * waited longer than its call is valid, or was told to wait for too long. Then the thread fails
 * (ERROR_SERVER_ERROR), or the run if the server grants nothing to any request (ERROR_STOPPED).
 */
bool flight_may_wait(struct flight *flight, struct traffic *traffic, int64_t now_ms,
                     struct error *err);

/* Sends it; owner comes back with the reply. False stops the run. */
bool flight_start(struct flight *flight, struct traffic *traffic, void *owner, struct error *err);

enum flight_end {
    FLIGHT_ANSWERED, /* verdict->answer is for the job */
    FLIGHT_AGAIN,    /* to be started again when it is ready */
    FLIGHT_FAILED,   /* err: the thread fails, or the run */
    FLIGHT_STOP,     /* err: the run stops; the request may be repeated by the next run */
};

/*
 * Takes the reply of the newest start. The verdict is to be released in any case. With
 * FLIGHT_ANSWERED the run may have to stop too: then err->code is set.
 */
enum flight_end flight_take(struct flight *flight, struct traffic *traffic,
                            const struct http_reply *reply, int64_t now_ms, struct verdict *verdict,
                            struct error *err);

#endif
