/*
 * An assistant's configuration in the form that responses.create takes:
 * instructions, model, tools with their schemas, text format, temperature,
 * top_p, reasoning effort, metadata. There is no object at the destination, so
 * it becomes a file that the application reads. Whatever responses.create has
 * no parameter for is under "not_carried", with its value.
 */
#ifndef MAP_ASSISTANT_H
#define MAP_ASSISTANT_H

#include "base/error.h"
#include "base/span.h"

#include <jansson.h>

/* New object; NULL with ERROR_BAD_SOURCE if the object is not an assistant with a usable id. */
json_t *assistant_map(const json_t *assistant, struct error *err);

/* New text of the file for a mapped assistant, with a newline at its end; caller frees. */
char *assistant_write(const json_t *mapped);

/* The id under which a mapped assistant was saved; borrowed. */
struct span assistant_id(const json_t *mapped);

#endif
