#include "json/json_scan.h"

#include "json/json.h"

#include <stdint.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool json_scan_space(struct json_scan *scan)
{
    for (;;) {
        while (scan->at < scan->end && is_space(*scan->at))
            scan->at++;
        if (scan->end - scan->at < 3 || memcmp(scan->at, "\xef\xbb\xbf", 3) != 0)
            return scan->at < scan->end;
        scan->at += 3;
    }
}

/* Behind the closing quote of the string that starts at `at`, or NULL. */
static const char *pass_string(const char *at, const char *end)
{
    const char *quote = at + 1;

    while (quote < end) {
        quote = memchr(quote, '"', (size_t)(end - quote));
        if (!quote)
            return NULL;
        const char *slash = quote;
        while (slash[-1] == '\\')
            slash--;
        if ((quote - slash) % 2 == 0)
            return quote + 1;
        quote++;
    }
    return NULL;
}

/* Behind the number or word at `at`, or NULL where there is none. */
static const char *pass_scalar(const char *at, const char *end)
{
    const char *start = at;

    while (at < end && ((*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'z') ||
                        (*at >= 'A' && *at <= 'Z') || *at == '-' || *at == '+' || *at == '.'))
        at++;
    return at > start ? at : NULL;
}

/* What a byte between the strings of a value means. */
enum mark { MARK_NONE, MARK_QUOTE, MARK_OPEN, MARK_CLOSE };

static const uint8_t MARKS[256] = {
    ['"'] = MARK_QUOTE, ['{'] = MARK_OPEN,  ['['] = MARK_OPEN,
    ['}'] = MARK_CLOSE, [']'] = MARK_CLOSE,
};

/* Behind the bracket that closes the one at `at`, or NULL; *stop is then where it broke, if that
 * was before the end. */
static const char *pass_brackets(const char *at, const char *end, const char **stop)
{
    char closers[JSON_MAX_DEPTH];
    size_t depth = 0;

    while (at < end) {
        switch ((enum mark)MARKS[(unsigned char)*at]) {
        case MARK_NONE:
            at++;
            break;
        case MARK_QUOTE:
            at = pass_string(at, end);
            if (!at)
                return NULL;
            break;
        case MARK_OPEN:
            if (depth == JSON_MAX_DEPTH) {
                *stop = at;
                return NULL;
            }
            closers[depth++] = *at == '{' ? '}' : ']';
            at++;
            break;
        case MARK_CLOSE:
            if (closers[--depth] != *at) {
                *stop = at;
                return NULL;
            }
            at++;
            if (depth == 0)
                return at;
            break;
        }
    }
    return NULL;
}

struct span json_scan_value(struct json_scan *scan)
{
    const char *behind;

    if (!json_scan_space(scan))
        return (struct span){NULL, 0};
    const char *start = scan->at;
    const char *stop = scan->end;
    if (*start == '"') {
        behind = pass_string(start, scan->end);
    } else if (*start == '{' || *start == '[') {
        behind = pass_brackets(start, scan->end, &stop);
    } else {
        behind = pass_scalar(start, scan->end);
        stop = start;
    }
    if (!behind) {
        scan->stop = stop;
        return (struct span){NULL, 0};
    }
    scan->at = behind;
    return (struct span){start, (size_t)(behind - start)};
}

bool json_scan_enter(struct json_scan *scan, char bracket)
{
    if (!json_scan_space(scan) || *scan->at != bracket)
        return false;
    scan->at++;
    return true;
}

/* Passes the comma between two items; what follows must be an item. The first item has none. */
static enum json_scan_step next_item(struct json_scan *scan, char closer, char opener)
{
    const char *before = scan->at;

    if (!json_scan_space(scan))
        return JSON_SCAN_BROKEN;
    if (*scan->at == closer) {
        scan->at++;
        return JSON_SCAN_END;
    }
    if (before[-1] == opener)
        return JSON_SCAN_ITEM;
    if (*scan->at != ',')
        return JSON_SCAN_BROKEN;
    scan->at++;
    return json_scan_space(scan) ? JSON_SCAN_ITEM : JSON_SCAN_BROKEN;
}

/* The value at the scan; its broken rest where it is not whole. */
static enum json_scan_step take_value(struct json_scan *scan, struct span *value)
{
    if (!json_scan_space(scan))
        return JSON_SCAN_BROKEN;
    *value = json_scan_value(scan);
    if (value->data)
        return JSON_SCAN_ITEM;
    *value = (struct span){scan->at, (size_t)(scan->end - scan->at)};
    return JSON_SCAN_BROKEN;
}

enum json_scan_step json_scan_member(struct json_scan *scan, struct span *key, struct span *value)
{
    *key = (struct span){NULL, 0};
    *value = (struct span){NULL, 0};
    enum json_scan_step step = next_item(scan, '}', '{');
    if (step != JSON_SCAN_ITEM)
        return step;
    if (*scan->at != '"')
        return JSON_SCAN_BROKEN;
    const char *behind = pass_string(scan->at, scan->end);
    if (!behind) {
        scan->stop = scan->end;
        return JSON_SCAN_BROKEN;
    }
    *key = (struct span){scan->at + 1, (size_t)(behind - scan->at) - 2};
    scan->at = behind;
    if (!json_scan_space(scan) || *scan->at != ':')
        return JSON_SCAN_BROKEN;
    scan->at++;
    return take_value(scan, value);
}

enum json_scan_step json_scan_element(struct json_scan *scan, struct span *element)
{
    *element = (struct span){NULL, 0};
    enum json_scan_step step = next_item(scan, ']', '[');

    return step == JSON_SCAN_ITEM ? take_value(scan, element) : step;
}
