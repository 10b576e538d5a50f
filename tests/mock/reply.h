/* Building replies: headers and error bodies. */
#ifndef MOCK_REPLY_H
#define MOCK_REPLY_H

#include "mock/mock.h"

/* Forgets the last reply, keeps the memory of its body. Status 200. */
void mock_reply_clear(struct mock_reply *reply);

/* Copies both; beyond the maximum the header is left out. */
void mock_reply_add_header(struct mock_reply *reply, const char *name, const char *value);

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
