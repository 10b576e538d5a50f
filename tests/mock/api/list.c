#include "mock/api/list.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_MAX = 128, DEFAULT_LIMIT = 20, TWISTED_LIMIT = 10 };

/* What goes into a page before it is written. */
struct page {
    const struct mock_object *at[PAGE_MAX];
    size_t count;
    bool more;
};

static const struct {
    const char *name;
    unsigned mask;
} twist_names[] = {
    {"ignore_params", MOCK_TWIST_IGNORE_PARAMS},
    {"ignore_after", MOCK_TWIST_IGNORE_AFTER},
    {"never_more", MOCK_TWIST_NEVER_MORE},
    {"no_has_more", MOCK_TWIST_NO_MORE_KEY},
    {"always_more", MOCK_TWIST_ALWAYS_MORE},
    {"full_is_more", MOCK_TWIST_FULL_IS_MORE},
    {"empty_more", MOCK_TWIST_EMPTY_MORE},
    {"reverse", MOCK_TWIST_REVERSE},
    {"swap", MOCK_TWIST_SWAP},
    {"duplicate", MOCK_TWIST_DUPLICATE},
    {"overlap", MOCK_TWIST_OVERLAP},
    {"no_object", MOCK_TWIST_NO_OBJECT},
    {"no_first", MOCK_TWIST_NO_FIRST},
    {"drop", MOCK_TWIST_DROP},
    {"after_500", MOCK_TWIST_AFTER_500},
    {"cap_20", MOCK_TWIST_CAP_20},
    {"false_end", MOCK_TWIST_FALSE_END},
    {"twice", MOCK_TWIST_TWICE},
};

unsigned mock_twist_from_name(const char *name)
{
    for (size_t i = 0; i < sizeof twist_names / sizeof twist_names[0]; i++)
        if (strcmp(twist_names[i].name, name) == 0)
            return twist_names[i].mask;
    return 0;
}

void mock_objects_add(struct mock_objects *objects, struct mock_object *object)
{
    if (objects->count == objects->cap) {
        objects->cap = objects->cap == 0 ? 8 : objects->cap * 2;
        objects->at = mock_resize(objects->at, objects->cap, sizeof *objects->at);
    }
    objects->at[objects->count++] = object;
}

static bool is_at(const struct mock_objects *objects, size_t at, const char *id)
{
    return at < objects->count && strcmp(objects->at[at]->id, id) == 0;
}

/* Where the id is, or count. Looked for outwards from where the last one was. */
static size_t index_of(struct mock_objects *objects, const char *id)
{
    if (objects->hint > objects->count)
        objects->hint = objects->count;
    for (size_t step = 0; step <= objects->count; step++) {
        if (is_at(objects, objects->hint + step, id)) {
            objects->hint += step;
            return objects->hint;
        }
        if (step <= objects->hint && is_at(objects, objects->hint - step, id)) {
            objects->hint -= step;
            return objects->hint;
        }
    }
    return objects->count;
}

struct mock_object *mock_objects_find(struct mock_objects *objects, const char *id)
{
    size_t at = index_of(objects, id);

    return at < objects->count ? objects->at[at] : NULL;
}

bool mock_objects_remove(struct mock_objects *objects, const struct mock_object *object)
{
    for (size_t i = 0; i < objects->count; i++) {
        if (objects->at[i] == object) {
            objects->count--;
            memmove(&objects->at[i], &objects->at[i + 1],
                    (objects->count - i) * sizeof(objects->at[0]));
            return true;
        }
    }
    return false;
}

void mock_object_free(struct mock_object *object)
{
    if (object) {
        free(object->id);
        free(object->json);
        free(object->json_included);
        free(object->run_id);
        free(object);
    }
}

void mock_objects_forget(struct mock_objects *objects)
{
    free(objects->at);
    *objects = (struct mock_objects){0};
}

void mock_objects_release(struct mock_objects *objects)
{
    for (size_t i = 0; i < objects->count; i++)
        mock_object_free(objects->at[i]);
    mock_objects_forget(objects);
}

static bool in_list(const char *const *list, const char *value)
{
    for (; *list != NULL; list++)
        if (strcmp(*list, value) == 0)
            return true;
    return false;
}

static bool parse_limit(const char *text, size_t *limit, struct mock_reply *reply)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);

    if (end == text || *end != '\0') {
        mock_reply_fail(reply, &(struct mock_problem){400, NULL, "limit", "invalid_type"},
                        "Invalid type for 'limit': expected an integer, but got a string instead.");
        return false;
    }
    if (value > 100) {
        mock_reply_fail(
            reply, &(struct mock_problem){400, NULL, "limit", "integer_above_max_value"},
            "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got %ld "
            "instead.",
            value);
        return false;
    }
    if (value < 1) {
        mock_reply_fail(
            reply, &(struct mock_problem){400, NULL, "limit", "integer_below_min_value"},
            "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got %ld "
            "instead.",
            value);
        return false;
    }
    *limit = (size_t)value;
    return true;
}

