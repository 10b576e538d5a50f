#include "mock/files/files.h"

#include "mock/base/gzip.h"
#include "mock/core/body.h"

#include <stdlib.h>
#include <string.h>

enum { CREATED_AT = 1700000000 };

static void file_free(struct mock_file *file)
{
    free(file->object.id);
    free(file->object.json);
    free(file->key);
    mock_text_release(&file->contents);
    free(file);
}

void mock_files_release(struct mock_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        file_free(files->at[i]);
    free(files->at);
    mock_map_release(&files->by_id);
    *files = (struct mock_files){0};
}

/* The id of a file that was replaced stays alive as the map's key. */
static void keep(struct mock_files *files, struct mock_file *file)
{
    files->at = mock_resize(files->at, files->count + 1, sizeof(files->at[0]));
    files->at[files->count++] = file;
    mock_map_set(&files->by_id, file->object.id, file);
}

static bool read_contents(json_t *json, struct mock_file *file, struct mock_text *error)
{
    const char *path = json_string_value(json_object_get(json, "content_file"));
    json_t *content = json_object_get(json, "content");

    mock_text_puts(&file->contents, "");
    if (path && !mock_text_read_file(&file->contents, path)) {
        mock_text_printf(error, "cannot read '%s'", path);
        return false;
    }
    if (content && !mock_body_compose(content, true, &file->contents)) {
        mock_text_puts(error, "the content of a file is not what a body can be");
        return false;
    }
    return true;
}

static void set_default(json_t *object, const char *name, json_t *value)
{
    if (!json_object_get(object, name))
        (void)json_object_set(object, name, value);
    json_decref(value);
}

/* The file's own object: what is for the mock goes, what every object has comes. Steals json. */
static void describe(struct mock_file *file, json_t *json)
{
    static const char *const ours[] = {"content", "content_file", "key", "gzip"};
    struct mock_text text = {0};

    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        (void)json_object_del(json, ours[i]);
    set_default(json, "object", json_string("file"));
    set_default(json, "bytes", json_integer((json_int_t)file->contents.len));
    set_default(json, "created_at", json_integer(CREATED_AT));
    set_default(json, "filename", json_string("picture.png"));
    set_default(json, "purpose", json_string("vision"));
    const char *purpose = json_string_value(json_object_get(json, "purpose"));
    file->is_upload =
        purpose && (strcmp(purpose, "assistants") == 0 || strcmp(purpose, "user_data") == 0);
    file->expires_at = json_integer_value(json_object_get(json, "expires_at"));
    file->object.time = json_integer_value(json_object_get(json, "created_at"));
    mock_text_json(&text, json);
    file->object.json = mock_text_steal(&text);
    json_decref(json);
}

bool mock_files_load(struct mock *mock, json_t *list, struct mock_text *error)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *json = json_array_get(list, i);
        const char *id = json_string_value(json_object_get(json, "id"));
        const char *key = json_string_value(json_object_get(json, "key"));
        struct mock_file *file = mock_alloc(1, sizeof *file);

        file->object.id = mock_strdup(id ? id : "");
        file->key = key ? mock_strdup(key) : NULL;
        file->is_gzipped = json_is_true(json_object_get(json, "gzip"));
        if (!id)
            mock_text_puts(error, "a file of the fixture has no id");
        if (!id || !read_contents(json, file, error)) {
            file_free(file);
            return false;
        }
        describe(file, json_copy(json));
        keep(&mock->files, file);
    }
    return true;
}

