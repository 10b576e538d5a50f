/* Asking an in-process mock with the least ceremony: right headers, a key, a time of the test's
 * own. */
#ifndef MOCK_CLIENT_H
#define MOCK_CLIENT_H

#include "mock/judge/mock.h"

struct mock_client {
    struct mock *mock; /* owned */
    struct mock_reply reply;
    json_t *json; /* of the last reply, or NULL; owned */
    const char *key;
    int64_t now_ms;
};

/* A mock with that configuration; NULL: openai, nothing in it. */
void mock_client_open(struct mock_client *client, const struct mock_config *config);
void mock_client_close(struct mock_client *client);

/* Sends; body NULL: none. Returns the status, or 0 when no whole reply would arrive. */
int mock_ask(struct mock_client *client, const char *method, const char *target, const char *body);

/* A string of the last reply by a path such as "data.0.id" or "error.code"; "" when not there. */
const char *mock_answer(const struct mock_client *client, const char *path);

/* New: the id of a new conversation; the caller frees it. */
char *mock_ask_conversation(struct mock_client *client);

#endif
