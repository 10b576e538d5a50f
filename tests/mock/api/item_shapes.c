#include "mock/api/item_shapes.h"

#include <string.h>

enum { TEXT_MAX = MOCK_TEXT_MAX, IMAGE_URL_MAX = 20971520, FILE_DATA_MAX = 73400320 };

static const struct mock_shape parts_table[] = {
    {"input_text", NULL, {{"text", MOCK_KEY_STRING, true, TEXT_MAX}}},
    {"input_image",
     NULL,
     {{"image_url", MOCK_KEY_STRING, false, IMAGE_URL_MAX},
      {"file_id", MOCK_KEY_STRING, false, 64},
      {"detail", MOCK_KEY_STRING, false, 0}}},
    {"input_file",
     NULL,
     {{"file_id", MOCK_KEY_STRING, false, 64},
      {"filename", MOCK_KEY_STRING, false, 0},
      {"file_data", MOCK_KEY_STRING, false, FILE_DATA_MAX},
      {"file_url", MOCK_KEY_STRING, false, 0},
      {"detail", MOCK_KEY_STRING, false, 0}}},
    {"output_text",
     NULL,
     {{"text", MOCK_KEY_STRING, true, TEXT_MAX},
      {"annotations", MOCK_KEY_ARRAY, false, 0},
      {"logprobs", MOCK_KEY_ARRAY, false, 0}}},
    {"refusal", NULL, {{"refusal", MOCK_KEY_STRING, true, TEXT_MAX}}},
};

static const struct mock_shape annotations_table[] = {
    {"file_citation",
     NULL,
     {{"file_id", MOCK_KEY_STRING, true, 0},
      {"filename", MOCK_KEY_STRING, false, 0},
      {"index", MOCK_KEY_ANY, true, 0}}},
    {"url_citation",
     NULL,
     {{"url", MOCK_KEY_STRING, true, 0},
      {"title", MOCK_KEY_STRING, true, 0},
      {"start_index", MOCK_KEY_ANY, true, 0},
      {"end_index", MOCK_KEY_ANY, true, 0}}},
    {"container_file_citation",
     NULL,
     {{"container_id", MOCK_KEY_STRING, true, 0},
      {"file_id", MOCK_KEY_STRING, true, 0},
      {"start_index", MOCK_KEY_ANY, true, 0},
      {"end_index", MOCK_KEY_ANY, true, 0},
      {"filename", MOCK_KEY_STRING, false, 0}}},
    {"file_path", NULL, {{"file_id", MOCK_KEY_STRING, true, 0}, {"index", MOCK_KEY_ANY, false, 0}}},
};

static const struct mock_shape items_table[] = {
    {"message",
     "msg",
     {{"role", MOCK_KEY_STRING, true, 0},
      {"content", MOCK_KEY_ANY, true, 0},
      {"id", MOCK_KEY_STRING, false, 0},
      {"status", MOCK_KEY_STRING, false, 0},
      {"phase", MOCK_KEY_STRING, false, 0}}},
    {"function_call",
     "fc",
     {{"id", MOCK_KEY_STRING, false, 0},
      {"call_id", MOCK_KEY_STRING, true, 64},
      {"name", MOCK_KEY_STRING, true, 64},
      {"arguments", MOCK_KEY_STRING, true, TEXT_MAX},
      {"status", MOCK_KEY_STRING, false, 0}}},
    {"function_call_output",
     "fc",
     {{"id", MOCK_KEY_STRING, false, 0},
      {"call_id", MOCK_KEY_STRING, true, 64},
      {"output", MOCK_KEY_ANY, true, 0},
      {"status", MOCK_KEY_STRING, false, 0}}},
    {"file_search_call",
     "fs",
     {{"id", MOCK_KEY_STRING, true, 0},
      {"queries", MOCK_KEY_ARRAY, true, 0},
      {"status", MOCK_KEY_STRING, true, 0},
      {"results", MOCK_KEY_ANY, false, 0}}},
    {"web_search_call",
     "ws",
     {{"id", MOCK_KEY_STRING, true, 0},
      {"status", MOCK_KEY_STRING, true, 0},
      {"action", MOCK_KEY_OBJECT, true, 0}}},
    {"code_interpreter_call",
     "ci",
     {{"id", MOCK_KEY_STRING, true, 0},
      {"container_id", MOCK_KEY_STRING, true, 0},
      {"status", MOCK_KEY_STRING, true, 0},
      {"code", MOCK_KEY_ANY, true, 0},
      {"outputs", MOCK_KEY_ANY, true, 0}}},
    {"computer_call",
     "cu",
     {{"id", MOCK_KEY_STRING, true, 0},
      {"call_id", MOCK_KEY_STRING, true, 64},
      {"action", MOCK_KEY_OBJECT, false, 0},
      {"pending_safety_checks", MOCK_KEY_ARRAY, true, 0},
      {"status", MOCK_KEY_STRING, true, 0}}},
    {"image_generation_call",
     "ig",
     {{"id", MOCK_KEY_STRING, true, 0},
      {"status", MOCK_KEY_STRING, true, 0},
      {"result", MOCK_KEY_ANY, true, 0}}},
    {"local_shell_call",
     "lsh",
     {{"id", MOCK_KEY_STRING, true, 0},
      {"call_id", MOCK_KEY_STRING, true, 64},
      {"action", MOCK_KEY_OBJECT, true, 0},
      {"status", MOCK_KEY_STRING, true, 0}}},
    {"mcp_call",
     "mcp",
     {{"id", MOCK_KEY_STRING, true, 0},
      {"server_label", MOCK_KEY_STRING, true, 0},
      {"name", MOCK_KEY_STRING, true, 0},
      {"arguments", MOCK_KEY_STRING, true, 0},
      {"output", MOCK_KEY_ANY, false, 0},
      {"error", MOCK_KEY_ANY, false, 0},
      {"status", MOCK_KEY_STRING, false, 0}}},
    {"reasoning",
     "rs",
     {{"id", MOCK_KEY_STRING, false, 0},
      {"encrypted_content", MOCK_KEY_ANY, false, 0},
      {"summary", MOCK_KEY_ARRAY, true, 0},
      {"content", MOCK_KEY_ANY, false, 0},
      {"status", MOCK_KEY_STRING, false, 0}}},
    {"item_reference", "msg", {{"id", MOCK_KEY_STRING, true, 0}}},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct mock_shape *find(const struct mock_shape *shapes, size_t count,
                                     const char *type)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(shapes[i].type, type) == 0)
            return &shapes[i];
    return NULL;
}

const struct mock_shape *mock_part_shape(const char *type)
{
    return find(parts_table, COUNT(parts_table), type);
}

const struct mock_shape *mock_annotation_shape(const char *type)
{
    return find(annotations_table, COUNT(annotations_table), type);
}

const struct mock_shape *mock_item_shape(const char *type)
{
    return find(items_table, COUNT(items_table), type);
}
