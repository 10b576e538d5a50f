/*
 * The settings that could read a file in which no message is recognised,
 * guessed from its keys (keys_seen.h). For a person to look at and try.
 */
#ifndef FIELDS_KEYS_GUESS_H
#define FIELDS_KEYS_GUESS_H

#include "base/buf.h"
#include "fields/keys_seen.h"

#include <stdbool.h>

/*
 * Appends "try " and the flags: "--source-fields-thread chat --source-fields-role sender …", words
 * quoted for a shell and hostile characters made visible. Before it goes what else could be meant,
 * if there is anything: other keys that tell talks apart, other lists that may hold messages.
 * False, and nothing appended, if there is no key for a text and none for a role, or no question
 * with its answer.
 */
bool keys_guess(const struct keys_seen *seen, struct buf *out);

/* Appends the flag that says what a word in the place of a role means: "--source-roles-model
 * assistant". Where the word says nothing about it, both choices are named. */
void keys_guess_role(struct span word, struct buf *out);

#endif
