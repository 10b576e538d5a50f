/* What some destinations refuse although the API takes it. */
#ifndef MOCK_QUIRK_ITEMS_H
#define MOCK_QUIRK_ITEMS_H

#include "mock/core/core.h"

/* Takes this server these items behind `held` others? False: the reply is the refusal. */
bool mock_quirk_takes(struct mock_context *context, json_t *items, size_t held);

/* The same for the id of a conversation. */
bool mock_quirk_takes_id(struct mock_context *context, const char *id);

#endif
