#include "print/mapping_rows.h"

#include "base/log.h"
#include "base/text.h"
#include "json/json.h"

#include <inttypes.h>
#include <string.h>

enum { SHOWN_MAX = 96 };

static bool csv_row(struct buf *out, const struct mapping_row *row)
{
    text_add_csv(out, row->thread_id);
    buf_add_char(out, ',');
    text_add_csv(out, row->conversation_id);
    buf_printf(out, ",%" PRId64 ",%s\n", row->items, row->state);
    return true;
}

static bool jsonl_row(struct buf *out, const struct mapping_row *row)
{
    buf_add_text(out, "{\"thread_id\":");
    json_write_string(out, row->thread_id, JSON_ESCAPE_HOSTILE);
    buf_add_text(out, ",\"conversation_id\":");
    json_write_string(out, row->conversation_id, JSON_ESCAPE_HOSTILE);
    buf_printf(out, ",\"items\":%" PRId64 ",\"state\":\"%s\"}\n", row->items, row->state);
    return true;
}

/* A backslash quotes in some dialects and is a letter in others: no literal means the same in
 * all of them. Control and bidi characters have no business in a script either. */
static bool is_sql_safe(struct span text)
{
    struct buf visible;
    bool safe;

    buf_init(&visible, BUF_NO_LIMIT);
    text_add_visible(&visible, text, false);
    safe = span_equal(buf_span(&visible), text) && !memchr(text.data, '\\', text.len);
    buf_release(&visible);
    return safe;
}

static void add_sql_text(struct buf *out, struct span text)
{
    buf_add_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\'')
            buf_add_char(out, '\'');
        buf_add_char(out, text.data[i]);
    }
    buf_add_char(out, '\'');
}

static bool sql_row(struct buf *out, const struct mapping_row *row)
{
    char shown[SHOWN_MAX];

    if (!is_sql_safe(row->thread_id) || !is_sql_safe(row->conversation_id)) {
        text_visible(shown, sizeof shown, row->thread_id);
        log_event(LOG_ERROR, "thread %s is left out: its ids cannot be written as portable SQL",
                  shown);
        return false;
    }
    buf_printf(out, "INSERT INTO %s (thread_id, conversation_id, items, state) VALUES (",
               row->table);
    add_sql_text(out, row->thread_id);
    buf_add_text(out, ", ");
    add_sql_text(out, row->conversation_id);
    buf_printf(out,
               ", %" PRId64 ", '%s') ON CONFLICT (thread_id) DO UPDATE SET "
               "conversation_id = excluded.conversation_id, items = excluded.items, "
               "state = excluded.state;\n",
               row->items, row->state);
    return true;
}

static const struct mapping_format FORMATS[] = {
    {.name = "csv", .head = "thread_id,conversation_id,items,state\n", .row = csv_row},
    {.name = "jsonl", .head = "", .row = jsonl_row},
    {.name = "sql", .head = "", .needs_table = true, .row = sql_row},
};

const struct mapping_format *mapping_format_find(const char *name)
{
    for (size_t i = 0; name && i < sizeof FORMATS / sizeof FORMATS[0]; i++) {
        if (strcmp(FORMATS[i].name, name) == 0)
            return &FORMATS[i];
    }
    return &FORMATS[0];
}

/* The length of "a name" with its quotes, those inside doubled; 0: it is none. */
static size_t quoted_len(const char *name)
{
    size_t at = 1;

    for (; name[at] != '\0'; at++) {
        if (name[at] == '"' && name[at + 1] != '"')
            return at > 1 ? at + 1 : 0;
        at += name[at] == '"';
    }
    return 0;
}

static size_t plain_len(const char *name)
{
    static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char WORD[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

    return name[0] != '\0' && strchr(LETTERS, name[0]) ? strspn(name, WORD) : 0;
}

bool mapping_table_is_name(const char *name)
{
    if (!is_sql_safe(span_of(name)))
        return false;
    for (;;) {
        const size_t len = name[0] == '"' ? quoted_len(name) : plain_len(name);

        if (len == 0 || (name[len] != '.' && name[len] != '\0'))
            return false;
        if (name[len] == '\0')
            return true;
        name += len + 1;
    }
}
