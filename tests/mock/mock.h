/*
 * The judge: both APIs (Assistants reads, Conversations writes) in memory, as
 * strict as the real ones, with scripted faults. This layer has no socket, no
 * clock and no thread, so it serves in-process tests and the server alike.
 *
 * In-process:   mock_new → mock_load_* → mock_serve for each request → mock_dump
 * The server:   mock_begin (headers are there) → mock_commit (the body is) →
 *               mock_end (the reply may leave), so that it can wait in between.
 */
#ifndef MOCK_MOCK_H
#define MOCK_MOCK_H

#include "mock/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct mock;
struct mock_conversation;
struct mock_fault;

enum mock_profile {
    MOCK_OPENAI,
    MOCK_AZURE,
    MOCK_FOUNDRY,
    MOCK_ANY, /* whatever the URL says */
};

enum mock_sunset {
    MOCK_ALIVE = 0,
    MOCK_SUNSET_404,
    MOCK_SUNSET_410,
};

/* What the generator makes; percentages are 0..100. */
struct mock_generator {
    unsigned threads;
    unsigned messages_lo;
    unsigned messages_hi;
    uint64_t seed;
    unsigned images;        /* of user messages */
    unsigned annotations;   /* of assistant messages */
    unsigned url_citations; /* of annotated messages, instead of file_citation */
    unsigned attachments;   /* of user messages */
    unsigned runs;          /* of assistant messages: made by a run */
    unsigned tools;         /* of runs: have tool calls */
    unsigned active;        /* of threads: the newest run is not finished */
    unsigned metadata;      /* of threads */
    unsigned unicode;       /* of messages: emoji, right-to-left, CRLF */
    unsigned nul;           /* of messages: a NUL in the text */
    unsigned empty;         /* of messages: content [] */
};

struct mock_config {
    enum mock_profile profile;
    const char *key; /* NULL: any key will do, but there must be one */
    enum mock_sunset sunset;
    unsigned quirks;      /* bits of enum mock_quirk */
    unsigned stale_lists; /* item lists after an append that do not show it yet */
    int64_t latency_ms;
    uint64_t seed; /* of ids and probabilities */
    struct mock_generator generator;
    FILE *log; /* borrowed; a line for each request; NULL: none */
};

struct mock_header {
    const char *name;
    const char *value;
};

/* All pointers are borrowed for the call. */
struct mock_request {
    const char *method;
    const char *target; /* path and query, as on the request line */
    const struct mock_header *headers;
    size_t header_count;
    const char *body;
    size_t body_len;
    int64_t now_ms; /* any clock that does not go back */
    int64_t wall_s;
};

/* What happens to a reply on its way. */
enum mock_wire {
    MOCK_WIRE_WHOLE,
    MOCK_WIRE_RESET, /* no byte, RST */
    MOCK_WIRE_FIN,   /* no byte, FIN */
    MOCK_WIRE_CUT,   /* headers and wire_bytes of the body, then FIN */
    MOCK_WIRE_TORN,  /* the same, then RST */
    MOCK_WIRE_STALL, /* headers and wire_bytes of the body, then silence */
    MOCK_WIRE_MUTE,  /* not one byte, for ever */
    MOCK_WIRE_DRIP,  /* wire_bytes every wire_ms */
    MOCK_WIRE_RAW,   /* the body is the whole reply, status line and all; then FIN */
};

enum { MOCK_REPLY_HEADERS = 24 };

struct mock_reply {
    int status;
    struct {
        char *name;
        char *value;
    } headers[MOCK_REPLY_HEADERS]; /* owned */
    size_t header_count;
    struct mock_text body;
    size_t body_size; /* > body.len: the body repeats itself up to this size */
    enum mock_wire wire;
    size_t wire_bytes;
    int64_t wire_ms;
    int64_t delay_ms;       /* before the first byte */
    int64_t close_after_ms; /* the connection is closed so long after the reply; -1: not */
};

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

struct mock *mock_new(const struct mock_config *config);
void mock_free(struct mock *mock);

/* Adds a fixture file, or every .json file of a folder; false with a reason. */
bool mock_load_path(struct mock *mock, const char *path, struct mock_text *error);

/* The same from a document in memory. */
bool mock_load_json(struct mock *mock, const json_t *fixture, struct mock_text *error);

/* Replaces the fault script; false with a reason, and then nothing changes. */
bool mock_set_faults(struct mock *mock, const char *script, size_t len, struct mock_text *error);

/* Whole life of a request. `reply` is zeroed or used before; release it at the end. */
void mock_serve(struct mock *mock, const struct mock_request *request, struct mock_reply *reply);

/* The three steps of mock_serve. request->body is not looked at by mock_begin. */
void mock_begin(struct mock *mock, const struct mock_request *request, struct mock_call *call);
void mock_commit(struct mock *mock, struct mock_call *call, const struct mock_request *request,
                 struct mock_reply *reply);
void mock_end(struct mock *mock, struct mock_call *call);

/* Executes what delayed commits are due; mock_begin does it too. */
void mock_tick(struct mock *mock, int64_t now_ms);

/* No faults, no counting of requests: what the API itself answers. */
void mock_handle(struct mock *mock, const struct mock_request *request, struct mock_reply *reply);

/* Everything that is stored at the destination; `bare`: as a client would have sent it. */
void mock_dump(struct mock *mock, bool bare, struct mock_text *out);
void mock_dump_stats(const struct mock *mock, struct mock_text *out);

/* Everything that is stored at the source. */
void mock_dump_source(struct mock *mock, struct mock_text *out);

/* NULL-terminated value of a reply header, or NULL. */
const char *mock_reply_header(const struct mock_reply *reply, const char *name);
void mock_reply_release(struct mock_reply *reply);

#endif
