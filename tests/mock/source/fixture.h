/* Threads and assistants from files: what tests/mock/README.md calls a fixture. */
#ifndef MOCK_FIXTURE_H
#define MOCK_FIXTURE_H

#include "mock/core/core.h"

/* Adds a fixture file, or every .json file of a folder; false with a reason. */
bool mock_load_path(struct mock *mock, const char *path, struct mock_text *error);

/* The same from a document in memory. */
bool mock_load_json(struct mock *mock, const json_t *fixture, struct mock_text *error);

#endif
