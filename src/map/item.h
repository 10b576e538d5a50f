/*
 * A destination item: what the Conversations API stores. Items are built by
 * the mapping or parsed from what the server lists, and written in two forms:
 *
 *   request form    what is sent: with detail and "annotations":[]
 *   canonical form  what is compared and digested: RFC 8785 JSON of type, role,
 *                   content (type and text, refusal, image_url or file_id), or
 *                   type, call_id, name, arguments, output; a data URL is there by
 *                   its name (files/data_url.h), and so are contents
 *
 * Two items are the same exactly when their canonical forms are.
 */
#ifndef MAP_ITEM_H
#define MAP_ITEM_H

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/span.h"
#include "files/body.h"
#include "files/data_url.h"
#include "json/json.h"
#include "map/losses.h"

#include <stdbool.h>
#include <stddef.h>

enum item_type {
    ITEM_MESSAGE,
    ITEM_FUNCTION_CALL,
    ITEM_FUNCTION_CALL_OUTPUT,
    ITEM_OTHER, /* listed by a server, never made by the mapping; compares unequal to all of ours */
    ITEM_SKIPPED, /* a source message without an item: shown in a diff, never sent */
};

enum item_role {
    ROLE_USER,
    ROLE_ASSISTANT,
    ROLE_SYSTEM,
    ROLE_DEVELOPER,
    ROLE_OTHER,
};

enum part_type {
    PART_INPUT_TEXT,
    PART_OUTPUT_TEXT,
    PART_REFUSAL,
    PART_IMAGE_URL,      /* input_image with image_url */
    PART_IMAGE_FILE,     /* input_image with file_id */
    PART_IMAGE_CONTENTS, /* input_image with image_url: the contents of a saved file */
    PART_FILE,           /* input_file with file_id */
    PART_OTHER,
};

struct part {
    enum part_type type;
    struct span text;   /* text, refusal, URL or file id; for PART_OTHER the type's name */
    struct span detail; /* images only */
    const struct saved_file *contents; /* PART_IMAGE_CONTENTS: of the file; borrowed */
};

struct item {
    struct item *next;
    enum item_type type;
    enum item_role role;
    struct part *parts; /* messages only */
    size_t part_count;
    struct span call_id;   /* calls only */
    struct span name;      /* function_call */
    struct span arguments; /* function_call */
    struct span output;    /* function_call_output */
    struct span type_name; /* ITEM_OTHER */
    struct span id;        /* parsed items: the server's id */
    struct span source_id; /* mapped items: the message's or run step's id */
    struct loss *losses;   /* mapped items: what was lost here, in order */
    const json_t *message; /* the message it was mapped from; NULL for others. Borrowed */
};

/*
 * Parses one listed item. The item lives in the arena, its texts are borrowed
 * from object. A string content equals a list of one text part of the role's
 * own kind. Fails (ERROR_SERVER_ERROR) only if object is not a JSON object or
 * has no usable id.
 */
bool item_parse(struct item *item, const json_t *object, struct arena *arena, struct error *err);

/* Request form, one JSON object. Contents are told and not written, as a member "contents": for
 * people, never for a server. */
void item_write_request(struct buf *out, const struct item *item, enum json_escape escape);

/* Request form as it is sent: contents are holes in it. */
void item_write_body(struct buf *out, struct holes *holes, const struct item *item,
                     enum json_escape escape);

/* A part's text in the canonical form: borrowed from the part, or from name. */
struct span part_canonical_text(const struct part *part, char name[DATA_URL_NAME + 1]);

static inline bool part_is_image(const struct part *part)
{
    return part->type == PART_IMAGE_URL || part->type == PART_IMAGE_FILE ||
           part->type == PART_IMAGE_CONTENTS;
}

/* Canonical form, without a newline. */
void item_write_canonical(struct buf *out, const struct item *item);

/* The role of that name, ROLE_OTHER if items have no such role. */
enum item_role item_role_find(struct span name);

/* The type of text parts in messages of this role. */
enum part_type item_text_type(enum item_role role);

const char *item_role_name(enum item_role role);
const char *item_type_name(const struct item *item);
const char *part_type_name(enum part_type type);

#endif
