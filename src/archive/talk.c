#include "archive/arrange.h"

#include "base/text.h"
#include "fields/key_name.h"
#include "json/json.h"

#include <jansson.h>

enum { NAMES_MAX = 24 };

/* Keys that count the messages of a talk; folded, like all of these. */
static const char *const COUNTERS[NAMES_MAX] = {
    "turn",   "turnid",  "turnindex",    "turnnumber",    "turnno", "seq",   "seqno",
    "step",   "ordinal", "sequence",     "sequenceid",    "index",  "idx",   "sequencenumber",
    "number", "order",   "messageindex", "messagenumber", "pos",    "msgno", "position",
};
/* Keys of the message before. */
static const char *const PARENTS[NAMES_MAX] = {
    "parent",          "parentid",   "parentuuid",        "parentmessage",
    "parentmessageid", "previousid", "previousmessageid", "previousmessage",
};

/* A member under one of the names, or NULL. */
static json_t *find(const json_t *object, const char *const *names, int *which)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        for (int i = 0; i < NAMES_MAX && names[i]; i++) {
            if (key_name_same(span_of(key), span_of(names[i]))) {
                *which = i;
                return value;
            }
        }
    }
    return NULL;
}

enum speaker { SPEAKER_SYSTEM, SPEAKER_ASSISTANT, SPEAKER_OTHER };

static enum speaker speaker_of(const struct arrange_message *message)
{
    struct span role = json_get_text(message->object, "role");

    if (span_is(role, "system") || span_is(role, "developer"))
        return SPEAKER_SYSTEM;
    return span_is(role, "assistant") ? SPEAKER_ASSISTANT : SPEAKER_OTHER;
}

/* ---- instructions ---- */

/* Whether a list may run so, and whether instructions in it would then begin a second talk. */
struct list_way {
    bool is_possible;
    size_t again; /* 0: they do not */
};

static void note_again(struct list_way *way, bool begins, size_t at)
{
    if (begins && way->again == 0)
        way->again = at;
}

/* Between a question and its answer instructions belong to the question. */
static bool begins_talk(enum speaker before, enum speaker after)
{
    return before == SPEAKER_ASSISTANT || after != SPEAKER_ASSISTANT;
}

static void allow_ways(struct list_way *up, struct list_way *down,
                       const struct arrange_message *messages, size_t count)
{
    const struct arrange_message *last = &messages[count - 1];
    const bool is_timed = messages[0].is_timed && last->is_timed && messages[0].ms != last->ms;

    up->is_possible =
        is_timed ? messages[0].ms < last->ms
                 : speaker_of(messages) == SPEAKER_SYSTEM || speaker_of(last) != SPEAKER_SYSTEM;
    down->is_possible = is_timed ? !up->is_possible : speaker_of(messages) != SPEAKER_SYSTEM;
}

/* Instructions after an answer: where a talk has its own, another one begins. */
static size_t find_instructions(const struct arrange_message *messages, size_t count)
{
    struct list_way up = {.again = 0};
    struct list_way down = {.again = 0};
    enum speaker before = SPEAKER_SYSTEM; /* the speaker before instructions; none yet */
    size_t first = 0;                     /* of the instructions in hand */

    allow_ways(&up, &down, messages, count);
    for (size_t i = 0; i < count; i++) {
        const enum speaker speaker = speaker_of(&messages[i]);

        if (speaker == SPEAKER_SYSTEM) {
            first = i > 0 && speaker_of(&messages[i - 1]) == SPEAKER_SYSTEM ? first : i;
            note_again(&up, i + 1 == count && before == SPEAKER_ASSISTANT, first);
            continue;
        }
        if (i > 0 && speaker_of(&messages[i - 1]) == SPEAKER_SYSTEM) {
            if (before == SPEAKER_SYSTEM) {
                note_again(&down, speaker == SPEAKER_ASSISTANT, i);
            } else {
                note_again(&up, begins_talk(before, speaker), first);
                note_again(&down, begins_talk(speaker, before), i);
            }
        }
        before = speaker;
    }
    if (up.is_possible && up.again > 0)
        return up.again;
    return down.is_possible ? down.again : 0;
}

/* ---- numbers ---- */

