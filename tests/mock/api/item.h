/*
 * Items of a conversation: the strict check of what a client posts (messages,
 * parameters and codes as the Conversations API words them) and the form in
 * which they are stored and shown.
 */
#ifndef MOCK_ITEM_H
#define MOCK_ITEM_H

#include "mock/api/list.h"

enum { MOCK_ITEMS_MAX = 20 };

/* Checks an items array; false: the reply is the error. `foundry`: type and annotations required.
 */
bool mock_items_check(json_t *items, bool foundry, struct mock_reply *reply);

/* The same for the input of a response, which may hold any number of items. */
bool mock_input_check(json_t *input, bool foundry, struct mock_reply *reply);

/* A new id's prefix for an item that passed the check: "msg" or "fc" and so on. */
const char *mock_item_prefix(json_t *item);

/* New: an item that passed the check in its stored form. alter: its text is trimmed. */
struct mock_object *mock_item_render(json_t *item, const char *id, bool alter);

/* A stored item as a client would send it: sorted keys, nothing that the server added. */
void mock_item_write_bare(struct mock_text *out, json_t *stored);

#endif
