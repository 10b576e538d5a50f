#include "json/json.h"

#include "json/json_scan.h"

#include <string.h>

/* True where the raw key, without its quotes, means this key: it may be written with escapes. */
static bool key_is(struct span raw, const char *key)
{
    struct span quoted = {raw.data - 1, raw.len + 2};
    struct error ignored;
    json_t *text;
    bool same;

    if (!memchr(raw.data, '\\', raw.len))
        return span_is(raw, key);
    text = json_read(quoted, &ignored);
    same = span_is((struct span){json_string_value(text), json_string_length(text)}, key);
    json_decref(text);
    return same;
}

/* Moves the scan to the value of the member. */
static bool find_member(struct json_scan *scan, const char *key)
{
    struct span name;
    struct span value;

    if (!json_scan_enter(scan, '{'))
        return false;
    while (json_scan_member(scan, &name, &value) == JSON_SCAN_ITEM) {
        if (key_is(name, key)) {
            *scan = json_scan_of(value);
            return true;
        }
    }
    return false;
}

bool json_split_array(struct span text, const char *key,
                      bool (*each)(void *ctx, struct span element), void *ctx)
{
    struct json_scan scan = json_scan_of(text);
    enum json_scan_step step;
    struct span element;

    if (!find_member(&scan, key) || !json_scan_enter(&scan, '['))
        return false;
    for (;;) {
        step = json_scan_element(&scan, &element);
        if (step != JSON_SCAN_ITEM)
            return step == JSON_SCAN_END;
        if (!each(ctx, element))
            return true;
    }
}
