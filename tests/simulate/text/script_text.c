#include "simulate/text/script_text.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A member by its name: a number of so many bytes, or one of a row of names. */
struct field {
    const char *name;
    size_t offset;
    size_t size;
    uint64_t least;                         /* that makes sense; FIXED: any */
    const char *(*choice)(unsigned number); /* NULL: a number; gives NULL behind the last */
};

#define FIXED UINT64_MAX

static const char *deed_of(unsigned number)
{
    return number < DEEDS ? deed_name((enum deed)number) : NULL;
}

static const char *trouble_of(unsigned number)
{
    return number < TROUBLE_COUNT ? TROUBLES[number].name : NULL;
}

static const char *fate_of(unsigned number)
{
    return number < FATES ? end_name((enum fate)number) : NULL;
}

static const char *cut_of(unsigned number)
{
    return number < WORLD_CUTS ? cut_name((enum world_cut)number) : NULL;
}

static const char *other_of(unsigned number)
{
    return number == 0 ? "none" : deed_of(number - 1);
}

#define CHOICE(type, member, least, choice)                                                        \
    {                                                                                              \
#member, offsetof(struct type, member), sizeof((struct type *)NULL)->member, least, choice \
    }
#define NUMBER(type, member, least) CHOICE(type, member, least, NULL)

/* A new member of struct script or struct step is a row here. */
static const struct field WORLD[] = {
    NUMBER(script, seed, FIXED),          NUMBER(script, concurrency, 1),
    NUMBER(script, batch_items, 20),      NUMBER(script, page_size, 100),
    NUMBER(script, latency_ms, 0),        NUMBER(script, sync_events, 0),
    CHOICE(script, habit, 0, habit_name), NUMBER(script, files, 0),
    NUMBER(script, checks_file_ids, 0),   NUMBER(script, has_archives, 0),
};

static const struct field STEP[] = {
    CHOICE(step, deed, FIXED, deed_of),
    NUMBER(step, threads, 1),
    NUMBER(step, all, 0),
    NUMBER(step, rehearsed, 0),
    CHOICE(step, trouble, 0, trouble_of),
    NUMBER(step, nth, 1),
    CHOICE(step, fate, 0, fate_of),
    CHOICE(step, cut, 0, cut_of),
    NUMBER(step, at, 1),
    NUMBER(step, wait_ms, 0),
    NUMBER(step, twist, 0),
    NUMBER(step, count, 1),
    NUMBER(step, seed, FIXED),
    CHOICE(step, terms.settings[0], 0, terms_setting_name),
    CHOICE(step, terms.settings[1], 0, terms_setting_name),
    CHOICE(step, terms.narrows, 0, terms_narrowing_name),
    NUMBER(step, terms.number, 1),
    CHOICE(step, terms.list, 0, terms_list_name),
    CHOICE(step, terms.other, 0, other_of),
    NUMBER(step, terms.other_at, 1),
    NUMBER(step, choices.source, 0),
    NUMBER(step, choices.harm, 0),
    NUMBER(step, choices.harmed, 0),
    NUMBER(step, choices.saves, 0),
    NUMBER(step, choices.uses_folder, 0),
    NUMBER(step, choices.uses_map, 0),
    NUMBER(step, choices.asks_nobody, 0),
    NUMBER(step, choices.retries, 0),
    NUMBER(step, choices.has_archive, 0),
    NUMBER(step, choices.harms, 0),
    NUMBER(step, choices.excludes, 0),
};

enum {
    WORLD_FIELDS = sizeof WORLD / sizeof WORLD[0],
    STEP_FIELDS = sizeof STEP / sizeof STEP[0],
};

/* ---- writing ---- */

/* Of the machines that this runs on, all are little-endian. */
static uint64_t value_of(const struct field *field, const void *object)
{
    uint64_t value = 0;

    memcpy(&value, (const char *)object + field->offset, field->size);
    return value;
}

static void write_fields(const struct field *fields, size_t count, const void *object,
                         struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct field *field = &fields[i];
        const uint64_t value = value_of(field, object);

        if (value == 0 && i > 0)
            continue;
        buf_printf(out, "%s%s=", i > 0 ? "; " : "", field->name);
        if (field->choice)
            buf_add_text(out, field->choice((unsigned)value));
        else
            buf_printf(out, "%" PRIu64, value);
    }
}

