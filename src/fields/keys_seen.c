#include "fields/keys_seen.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/siphash.h"
#include "base/strmap.h"
#include "base/text.h"
#include "json/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEPTH_MAX = 12, MAP_KEY_MIN = 4 };

/* Seconds and milliseconds from 2015 to 2045. */
static const double SECONDS_MIN = 1420070400;
static const double SECONDS_MAX = 2366841600;

const struct key_word KEYS_WORDS[] = {
    {"user", "user", true},
    {"assistant", "assistant", true},
    {"human", "user", true},
    {"customer", "user", true},
    {"ai", "assistant", true},
    {"bot", "assistant", true},
    {"agent", "assistant", true},
    {"system", "system", true},
    {"system_prompt", "system", true},
    {"client", "user", false},
    {"visitor", "user", false},
    {"guest", "user", false},
    {"me", "user", false},
    {"question", "user", false},
    {"incoming", "user", false},
    {"inbound", "user", false},
    {"usermessage", "user", false},
    {"user_message", "user", false},
    {"assistant_message", "assistant", false},
    {"chatbot", "assistant", false},
    {"model", "assistant", false},
    {"gpt", "assistant", false},
    {"chatgpt", "assistant", false},
    {"openai", "assistant", false},
    {"robot", "assistant", false},
    {"answer", "assistant", false},
    {"outgoing", "assistant", false},
    {"outbound", "assistant", false},
    {"apimessage", "assistant", false},
    {"aimessage", "assistant", false},
    {NULL, NULL, false},
};

struct seen_key {
    struct key_facts facts; /* but for the name */
    uint64_t hashes[KEYS_DISTINCT_MAX];
};

/* A value that is still to be looked at. */
struct pending_value {
    json_t *value; /* owned */
    char *prefix;  /* owned: what its keys' names begin with */
    size_t list_len;
    int depth;
};

struct keys_seen {
    struct strmap names;
    struct seen_key *keys; /* by their place in names */
    struct pending_value *pending;
    size_t pending_count;
    size_t pending_cap;
    size_t values;
    uint64_t hash_key[2];
    const struct preset *preset;
    bool is_partial;
};

struct keys_seen *keys_seen_new(void)
{
    struct keys_seen *seen = mem_zalloc(1, sizeof *seen);

    strmap_init(&seen->names);
    seen->keys = mem_zalloc(KEYS_SEEN_MAX, sizeof *seen->keys);
    siphash_random_key(seen->hash_key);
    return seen;
}

void keys_seen_free(struct keys_seen *seen)
{
    if (!seen)
        return;
    strmap_release(&seen->names);
    free(seen->keys);
    free(seen->pending);
    free(seen);
}

static void push(struct keys_seen *seen, struct pending_value item)
{
    if (seen->values >= KEYS_VALUES_MAX || item.depth > DEPTH_MAX ||
        strlen(item.prefix) > KEYS_NAME_MAX) {
        seen->is_partial = true;
        json_decref(item.value);
        free(item.prefix);
        return;
    }
    if (seen->pending_count == seen->pending_cap) {
        seen->pending_cap = seen->pending_cap > 0 ? 2 * seen->pending_cap : 64;
        seen->pending = mem_resize(seen->pending, seen->pending_cap, sizeof *seen->pending);
    }
    seen->values++;
    seen->pending[seen->pending_count++] = item;
}

/* A string that as a whole is an object or a list is looked into like one. New. */
static json_t *unfold(json_t *value)
{
    const struct span text = {json_string_value(value), json_string_length(value)};
    struct error ignored;
    json_t *inner = NULL;

    if (text.len > 1 && (text.data[0] == '{' || text.data[0] == '['))
        inner = json_read(text, &ignored);
    return inner ? inner : json_incref(value);
}

static const char *type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "object";
    case JSON_ARRAY:
        return "list";
    case JSON_STRING:
        return "string";
    case JSON_INTEGER:
        return "integer";
    case JSON_REAL:
        return "number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "boolean";
    case JSON_NULL:
        break;
    }
    return "null";
}

static void note_distinct(const struct keys_seen *seen, struct seen_key *key, struct span bytes)
{
    const uint64_t hash = siphash(seen->hash_key, bytes);

    for (size_t i = 0; i < key->facts.distinct; i++) {
        if (key->hashes[i] == hash)
            return;
    }
    if (key->facts.distinct < KEYS_DISTINCT_MAX)
        key->hashes[key->facts.distinct++] = hash;
}

static void note_word(struct key_facts *facts, struct span text)
{
    for (int i = 0; KEYS_WORDS[i].word; i++) {
        if (text.len != strlen(KEYS_WORDS[i].word) ||
            strncasecmp(text.data, KEYS_WORDS[i].word, text.len) != 0)
            continue;
        facts->role_words++;
        facts->words |= UINT32_C(1) << i;
        return;
    }
}

static void note_string(const struct keys_seen *seen, struct seen_key *key, struct span text)
{
    int64_t ignored;

    key->facts.strings++;
    key->facts.bytes += text.len;
    key->facts.with_blank += text.len > 0 && memchr(text.data, ' ', text.len) != NULL;
    key->facts.dates += text_parse_time(text, &ignored);
    note_word(&key->facts, text);
    note_distinct(seen, key, text);
}

static void note_number(const struct keys_seen *seen, struct seen_key *key, json_t *value)
{
    const double number = json_number_value(value);
    const bool is_seconds = number >= SECONDS_MIN && number <= SECONDS_MAX;
    const bool is_ms = number >= 1000 * SECONDS_MIN && number <= 1000 * SECONDS_MAX;

    key->facts.dates += is_seconds || is_ms;
    if (json_is_integer(value) && number >= 0 && number < 32) {
        key->facts.small |= UINT32_C(1) << (int)number;
        key->facts.smalls++;
    }
    note_distinct(seen, key, (struct span){(const char *)&number, sizeof number});
}

