#include "files/magic.h"

#include <stddef.h>

/* "?" in a pattern stands for any byte. */
static const struct row {
    struct magic magic;
    struct span begins;
} ROWS[] = {
    {{"png", "image/png", true}, {"\x89PNG\r\n\x1a\n", 8}},
    {{"jpg", "image/jpeg", true}, {"\xff\xd8\xff", 3}},
    {{"gif", "image/gif", true}, {"GIF87a", 6}},
    {{"gif", "image/gif", true}, {"GIF89a", 6}},
    {{"webp", "image/webp", true}, {"RIFF????WEBP", 12}},
    {{"pdf", "application/pdf", false}, {"%PDF-", 5}},
};

static bool begins_with(struct span head, struct span pattern)
{
    if (head.len < pattern.len)
        return false;
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.data[i] != '?' && head.data[i] != pattern.data[i])
            return false;
    }
    return true;
}

const struct magic *magic_of(struct span head)
{
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        if (begins_with(head, ROWS[i].begins))
            return &ROWS[i].magic;
    }
    return NULL;
}

const struct magic *magic_named(struct span ext)
{
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        if (span_is(ext, ROWS[i].magic.ext))
            return &ROWS[i].magic;
    }
    return NULL;
}
