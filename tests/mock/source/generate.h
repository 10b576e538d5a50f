/*
 * Threads made from a seed: same seed, same thread, whenever it is made. Texts,
 * images, citations, attachments, runs with tool calls, ties in time.
 */
#ifndef MOCK_GENERATE_H
#define MOCK_GENERATE_H

#include "mock/core/core.h"

/* Fills what the option string says: "threads=10,messages=1..45,seed=7,images=20". */
bool mock_generator_parse(const char *text, struct mock_generator *generator,
                          struct mock_text *error);

/* The percentages that a generator has unless it is told otherwise. */
struct mock_generator mock_generator_default(void);

/* New: the id of thread number index. */
char *mock_generate_id(const struct mock_generator *generator, unsigned index);

/* New: the JSON of the thread object alone. */
char *mock_generate_head(const struct mock_generator *generator, unsigned index);

/* Fills messages, runs and steps of a thread whose id is set. */
void mock_generate_thread(const struct mock_generator *generator, unsigned index,
                          struct mock_thread *thread);

void mock_generate_assistants(const struct mock_generator *generator,
                              struct mock_objects *assistants);

/* Adds some sentences; with emoji, right-to-left text and line ends when `unicode`. */
void mock_generate_text(struct mock_rng *rng, bool unicode, struct mock_text *out);

#endif
