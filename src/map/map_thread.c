#include "map/map_build.h"

#include "base/text.h"
#include "json/json.h"

#include <math.h>
#include <string.h>

static bool is_active_status(struct span status)
{
    static const char *const ACTIVE[] = {"queued", "in_progress", "requires_action", "cancelling"};

    for (size_t i = 0; i < COUNT_OF(ACTIVE); i++) {
        if (span_is(status, ACTIVE[i]))
            return true;
    }
    return false;
}

bool run_is_active(const json_t *run)
{
    return is_active_status(json_get_text(run, "status"));
}

/* Numbers above this, the year 5138 as seconds, are milliseconds. */
static const int64_t SECONDS_MAX = 100000000000;

static bool is_seconds(int64_t time)
{
    return time <= SECONDS_MAX && time >= -SECONDS_MAX;
}

static bool real_time_ms(double time, int64_t *ms)
{
    const double largest = 9e18; /* fits in int64_t */

    if (!isfinite(time) || fabs(time) > largest)
        return false;
    if (fabs(time) <= (double)SECONDS_MAX)
        time *= 1000;
    *ms = (int64_t)floor(time);
    return true;
}

/* "1700000000" or "1700000000.25": the fraction to milliseconds, further digits are cut. */
static bool numeric_text_ms(struct span text, int64_t *ms)
{
    const char *point = text.len > 0 ? memchr(text.data, '.', text.len) : NULL;
    struct span whole = {text.data, point ? (size_t)(point - text.data) : text.len};
    int64_t unit = 100;
    int64_t fraction = 0;
    int64_t number;

    if (!text_to_int(whole, &number))
        return false;
    for (const char *at = point ? point + 1 : NULL; at && at < text.data + text.len; at++) {
        if (*at < '0' || *at > '9')
            return false;
        fraction += (*at - '0') * unit;
        unit /= 10;
    }
    *ms = number;
    if (is_seconds(number))
        *ms = number * 1000 + (text.data[0] == '-' ? -fraction : fraction);
    return true;
}

bool source_time_ms(const json_t *value, int64_t *ms)
{
    struct span text = {json_string_value(value), json_string_length(value)};

    if (json_is_integer(value)) {
        *ms = json_integer_value(value);
        if (is_seconds(*ms))
            *ms *= 1000;
        return true;
    }
    if (json_is_real(value))
        return real_time_ms(json_real_value(value), ms);
    return text.data && (numeric_text_ms(text, ms) || text_parse_time(text, ms));
}

static bool add_pair(struct metadata *metadata, struct span key, struct span value)
{
    if (metadata->count == METADATA_PAIRS_MAX || !value.data ||
        text_utf8_count(key) > METADATA_KEY_MAX || text_utf8_count(value) > METADATA_VALUE_MAX)
        return false;
    metadata->pairs[metadata->count] = (struct metadata_pair){key, value};
    metadata->count++;
    return true;
}

static void map_own_metadata(struct metadata *out, struct losses *losses,
                             const struct map_context *context, json_t *own)
{
    const char *key;
    json_t *value;

    /* Other shapes than an object hold no pairs; only an empty one is nothing. */
    if (!json_is_object(own)) {
        if (json_array_size(own) > 0 || json_string_length(own) > 0 || json_is_number(own))
            losses->count[LOSS_METADATA]++;
        return;
    }
    json_object_foreach(own, key, value)
    {
        struct span text = {json_string_value(value), json_string_length(value)};
        bool repaired = json_was_repaired(own, key);

        if (json_is_repair_mark(key, value))
            continue;
        if (!add_pair(out, span_of(key), map_nul(context, text, &repaired)))
            losses->count[LOSS_METADATA]++;
        else if (repaired)
            losses->count[LOSS_INVALID_TEXT]++;
    }
}

/* The pair, or the loss of it; a value that is there already is none. */
static bool add_provenance(struct metadata *out, const char *key, struct span value)
{
    for (size_t i = 0; i < out->count; i++) {
        if (span_is(out->pairs[i].key, key))
            return span_equal(out->pairs[i].value, value);
    }
    return add_pair(out, span_of(key), value);
}