static void note_value(const struct keys_seen *seen, struct seen_key *key, json_t *value)
{
    struct key_facts *facts = &key->facts;

    if (json_is_null(value))
        return;
    if (facts->times++ == 0)
        facts->type = type_name(value);
    if (json_is_object(value) || json_is_array(value))
        return;
    facts->scalars++;
    if (json_is_string(value))
        note_string(seen, key, (struct span){json_string_value(value), json_string_length(value)});
    else if (json_is_number(value))
        note_number(seen, key, value);
    else
        note_distinct(seen, key, span_of(json_is_true(value) ? "t" : "f"));
    facts->booleans += json_is_boolean(value);
}

static void note(struct keys_seen *seen, struct span name, size_t list_len, json_t *value)
{
    const bool has_room = seen->names.count < KEYS_SEEN_MAX && name.len <= KEYS_NAME_MAX;
    size_t place = name.len <= KEYS_NAME_MAX ? strmap_find(&seen->names, name) : SIZE_MAX;
    bool is_new;

    if (place == SIZE_MAX && !has_room) {
        seen->is_partial = true;
        return;
    }
    if (place == SIZE_MAX) {
        place = strmap_add(&seen->names, name, &is_new);
        seen->keys[place].facts.type = "null";
    }
    seen->keys[place].facts.list_len = list_len;
    note_value(seen, &seen->keys[place], value);
}

/* The key of a map says whose its value is, not what it is. */
static bool is_map_key(const char *key, const json_t *value)
{
    if (!json_is_array(value) && !json_is_object(value))
        return false;
    return strncmp(key, "thread_", strlen("thread_")) == 0 ||
           (strlen(key) >= MAP_KEY_MIN && key[strcspn(key, "0123456789")] != '\0');
}

/* The elements of a list are records. */
static void push_elements(struct keys_seen *seen, const struct pending_value *item, json_t *list,
                          const char *name)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *element = json_array_get(list, i);
        struct pending_value next = {.depth = item->depth + 1};

        if (!json_is_object(element) && !json_is_array(element))
            continue;
        next.value = json_incref(element);
        next.prefix = name[0] == '\0' ? mem_strdup("") : mem_printf("%s[].", name);
        next.list_len = strlen(next.prefix);
        push(seen, next);
    }
}

static void look_at_member(struct keys_seen *seen, const struct pending_value *item,
                           const char *key, json_t *member)
{
    json_t *value = unfold(member);
    char *name = mem_printf("%s%s", item->prefix, is_map_key(key, value) ? "$key" : key);

    note(seen, span_of(name), item->list_len, value);
    if (json_is_object(value))
        push(seen, (struct pending_value){.value = json_incref(value),
                                          .prefix = mem_printf("%s.", name),
                                          .list_len = item->list_len,
                                          .depth = item->depth + 1});
    else if (json_is_array(value))
        push_elements(seen, item, value, name);
    json_decref(value);
    free(name);
}

/* In the order of the file: the pile gives back the newest first. */
static void reverse_from(struct keys_seen *seen, size_t first)
{
    for (size_t i = first, j = seen->pending_count; i + 1 < j; i++) {
        const struct pending_value moved = seen->pending[--j];

        seen->pending[j] = seen->pending[i];
        seen->pending[i] = moved;
    }
}

static void look(struct keys_seen *seen, const struct pending_value *item)
{
    const size_t first = seen->pending_count;
    json_t *member;
    const char *key;
    char *name;

    if (json_is_array(item->value)) {
        name = mem_strdup(item->prefix);
        if (name[0] != '\0')
            name[strlen(name) - 1] = '\0';
        push_elements(seen, item, item->value, name);
        free(name);
    } else if (!seen->preset) {
        seen->preset = preset_by_sign(item->value);
    }
    json_object_foreach(item->value, key, member)
    {
        if (!json_is_repair_mark(key, member))
            look_at_member(seen, item, key, member);
    }
    reverse_from(seen, first);
}

void keys_seen_add(struct keys_seen *seen, json_t *value)
{
    if (!json_is_object(value) && !json_is_array(value))
        return;
    push(seen, (struct pending_value){.value = json_incref(value), .prefix = mem_strdup("")});
    while (seen->pending_count > 0) {
        struct pending_value item = seen->pending[--seen->pending_count];

        look(seen, &item);
        json_decref(item.value);
        free(item.prefix);
    }
}

const struct preset *keys_seen_preset(const struct keys_seen *seen)
{
    return seen->preset;
}

size_t keys_seen_count(const struct keys_seen *seen)
{
    return seen->names.count;
}

void keys_seen_at(const struct keys_seen *seen, size_t place, struct key_facts *facts)
{
    *facts = seen->keys[place].facts;
    facts->name = strmap_key(&seen->names, place);
}

void keys_seen_write(const struct keys_seen *seen, size_t most, struct buf *out)
{
    const size_t count = keys_seen_count(seen);

    for (size_t i = 0; i < count && i < most; i++) {
        struct key_facts facts;

        keys_seen_at(seen, i, &facts);
        buf_add_text(out, i > 0 ? ", " : "");
        text_add_visible(out, facts.name, false);
        buf_printf(out, " (%" PRIu64 " %s)", facts.times, facts.type);
    }
    if (count > most)
        buf_printf(out, " and %zu more", count - most);
}

bool keys_seen_is_partial(const struct keys_seen *seen)
{
    return seen->is_partial;
}
