#include "mock/source/fixture.h"

#include "mock/files/files.h"
#include "mock/source/quirk.h"
#include "mock/source/source.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A page that runs newest first is turned round: lists are kept oldest first. */
static bool is_newest_first(json_t *list)
{
    size_t count = json_array_size(list);

    return count > 1 &&
           json_integer_value(json_object_get(json_array_get(list, 0), "created_at")) >
               json_integer_value(json_object_get(json_array_get(list, count - 1), "created_at"));
}

/* An array, oldest first, or a list page in either direction; may be changed. */
static void add_list(struct mock_objects *objects, json_t *value)
{
    bool page = json_is_object(value);
    json_t *list = page ? json_object_get(value, "data") : value;
    size_t count = json_array_size(list);
    bool backwards = page && is_newest_first(list);

    for (size_t i = 0; i < count; i++)
        mock_source_add_object(objects, json_array_get(list, backwards ? count - 1 - i : i));
}

static bool add_thread(struct mock *mock, json_t *json, struct mock_text *error)
{
    const char *id = json_string_value(json_object_get(json, "id"));
    json_t *head = json_copy(json);

    if (!id)
        id = json_string_value(json_object_get(json, "thread_id"));
    if (!id) {
        mock_text_puts(error, "a thread of the fixture has no id");
        json_decref(head);
        return false;
    }
    (void)json_object_del(head, "messages");
    (void)json_object_del(head, "runs");
    (void)json_object_del(head, "run_steps");
    (void)json_object_del(head, "grow");
    bool described = json_object_get(head, "created_at") != NULL;
    struct mock_thread *thread = mock_source_add(mock, id, described ? head : NULL);
    thread->deleted = false;
    mock->source.changed = true;
    add_list(&thread->messages, json_object_get(json, "messages"));
    add_list(&thread->runs, json_object_get(json, "runs"));
    add_list(&thread->steps, json_object_get(json, "run_steps"));
    mock_quirk_thread(mock->config.quirks, thread);
    mock_source_grow(mock, thread, (unsigned)json_integer_value(json_object_get(json, "grow")));
    json_decref(head);
    return true;
}

static bool add_threads(struct mock *mock, json_t *list, struct mock_text *error)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!add_thread(mock, json_array_get(list, i), error))
            return false;
    return true;
}

bool mock_load_json(struct mock *mock, const json_t *fixture, struct mock_text *error)
{
    json_t *copy = json_deep_copy(fixture);
    bool ok = true;

    if (json_is_array(copy)) {
        ok = add_threads(mock, copy, error);
    } else if (json_object_get(copy, "threads") != NULL ||
               json_object_get(copy, "assistants") != NULL ||
               json_object_get(copy, "files") != NULL) {
        ok = add_threads(mock, json_object_get(copy, "threads"), error) &&
             mock_files_load(mock, json_object_get(copy, "files"), error);
        add_list(&mock->source.assistants, json_object_get(copy, "assistants"));
    } else {
        ok = add_thread(mock, copy, error);
    }
    json_decref(copy);
    return ok;
}

static bool load_file(struct mock *mock, const char *path, struct mock_text *error)
{
    json_error_t problem;
    json_t *json = json_load_file(path, JSON_ALLOW_NUL, &problem);

    if (!json) {
        mock_text_printf(error, "cannot load '%s': line %d: %s", path, problem.line, problem.text);
        return false;
    }
    bool ok = mock_load_json(mock, json, error);
    json_decref(json);
    return ok;
}

static int is_json(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);

    return len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

static bool load_folder(struct mock *mock, const char *path, struct mock_text *error)
{
    struct dirent **names = NULL;
    int count = scandir(path, &names, is_json, alphasort);
    bool ok = count >= 0;

    if (!ok)
        mock_text_printf(error, "cannot read the folder '%s'", path);
    for (int i = 0; i < count; i++) {
        struct mock_text file = {0};

        mock_text_printf(&file, "%s/%s", path, names[i]->d_name);
        ok = ok && load_file(mock, file.data, error);
        mock_text_release(&file);
        free(names[i]);
    }
    free(names);
    return ok;
}

bool mock_load_path(struct mock *mock, const char *path, struct mock_text *error)
{
    struct stat status;

    if (stat(path, &status) != 0) {
        mock_text_printf(error, "cannot find '%s'", path);
        return false;
    }
    return S_ISDIR(status.st_mode) ? load_folder(mock, path, error) : load_file(mock, path, error);
}
