/*
 * POST /responses, as far as an application needs it that goes on where a
 * conversation was filled: the parameters are checked strictly, the answer is
 * made up, and input and output become items of the conversation.
 */
#ifndef MOCK_RESPONSES_H
#define MOCK_RESPONSES_H

#include "mock/core/core.h"

/*
 * A user's text that names a function tool is answered by a call of it, every
 * required argument being the text's last word; a function's output by a
 * message that repeats it; any other text by one that says how many items the
 * conversation held before. Streams and answers without a conversation are
 * refused: nothing here needs them.
 */
void mock_responses_handle(struct mock_context *context);

#endif