/* A number of messages that goes up and comes down, or the other way. */
static size_t find_counter(const struct arrange_message *messages, size_t count)
{
    int64_t last[NAMES_MAX] = {0};
    bool is_known[NAMES_MAX] = {false};
    int ways[NAMES_MAX] = {0};

    for (size_t i = 0; i < count; i++) {
        int which = 0;
        int64_t number = 0;
        const json_t *value = find(messages[i].object, COUNTERS, &which);

        if (json_is_integer(value))
            number = json_integer_value(value);
        else if (!json_is_string(value) ||
                 !text_to_int((struct span){json_string_value(value), json_string_length(value)},
                              &number))
            continue;
        const int way = !is_known[which] ? 0 : (number > last[which]) - (number < last[which]);
        if (way != 0 && ways[which] == -way)
            return i;
        ways[which] = way != 0 ? way : ways[which];
        last[which] = number;
        is_known[which] = true;
    }
    return 0;
}

/* ---- the message before ---- */

static bool has_parent(const struct arrange_message *message)
{
    int which;
    const json_t *parent = find(message->object, PARENTS, &which);

    return parent && !json_is_null(parent) &&
           !(json_is_string(parent) && json_string_length(parent) == 0);
}

/* The second message that follows none, in a list in which questions follow answers. */
static size_t find_root(const struct arrange_message *messages, size_t count)
{
    bool any = false;
    size_t roots = 0;
    size_t second = 0;

    for (size_t i = 0; i < count; i++) {
        const bool is_root = !has_parent(&messages[i]);

        any = any || (!is_root && speaker_of(&messages[i]) == SPEAKER_OTHER);
        roots += is_root;
        second = is_root && roots == 2 ? i : second;
    }
    return any ? second : 0;
}

/* ---- times and lines ---- */

/* A question that is older than all before it, in a list that runs oldest first; in one that runs
 * the other way what comes after a question, and is newer. */
static size_t find_time(const struct arrange_message *messages, size_t count)
{
    int64_t least = INT64_MAX;
    int64_t most = INT64_MIN;
    size_t last = 0;

    for (size_t i = 0; i < count; i++) {
        const int64_t ms = messages[i].ms;
        const bool is_up = messages[last].ms > messages[0].ms;
        const bool is_down = messages[last].ms < messages[0].ms;

        if (!messages[0].is_timed || !messages[i].is_timed)
            continue;
        if ((is_up && ms < least && speaker_of(&messages[i]) != SPEAKER_ASSISTANT) ||
            (is_down && ms > most && speaker_of(&messages[last]) != SPEAKER_ASSISTANT))
            return i;
        least = ms < least ? ms : least;
        most = ms > most ? ms : most;
        last = i;
    }
    return 0;
}

/* A blank line, where not every message has one before it. */
static size_t find_gap(const struct arrange_message *messages, size_t count)
{
    size_t gap = 0;
    size_t gaps = 0;
    size_t known = 0;

    for (size_t i = 1; i < count; i++) {
        if (messages[i - 1].end_line == 0 || messages[i].line <= messages[i - 1].end_line)
            continue;
        const bool is_gap = messages[i].line > messages[i - 1].end_line + 1;

        known++;
        gaps += is_gap;
        gap = is_gap && gap == 0 ? i : gap;
    }
    return gaps < known ? gap : 0;
}

struct talk_sign talk_look(const struct arrange_message *messages, size_t count)
{
    static const struct {
        size_t (*find)(const struct arrange_message *messages, size_t count);
        const char *why;
    } SIGNS[] = {
        {find_instructions, "instructions after an answer"},
        {find_counter, "the messages' numbers begin again"},
        {find_root, "a second message that follows no other"},
        {find_time, "the times begin again"},
        {find_gap, "a blank line between messages"},
    };

    for (size_t i = 0; count > 0 && i < sizeof SIGNS / sizeof SIGNS[0]; i++) {
        const size_t at = SIGNS[i].find(messages, count);

        if (at > 0)
            return (struct talk_sign){at, SIGNS[i].why};
    }
    return (struct talk_sign){.why = NULL};
}

/* ---- pages ---- */

bool talk_breaks(const struct arrange_list *before, const struct arrange_list *page)
{
    if (before->more != MORE_YES || before->count == 0 || page->count == 0)
        return false;
    const struct arrange_message *first = &before->messages[0];
    const struct arrange_message *last = &before->messages[before->count - 1];
    const bool is_up = first->ms < last->ms;

    if (!first->is_timed || !last->is_timed || first->ms == last->ms)
        return false;
    for (size_t i = 0; i < page->count; i++) {
        const int64_t ms = page->messages[i].ms;

        if (page->messages[i].is_timed && (is_up ? ms < last->ms : ms > last->ms))
            return true;
    }
    return false;
}
