/* The Assistants side: threads with their messages, runs and run steps. */
#ifndef MOCK_SOURCE_H
#define MOCK_SOURCE_H

#include "mock/core/core.h"

/* Announces the generator's threads and assistants. */
void mock_source_init(struct mock *mock);
void mock_source_release(struct mock_source *source);

/* The thread, with its objects loaded, or NULL when there is none (any more). */
struct mock_thread *mock_source_find(struct mock *mock, const char *id);

/* Loads a thread's objects; borrowed until many others have been loaded. */
void mock_source_load(struct mock *mock, struct mock_thread *thread);

/* Makes sure that the thread's own object is there, without its messages. */
void mock_source_describe(struct mock *mock, struct mock_thread *thread);

/* Brings the list of threads up to date. */
void mock_source_refresh(struct mock *mock);

void mock_source_delete(struct mock *mock, struct mock_thread *thread);

/* From now on the thread is kept as it is. */
void mock_source_pin(struct mock_thread *thread);

/* A new thread (loaded, empty), or the known one with that id. `json` may be NULL. */
struct mock_thread *mock_source_add(struct mock *mock, const char *id, json_t *json);

/* Adds an object; its id, created_at and run_id are taken from the JSON, which may change. */
void mock_source_add_object(struct mock_objects *objects, json_t *json);

/* Appends count new messages to a thread. */
void mock_source_grow(struct mock *mock, struct mock_thread *thread, unsigned count);

/* Answers every route of the Assistants side. */
void mock_source_handle(struct mock_context *context);

#endif
