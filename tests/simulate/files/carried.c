#include "simulate/files/carried.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BASE64_MAX = 2 * MADE_CONTENT_MAX };

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static bool is(const json_t *object, const char *key, const char *text)
{
    return strcmp(text_of(object, key), text) == 0;
}

bool carried_digest(const char *url, char hex[65])
{
    static const char *const TYPES[] = {"data:image/png;base64,", "data:image/jpeg;base64,",
                                        "data:image/gif;base64,"};
    unsigned char bytes[BASE64_MAX];

    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++) {
        const char *text = url + strlen(TYPES[i]);
        size_t len;
        int got;

        if (strncmp(url, TYPES[i], strlen(TYPES[i])) != 0)
            continue;
        len = strlen(text);
        got = len <= BASE64_MAX && len % 4 == 0
                  ? EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len)
                  : -1;
        if (got < 0)
            return false;
        for (size_t pad = len; pad > len - 2 && pad > 0 && text[pad - 1] == '='; pad--)
            got--;
        made_sha256((struct span){(const char *)bytes, (size_t)got}, hex);
        return true;
    }
    return false;
}

/* The way of one picture of a user, or CARRIED_WAYS where it is none of them. */
static enum carried_as way_of(const json_t *part, const struct made_file *file)
{
    char placeholder[MADE_ID_SIZE + 32];
    char hex[65];

    (void)snprintf(placeholder, sizeof placeholder, "[image file: %s]", file->id);
    if (is(part, "text", placeholder))
        return CARRIED_MISSING;
    if (!is(part, "type", "input_image"))
        return CARRIED_WAYS;
    if (carried_digest(text_of(part, "image_url"), hex))
        return strcmp(hex, file->sha256) == 0 ? CARRIED_INSIDE : CARRIED_WAYS;
    if (is(part, "file_id", file->id))
        return CARRIED_KEPT;
    return file->new_id[0] != '\0' && is(part, "file_id", file->new_id) ? CARRIED_MAPPED
                                                                        : CARRIED_WAYS;
}

static const char *judge(struct carried *carried, const json_t *part, const char *id, bool is_users)
{
    const int number = made_find(id);
    enum carried_as way;

    if (number < 0)
        return "names a file that nobody made";
    way = way_of(part, made_at((size_t)number));
    if (way == CARRIED_WAYS)
        return "has something else in the place of a picture";
    if (!is_users)
        return way == CARRIED_MISSING ? NULL : "has an assistant's picture";
    carried->as[way] |= 1U << number;
    if ((made_at((size_t)number)->kind->ways & (1U << way)) != 0)
        return NULL;
    return way == CARRIED_MISSING ? "has a placeholder for a picture that can be read"
                                  : "carries a file as it cannot be carried";
}

/* Ids anywhere in it that the destination does not know. */
static bool has_dead_id(const json_t *value)
{
    const json_t *member;
    const char *key;
    size_t index;

    json_array_foreach(value, index, member)
    {
        if (has_dead_id(member))
            return true;
    }
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        const bool is_id = strcmp(key, "file_id") == 0 && json_is_string(member);

        if (has_dead_id(member) || (is_id && !made_is_known_there(json_string_value(member))))
            return true;
    }
    return false;
}

static const char *judge_item(struct carried *carried, const json_t *item, const json_t *message)
{
    const json_t *parts = json_object_get(message, "content");
    const json_t *content = json_object_get(item, "content");
    const bool is_users = is(message, "role", "user");
    const char *wrong = NULL;

    if (json_array_size(content) != json_array_size(parts))
        return "has not as many parts as its message";
    /* The first one is the text. */
    for (size_t i = 1; !wrong && i < json_array_size(parts); i++)
        wrong = judge(carried, json_array_get(content, i),
                      text_of(json_object_get(json_array_get(parts, i), "image_file"), "file_id"),
                      is_users);
    return !wrong && has_dead_id(item) ? "names a file that the destination does not know" : wrong;
}

void carried_take(struct carried *carried, const json_t *item, const json_t *message)
{
    if (made_count() > 0 && !carried->wrong)
        carried->wrong = judge_item(carried, item, message);
}
