/*
 * Scripted faults: rules that are looked at in order for every request; the
 * first that fires decides what happens. tests/mock/README.md is the reference
 * of the script.
 */
#ifndef MOCK_FAULT_H
#define MOCK_FAULT_H

#include "mock/api/reply.h"
#include "mock/api/request.h"
#include "mock/api/url.h"
#include "mock/base/map.h"
#include "mock/base/rng.h"

enum mock_action {
    MOCK_DO_ERROR,       /* a reply of its own instead of handling */
    MOCK_DO_ERROR_AFTER, /* the same after the commit */
    MOCK_DO_PARTIAL,     /* the first items are stored, then as ERROR */
    MOCK_DO_RESET_EARLY, /* while the request is still being sent */
    MOCK_DO_RESET_BEFORE,
    MOCK_DO_RESET_AFTER,
    MOCK_DO_FIN_BEFORE,
    MOCK_DO_FIN_AFTER,
    MOCK_DO_TRUNCATE,
    MOCK_DO_STALL,
    MOCK_DO_MUTE_BEFORE,
    MOCK_DO_MUTE_AFTER,
    MOCK_DO_DRIP,
    MOCK_DO_LATENCY,
    MOCK_DO_SLOW_COMMIT,
    MOCK_DO_TWICE,
    MOCK_DO_COMMIT_LATER,
    MOCK_DO_RAW,
    MOCK_DO_EDIT,
    MOCK_DO_PAGE,
    MOCK_DO_STALE,
    MOCK_DO_GROW_THREAD,
    MOCK_DO_DELETE_THREAD,
    MOCK_DO_INSERT_ITEM,
    MOCK_DO_DELETE_CONVERSATION,
    MOCK_DO_SET_KEY,
    MOCK_DO_TOKEN_BUCKET,
    MOCK_DO_CLOSE_AFTER,
    MOCK_ACTIONS, /* how many there are */
};

struct mock_conversation;

enum { MOCK_NTH_MAX = 16 };

struct mock_match {
    uint32_t routes; /* bits of enum mock_route; 0: all */
    char *method;    /* owned; NULL: all */
    char *path;      /* owned; a part of the target; NULL: all */
    char *key;       /* owned; a part of the Authorization or api-key header */
    char *body;      /* owned; a part of the request body */
    char *metadata;  /* owned; a part of the conversation's metadata */
    bool per_id;     /* count for each thread or conversation of its own */
    uint64_t nth[MOCK_NTH_MAX];
    size_t nth_count;
    uint64_t first; /* the first so many; 0: no condition */
    uint64_t from;  /* from this one on */
    uint64_t every;
    uint64_t global; /* the number among all requests */
    uint64_t global_from;
    double chance; /* 0..1; negative: no condition */
    int64_t after_ms;
    int64_t until_ms; /* 0: for ever */
};

struct mock_fault {
    struct mock_match match;
    enum mock_action action;
    uint64_t times; /* 0: as often as it matches */
    int status;
    json_t *headers;       /* owned, may be NULL */
    struct mock_text body; /* of the reply, or the item to insert */
    bool has_body;
    size_t body_size;
    json_t *edits; /* owned [[from, to], …], may be NULL */
    bool latin1;   /* characters of body and edits are bytes */
    int64_t ms;
    size_t bytes;
    unsigned count;
    unsigned twists;
    enum mock_wire wire; /* how an ERROR is sent */
    char *key;           /* owned */
    bool commit;         /* raw: handle the request first */
    bool advertise;      /* token bucket: x-ratelimit-* headers */
    char *retry_after;   /* owned; token bucket: seconds, ms, date, none */
    double per_ms;
    double burst;

    /* What has happened so far. */
    uint64_t seen;
    uint64_t fired;
    struct mock_map seen_by_id; /* keys and counters owned */
    struct mock_rng rng;
    double tokens;
    int64_t tokens_at_ms;
};

struct mock_faults {
    struct mock_fault **rules; /* owned */
    size_t count;
    struct mock_fault **retired; /* owned; calls may still point at them */
    size_t retired_count;
};

/* Reads a script: rules one after the other, or arrays of them. */
bool mock_faults_parse(const char *script, size_t len, uint64_t seed, struct mock_faults *out,
                       struct mock_text *error);
void mock_faults_release(struct mock_faults *faults);

/* The new rules take the place of the old, which stay alive until the release. */
void mock_faults_replace(struct mock_faults *faults, struct mock_faults *with);

/* A request on its way through the mock. */
struct mock_call {
    unsigned route; /* enum mock_route */
    bool admin;
    const struct mock_fault *fault; /* borrowed from the mock, or NULL */
    bool reset_early;               /* tear the connection before reading the body */
    int64_t commit_delay_ms;        /* wait so long before mock_commit */
    int64_t delay_ms;               /* and so long after it */
    int64_t close_after_ms;
    struct mock_conversation *appending; /* this conversation's items */
    unsigned epoch;                      /* of the mock: a reset forgets what is in flight */
};

/* What a rule needs to know of a request. */
struct mock_fault_subject {
    const struct mock_request *request;
    const struct mock_url *url;
    uint64_t number;      /* among all requests, from 1 */
    int64_t age_ms;       /* since the first request */
    bool with_body;       /* the body is there: only rules that look at it count */
    const char *metadata; /* of the conversation, or NULL */
};

/* Counts the request in every rule and enters in *call what fires. Asked before and with the body.
 */
void mock_fault_for(struct mock_faults *faults, const struct mock_fault_subject *subject,
                    struct mock_call *call);

/* Fills what a short name stands for ("quota", "locked", …); false when unknown. */
bool mock_fault_preset(const char *name, struct mock_fault *fault);

void mock_fault_free(struct mock_fault *fault);

#endif
