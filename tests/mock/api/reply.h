/* A reply, what happens to it on its way, and its building: headers and error bodies. */
#ifndef MOCK_REPLY_H
#define MOCK_REPLY_H

#include "mock/base/text.h"

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

/* Forgets the last reply, keeps the memory of its body. Status 200. */
void mock_reply_clear(struct mock_reply *reply);

/* Copies both; beyond the maximum the header is left out. */
void mock_reply_add_header(struct mock_reply *reply, const char *name, const char *value);

/* NULL-terminated value of a reply header, or NULL. */
const char *mock_reply_header(const struct mock_reply *reply, const char *name);
void mock_reply_release(struct mock_reply *reply);

/* What an error body says beside its message; NULL members become null. */
struct mock_problem {
    int status;
    const char *type; /* NULL: invalid_request_error */
    const char *param;
    const char *code;
};

/* {"error":{"message","type","param","code"}} in place of whatever the reply held. */
void mock_reply_fail(struct mock_reply *reply, const struct mock_problem *problem,
                     const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The other shape: {"error":{"code","message"}}. */
void mock_reply_fail_azure(struct mock_reply *reply, int status, const char *code,
                           const char *message);

#endif
