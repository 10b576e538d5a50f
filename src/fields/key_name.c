#include "fields/key_name.h"

enum { END = -1 };

/* The next byte that counts, in lower case, or END. */
static int next_byte(struct span text, size_t *at)
{
    while (*at < text.len) {
        const char c = text.data[(*at)++];

        if (c == ' ' || c == '\t' || c == '_' || c == '-')
            continue;
        return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
    }
    return END;
}

bool key_name_same(struct span a, struct span b)
{
    size_t at_a = 0;
    size_t at_b = 0;

    for (;;) {
        const int left = next_byte(a, &at_a);

        if (left != next_byte(b, &at_b))
            return false;
        if (left == END)
            return true;
    }
}

static bool begins_at(struct span name, size_t at, const char *piece)
{
    for (; *piece != '\0'; piece++) {
        if (next_byte(name, &at) != (unsigned char)*piece)
            return false;
    }
    return true;
}

bool key_name_holds(struct span name, const char *piece)
{
    for (size_t at = 0; at < name.len; at++) {
        if (begins_at(name, at, piece))
            return true;
    }
    return false;
}
