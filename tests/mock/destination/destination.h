/* The Conversations side: conversations and their items, and every commit counted. */
#ifndef MOCK_DESTINATION_H
#define MOCK_DESTINATION_H

#include "mock/core/core.h"

void mock_destination_release(struct mock_destination *destination);

/* NULL when there is none; deleted ones are found. */
struct mock_conversation *mock_destination_find(const struct mock *mock, const char *id);

/* A new, empty conversation. Takes metadata (JSON text). */
struct mock_conversation *mock_destination_create(struct mock *mock, char *metadata);

/*
 * Stores the first `count` of the checked items at the end of a conversation. An id that is
 * known brings its old content back. `added` gets them in the order of the request; forget it
 * after use.
 */
void mock_destination_append(struct mock *mock, struct mock_conversation *conversation,
                             json_t *items, size_t count, struct mock_objects *added);

/* The same without any count: somebody else did it. */
void mock_destination_insert(struct mock *mock, struct mock_conversation *conversation,
                             json_t *items);

/* True when an item of the list has an id that the conversation already holds. */
bool mock_destination_holds(struct mock_conversation *conversation, json_t *items);

/* The body of a request, new; an empty one is {}. NULL: the reply is the error. */
json_t *mock_destination_body(struct mock_context *context);

/* Answers every route of the Conversations side. */
void mock_destination_handle(struct mock_context *context);

#endif