static void map_provenance(struct metadata *out, struct losses *losses,
                           const struct map_context *context, struct span thread_id, int64_t ms)
{
    struct span id = {arena_dup(context->arena, thread_id.data, thread_id.len), thread_id.len};
    bool whole = add_provenance(out, "source_thread_id", id);

    if (ms != INT64_MIN) {
        struct buf text;
        struct span created;

        buf_init(&text, BUF_NO_LIMIT);
        buf_add_int(&text, ms / 1000 - (ms % 1000 < 0));
        created = (struct span){arena_dup(context->arena, text.data, text.len), text.len};
        buf_release(&text);
        whole = add_provenance(out, "source_created_at", created) && whole;
    }
    if (!whole)
        losses->count[LOSS_PROVENANCE]++;
}

static bool is_vector_stores(const char *tool, const char *name)
{
    return strcmp(tool, "file_search") == 0 && strcmp(name, "vector_store_ids") == 0;
}

/* True where some tool's resources list something; without the vector stores if wanted. */
static bool names_resources(json_t *resources, bool with_vector_stores)
{
    const char *tool;
    json_t *lists;

    json_object_foreach(resources, tool, lists)
    {
        const char *name;
        json_t *list;

        json_object_foreach(lists, name, list)
        {
            if ((with_vector_stores || !is_vector_stores(tool, name)) &&
                (json_array_size(list) > 0 || json_string_length(list) > 0))
                return true;
        }
    }
    return false;
}

/* Adds the ids of the thread's vector stores, whole ones; false if not all of them fit. */
static bool add_vector_stores(struct metadata *out, const struct map_context *context,
                              const json_t *resources)
{
    const json_t *ids =
        json_object_get(json_object_get(resources, "file_search"), "vector_store_ids");
    bool is_whole = json_is_array(ids) ||
                    json_is_absent(json_object_get(resources, "file_search"), "vector_store_ids");
    struct buf text;
    size_t i;
    json_t *id;

    buf_init(&text, METADATA_VALUE_MAX);
    json_array_foreach(ids, i, id)
    {
        const size_t len = json_string_length(id) + (text.len > 0);

        if (json_string_length(id) == 0 || text.len + len > METADATA_VALUE_MAX) {
            is_whole = false;
            continue;
        }
        if (text.len > 0)
            buf_add_char(&text, ',');
        buf_add(&text, json_string_value(id), json_string_length(id));
    }
    if (text.len > 0)
        is_whole = add_provenance(
                       out, "source_vector_store_ids",
                       (struct span){arena_dup(context->arena, text.data, text.len), text.len}) &&
                   is_whole;
    buf_release(&text);
    return is_whole;
}

/* Items know no vector stores; the application may. */
static void map_resources(struct metadata *out, struct losses *losses,
                          const struct map_context *context, json_t *resources)
{
    bool is_lost = names_resources(resources, true);

    if (is_lost && context->policy->tool_resources == RESOURCES_METADATA)
        is_lost = !add_vector_stores(out, context, resources) || names_resources(resources, false);
    if (is_lost)
        losses->count[LOSS_TOOL_RESOURCES]++;
}

void map_thread(struct metadata *out, struct losses *losses, const struct map_context *context,
                const json_t *thread, struct span thread_id, int64_t first_message_ms)
{
    int64_t created_ms = first_message_ms;

    out->count = 0;
    map_own_metadata(out, losses, context, json_object_get(thread, "metadata"));
    (void)source_time_ms(json_object_get(thread, "created_at"), &created_ms);
    if (context->policy->provenance)
        map_provenance(out, losses, context, thread_id, created_ms);
    map_resources(out, losses, context, json_object_get(thread, "tool_resources"));
}

void metadata_write_json(struct buf *out, const struct metadata *metadata, enum json_escape escape)
{
    buf_add_char(out, '{');
    for (size_t i = 0; i < metadata->count; i++) {
        if (i > 0)
            buf_add_char(out, ',');
        json_write_string(out, metadata->pairs[i].key, escape);
        buf_add_char(out, ':');
        json_write_string(out, metadata->pairs[i].value, escape);
    }
    buf_add_char(out, '}');
}
