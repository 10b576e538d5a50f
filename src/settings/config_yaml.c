#include "settings/config_read.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/strmap.h"
#include "base/text.h"
#include "os/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { FILE_MAX_BYTES = 1 << 20, LIST_MAX = 64, SHOWN_MAX = 64 };

/* One pass over the parser's events. The file has two levels at most, so no stack is needed. */
struct yaml_reader {
    yaml_parser_t parser;
    yaml_event_t event;
    bool has_event;
    const char *file;
    struct config *config;
    const char *section; /* NULL at the top */
    struct position sections_seen[KEY_SECTIONS];
    struct error *err;
};

static struct position position_of(yaml_mark_t mark)
{
    return (struct position){mark.line + 1, mark.column + 1};
}

static struct position event_position(const struct yaml_reader *reader)
{
    return position_of(reader->event.start_mark);
}

static bool fail_at(struct yaml_reader *reader, struct position at)
{
    error_wrap(reader->err, "%s:%zu:%zu", reader->file, at.line, at.column);
    return false;
}

static bool fail_text(struct yaml_reader *reader, struct position at, const char *text)
{
    error_set(reader->err, ERROR_USAGE, "%s", text);
    return fail_at(reader, at);
}

/* libyaml gives an offset only where bytes are not UTF-8; count lines up to there. */
static struct position position_in(struct span text, size_t offset)
{
    struct position at = {1, 1};

    for (size_t i = 0; i < offset && i < text.len; i++) {
        if (text.data[i] == '\n')
            at = (struct position){at.line + 1, 1};
        else if (((unsigned char)text.data[i] & 0xc0U) != 0x80U)
            at.column++;
    }
    return at;
}

static bool fail_memory(const char *file, struct error *err)
{
    error_set(err, ERROR_STOPPED, "cannot read configuration '%s': out of memory", file);
    return false;
}

static bool fail_syntax(struct yaml_reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    const char *problem = parser->problem ? parser->problem : "not YAML";

    if (parser->error == YAML_MEMORY_ERROR)
        return fail_memory(reader->file, reader->err);
    if (parser->error == YAML_READER_ERROR) {
        const struct span text = {(const char *)parser->input.string.start,
                                  (size_t)(parser->input.string.end - parser->input.string.start)};

        error_set(reader->err, ERROR_USAGE, "not UTF-8 text: %s", problem);
        return fail_at(reader, position_in(text, parser->problem_offset));
    }
    error_set(reader->err, ERROR_USAGE, "not YAML: %s%s%s", problem, parser->context ? " " : "",
              parser->context ? parser->context : "");
    return fail_at(reader, position_of(parser->problem_mark));
}

static void drop_event(struct yaml_reader *reader)
{
    if (reader->has_event)
        yaml_event_delete(&reader->event);
    reader->has_event = false;
}

/* What an event carries beyond its text: none of it is allowed. */
static const char *decoration(const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL;
    const yaml_char_t *tag = NULL;

    if (event->type == YAML_ALIAS_EVENT)
        return "an alias (*name) is not allowed here";
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    if (anchor)
        return "an anchor (&name) is not allowed here";
    return tag ? "a tag (!name) is not allowed here" : NULL;
}

static bool next_event(struct yaml_reader *reader)
{
    const char *refused;

    drop_event(reader);
    if (!yaml_parser_parse(&reader->parser, &reader->event))
        return fail_syntax(reader);
    reader->has_event = true;
    refused = decoration(&reader->event);
    return refused ? fail_text(reader, event_position(reader), refused) : true;
}

static struct span scalar_text(const struct yaml_reader *reader)
{
    return (struct span){(const char *)reader->event.data.scalar.value,
                         reader->event.data.scalar.length};
}