/* A picture of one pixel, and the id behind its end, so that no two are alike. */
static void draw(struct mock_text *out, const char *id)
{
    static const char pixel[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15"
                                "\xc4\x89\0\0\0\nIDATx\x9c"
                                "c\0\1\0\0\5\0\1\r\n-\xb4\0\0\0\0IEND\xae"
                                "B`\x82";

    mock_text_add(out, pixel, sizeof pixel - 1);
    mock_text_puts(out, id);
}

static struct mock_file *generate(struct mock *mock, const char *id)
{
    size_t len = strlen(id);
    bool is_picture = len > 3 && strcmp(id + len - 3, "PNG") == 0;
    bool is_upload = len > 3 && strcmp(id + len - 3, "DOC") == 0;

    if (mock->config.generator.threads == 0 || strncmp(id, "file-", 5) != 0 ||
        (!is_picture && !is_upload))
        return NULL;
    struct mock_file *file = mock_alloc(1, sizeof *file);
    json_t *json = json_pack("{s:s}", "id", id);

    file->object.id = mock_strdup(id);
    draw(&file->contents, id);
    if (is_upload) {
        (void)json_object_set_new(json, "filename", json_string("handbook.pdf"));
        (void)json_object_set_new(json, "purpose", json_string("assistants"));
    }
    describe(file, json);
    keep(&mock->files, file);
    return file;
}

static bool knows(const char *key, const struct mock_file *file)
{
    /* What is committed late has no key any more. */
    return !file->key || !key || strcmp(file->key, key) == 0;
}

const struct mock_file *mock_files_find(struct mock *mock, const char *id, const char *key)
{
    const struct mock_file *file = mock_map_get(&mock->files.by_id, id);

    if (!file)
        file = generate(mock, id);
    return file && knows(key, file) ? file : NULL;
}

bool mock_files_check(struct mock_context *context, json_t *items)
{
    const char *key = mock_request_key(context->request);

    for (size_t i = 0; context->mock->config.check_file_ids && i < json_array_size(items); i++) {
        json_t *content = json_object_get(json_array_get(items, i), "content");

        for (size_t k = 0; k < json_array_size(content); k++) {
            const char *id =
                json_string_value(json_object_get(json_array_get(content, k), "file_id"));
            struct mock_text param = {0};

            if (!id || mock_files_find(context->mock, id, key))
                continue;
            mock_text_printf(&param, "items[%zu].content[%zu].file_id", i, k);
            mock_reply_fail(context->reply,
                            &(struct mock_problem){400, NULL, param.data, "invalid_value"},
                            "Files [%s] were not found.", id);
            mock_text_release(&param);
            return false;
        }
    }
    return true;
}

static void refuse(struct mock_context *context, int status, const char *code, const char *words)
{
    if (context->url->profile == MOCK_OPENAI)
        mock_reply_fail(context->reply, &(struct mock_problem){.status = status, .param = "id"},
                        "%s", words);
    else
        mock_reply_fail_azure(context->reply, status, code, words);
}

static void not_found(struct mock_context *context)
{
    struct mock_text words = {0};

    mock_text_printf(&words, "No such File object: %s", context->url->ids[0]);
    refuse(context, 404, "resourceNotFound", words.data);
    mock_text_release(&words);
}

static void send_contents(struct mock_context *context, const struct mock_file *file)
{
    struct mock_text words = {0};

    if (file->expires_at > 0 && file->expires_at <= context->mock->wall_s) {
        not_found(context);
    } else if (file->is_upload) {
        json_t *json = json_loads(file->object.json, JSON_ALLOW_NUL, NULL);

        mock_text_printf(&words, "Not allowed to download files of purpose: %s",
                         json_string_value(json_object_get(json, "purpose")));
        refuse(context, 400, "invalidPayload", words.data);
        json_decref(json);
    } else {
        mock_reply_add_header(context->reply, "Content-Type", "application/octet-stream");
        if (file->is_gzipped) {
            mock_reply_add_header(context->reply, "Content-Encoding", "gzip");
            mock_gzip_store(&context->reply->body, file->contents.data, file->contents.len);
        } else {
            mock_text_add(&context->reply->body, file->contents.data, file->contents.len);
        }
    }
    mock_text_release(&words);
}

static void list_files(struct mock_context *context, const struct mock_page_query *query)
{
    const struct mock_files *files = &context->mock->files;
    const char *key = mock_request_key(context->request);
    struct mock_objects listed = {0};

    for (size_t i = 0; i < files->count; i++) {
        const char *id = files->at[i]->object.id;

        if (mock_map_get(&files->by_id, id) == files->at[i] && knows(key, files->at[i]))
            mock_objects_add(&listed, &files->at[i]->object);
    }
    mock_page_write(context->reply, &listed, query, context->twists, "file");
    mock_objects_forget(&listed);
}

void mock_files_handle(struct mock_context *context)
{
    bool lists = context->url->route == MOCK_LIST_FILES;
    struct mock_page_query query;

    if (!mock_page_query_parse(context->url, lists ? MOCK_PARAM_PAGE : 0, &query, context->reply))
        return;
    if (lists) {
        list_files(context, &query);
        return;
    }
    const struct mock_file *file =
        mock_files_find(context->mock, context->url->ids[0], mock_request_key(context->request));
    if (!file)
        not_found(context);
    else if (context->url->route == MOCK_GET_FILE)
        mock_text_puts(&context->reply->body, file->object.json);
    else
        send_contents(context, file);
}
