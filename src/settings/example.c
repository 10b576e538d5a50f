#include "settings/example.h"

#include "base/ascii.h"
#include "json/json.h"
#include "settings/config_value.h"
#include "settings/keys.h"

#include <inttypes.h>
#include <string.h>

static const char HEAD[] =
    "# Configuration of threadferry. Flags and environment variables go before it:\n"
    "# source.base_url here is --source-base-url and THREADFERRY_SOURCE_BASE_URL.\n"
    "# A key without a value has its default. \"threadferry config check\" shows what\n"
    "# is in effect and where it comes from.\n";

static const char SECRETS[] =
    "  # The key: one of api_key_env, api_key_file, api_key_command; never the key itself.\n";

/* What stands in the file where a service wants a value and there is none yet; or NULL. One API
 * key, one place: where it was named, no other is suggested. */
static const char *suggestion_for(const struct config *config, const struct key *key)
{
    const enum side side =
        strcmp(key->section ? key->section : "", "source") == 0 ? SIDE_SOURCE : SIDE_DESTINATION;
    const struct profile *profile = config_profile(config, side);
    const struct {
        const char *name;
        const char *text;
    } suggestions[] = {
        {"path", profile->suggested_path},
        {"base_url", profile->suggested_base_url},
        {"api_key_env", profile->suggested_key_env},
        {"api_key_command", profile->suggested_key_command},
    };

    if ((key->flags & KEY_IS_SECRET) && side_key_place(config_side(config, side)))
        return NULL;
    for (size_t i = 0; i < sizeof suggestions / sizeof suggestions[0]; i++) {
        if (strcmp(key->name, suggestions[i].name) == 0)
            return suggestions[i].text;
    }
    return NULL;
}

/* Plain where YAML reads it back as it is, quoted elsewhere. */
static void add_scalar(struct buf *out, struct span text)
{
    bool is_plain =
        text.len > 0 && strchr("-.:/#~", text.data[0]) == NULL && !span_is(text, "null");

    is_plain = is_plain || span_starts_with(text, "./") || span_starts_with(text, "/");
    for (size_t i = 0; is_plain && i < text.len; i++) {
        const char c = text.data[i];

        is_plain = ascii_is_alnum(c) || strchr("-._/:", c) != NULL;
    }
    if (is_plain && text.data[text.len - 1] != ':')
        buf_add_span(out, text);
    else
        json_write_string(out, text, JSON_ESCAPE_HOSTILE);
}

/* A value that was given or has a default of its own; then what the service suggests. */
static void add_value(struct buf *out, const struct config *config, size_t place)
{
    const struct key key = key_at(place);
    const bool is_given = config->origins->keys[place].kind != FROM_DEFAULT;
    const char *suggestion = suggestion_for(config, &key);
    struct buf text;

    if (!config_value_is_set(config, &key) || (!is_given && !key.fallback)) {
        if (suggestion)
            buf_printf(out, " %s", suggestion);
        return;
    }
    buf_add_char(out, ' ');
    if (key.kind == KEY_LIST || key.kind == KEY_MAP) {
        config_value_write_words(out, config, &key, " ", NULL);
        return;
    }
    buf_init(&text, BUF_NO_LIMIT);
    config_value_write(&text, config, &key);
    add_scalar(out, buf_span(&text));
    buf_release(&text);
}

/* Few words end the line, many have one of their own. */
static void add_words(struct buf *out, const char *indent, const char *const *words, bool is_many)
{
    if (!words)
        return;
    if (is_many)
        buf_printf(out, "\n%s# (", indent);
    else
        buf_add_text(out, " (");
    for (size_t i = 0; words[i]; i++)
        buf_printf(out, "%s%s", i > 0 ? " | " : "", words[i]);
    buf_add_char(out, ')');
}

static void add_comment(struct buf *out, const struct key *key)
{
    const char *indent = key->section ? "  " : "";

    if (strcmp(key->name, "api_key_env") == 0)
        buf_add_text(out, SECRETS);
    buf_printf(out, "%s# %s", indent, key->help);
    add_words(out, indent, key->members, true);
    add_words(out, indent, key->choices, key->kind != KEY_ENUM);
    if (key->kind == KEY_INTEGER)
        buf_printf(out, " (%" PRId64 " to %" PRId64 ")", key->min, key->max);
    buf_add_char(out, '\n');
}

void example_write(struct buf *out, const struct config *config)
{
    const char *section = "";

    buf_add_text(out, HEAD);
    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);
        const char *home = key.section ? key.section : "";

        if (i == 0 || strcmp(section, home) != 0)
            buf_printf(out, "\n%s%s", home, key.section ? ":\n" : "");
        section = home;
        add_comment(out, &key);
        buf_printf(out, "%s%s:", key.section ? "  " : "", key.name);
        add_value(out, config, i);
        buf_add_char(out, '\n');
    }
}
