/* New threads and messages, as clients make them. */
#ifndef MOCK_CREATE_H
#define MOCK_CREATE_H

#include "mock/core/core.h"

/* POST /threads, with the messages that come along. */
void mock_create_thread(struct mock_context *context);

/* POST /threads/T/messages. */
void mock_create_message(struct mock_context *context, struct mock_thread *thread);

#endif
