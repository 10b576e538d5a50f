#include "simulate/files/folder.h"

#include "base/text.h"
#include "fakes/fake_fsio.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static bool blame(struct buf *why, const char *id, const char *what)
{
    buf_printf(why, "the folder of saved files %s: %s", what, id);
    return false;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* Its contents are under the name of their digest, whole, and those of this file. */
static bool check_contents(const struct made_file *file, const json_t *line, struct buf *why)
{
    const char *sha256 = text_of(line, "sha256");
    const char *ext = text_of(line, "ext");
    char path[160];
    struct span content;

    (void)snprintf(path, sizeof path, FOLDER_PATH "/%.2s/%s%s%s", sha256, sha256,
                   ext[0] != '\0' ? "." : "", ext);
    content = fake_fsio_content_of(path);
    if (!content.data)
        return blame(why, file->id, "has a line and no contents");
    if (strcmp(sha256, file->sha256) != 0 || content.len != file->len ||
        memcmp(content.data, file->content, file->len) != 0)
        return blame(why, file->id, "has other contents");
    return json_integer_value(json_object_get(line, "bytes")) == (json_int_t)file->len ||
           blame(why, file->id, "tells another length");
}

static bool take_line(struct folder *folder, const json_t *line, struct buf *why)
{
    const char *id = text_of(line, "file_id");
    const char *state = text_of(line, "state");
    const int number = made_find(id);

    if (strcmp(text_of(line, "kind"), "files_end") == 0) {
        memcpy(folder->is_covered, folder->has, sizeof folder->is_covered);
        return true;
    }
    if (number < 0)
        return blame(why, id, "tells of a file that nobody made");
    folder->has[number] = true;
    if (!made_at((size_t)number)->kind->state ||
        strcmp(state, made_at((size_t)number)->kind->state) != 0)
        return blame(why, id, state);
    return strcmp(state, "saved") != 0 || check_contents(made_at((size_t)number), line, why);
}

bool folder_take(struct folder *folder, struct buf *why)
{
    const struct folder before = *folder;
    struct span content = fake_fsio_content_of(FOLDER_LIST);
    struct span line;
    bool ok = true;

    *folder = (struct folder){.is_there = content.data != NULL, .is_damaged = before.is_damaged};
    while (ok && text_next_line(&content, &line)) {
        json_t *object = json_loadb(line.data, line.len, JSON_ALLOW_NUL, NULL);

        ok = !object || take_line(folder, object, why);
        json_decref(object);
    }
    for (size_t i = 0; ok && i < made_count(); i++) {
        if (before.has[i] && !folder->has[i] && !folder->is_damaged)
            ok = blame(why, made_at(i)->id, "has lost the line of");
    }
    return ok;
}

bool folder_holds(const struct folder *folder, size_t file)
{
    return folder->has[file] && strcmp(made_at(file)->kind->state, "saved") == 0;
}
