#include "files/named_files.h"

#include "json/json.h"

const char *const FILE_USE_NAMES[FILE_USES] = {
    [FILE_USE_IMAGE] = "image",
    [FILE_USE_ATTACHMENT] = "attachment",
    [FILE_USE_LINK] = "file_path",
    [FILE_USE_CITATION] = "file_citation",
};

static void tell(const struct named_files *told, enum file_use use, struct span file_id)
{
    if (file_id.len > 0)
        told->named(told->ctx, use, file_id);
}

static void tell_id_of(const struct named_files *told, enum file_use use, const json_t *object,
                       const char *member)
{
    tell(told, use, json_get_text(json_object_get(object, member), "file_id"));
}

static void tell_content(const json_t *content, const struct named_files *told)
{
    for (size_t i = 0; i < json_array_size(content); i++) {
        const json_t *part = json_array_get(content, i);
        const json_t *annotations = json_object_get(json_object_get(part, "text"), "annotations");

        tell_id_of(told, FILE_USE_IMAGE, part, "image_file");
        for (size_t k = 0; k < json_array_size(annotations); k++) {
            const json_t *annotation = json_array_get(annotations, k);

            tell_id_of(told, FILE_USE_LINK, annotation, "file_path");
            tell_id_of(told, FILE_USE_CITATION, annotation, "file_citation");
        }
    }
}

void named_files_of_message(const json_t *message, const struct named_files *told)
{
    const json_t *attachments = json_object_get(message, "attachments");
    const json_t *file_ids = json_object_get(message, "file_ids");

    tell_content(json_object_get(message, "content"), told);
    for (size_t i = 0; i < json_array_size(attachments); i++)
        tell(told, FILE_USE_ATTACHMENT, json_get_text(json_array_get(attachments, i), "file_id"));
    for (size_t i = 0; i < json_array_size(file_ids); i++) {
        const json_t *id = json_array_get(file_ids, i);

        tell(told, FILE_USE_ATTACHMENT,
             (struct span){json_string_value(id), json_string_length(id)});
    }
}

void named_files_of_step(const json_t *run_step, const struct named_files *told)
{
    const json_t *calls = json_object_get(json_object_get(run_step, "step_details"), "tool_calls");

    for (size_t i = 0; i < json_array_size(calls); i++) {
        const json_t *code = json_object_get(json_array_get(calls, i), "code_interpreter");
        const json_t *outputs = json_object_get(code, "outputs");

        for (size_t k = 0; k < json_array_size(outputs); k++)
            tell_id_of(told, FILE_USE_IMAGE, json_array_get(outputs, k), "image");
    }
}