static bool is_plain(const struct yaml_reader *reader)
{
    return reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* "key:" and "key: null" leave the default in place. */
static bool is_null(const struct yaml_reader *reader)
{
    const struct span text = scalar_text(reader);

    return reader->event.type == YAML_SCALAR_EVENT && is_plain(reader) &&
           (text.len == 0 || span_is(text, "~") || span_is(text, "null"));
}

/* The name in this section that is nearest to a word, however far. New. */
static char *nearest_name(const char *section, const char *word)
{
    size_t best = SIZE_MAX;
    char *nearest = NULL;

    for (size_t i = 0; i < key_count() + KEY_SECTIONS; i++) {
        const bool is_key = i < key_count();
        const struct key key = is_key ? key_at(i) : (struct key){0};
        const char *name = is_key ? key.name : KEY_SECTION_NAMES[i - key_count()];
        const char *home = is_key ? key.section : NULL;
        size_t distance;

        if (home && !section && strcmp(word, key_path(&key).text) != 0 && strcmp(word, name) != 0)
            continue;
        if (section && (!home || strcmp(home, section) != 0))
            continue;
        distance = text_distance(word, name);
        if (distance >= best)
            continue;
        best = distance;
        free(nearest);
        nearest = mem_strdup(is_key ? key_path(&key).text : name);
    }
    return nearest;
}

static bool fail_unknown(struct yaml_reader *reader)
{
    char shown[SHOWN_MAX];
    char *nearest;

    text_visible(shown, sizeof shown, scalar_text(reader));
    if (!reader->section && key_find_path(shown) != KEY_NONE) {
        error_set(reader->err, ERROR_USAGE,
                  "unknown key '%s'\nhint: write '%s' below '%.*s:' and indented", shown,
                  strchr(shown, '.') + 1, (int)strcspn(shown, "."), shown);
        return fail_at(reader, event_position(reader));
    }
    nearest = nearest_name(reader->section, shown);
    error_set(reader->err, ERROR_USAGE, "unknown key '%s%s%s'\nhint: did you mean '%s'?",
              reader->section ? reader->section : "", reader->section ? "." : "", shown, nearest);
    free(nearest);
    return fail_at(reader, event_position(reader));
}

static bool fail_duplicate(struct yaml_reader *reader, const char *name, struct position first)
{
    error_set(reader->err, ERROR_USAGE, "duplicate key '%s': already on line %zu", name,
              first.line);
    return fail_at(reader, event_position(reader));
}

static bool fail_value(struct yaml_reader *reader, const struct key *key, struct position at)
{
    error_wrap(reader->err, "%s", key_path(key).text);
    return fail_at(reader, at);
}

static bool fail_type(struct yaml_reader *reader, const struct key *key, const char *wanted)
{
    error_set(reader->err, ERROR_USAGE, "the value must be %s", wanted);
    return fail_value(reader, key, event_position(reader));
}

static bool read_list(struct yaml_reader *reader, const struct key *key)
{
    const struct position at = event_position(reader);
    struct span words[LIST_MAX];
    struct arena arena;
    size_t count = 0;
    bool ok = false;

    arena_init(&arena);
    while (next_event(reader)) {
        struct span text;

        if (reader->event.type == YAML_SEQUENCE_END_EVENT) {
            ok = config_value_set_list(reader->config, key, words, count, reader->err) ||
                 fail_value(reader, key, at);
            break;
        }
        if (reader->event.type != YAML_SCALAR_EVENT || is_null(reader) || count == LIST_MAX) {
            (void)fail_type(reader, key, "a list of at most 64 strings");
            break;
        }
        text = scalar_text(reader);
        words[count] = (struct span){arena_dup(&arena, text.data, text.len), text.len};
        count++;
    }
    arena_release(&arena);
    return ok;
}

/* The current event is a member's name; leaves its value current. */
static bool read_member(struct yaml_reader *reader, const struct key *key, struct strmap *names)
{
    const struct position at = event_position(reader);
    struct span name = scalar_text(reader);
    bool is_new = false;
    char *copy;
    bool ok;

    if (reader->event.type != YAML_SCALAR_EVENT)
        return fail_type(reader, key, "a mapping of words to single values");
    if (!config_check_member(key, name, reader->err))
        return fail_value(reader, key, at);
    (void)strmap_add(names, name, &is_new);
    if (!is_new) {
        error_set(reader->err, ERROR_USAGE, "duplicate member '%.*s'", (int)name.len, name.data);
        return fail_value(reader, key, at);
    }
    copy = mem_dup(name.data, name.len);
    name.data = copy;
    ok = next_event(reader);
    if (ok && reader->event.type != YAML_SCALAR_EVENT)
        ok = fail_type(reader, key, "a mapping of names to single values");
    else if (ok && !is_null(reader))
        ok = config_value_set_member(reader->config, key, name, scalar_text(reader), reader->err) ||
             fail_value(reader, key, event_position(reader));
    free(copy);
    return ok;
}

/* The current event begins the mapping; leaves its end current. */
static bool read_map(struct yaml_reader *reader, const struct key *key)
{
    struct strmap names;
    bool ok;

    strmap_init(&names);
    for (;;) {
        ok = next_event(reader);
        if (!ok || reader->event.type == YAML_MAPPING_END_EVENT)
            break;
        ok = read_member(reader, key, &names);
        if (!ok)
            break;
    }
    strmap_release(&names);
    return ok;
}

static bool read_scalar(struct yaml_reader *reader, const struct key *key)
{
    if (key->kind == KEY_LIST)
        return fail_type(reader, key,
                         key->flags & KEY_IS_MASKED ? "a list of strings: [program, argument, …]"
                                                    : "a list of strings: [one, another, …]");
    if (key->kind == KEY_MAP)
        return fail_type(reader, key, "a mapping: {name: value, …}");
    if (key->kind == KEY_INTEGER && !is_plain(reader))
        return fail_type(reader, key, "an integer, without quotes");
    if (key->kind == KEY_BOOLEAN && !is_plain(reader))
        return fail_type(reader, key, "true or false, without quotes");
    return config_value_set(reader->config, key, scalar_text(reader), reader->err) ||
           fail_value(reader, key, event_position(reader));
}

/* The current event is the key; leaves its value (or the end of its list) current. */
static bool read_key(struct yaml_reader *reader, size_t place)
{
    const struct key key = key_at(place);
    struct origin *origin = &reader->config->origins->keys[place];

    if (origin->key.line != 0)
        return fail_duplicate(reader, key_path(&key).text, origin->key);
    origin->key = event_position(reader);
    if (!next_event(reader))
        return false;
    if (is_null(reader))
        return true;
    origin->kind = FROM_FILE;
    origin->value = event_position(reader);
    if (reader->event.type == YAML_SCALAR_EVENT)
        return read_scalar(reader, &key);
    if (reader->event.type == YAML_SEQUENCE_START_EVENT && key.kind == KEY_LIST)
        return read_list(reader, &key);
    if (reader->event.type == YAML_MAPPING_START_EVENT && key.kind == KEY_MAP)
        return read_map(reader, &key);
    if (reader->event.type == YAML_SEQUENCE_START_EVENT && key.kind == KEY_MAP)
        return fail_type(reader, &key, "a mapping, not a list");
    if (reader->event.type == YAML_SEQUENCE_START_EVENT)
        return fail_type(reader, &key, "a single value, not a list");
    return fail_type(reader, &key, "a single value, not a mapping");
}

/* The current event is the section's name; enters it where it has content. */
static bool read_section(struct yaml_reader *reader, size_t number)
{
    const char *name = KEY_SECTION_NAMES[number];

    if (reader->sections_seen[number].line != 0)
        return fail_duplicate(reader, name, reader->sections_seen[number]);
    reader->sections_seen[number] = event_position(reader);
    if (!next_event(reader))
        return false;
    if (is_null(reader))
        return true;
    if (reader->event.type != YAML_MAPPING_START_EVENT) {
        error_set(reader->err, ERROR_USAGE, "%s: the value must be a mapping of keys", name);
        return fail_at(reader, event_position(reader));
    }
    reader->section = name;
    return true;
}

static bool read_entry(struct yaml_reader *reader)
{
    struct span name;
    int place;

    if (reader->event.type != YAML_SCALAR_EVENT)
        return fail_text(reader, event_position(reader), "a key must be a word");
    name = scalar_text(reader);
    place = key_find(reader->section, name);
    if (place != KEY_NONE)
        return read_key(reader, (size_t)place);
    for (size_t i = 0; !reader->section && i < KEY_SECTIONS; i++) {
        if (span_is(name, KEY_SECTION_NAMES[i]))
            return read_section(reader, i);
    }
    return fail_unknown(reader);
}

/* Everything between the start of the outer mapping and its end. */
static bool read_mapping(struct yaml_reader *reader)
{
    for (;;) {
        if (!next_event(reader))
            return false;
        if (reader->event.type != YAML_MAPPING_END_EVENT) {
            if (!read_entry(reader))
                return false;
        } else if (reader->section) {
            reader->section = NULL;
        } else {
            return true;
        }
    }
}

static bool read_document(struct yaml_reader *reader)
{
    if (!next_event(reader) || !next_event(reader))
        return false;
    if (reader->event.type == YAML_STREAM_END_EVENT)
        return true; /* nothing but comments */
    if (!next_event(reader))
        return false;
    if (reader->event.type == YAML_MAPPING_START_EVENT) {
        if (!read_mapping(reader))
            return false;
    } else if (!is_null(reader)) {
        return fail_text(reader, event_position(reader), "the file must be a mapping of keys");
    }
    if (!next_event(reader) || !next_event(reader))
        return false;
    if (reader->event.type != YAML_STREAM_END_EVENT)
        return fail_text(reader, event_position(reader), "a second document is not allowed");
    return true;
}

static bool read_file(struct buf *text, const char *file, struct error *err)
{
    FILE *stream;
    char piece[8192];
    bool ok;
    size_t got;

    error_clear(err);
    stream = stream_open_input(file, err);
    ok = stream != NULL;
    while (ok) {
        got = fread(piece, 1, sizeof piece, stream);
        if (got == 0)
            break;
        buf_add(text, piece, got);
        ok = !text->overflow;
    }
    if (text->overflow)
        error_set(err, ERROR_USAGE, "cannot read configuration '%s': larger than 1 MiB", file);
    else if (!stream && errno == ENOMEM)
        (void)fail_memory(file, err);
    else if ((!stream || ferror(stream)) && err->code != ERROR_STOPPED)
        error_set(err, ERROR_USAGE, "cannot read configuration '%s': %s", file, strerror(errno));
    ok = ok && !ferror(stream);
    if (stream)
        (void)fclose(stream);
    return ok;
}

bool config_read_yaml(struct config *config, const char *file, struct error *err)
{
    struct yaml_reader reader = {.file = file, .config = config, .err = err};
    struct buf text;
    bool ok;

    buf_init(&text, FILE_MAX_BYTES);
    ok = read_file(&text, file, err);
    if (ok && !yaml_parser_initialize(&reader.parser)) {
        ok = fail_memory(file, err);
    } else if (ok) {
        yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text.data, text.len);
        ok = read_document(&reader);
        drop_event(&reader);
        yaml_parser_delete(&reader.parser);
    }
    buf_release(&text);
    return ok;
}
