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

#include "mock/core/config.h"
#include "mock/core/fault.h"

struct mock;

struct mock *mock_new(const struct mock_config *config);
void mock_free(struct mock *mock);

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

#endif