static bool parse_order(const char *text, bool *asc, struct mock_reply *reply)
{
    if (strcmp(text, "asc") != 0 && strcmp(text, "desc") != 0) {
        mock_reply_fail(reply, &(struct mock_problem){400, NULL, "order", "invalid_value"},
                        "Invalid value: '%s'. Supported values are: 'asc' and 'desc'.", text);
        return false;
    }
    *asc = text[0] == 'a';
    return true;
}

static bool parse_include(const char *text, unsigned params, struct mock_page_query *query,
                          struct mock_reply *reply)
{
    static const char *const item_values[] = {
        "file_search_call.results",
        "web_search_call.results",
        "web_search_call.action.sources",
        "message.input_image.image_url",
        "computer_call_output.output.image_url",
        "code_interpreter_call.outputs",
        "reasoning.encrypted_content",
        "message.output_text.logprobs",
        NULL,
    };
    static const char *const step_values[] = {
        "step_details.tool_calls[*].file_search.results[*].content",
        NULL,
    };

    if (!in_list((params & MOCK_PARAM_INCLUDE_ITEM) != 0 ? item_values : step_values, text)) {
        mock_reply_fail(reply, &(struct mock_problem){400, NULL, "include", "invalid_value"},
                        "Invalid value: '%s'.", text);
        return false;
    }
    if (strcmp(text, "message.input_image.image_url") == 0 || (params & MOCK_PARAM_INCLUDE_STEP))
        query->included = true;
    return true;
}

static bool parse_pair(const struct mock_pair *pair, unsigned params, struct mock_page_query *query,
                       struct mock_reply *reply)
{
    bool page = (params & MOCK_PARAM_PAGE) != 0;
    unsigned include = params & (MOCK_PARAM_INCLUDE_ITEM | MOCK_PARAM_INCLUDE_STEP);

    if (page && strcmp(pair->name, "limit") == 0)
        return parse_limit(pair->value, &query->limit, reply);
    if (page && strcmp(pair->name, "order") == 0)
        return parse_order(pair->value, &query->asc, reply);
    if (page && strcmp(pair->name, "after") == 0) {
        query->after = pair->value;
        return true;
    }
    if ((params & MOCK_PARAM_BEFORE) != 0 && strcmp(pair->name, "before") == 0) {
        query->before = pair->value;
        return true;
    }
    if ((params & MOCK_PARAM_RUN_ID) != 0 && strcmp(pair->name, "run_id") == 0) {
        query->run_id = pair->value;
        return true;
    }
    if (include != 0 &&
        (strcmp(pair->name, "include[]") == 0 || strcmp(pair->name, "include") == 0))
        return parse_include(pair->value, params, query, reply);
    if (strcmp(pair->name, "api-version") == 0)
        return true;
    mock_reply_fail(reply, &(struct mock_problem){400, NULL, pair->name, "unknown_parameter"},
                    "Unknown query parameter: '%s'.", pair->name);
    return false;
}

bool mock_page_query_parse(const struct mock_url *url, unsigned params,
                           struct mock_page_query *query, struct mock_reply *reply)
{
    *query = (struct mock_page_query){.limit = 0};
    for (size_t i = 0; i < url->query_count; i++)
        if (!parse_pair(&url->query[i], params, query, reply))
            return false;
    return true;
}

static bool find_cursor(struct mock_reply *reply, struct mock_objects *objects, const char *param,
                        const char *id, const char *kind, size_t *at)
{
    *at = index_of(objects, id);
    if (*at == objects->count) {
        mock_reply_fail(reply, &(struct mock_problem){404, NULL, param, NULL},
                        "No %s found with id '%s'", kind, id);
        return false;
    }
    return true;
}

/* Takes from the list order `from` .. `to`, as much as fits the filter and the limit. */
static void take(struct page *page, const struct mock_objects *objects,
                 const struct mock_page_query *query, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        const struct mock_object *object = objects->at[query->asc ? i : objects->count - 1 - i];

        if (query->run_id && (!object->run_id || strcmp(object->run_id, query->run_id) != 0))
            continue;
        if (page->count == query->limit) {
            page->more = true;
            return;
        }
        page->at[page->count++] = object;
    }
}

static void reverse(struct page *page)
{
    for (size_t i = 0; i < page->count / 2; i++) {
        const struct mock_object *other = page->at[i];
        page->at[i] = page->at[page->count - 1 - i];
        page->at[page->count - 1 - i] = other;
    }
}

/* The page that ends at `to`: collected from there backwards. */
static void take_before(struct page *page, const struct mock_objects *objects,
                        const struct mock_page_query *query, size_t to)
{
    struct mock_page_query mirrored = *query;

    mirrored.asc = !query->asc;
    take(page, objects, &mirrored, objects->count - to, objects->count);
    reverse(page);
}

