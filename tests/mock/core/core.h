/*
 * What the mock holds: threads, conversations and their items, rules, counts.
 * Its modules share it; tests use judge/mock.h alone.
 */
#ifndef MOCK_CORE_H
#define MOCK_CORE_H

#include "mock/api/list.h"
#include "mock/api/url.h"
#include "mock/base/map.h"
#include "mock/base/rng.h"
#include "mock/core/config.h"
#include "mock/core/fault.h"

enum { MOCK_RECENT_THREADS = 512, MOCK_ID_SIZE = 64, MOCK_STATUS_CLASSES = 6 };

/* A generated thread has its objects only while it is among the recently used. */
struct mock_thread {
    struct mock_object object;
    struct mock_objects messages;
    struct mock_objects runs;
    struct mock_objects steps;
    int64_t generated; /* its number in the generator; -1: a fixture, or changed since */
    bool loaded;
    bool deleted;
};

struct mock_source {
    struct mock_thread **threads; /* owned */
    size_t count;
    size_t cap;
    struct mock_map by_id;
    struct mock_objects listed; /* threads that are there; borrowed */
    bool changed;               /* since they were listed */
    struct mock_objects assistants;
    struct mock_thread *recent[MOCK_RECENT_THREADS];
    size_t recent_at;
};

struct mock_conversation {
    char id[MOCK_ID_SIZE];
    char key[17]; /* ends the ids of its items */
    int64_t created_at;
    char *metadata; /* owned JSON */
    bool deleted;
    struct mock_objects items; /* borrowed from the destination */
    unsigned appends;          /* committed POSTs of items, the create's own included */
    unsigned lists;            /* reads of its items */
    unsigned in_flight;        /* POSTs of items */
    unsigned peak_in_flight;
    unsigned stale_left;  /* item lists that still show … */
    size_t stale_visible; /* … only so many items */
    int64_t stale_ms;     /* since when; a minute later they show all */
};

struct mock_destination {
    struct mock_conversation **conversations; /* owned */
    size_t count;
    size_t cap;
    struct mock_map by_id;
    struct mock_objects items; /* all there ever were; owned */
    struct mock_map items_by_id;
};

/* A file of either side. */
struct mock_file {
    struct mock_object object;
    char *key; /* owned; the one key whose project has it; NULL: every one's */
    struct mock_text contents;
    int64_t expires_at; /* 0: never */
    bool is_upload;     /* its contents are not given back */
    bool is_gzipped;    /* on the wire, whatever was asked for */
};

struct mock_files {
    struct mock_file **at; /* owned */
    size_t count;
    struct mock_map by_id;
};

struct mock_stats {
    uint64_t requests;
    uint64_t by_route[MOCK_ROUTES];
    uint64_t by_class[MOCK_ROUTES][MOCK_STATUS_CLASSES]; /* 2 = 2xx; 0 = torn or no reply */
    uint64_t faults;
    uint64_t conversations_created;
    uint64_t conversations_updated;
    uint64_t conversations_deleted;
    uint64_t appends;
    uint64_t items_stored;
    uint64_t items_deleted;
    uint64_t threads_deleted;
    uint64_t assistants_deleted;
    uint64_t client_ids;         /* items that came with an id */
    uint64_t reattached;         /* of these: old content came back */
    uint64_t concurrent_appends; /* two for one conversation at once */
    uint64_t unauthorized;
    uint64_t bearer; /* keys that came so, and as api-key */
    uint64_t api_key;
    uint64_t bytes_in;
};

struct mock {
    struct mock_config config;
    char *key; /* owned; NULL: any */
    struct mock_rng rng;
    struct mock_source source;
    struct mock_destination destination;
    struct mock_files files;
    struct mock_faults faults;
    struct mock_stats stats;
    struct mock_delayed *delayed; /* owned list, oldest first */
    int64_t now_ms;               /* of the newest request */
    int64_t wall_s;
    int64_t started_ms;      /* of the first request; -1 before it */
    unsigned peak_in_flight; /* of any conversation */
    unsigned epoch;          /* how many resets there were */
};

/* One request inside the API. */
struct mock_context {
    struct mock *mock;
    const struct mock_request *request;
    const struct mock_url *url;
    struct mock_reply *reply;
    bool admitted;   /* it was looked at when it came */
    size_t partial;  /* store only so many items of a POST */
    unsigned twists; /* of this reply's page */
};

#endif
