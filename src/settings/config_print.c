#include "settings/config.h"

#include "base/text.h"
#include "json/json.h"
#include "settings/config_value.h"
#include "settings/keys.h"

#include <string.h>
#include <unistd.h>

enum { COMMENT_COLUMN = 44 };

static const char MASK[] = "***";

/* A JSON string is a double-quoted YAML scalar too. What was given for a file and is none may be
 * the key itself. */
static void add_value(struct buf *out, const struct config *config, const struct key *key,
                      bool is_json)
{
    const char *gap = is_json ? "" : " ";
    struct buf text;

    if (!config_value_is_set(config, key)) {
        buf_add_text(out, is_json ? "null" : "");
        return;
    }
    if (key->kind == KEY_LIST || key->kind == KEY_MAP) {
        config_value_write_words(out, config, key, gap, (key->flags & KEY_IS_MASKED) ? MASK : NULL);
        return;
    }
    buf_init(&text, BUF_NO_LIMIT);
    config_value_write(&text, config, key);
    if ((key->flags & KEY_IS_MASKED) && access(text.data, F_OK) != 0)
        config_write_quoted(out, MASK);
    else if (key->kind == KEY_STRING || (key->kind == KEY_ENUM && is_json))
        config_write_quoted(out, text.data);
    else
        buf_add_span(out, buf_span(&text));
    buf_release(&text);
}

static void add_line(struct buf *out, const struct config *config, size_t place)
{
    const struct key key = key_at(place);
    const size_t start = out->len;
    struct buf origin;

    buf_printf(out, "%s%s: ", key.section ? "  " : "", key.name);
    add_value(out, config, &key, false);
    while (out->len - start < COMMENT_COLUMN)
        buf_add_char(out, ' ');
    buf_init(&origin, BUF_NO_LIMIT);
    config_origin_write(&origin, config, place);
    buf_add_text(out, " # ");
    text_add_visible(out, buf_span(&origin), false);
    buf_add_char(out, '\n');
    buf_release(&origin);
}

void config_print(struct buf *out, const struct config *config, bool only_set)
{
    const char *section = NULL;

    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);

        if (only_set && !config_value_is_set(config, &key))
            continue;
        if (key.section && (!section || strcmp(section, key.section) != 0))
            buf_printf(out, "%s:\n", key.section);
        section = key.section;
        add_line(out, config, i);
    }
}

void config_print_json(struct buf *out, const struct config *config, bool only_set)
{
    const char *file = config_file(config);
    const char *comma = "";
    struct buf origin;

    buf_init(&origin, BUF_NO_LIMIT);
    buf_add_text(out, "{\"schema\":1,\"command\":\"config check\",\"file\":");
    if (file)
        config_write_quoted(out, file);
    else
        buf_add_text(out, "null");
    buf_add_text(out, ",\"keys\":[");
    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);

        if (only_set && !config_value_is_set(config, &key))
            continue;
        buf_printf(out, "%s{\"key\":\"%s\",\"value\":", comma, key_path(&key).text);
        comma = ",";
        add_value(out, config, &key, true);
        buf_clear(&origin);
        config_origin_write(&origin, config, i);
        buf_add_text(out, ",\"origin\":");
        config_write_quoted(out, origin.data);
        buf_add_char(out, '}');
    }
    buf_add_text(out, "]}\n");
    buf_release(&origin);
}
