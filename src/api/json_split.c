#include "api/json.h"

#include <string.h>

/* Where a scanner stands in a text; it moves forward only and keeps no stack. */
struct place {
    struct span text;
    size_t at;
};

static void skip_space(struct place *place)
{
    while (place->at < place->text.len && strchr(" \t\r\n", place->text.data[place->at]) &&
           place->text.data[place->at] != '\0')
        place->at++;
}

/* The byte at the place, or 0 at the end (a NUL byte is no JSON outside of strings either). */
static char peek(const struct place *place)
{
    return place->at < place->text.len ? place->text.data[place->at] : '\0';
}

static bool skip_char(struct place *place, char c)
{
    skip_space(place);
    if (peek(place) != c)
        return false;
    place->at++;
    return true;
}

/* From the opening quote to behind the closing one. */
static bool skip_string(struct place *place)
{
    if (!skip_char(place, '"'))
        return false;
    while (place->at < place->text.len) {
        char c = place->text.data[place->at];

        place->at++;
        if (c == '"')
            return true;
        if (c == '\\')
            place->at++;
    }
    return false;
}

/* From an opening bracket to behind the one that closes it. */
static bool skip_container(struct place *place)
{
    size_t depth = 0;

    while (place->at < place->text.len) {
        char c = peek(place);

        if (c == '"') {
            if (!skip_string(place))
                return false;
            continue;
        }
        place->at++;
        if (c == '{' || c == '[')
            depth++;
        if (c == '}' || c == ']')
            depth--;
        if (depth == 0)
            return true;
    }
    return false;
}

static bool is_scalar_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' ||
           c == 'E';
}

static bool skip_value(struct place *place)
{
    size_t start;

    skip_space(place);
    if (peek(place) == '"')
        return skip_string(place);
    if (peek(place) == '{' || peek(place) == '[')
        return skip_container(place);
    start = place->at;
    while (is_scalar_char(peek(place)))
        place->at++;
    return place->at > start;
}

static void skip_bom(struct place *place)
{
    if (span_starts_with(place->text, "\xEF\xBB\xBF"))
        place->at = 3;
}

/* Leaves the place before the value of the member, in an object. */
static bool find_member(struct place *place, const char *key)
{
    if (!skip_char(place, '{'))
        return false;
    for (;;) {
        struct span name;
        size_t start;

        skip_space(place);
        start = place->at + 1;
        if (!skip_string(place))
            return false;
        name = (struct span){place->text.data + start, place->at - 1 - start};
        if (!skip_char(place, ':'))
            return false;
        if (span_is(name, key))
            return true;
        if (!skip_value(place) || !skip_char(place, ','))
            return false;
    }
}

bool json_split_array(struct span text, const char *key,
                      bool (*each)(void *ctx, struct span element), void *ctx)
{
    struct place place = {.text = text};

    skip_bom(&place);
    if (key && !find_member(&place, key))
        return false;
    if (!skip_char(&place, '['))
        return false;
    if (skip_char(&place, ']'))
        return true;
    for (;;) {
        size_t start;

        skip_space(&place);
        start = place.at;
        if (!skip_value(&place))
            return false;
        if (!each(ctx, (struct span){text.data + start, place.at - start}))
            return true;
        if (skip_char(&place, ']'))
            return true;
        if (!skip_char(&place, ','))
            return false;
    }
}

size_t json_value_length(struct span text)
{
    struct place place = {.text = text};

    skip_bom(&place);
    return skip_value(&place) ? place.at : 0;
}