void script_write(const struct script *script, struct buf *out)
{
    write_fields(WORLD, WORLD_FIELDS, script, out);
    buf_add_text(out, "; messages=");
    for (size_t i = 0; i < script->threads; i++)
        buf_printf(out, "%s%d", i > 0 ? "," : "", script->messages[i]);
    buf_add_char(out, '\n');
    for (size_t i = 0; i < script->count; i++) {
        write_fields(STEP, STEP_FIELDS, &script->steps[i], out);
        buf_add_char(out, '\n');
    }
}

/* ---- reading ---- */

static bool read_value(const struct field *field, struct span text, void *object)
{
    char word[64];
    char *end;
    uint64_t value = 0;

    (void)snprintf(word, sizeof word, "%.*s", (int)text.len, text.data);
    if (field->choice) {
        const char *name;

        while ((name = field->choice((unsigned)value)) != NULL && strcmp(name, word) != 0)
            value++;
        if (!name)
            return false;
    } else {
        value = strtoull(word, &end, 10);
        if (end == word || *end != '\0')
            return false;
    }
    memcpy((char *)object + field->offset, &value, field->size);
    return true;
}

static bool read_messages(struct script *script, struct span text)
{
    char words[128];
    char *rest = words;

    (void)snprintf(words, sizeof words, "%.*s", (int)text.len, text.data);
    for (const char *word; (word = strsep(&rest, ",")) != NULL;) {
        if (script->threads == SCRIPT_THREADS)
            return false;
        script->messages[script->threads++] = (int)strtol(word, NULL, 10);
    }
    script_end_threads(script);
    return script->threads > 0;
}

static bool read_part(const struct field *fields, size_t count, struct span name, struct span value,
                      void *object)
{
    for (size_t i = 0; i < count; i++) {
        if (span_is(name, fields[i].name))
            return read_value(&fields[i], value, object);
    }
    return span_is(name, "messages") && fields == WORLD && read_messages(object, value);
}

static bool read_line(const struct field *fields, size_t count, struct span line, void *object)
{
    while (line.len > 0) {
        const char *end = memchr(line.data, ';', line.len);
        struct span part = {line.data, end ? (size_t)(end - line.data) : line.len};
        const char *sign;

        line = (struct span){line.data + part.len, line.len - part.len};
        for (; line.len > 0 && (line.data[0] == ';' || line.data[0] == ' '); line.len--)
            line.data++;
        sign = memchr(part.data, '=', part.len);
        if (!sign ||
            !read_part(fields, count, (struct span){part.data, (size_t)(sign - part.data)},
                       (struct span){sign + 1, part.len - (size_t)(sign - part.data) - 1}, object))
            return false;
    }
    return true;
}

bool script_read(struct script *script, struct span text, struct buf *why)
{
    struct span line;

    *script = (struct script){.count = 0};
    while (text_next_line(&text, &line)) {
        bool ok;

        if (line.len == 0 || line.data[0] == '#')
            continue;
        if (script->threads == 0)
            ok = read_line(WORLD, WORLD_FIELDS, line, script) && script->threads > 0;
        else
            ok = script->count < SCRIPT_STEPS &&
                 read_line(STEP, STEP_FIELDS, line, &script->steps[script->count++]);
        if (!ok) {
            buf_printf(why, "cannot read '%.*s'", (int)line.len, line.data);
            return false;
        }
    }
    return script->threads > 0;
}

/* ---- less of it ---- */

bool script_lessen(struct script *script, size_t number, bool by_half, bool *changed)
{
    const bool is_world = number < WORLD_FIELDS;
    const size_t place = number - WORLD_FIELDS;
    const struct field *field = is_world ? &WORLD[number] : &STEP[place % STEP_FIELDS];
    void *object = is_world ? (void *)script : (void *)&script->steps[place / STEP_FIELDS];
    uint64_t value;

    if (!is_world && place / STEP_FIELDS >= script->count)
        return false;
    value = value_of(field, object);
    *changed = field->least != FIXED && value != field->least &&
               (!by_half || (value / 2 > field->least && !field->choice));
    value = by_half ? value / 2 : field->least;
    if (*changed)
        memcpy((char *)object + field->offset, &value, field->size);
    return true;
}
