#include "json/json.h"

#include "base/mem.h"
#include "base/pool.h"
#include "base/text.h"
#include "json/json_quick.h"
#include "json/json_repair.h"

#include <stdlib.h>
#include <string.h>

static const char BOM[] = "\xEF\xBB\xBF";

enum { BOM_LEN = 3, OUTLINE_LEVELS = 3 };

void json_start(void)
{
    json_set_alloc_funcs(pool_alloc, pool_free);
}

/* What was wrong, in our words: the parser's own text may quote the document. */
static const char *parse_problem(const json_error_t *problem)
{
    switch (json_error_code(problem)) {
    case json_error_premature_end_of_input:
        return "ends too early";
    case json_error_end_of_input_expected:
        return "has text after its end";
    case json_error_duplicate_key:
        return "has a member twice";
    case json_error_numeric_overflow:
        return "has a number out of range";
    case json_error_null_byte_in_key:
        return "has a NUL in a key";
    case json_error_unknown:
    case json_error_out_of_memory:
    case json_error_stack_overflow:
    case json_error_cannot_open_file:
    case json_error_invalid_argument:
    case json_error_invalid_utf8:
    case json_error_invalid_syntax:
    case json_error_invalid_format:
    case json_error_wrong_type:
    case json_error_null_character:
    case json_error_null_value:
    case json_error_item_not_found:
    case json_error_index_out_of_range:
        break;
    }
    return "is invalid";
}

static json_t *load(struct span text, json_error_t *problem)
{
    return json_loadb(text.data, text.len,
                      JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, problem);
}

static size_t problem_offset(const json_error_t *problem)
{
    return problem->position > 0 ? (size_t)problem->position : 0;
}

/* The slow way: offset is where text begins in the document, for messages. */
static json_t *read_damaged(struct span text, size_t offset, struct error *err)
{
    uint32_t marker = json_repair_marker(text);
    struct buf copy;
    json_error_t problem;
    json_t *root;

    if (marker == 0) {
        error_set(err, ERROR_BAD_SOURCE,
                  "cannot read JSON: it has invalid text and all noncharacters");
        return NULL;
    }
    buf_init(&copy, BUF_NO_LIMIT);
    (void)json_repair_text(&copy, text, marker, SIZE_MAX);
    root = load(buf_span(&copy), &problem);
    if (!root) {
        size_t stop = problem_offset(&problem);

        buf_clear(&copy);
        error_set(err, ERROR_BAD_SOURCE, "cannot read JSON: it %s at byte %zu",
                  parse_problem(&problem), offset + json_repair_text(&copy, text, marker, stop));
    } else if (!json_repair_tree(root, marker)) {
        error_set(err, ERROR_BAD_SOURCE, "cannot read JSON: it has a member twice after repair");
        json_decref(root);
        root = NULL;
    }
    buf_release(&copy);
    return root;
}

static json_t *read_levels(struct span text, size_t levels, struct error *err)
{
    size_t offset = text.len >= BOM_LEN && memcmp(text.data, BOM, BOM_LEN) == 0 ? BOM_LEN : 0;
    struct span body = {text.data + offset, text.len - offset};
    struct json_survey survey;
    json_error_t problem;
    const char *nul;
    json_t *root;

    if (body.len == 0) {
        error_set(err, ERROR_BAD_SOURCE, "cannot read JSON: it is empty");
        return NULL;
    }
    root = json_quick(body, levels);
    if (root)
        return root;
    /* Nowhere in JSON may a NUL byte stand, but jansson passes over one behind a number. */
    nul = memchr(body.data, '\0', body.len);
    if (nul) {
        error_set(err, ERROR_BAD_SOURCE, "cannot read JSON: it holds a NUL byte at byte %zu",
                  offset + (size_t)(nul - body.data));
        return NULL;
    }
    survey = json_survey(body);
    if (survey.deep) {
        error_set(err, ERROR_BAD_SOURCE,
                  "cannot read JSON: it is nested deeper than %d at byte %zu", JSON_MAX_DEPTH,
                  offset + survey.deep_offset);
        return NULL;
    }
    if (survey.damaged)
        return read_damaged(body, offset, err);
    root = load(body, &problem);
    if (!root)
        error_set(err, ERROR_BAD_SOURCE, "cannot read JSON: it %s at byte %zu",
                  parse_problem(&problem), offset + problem_offset(&problem));
    return root;
}

json_t *json_read(struct span text, struct error *err)
{
    return read_levels(text, JSON_MAX_DEPTH, err);
}

static json_t *want_object(json_t *root, struct error *err)
{
    if (root && !json_is_object(root)) {
        error_set(err, ERROR_BAD_SOURCE, "cannot read JSON: not an object");
        json_decref(root);
        return NULL;
    }
    return root;
}

json_t *json_read_object(struct span text, struct error *err)
{
    return want_object(json_read(text, err), err);
}

json_t *json_read_outline(struct span text, struct error *err)
{
    return want_object(read_levels(text, OUTLINE_LEVELS, err), err);
}

struct span json_get_text(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return (struct span){json_string_value(value), json_string_length(value)};
}

bool json_is_absent(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return !value || json_is_null(value);
}

bool json_holds_replacement(struct span text)
{
    static const char REPLACEMENT[] = "\xEF\xBF\xBD";

    return memmem(text.data, text.len, REPLACEMENT, sizeof REPLACEMENT - 1) != NULL;
}

bool json_was_repaired(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    /* What was repaired holds the replacement character; a mark is looked for only then. */
    if (json_is_string(value) && !json_holds_replacement(json_get_text(object, key)) &&
        !json_holds_replacement(span_of(key)))
        return false;
    char *name = mem_printf("%s%s", JSON_REPAIRED_PREFIX, key);
    bool repaired = json_is_true(json_object_get(object, name));

    free(name);
    return repaired;
}

bool json_is_repair_mark(const char *key, const json_t *value)
{
    return json_is_true(value) && span_starts_with(span_of(key), JSON_REPAIRED_PREFIX);
}

bool json_get_bool(const json_t *object, const char *key, bool fallback)
{
    const json_t *value = json_object_get(object, key);

    return json_is_boolean(value) ? json_is_true(value) : fallback;
}
