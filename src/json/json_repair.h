/*
 * What jansson refuses and old data holds: invalid UTF-8 and lone surrogate
 * escapes. json_read() looks through each document with json_survey(); only for
 * a document that needs it, json_repair_text() makes a copy in which every such
 * place is a marker, a noncharacter that the document does not use, and after
 * parsing json_repair_tree() turns the markers into U+FFFD and marks the members
 * that were touched. Nothing here recurses over the document.
 */
#ifndef JSON_JSON_REPAIR_H
#define JSON_JSON_REPAIR_H

#include "base/buf.h"
#include "base/span.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_survey {
    bool damaged;       /* some string needs repair */
    bool deep;          /* nested deeper than JSON_MAX_DEPTH */
    size_t deep_offset; /* where */
};

/* One pass over text, which need not be JSON at all. Stops where it gets too deep. */
struct json_survey json_survey(struct span text);

/* A noncharacter that occurs in text neither literally nor escaped, or 0 where all do. */
uint32_t json_repair_marker(struct span text);

/*
 * Adds text to out with a marker in place of each lone surrogate escape and of each maximal
 * invalid subpart (as the WHATWG Encoding Standard counts them) inside of strings. Stops when out
 * has grown to stop bytes. Returns how many bytes of text were read: so it also translates an
 * offset in the copy to one in the original.
 */
size_t json_repair_text(struct buf *out, struct span text, uint32_t marker, size_t stop);

/*
 * Replaces the marker by U+FFFD in all keys and strings below root and adds the marks that json.h
 * describes. False where two keys of one object became the same.
 */
bool json_repair_tree(json_t *root, uint32_t marker);

#endif
