/*
 * Looking at JSON text without building it: values as spans, the members of an
 * object and the elements of an array one after the other. Much faster than
 * reading, and it keeps the bytes, which is what an index of a large archive
 * needs.
 *
 * The look is shallow: brackets and strings must match, nesting is bounded by
 * JSON_MAX_DEPTH, but what lies between is not judged. json_read() does that
 * when an object is really read.
 *
 *     struct json_scan scan = json_scan_of(text);
 *
 *     if (json_scan_enter(&scan, '{'))
 *         while ((step = json_scan_member(&scan, &key, &value)) == JSON_SCAN_ITEM)
 *             ...
 */
#ifndef JSON_JSON_SCAN_H
#define JSON_JSON_SCAN_H

#include "base/span.h"

#include <stdbool.h>

struct json_scan {
    const char *at;
    const char *end;
    const char *stop; /* how far a value that is broken was looked at; NULL where none was */
};

enum json_scan_step {
    JSON_SCAN_ITEM,   /* a member or element */
    JSON_SCAN_END,    /* the closing bracket; scan->at is behind it */
    JSON_SCAN_BROKEN, /* the text ends or is no JSON here */
};

static inline struct json_scan json_scan_of(struct span text)
{
    return (struct json_scan){text.data, text.len > 0 ? text.data + text.len : text.data, NULL};
}

/* Passes white space and byte order marks; false at the end of the text. */
bool json_scan_space(struct json_scan *scan);

/* Passes one whole value and gives its bytes; .data == NULL (nothing passed) where it is broken. */
struct span json_scan_value(struct json_scan *scan);

/* Passes the opening bracket ('{' or '['); false where there is none. */
bool json_scan_enter(struct json_scan *scan, char bracket);

/*
 * The next member inside an object; key without its quotes, escapes kept. Where the value is
 * broken the step is JSON_SCAN_BROKEN and *value runs from its start to the end of the text, so
 * that a caller may look at what is left of it; .data == NULL where not even that is there.
 */
enum json_scan_step json_scan_member(struct json_scan *scan, struct span *key, struct span *value);

/* The next element inside an array; a broken one as for members. */
enum json_scan_step json_scan_element(struct json_scan *scan, struct span *element);

#endif
