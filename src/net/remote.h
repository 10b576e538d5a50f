/*
 * A remote: one side of the traffic. It turns calls into HTTP requests (URL,
 * headers, key) and says when they may leave: when the side's own token buckets
 * for reads and for writes (if a rate is configured) and the pacer of its
 * origin agree. Two sides of one server share a pacer.
 *
 * Keys can expire in the middle of a job. Each request remembers which
 * generation of the key it carried: a 401 for an older generation is simply
 * sent again, a 401 for the newest one asks for a new key, and a 401 for a key
 * that never worked ends the run.
 */
#ifndef NET_REMOTE_H
#define NET_REMOTE_H

#include "http/http.h"
#include "net/bucket.h"
#include "net/pacer.h"
#include "net/wish.h"
#include "service/profile.h"

#include <stdbool.h>
#include <stdint.h>

/* The key, borrowed until the next call; "" for none. renew asks for a fresh one; where there is
 * no other, NULL with ERROR_AUTH. */
typedef const char *(*remote_key)(void *ctx, bool renew, struct error *err);

struct remote_options {
    enum side side;
    const struct endpoint *endpoint; /* borrowed */
    struct http_origin http;
    remote_key key;
    void *key_ctx;
    int64_t requests_per_minute; /* 0: as fast as the server allows */
    struct pacer_options pacer;
};

enum pace_kind { PACE_READ, PACE_WRITE, PACE_KINDS };

struct remote {
    struct remote_options options;
    struct bucket buckets[PACE_KINDS];
    struct pacer own_pacer;
    struct pacer *pacer; /* its own, or that of the other side */
    struct header_list read_headers;
    struct header_list write_headers;
    bool has_key;
    uint64_t generation;  /* of the key */
    bool key_worked;      /* a request with this generation was accepted */
    int64_t heard_ms;     /* when it last said anything */
    uint64_t served;      /* requests that it has granted */
    uint64_t written;     /* of them, those that change something */
    int64_t granted_ms;   /* when it did so last */
    bool silence_told;    /* that it cannot be reached was said, and it is so still */
    int64_t throttled_ms; /* since when it says 429 and grants nothing; INT64_MIN: it does not */
    bool throttling_told;
};

/* A remote is not moved after that. */
void remote_init(struct remote *remote, const struct remote_options *options, int64_t now_ms);
void remote_release(struct remote *remote);

/* Both sides are one server, if their base URLs say so: whoever refuses one holds the other. */
void remote_share_pacer(struct remote *remote, struct remote *other);

/* 0 if a request of this kind may leave now, else when to ask again (INT64_MAX: when one ends).
 */
int64_t remote_wait_until(struct remote *remote, enum pace_kind kind, int64_t now_ms);

/* It leaves; its ticket, for pacer_ended(). */
uint64_t remote_sent(struct remote *remote, enum pace_kind kind);

/* Fills the request for a call; url receives the URL. Fetches the key at first use. */
bool remote_request(struct remote *remote, const struct call *call, struct buf *url,
                    struct http_request *request, struct error *err);

/* A request that carried this generation of the key was accepted. */
void remote_accepted(struct remote *remote, uint64_t generation);

/* A reply was granted, and that at now_ms. */
void remote_granted(struct remote *remote, int64_t now_ms);

/* No reply came: says so at once, and once until there is one again. reached: something had left.
 */
void remote_tell_silence(struct remote *remote, bool reached, const char *reason);

/* A request that carried this generation was answered with 401: true if it may be sent again. */
bool remote_renew(struct remote *remote, uint64_t generation, struct error *err);

#endif
