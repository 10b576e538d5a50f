/* Bodies of scripted replies, put together from a short description. */
#ifndef MOCK_BODY_H
#define MOCK_BODY_H

#include "mock/base/text.h"

/*
 * A string stands for itself, a list for its strings and [text, count] pairs one after the other,
 * anything else for its JSON. latin1: characters below 256 become single bytes. False when a list
 * holds something else.
 */
bool mock_body_compose(json_t *value, bool latin1, struct mock_text *out);

#endif