static void apply_order_twists(struct page *page, unsigned twists)
{
    if ((twists & MOCK_TWIST_REVERSE) != 0)
        reverse(page);
    if ((twists & MOCK_TWIST_SWAP) != 0 && page->count > 1) {
        const struct mock_object *first = page->at[0];
        page->at[0] = page->at[1];
        page->at[1] = first;
    }
    if ((twists & MOCK_TWIST_DUPLICATE) != 0 && page->count > 0) {
        page->at[page->count] = page->at[page->count - 1];
        page->count++;
    }
    if ((twists & MOCK_TWIST_DROP) != 0 && page->count > 2) {
        page->count--;
        memmove(&page->at[1], &page->at[2], (page->count - 1) * sizeof(page->at[0]));
    }
}

static void apply_twists(struct page *page, size_t limit, unsigned twists)
{
    apply_order_twists(page, twists);
    if ((twists & MOCK_TWIST_NEVER_MORE) != 0 ||
        ((twists & MOCK_TWIST_FALSE_END) != 0 && page->count >= DEFAULT_LIMIT))
        page->more = false;
    if ((twists & MOCK_TWIST_ALWAYS_MORE) != 0)
        page->more = true;
    if ((twists & MOCK_TWIST_FULL_IS_MORE) != 0)
        page->more = page->count == limit;
    if ((twists & MOCK_TWIST_EMPTY_MORE) != 0) {
        page->count = 0;
        page->more = true;
    }
}

static void add_id(struct mock_text *body, const char *name, const struct mock_object *object)
{
    mock_text_puts(body, ",\"");
    mock_text_puts(body, name);
    mock_text_puts(body, "\":");
    if (!object)
        mock_text_puts(body, "null");
    else
        mock_text_json_string(body, object->id, strlen(object->id));
}

static void write_page(struct mock_text *body, const struct page *page, bool included,
                       unsigned twists)
{
    mock_text_clear(body);
    mock_text_puts(body, "{");
    if ((twists & MOCK_TWIST_NO_OBJECT) == 0) {
        mock_text_puts(body, (twists & MOCK_TWIST_RUNS) != 0 ? "\"object\":\"runs\","
                                                             : "\"object\":\"list\",");
    }
    mock_text_puts(body, "\"data\":[");
    const size_t times = (twists & MOCK_TWIST_TWICE) != 0 ? 2 : 1;
    for (size_t i = 0; i < page->count * times; i++) {
        const struct mock_object *object = page->at[i / times];

        if (i > 0)
            mock_text_putc(body, ',');
        mock_text_puts(body,
                       included && object->json_included ? object->json_included : object->json);
    }
    mock_text_putc(body, ']');
    if ((twists & MOCK_TWIST_NO_FIRST) == 0)
        add_id(body, "first_id", page->count > 0 ? page->at[0] : NULL);
    add_id(body, "last_id", page->count > 0 ? page->at[page->count - 1] : NULL);
    if ((twists & MOCK_TWIST_NO_MORE_KEY) == 0)
        mock_text_puts(body, page->more ? ",\"has_more\":true" : ",\"has_more\":false");
    mock_text_putc(body, '}');
}

static struct mock_page_query twist_query(const struct mock_page_query *asked, unsigned twists)
{
    struct mock_page_query query = *asked;

    if ((twists & MOCK_TWIST_IGNORE_PARAMS) != 0)
        query = (struct mock_page_query){.limit = DEFAULT_LIMIT};
    if ((twists & MOCK_TWIST_IGNORE_AFTER) != 0)
        query.after = NULL;
    if (query.limit == 0)
        query.limit = (twists & MOCK_TWIST_LIMIT_10) != 0 ? TWISTED_LIMIT : DEFAULT_LIMIT;
    if ((twists & MOCK_TWIST_CAP_20) != 0 && query.limit > DEFAULT_LIMIT)
        query.limit = DEFAULT_LIMIT;
    return query;
}

void mock_page_write(struct mock_reply *reply, struct mock_objects *objects,
                     const struct mock_page_query *asked, unsigned twists, const char *kind)
{
    struct mock_page_query query = twist_query(asked, twists);
    struct page page = {.count = 0};
    size_t from = 0;
    size_t to = objects->count;
    size_t at = 0;

    if (query.after) {
        if ((twists & MOCK_TWIST_AFTER_500) != 0) {
            mock_reply_fail(reply, &(struct mock_problem){500, "server_error", NULL, NULL},
                            "Internal Server Error");
            return;
        }
        if (!find_cursor(reply, objects, "after", query.after, kind, &at))
            return;
        from = (query.asc ? at : objects->count - 1 - at) + 1;
        from -= (twists & MOCK_TWIST_OVERLAP) != 0;
    }
    if (query.before) {
        if (!find_cursor(reply, objects, "before", query.before, kind, &at))
            return;
        to = query.asc ? at : objects->count - 1 - at;
    }
    if (query.before && !query.after)
        take_before(&page, objects, &query, to);
    else
        take(&page, objects, &query, from, to);
    apply_twists(&page, query.limit, twists);
    write_page(&reply->body, &page, query.included, twists);
}
