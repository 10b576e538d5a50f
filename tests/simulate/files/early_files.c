#include "simulate/files/early_files.h"

#include "base/text.h"
#include "simulate/files/carried.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { MEMBER_SIZE = 128 };

static bool holds(struct span line, const char *member)
{
    return memmem(line.data, line.len, member, strlen(member)) != NULL;
}

/* Is there a line that decides so? */
static bool is_on_record(struct span durable, const char *state, const char *key, const char *value)
{
    char member[MEMBER_SIZE];
    char decision[MEMBER_SIZE];
    struct span line;

    (void)snprintf(member, sizeof member, "\"%s\":\"%s\"", key, value);
    (void)snprintf(decision, sizeof decision, "\"state\":\"%s\"", state);
    while (text_next_line(&durable, &line)) {
        if (holds(line, "\"k\":\"file\"") && holds(line, decision) && holds(line, member))
            return true;
    }
    return false;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static const char *judge_part(const json_t *part, struct span durable)
{
    static const char BEFORE[] = "[image file: ";
    const char *text = text_of(part, "text");
    const char *file_id = text_of(part, "file_id");
    char id[MEMBER_SIZE];
    char hex[65];

    if (carried_digest(text_of(part, "image_url"), hex))
        return is_on_record(durable, "inside", "sha256", hex) ? NULL : "a picture not on record";
    if (file_id[0] != '\0')
        return is_on_record(durable, "kept", "file", file_id) ||
                       is_on_record(durable, "mapped", "id", file_id)
                   ? NULL
                   : "a file id not on record";
    if (strncmp(text, BEFORE, sizeof BEFORE - 1) != 0)
        return NULL;
    (void)snprintf(id, sizeof id, "%.*s", (int)strcspn(text + sizeof BEFORE - 1, "]"),
                   text + sizeof BEFORE - 1);
    return is_on_record(durable, "missing", "file", id) ? NULL : "a placeholder not on record";
}

static const char *judge_item(const json_t *item, struct span durable)
{
    const char *what = NULL;
    const json_t *part;
    size_t index;

    /* What assistants show is a placeholder whatever the file is. */
    if (strcmp(text_of(item, "role"), "user") != 0)
        return NULL;
    json_array_foreach(json_object_get(item, "content"), index, part) what =
        what ? what : judge_part(part, durable);
    return what;
}

const char *early_files_judge(struct span body, struct span durable)
{
    json_t *root = made_count() > 0 ? json_loadb(body.data, body.len, JSON_ALLOW_NUL, NULL) : NULL;
    const char *what = NULL;
    const json_t *item;
    size_t index;

    json_array_foreach(json_object_get(root, "items"), index, item) what =
        what ? what : judge_item(item, durable);
    json_decref(root);
    return what;
}
