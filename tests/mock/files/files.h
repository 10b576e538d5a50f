/*
 * Files, which both sides have: what threads name and items may name. A file belongs to the project
 * of one key, or to every one.
 */
#ifndef MOCK_FILES_H
#define MOCK_FILES_H

#include "mock/core/core.h"

void mock_files_release(struct mock_files *files);

/*
 * Adds the files of a fixture, [{"id", …, "content" or "content_file", "key", "gzip"}]; a known id
 * is replaced. What an object lacks it gets; what it has stands, right or wrong. False with a
 * reason.
 */
bool mock_files_load(struct mock *mock, json_t *list, struct mock_text *error);

/* NULL where the key's project has no such file. The generator's are made when they are looked for:
 * ids that end with PNG are pictures, with DOC uploads that cannot be read back. */
const struct mock_file *mock_files_find(struct mock *mock, const char *id, const char *key);

/* With check_file_ids: checked items name only files that the request's key knows; false: the reply
 * is the error. */
bool mock_files_check(struct mock_context *context, json_t *items);

/* Answers every route of files. */
void mock_files_handle(struct mock_context *context);

#endif
