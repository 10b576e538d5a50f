/*
 * What the mapping functions build an item with: parts are added, losses noted,
 * and builder_finish() or builder_skip() hands the item over. One builder makes
 * one item. Only for the map_*.c files.
 */
#ifndef MAP_MAP_BUILD_H
#define MAP_MAP_BUILD_H

#include "map/item.h"
#include "map/map.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    TEXT_CHARS_MAX = 10485760,
    IMAGE_URL_CHARS_MAX = 20971520,
    FILE_ID_CHARS_MAX = 64,
    ITEM_CONTENTS_MAX = 48 << 20, /* bytes of base64, all pictures of an item together */
    FILE_ID_IN_URL_MAX = 256,     /* of a file whose contents are sent instead of its id */
    NAME_SIZE = 96,               /* of an id or type made visible, for errors and details */
};

struct builder {
    const struct map_context *context;
    struct mapped *out;
    struct error *err;
    const char *noun; /* "message" or "run step" */
    struct span id;   /* of it, for errors */
    const char *list; /* the list whose element is being mapped, or NULL */
    size_t index;     /* the element */
    struct item *item;
    size_t part_cap;
    size_t empty_texts; /* texts of "", which are a loss only if other content stays */
    struct loss **losses_tail;
    bool repaired; /* a text read by builder_text() since builder_enter() holds U+FFFD for bytes
                      that were not text, or for NUL */
};

/* Starts an ITEM_SKIPPED without parts; the caller sets noun, id and the item's own members. */
void builder_start(struct builder *b, struct mapped *out, const struct map_context *context,
                   struct error *err);

/* The mapping comes to an element of a list: errors name it. */
void builder_enter(struct builder *b, const char *list, size_t index);

/* The string member, as json_get_text(), NUL by the policy; notes whether it was repaired. */
struct span builder_text(struct builder *b, const json_t *object, const char *key);

/* A string that is an element of the array at owner's key; the same. */
struct span builder_element(struct builder *b, const json_t *owner, const char *key,
                            const json_t *element);

/* The text with U+FFFD for each NUL if the policy `nul` says so; *replaced tells of it and is
 * otherwise left alone. In the arena, or as it was. */
struct span map_nul(const struct map_context *context, struct span text, bool *replaced);

/* Moves a text that was built in a buffer into the arena and releases the buffer. */
struct span builder_print(struct builder *b, struct buf *text);

/* Adds a part; its text is borrowed. Fails if it is longer than the destination takes. */
bool builder_add(struct builder *b, enum part_type type, struct span text);

/* Adds "[before text]" as a text part of the role's kind, in the arena. */
bool builder_add_note(struct builder *b, const char *before, struct span text);

/* Counts a loss and notes it at the item. */
void builder_lose(struct builder *b, enum loss_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Counts invalid_text if a text of this element was repaired: builder_add() does for its part. */
void builder_lose_invalid(struct builder *b);

/* What the policy `unknown` says of something of that kind ("part"), which is its name if it has
 * no type: an error, or a loss. */
bool builder_lose_unknown(struct builder *b, const char *kind, struct span type);

/* The same, with the placeholder as a part if the policy wants one. */
bool builder_unknown(struct builder *b, const char *kind, struct span type);

/* Fails the thread; false for the caller to return. */
bool builder_fail(struct builder *b, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Hands the item over: as it is, or as one that gives nothing. */
void builder_finish(struct builder *b);
void builder_skip(struct builder *b);

/* The one or the other: an item without parts gives nothing. */
void builder_end(struct builder *b);

/* What becomes of a file. */
struct fate builder_fate(const struct builder *b, struct span id);

/* True if the text has at most so many characters. */
bool builder_fits(struct span text, size_t max_chars);

#endif
