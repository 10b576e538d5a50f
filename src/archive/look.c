#include "archive/look.h"

#include "base/text.h"
#include "fields/fields.h"
#include "fields/key_name.h"

#include <ctype.h>
#include <strings.h>

enum { FOLDED_MAX = 24 };

/* ---- members ---- */

static const struct {
    const char *name; /* folded */
    enum look_field field;
} NAMES[] = {
    {"role", FIELD_ROLE},
    {"content", FIELD_CONTENT},
    {"text", FIELD_TEXT},
    {"value", FIELD_VALUE},
    {"message", FIELD_MESSAGE},
    {"parts", FIELD_PARTS},
    {"id", FIELD_ID},
    {"messageid", FIELD_MESSAGE_ID},
    {"threadid", FIELD_THREAD_ID},
    {"openaithreadid", FIELD_THREAD_ID},
    {"thread", FIELD_THREAD},
    {"conversationid", FIELD_CONVERSATION_ID},
    {"sessionid", FIELD_SESSION_ID},
    {"chatid", FIELD_CHAT_ID},
    {"object", FIELD_OBJECT},
    {"type", FIELD_TYPE},
    {"kind", FIELD_KIND},
    {"event", FIELD_EVENT},
    {"status", FIELD_STATUS},
    {"instructions", FIELD_INSTRUCTIONS},
    {"model", FIELD_MODEL},
    {"stepdetails", FIELD_STEP_DETAILS},
    {"messages", FIELD_MESSAGES},
    {"hasmore", FIELD_HAS_MORE},
    {"hasnext", FIELD_HAS_MORE},
    {"hasnextpage", FIELD_HAS_MORE},
    {"hasmoremessages", FIELD_NEXT},
    {"moreavailable", FIELD_NEXT},
    {"istruncated", FIELD_NEXT},
    {"truncated", FIELD_NEXT},
    {"next", FIELD_NEXT},
    {"nextcursor", FIELD_NEXT},
    {"nextpage", FIELD_NEXT},
    {"nextpagetoken", FIELD_NEXT},
    {"nextpageurl", FIELD_NEXT},
    {"nexttoken", FIELD_NEXT},
    {"nextlink", FIELD_NEXT},
    {"nexturl", FIELD_NEXT},
    {"@odata.nextlink", FIELD_NEXT},
    {"continuation", FIELD_NEXT},
    {"continuationtoken", FIELD_NEXT},
    {"lastevaluatedkey", FIELD_NEXT},
    {"offset", FIELD_NEXT}, /* where it is a text: a number counts what was passed */
    {"pagination", FIELD_PAGING},
    {"paging", FIELD_PAGING},
    {"pageinfo", FIELD_PAGING},
    {"page", FIELD_PAGING},
    {"meta", FIELD_PAGING},
    {"links", FIELD_PAGING},
    {"cursor", FIELD_PAGING},
    {"responsemetadata", FIELD_PAGING},
    {"error", FIELD_ERROR},
    {"errors", FIELD_ERRORS},
    {"extra", FIELD_EXTRA},
    {"metadata", FIELD_METADATA},
    {"output", FIELD_OUTPUT},
    {"runid", FIELD_RUN_ID},
};

enum { NAME_COUNT = sizeof NAMES / sizeof NAMES[0] };

static bool is_passed(char c)
{
    return c == ' ' || c == '_' || c == '-';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

void look_fold(struct span key, struct buf *out)
{
    buf_clear(out);
    for (size_t i = 0; i < key.len; i++) {
        if (!is_passed(key.data[i]))
            buf_add_char(out, lower(key.data[i]));
    }
}

/* The field that a key names, or FIELDS. */
static enum look_field field_of(struct span key)
{
    char folded[FOLDED_MAX];
    size_t len = 0;

    if (span_is(key, "_id"))
        return FIELD_UNDER_ID;
    for (size_t i = 0; i < key.len; i++) {
        if (is_passed(key.data[i]))
            continue;
        if (len == sizeof folded)
            return FIELDS;
        folded[len++] = lower(key.data[i]);
    }
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (len > 0 && NAMES[i].name[0] == folded[0] && strncmp(NAMES[i].name, folded, len) == 0 &&
            NAMES[i].name[len] == '\0')
            return NAMES[i].field;
    }
    return FIELDS;
}

/* {"type":"header","version":"5.2"} and {"type":"database","name":"app"}, before the tables of an
 * export of phpMyAdmin. */
static bool is_banner(const struct object_look *look, const struct tape *tape, uint32_t object)
{
    if (!look_is(tape, look->at[FIELD_TYPE], "header") &&
        !look_is(tape, look->at[FIELD_TYPE], "database"))
        return false;
    for (uint32_t i = tape_first(tape, object); i != TAPE_NONE; i = tape_next(tape, object, i)) {
        const struct span key = tape_raw_key(tape, i);

        if (!span_is(key, "type") && !span_is(key, "version") && !span_is(key, "comment") &&
            !span_is(key, "name"))
            return false;
    }
    return true;
}

/* {"pageInfo": {"hasNextPage": true}} says of the list beside it that more follows. */
static void take_page_info(struct object_look *look, const struct tape *tape)
{
    const uint32_t info = look->at[FIELD_PAGING];

    if (info == TAPE_NONE || look->at[FIELD_HAS_MORE] != TAPE_NONE)
        return;
    for (uint32_t i = tape_first(tape, info); i != TAPE_NONE; i = tape_next(tape, info, i)) {
        if (tape_type(tape, info) == TAPE_OBJECT &&
            field_of(tape_raw_key(tape, i)) == FIELD_HAS_MORE)
            look->at[FIELD_HAS_MORE] = i;
    }
}

static bool is_id_of_thread(struct span id)
{
    return id.data && span_starts_with(id, "thread_");
}

/* True if two members name different threads: under one name, or both by ids of threads. */
static bool name_two(const struct tape *tape, uint32_t a, uint32_t b)
{
    struct buf scratch[2];
    bool differ;

    if (a == TAPE_NONE || b == TAPE_NONE)
        return false;
    for (int i = 0; i < 2; i++)
        buf_init(&scratch[i], BUF_NO_LIMIT);
    const struct span ids[2] = {look_id(tape, a, &scratch[0]), look_id(tape, b, &scratch[1])};
    differ = ids[0].data && ids[1].data && !span_equal(ids[0], ids[1]) &&
             (key_name_same(tape_raw_key(tape, a), tape_raw_key(tape, b)) ||
              (is_id_of_thread(ids[0]) && is_id_of_thread(ids[1])));
    for (int i = 0; i < 2; i++)
        buf_release(&scratch[i]);
    return differ;
}

void look_at(struct object_look *look, const struct tape *tape, uint32_t object)
{
    bool any = false;
    bool all_thread = true;
    bool all_ids = true;
    struct buf scratch;

    buf_init(&scratch, BUF_NO_LIMIT);
    memset(look->is_null, 0, sizeof look->is_null);
    memset(look->at, 0xff, sizeof look->at);
    look->names_two = false;
    for (uint32_t i = tape_first(tape, object); i != TAPE_NONE; i = tape_next(tape, object, i)) {
        struct span key = tape_key(tape, i, &scratch);
        enum look_field field = field_of(key);

        any = true;
        all_thread = all_thread && span_starts_with(key, "thread_") && look_is_map_key(key);
        all_ids = all_ids && look_is_map_key(key);
        if (field == FIELDS || (field == FIELD_NEXT && tape_type(tape, i) == TAPE_NUMBER &&
                                key_name_same(key, span_of("offset"))))
            continue;
        if (tape_type(tape, i) == TAPE_NULL)
            look->is_null[field] = true;
        else if (look->at[field] == TAPE_NONE)
            look->at[field] = i;
        else if (field == FIELD_THREAD_ID)
            look->names_two = look->names_two || name_two(tape, look->at[field], i);
    }
    look->names_two =
        look->names_two || name_two(tape, look->at[FIELD_THREAD_ID], look->at[FIELD_THREAD]);
    look->may_be_map = any && (all_thread || all_ids);
    take_page_info(look, tape);
    look->is_banner = is_banner(look, tape, object);
    buf_release(&scratch);
}

/* ---- kinds ---- */

static const struct {
    const char *name; /* of the member "object" */
    bool is_prefix;
    enum object_kind kind;
} OBJECTS[] = {
    {"thread", false, OBJECT_THREAD},
    {"thread.message.delta", false, OBJECT_DELTA},
    {"thread.run", false, OBJECT_RUN},
    {"thread.run.step", false, OBJECT_STEP},
    {"thread.run.step.delta", false, OBJECT_ENVELOPE},
    {"thread.deleted", false, OBJECT_ENVELOPE},
    {"thread.message.deleted", false, OBJECT_ENVELOPE},
    {"assistant", false, OBJECT_ASSISTANT},
    {"assistant.deleted", false, OBJECT_ENVELOPE},
    {"response", true, OBJECT_FOREIGN},
    {"chat.completion", true, OBJECT_FOREIGN},
    {"conversation", true, OBJECT_FOREIGN},
};

static const char *const KIND_NAMES[OBJECT_KINDS] = {
    [OBJECT_NONE] = "value",
    [OBJECT_MESSAGE] = "message",
    [OBJECT_DELTA] = "delta",
    [OBJECT_THREAD] = "thread",
    [OBJECT_RUN] = "run",
    [OBJECT_STEP] = "run_step",
    [OBJECT_ASSISTANT] = "assistant",
    [OBJECT_WRAPPED] = "wrapper",
    [OBJECT_END] = "end",
    [OBJECT_TRUNCATED] = "truncated",
    [OBJECT_ENVELOPE] = "event",
    [OBJECT_FOREIGN] = "object of another API",
    [OBJECT_ERROR] = "error",
};

const char *look_kind_name(enum object_kind kind)
{
    return KIND_NAMES[kind];
}

bool look_is(const struct tape *tape, uint32_t value, const char *text)
{
    struct span raw = tape_raw_text(tape, value);

    return raw.data && span_is(raw, text);
}

static bool is_type(const struct tape *tape, uint32_t value, enum tape_type type)
{
    return value != TAPE_NONE && tape_type(tape, value) == type;
}

/* The kind that the member "object" names, or OBJECT_NONE. */
static enum object_kind object_kind(const struct object_look *look, const struct tape *tape)
{
    struct span object = tape_raw_text(tape, look->at[FIELD_OBJECT]);

    for (size_t i = 0; object.data && i < sizeof OBJECTS / sizeof OBJECTS[0]; i++) {
        if (OBJECTS[i].is_prefix ? span_starts_with(object, OBJECTS[i].name)
                                 : span_is(object, OBJECTS[i].name))
            return OBJECTS[i].kind;
    }
    return OBJECT_NONE;
}

static bool has_text_member(const struct object_look *look)
{
    for (int f = FIELD_CONTENT; f <= FIELD_PARTS; f++) {
        if (look->at[f] != TAPE_NONE || look->is_null[f])
            return true;
    }
    return false;
}

/* A line of our own archive. */
static enum object_kind own_kind(const struct object_look *look, const struct tape *tape)
{
    uint32_t kind = look->at[FIELD_KIND];

    if (!look_has(look, FIELD_THREAD_ID) && !look_is(tape, kind, "assistant"))
        return OBJECT_NONE;
    if (look_is(tape, kind, "end"))
        return OBJECT_END;
    if (look_is(tape, kind, "truncated"))
        return OBJECT_TRUNCATED;
    if (look->is_null[FIELD_OBJECT] && look_is(tape, kind, "thread"))
        return OBJECT_WRAPPED;
    if (is_type(tape, look->at[FIELD_OBJECT], TAPE_OBJECT) &&
        (look_is(tape, kind, "thread") || look_is(tape, kind, "message") ||
         look_is(tape, kind, "run") || look_is(tape, kind, "run_step") ||
         look_is(tape, kind, "assistant")))
        return OBJECT_WRAPPED;
    return OBJECT_NONE;
}

static bool is_run(const struct object_look *look, const struct tape *tape)
{
    struct span id = tape_raw_text(tape, look->at[FIELD_ID]);

    return id.data && span_starts_with(id, "run_") && look_has(look, FIELD_STATUS) &&
           !look_has(look, FIELD_ROLE);
}

static bool is_error(const struct object_look *look, const struct tape *tape)
{
    uint32_t error = look->at[FIELD_ERROR];

    if (error == TAPE_NONE)
        error = look->at[FIELD_ERRORS];
    return is_type(tape, error, TAPE_OBJECT) || is_type(tape, error, TAPE_STRING) ||
           (is_type(tape, error, TAPE_ARRAY) && tape_first(tape, error) != TAPE_NONE);
}

enum object_kind look_kind(const struct object_look *look, const struct tape *tape)
{
    enum object_kind own = own_kind(look, tape);
    enum object_kind named = object_kind(look, tape);

    if (own != OBJECT_NONE)
        return own;
    if (is_type(tape, look->at[FIELD_ROLE], TAPE_STRING) && has_text_member(look) &&
        named != OBJECT_RUN && named != OBJECT_STEP && named != OBJECT_ASSISTANT)
        return OBJECT_MESSAGE;
    if (named != OBJECT_NONE)
        return named;
    if (look->is_banner)
        return OBJECT_ENVELOPE;
    if (look_is(tape, look->at[FIELD_TYPE], "thread"))
        return OBJECT_THREAD;
    if (look_has(look, FIELD_STEP_DETAILS))
        return OBJECT_STEP;
    if (is_run(look, tape))
        return OBJECT_RUN;
    if (look_has(look, FIELD_INSTRUCTIONS) && look_has(look, FIELD_MODEL) &&
        !look_has(look, FIELD_MESSAGES))
        return OBJECT_ASSISTANT;
    return is_error(look, tape) ? OBJECT_ERROR : OBJECT_NONE;
}

/* ---- texts ---- */

static bool is_empty_value(const struct tape *tape, uint32_t value)
{
    switch (tape_type(tape, value)) {
    case TAPE_NULL:
        return true;
    case TAPE_STRING:
        return tape->values[value].len == 2;
    case TAPE_ARRAY:
    case TAPE_OBJECT:
        return tape_first(tape, value) == TAPE_NONE;
    case TAPE_FALSE:
    case TAPE_TRUE:
    case TAPE_NUMBER:
        break;
    }
    return false;
}

uint32_t look_text(const struct object_look *look, const struct tape *tape, enum look_field *field)
{
    uint32_t any = TAPE_NONE;

    for (int f = FIELD_CONTENT; f <= FIELD_PARTS; f++) {
        uint32_t value = look->at[f];

        if (value == TAPE_NONE)
            continue;
        if (any == TAPE_NONE) {
            any = value;
            *field = (enum look_field)f;
        }
        if (!is_empty_value(tape, value)) {
            *field = (enum look_field)f;
            return value;
        }
    }
    return any;
}

/* "[TextContentBlock(…)]", "TextContentBlock(…)" */
static bool is_python_print(struct span text)
{
    size_t at = 0;

    if (text.len > 2 && text.data[0] == '[' && text.data[text.len - 1] == ']')
        text = (struct span){text.data + 1, text.len - 2};
    while (at < text.len && isalnum((unsigned char)text.data[at]))
        at++;
    return at >= 4 && at < text.len && isupper((unsigned char)text.data[0]) &&
           text.data[at] == '(' && text.data[text.len - 1] == ')' &&
           (memmem(text.data, text.len, "Content", 7) || memmem(text.data, text.len, "Text", 4)) &&
           memchr(text.data, '=', text.len);
}

bool look_is_print(struct span text)
{
    text = text_trim(text);
    if (text.len < 8)
        return false;
    if (span_starts_with(text, "[object ") && text.data[text.len - 1] == ']' && text.len < 40)
        return true;
    /* "[object Object],[object Object]": an array of them in a template. */
    if (span_starts_with(text, "[object Object],"))
        return true;
    /* str() of a list of parts */
    if (span_starts_with(text, "[{'type': '") && text.data[text.len - 2] == '}')
        return true;
    if (span_starts_with(text, "@{") && text.data[text.len - 1] == '}' &&
        memchr(text.data, '=', text.len))
        return true;
    return (text.data[0] == '[' || isupper((unsigned char)text.data[0])) && is_python_print(text);
}

static bool is_print(const struct tape *tape, uint32_t value)
{
    struct span raw = tape_raw_text(tape, value);

    return raw.data && look_is_print(raw);
}

/* The print of an object stands for the text, or for one of the parts. */
static bool has_print(const struct tape *tape, uint32_t text)
{
    if (text == TAPE_NONE)
        return false;
    if (tape_type(tape, text) != TAPE_ARRAY)
        return is_print(tape, text);
    for (uint32_t i = tape_first(tape, text); i != TAPE_NONE; i = tape_next(tape, text, i)) {
        if (is_print(tape, i))
            return true;
    }
    return false;
}

static bool is_message(const struct tape *tape, uint32_t value)
{
    struct object_look look;

    if (tape_type(tape, value) != TAPE_OBJECT)
        return false;
    look_at(&look, tape, value);
    return look_kind(&look, tape) == OBJECT_MESSAGE;
}

/* A member is a message, or a list with one. */
static bool holds_message(const struct tape *tape, uint32_t object)
{
    for (uint32_t i = tape_first(tape, object); i != TAPE_NONE; i = tape_next(tape, object, i)) {
        if (is_message(tape, i))
            return true;
        if (tape_type(tape, i) != TAPE_ARRAY)
            continue;
        for (uint32_t j = tape_first(tape, i); j != TAPE_NONE; j = tape_next(tape, i, j)) {
            if (is_message(tape, j))
                return true;
        }
    }
    return false;
}

/* Parts of folded keys that hold what people wrote. */
static const char *const TEXT_STEMS[] = {
    "body", "answer",  "reply",   "response", "question", "prompt",     "output",    "input",
    "text", "content", "message", "html",     "markdown", "transcript", "utterance", "msg",
};

/* A key that is not known, under which there is text. */
static bool is_unknown_text(const struct tape *tape, uint32_t member, struct buf *scratch)
{
    struct span key = tape_key(tape, member, scratch);
    enum tape_type type = tape_type(tape, member);

    if (field_of(key) != FIELDS || is_empty_value(tape, member) ||
        (type != TAPE_STRING && type != TAPE_ARRAY && type != TAPE_OBJECT))
        return false;
    look_fold(tape_raw_key(tape, member), scratch);
    for (size_t i = 0; i < sizeof TEXT_STEMS / sizeof TEXT_STEMS[0]; i++) {
        const char *stem = TEXT_STEMS[i];
        size_t len = strlen(stem);

        if (scratch->len >= len && (memcmp(scratch->data, stem, len) == 0 ||
                                    memcmp(scratch->data + scratch->len - len, stem, len) == 0))
            return true;
    }
    /* A text of several words says something, whatever it is called. */
    return type == TAPE_STRING &&
           memchr(tape_raw_text(tape, member).data, ' ', tape_raw_text(tape, member).len) != NULL;
}

static bool hides_text(const struct object_look *look, const struct tape *tape, uint32_t object)
{
    enum look_field field;
    uint32_t text = look_text(look, tape, &field);
    struct buf scratch;
    bool hides = false;

    if (text != TAPE_NONE && !is_empty_value(tape, text))
        return false;
    buf_init(&scratch, BUF_NO_LIMIT);
    for (uint32_t i = tape_first(tape, object); i != TAPE_NONE && !hides;
         i = tape_next(tape, object, i))
        hides = is_unknown_text(tape, i, &scratch);
    buf_release(&scratch);
    return hides;
}

const char *look_message_trouble(const struct object_look *look, const struct tape *tape,
                                 uint32_t object, bool is_place_known)
{
    enum look_field field = FIELD_CONTENT;

    if (tape_has_twice(tape, object))
        return "a message has a key twice";
    if (holds_message(tape, object))
        return "a message holds another message";
    if (look->names_two)
        return "a message names two threads";
    if (has_print(tape, look_text(look, tape, &field)))
        return "the text of a message is a printed object, not text";
    if (!is_place_known && hides_text(look, tape, object))
        return "a message is empty, and has text under a key that is not known";
    return NULL;
}

/* ---- is there more? ---- */

static enum list_more more_in(const struct tape *tape, uint32_t value)
{
    static const char *const NONE[] = {"false", "no", "n", "f", "0", "null", "none"};
    struct span word = tape_raw(tape, value);

    switch (tape_type(tape, value)) {
    case TAPE_NULL:
    case TAPE_FALSE:
        return MORE_NO;
    case TAPE_TRUE:
        return MORE_YES;
    case TAPE_ARRAY:
    case TAPE_OBJECT:
        return is_empty_value(tape, value) ? MORE_NO : MORE_YES;
    case TAPE_STRING:
        word = (struct span){word.data + 1, word.len - 2};
        break;
    case TAPE_NUMBER:
        break;
    }
    for (size_t i = 0; i < sizeof NONE / sizeof NONE[0]; i++) {
        if (word.len == strlen(NONE[i]) && strncasecmp(word.data, NONE[i], word.len) == 0)
            return MORE_NO;
    }
    return word.len > 0 ? MORE_YES : MORE_NO;
}

static enum list_more more_at(const struct object_look *look, const struct tape *tape)
{
    if (look_has(look, FIELD_HAS_MORE))
        return more_in(tape, look->at[FIELD_HAS_MORE]);
    if (look_has(look, FIELD_NEXT))
        return more_in(tape, look->at[FIELD_NEXT]);
    return look->is_null[FIELD_NEXT] ? MORE_NO : MORE_ABSENT;
}

enum list_more look_more(const struct object_look *look, const struct tape *tape)
{
    enum list_more more = more_at(look, tape);
    struct object_look paging;

    if (more != MORE_ABSENT || !is_type(tape, look->at[FIELD_PAGING], TAPE_OBJECT))
        return more;
    look_at(&paging, tape, look->at[FIELD_PAGING]);
    return more_at(&paging, tape);
}

bool look_is_page(const struct object_look *look)
{
    return look_has(look, FIELD_HAS_MORE) ||
           ((look_has(look, FIELD_NEXT) || look->is_null[FIELD_NEXT]) &&
            !look_has(look, FIELD_ID) && !look_has(look, FIELD_METADATA) &&
            !look_has(look, FIELD_THREAD));
}

/* ---- ids ---- */

struct span look_id(const struct tape *tape, uint32_t value, struct buf *scratch)
{
    struct span raw;

    if (value == TAPE_NONE)
        return (struct span){NULL, 0};
    if (tape_type(tape, value) == TAPE_OBJECT) {
        const uint32_t first = tape_first(tape, value);

        if (first != TAPE_NONE && fields_is_wrapper(tape_raw_key(tape, first)))
            value = first;
    }
    raw = tape_raw(tape, value);
    if (tape_type(tape, value) == TAPE_NUMBER) {
        bool is_integer = !memchr(raw.data, '.', raw.len) && !memchr(raw.data, 'e', raw.len) &&
                          !memchr(raw.data, 'E', raw.len);
        return is_integer ? raw : (struct span){NULL, 0};
    }
    struct span text = tape_text(tape, value, scratch);
    return text.len > 0 ? text : (struct span){NULL, 0};
}

struct span look_thread(const struct object_look *look, const struct tape *tape,
                        struct buf *scratch)
{
    static const enum look_field OF_THREAD[] = {FIELD_ID, FIELD_UNDER_ID, FIELD_THREAD_ID};
    const uint32_t thread = look->at[FIELD_THREAD];
    struct span id = look_id(tape, look->at[FIELD_THREAD_ID], scratch);
    struct object_look inner;

    if (!id.data)
        id = look_id(tape, thread, scratch);
    if (id.data || !is_type(tape, thread, TAPE_OBJECT))
        return id;
    look_at(&inner, tape, thread);
    for (size_t i = 0; !id.data && i < sizeof OF_THREAD / sizeof OF_THREAD[0]; i++)
        id = look_id(tape, inner.at[OF_THREAD[i]], scratch);
    return id;
}

/* "2024-07-01", "2024-07-01T09:00:00Z", "20240701" */
static bool is_date(struct span key)
{
    static const char LONG[] = "dddd-dd-dd";
    int64_t ms;

    if (text_parse_iso8601(key, &ms))
        return true;
    for (size_t i = 0; i + 1 < sizeof LONG && i < key.len; i++) {
        bool fits = LONG[i] == 'd' ? isdigit((unsigned char)key.data[i]) != 0
                                   : key.data[i] == '-' || key.data[i] == '/';

        if (!fits)
            return key.len == 8 && i == 4 && isdigit((unsigned char)key.data[4]) &&
                   (span_starts_with(key, "20") || span_starts_with(key, "19"));
        if (i == 6)
            return true;
    }
    return false;
}

bool look_is_map_key(struct span key)
{
    static const char *const NO_IDS[] = {
        "data",   "messages", "items", "body",     "threads", "list",   "results", "rows",
        "info",   "runs",     "id",    "ids",      "name",    "title",  "url",     "type",
        "status", "count",    "error", "metadata", "ts",      "object", "message",
    };
    bool has_digit = false;

    if (span_starts_with(key, "thread_")) {
        struct span rest = {key.data + 7, key.len - 7};

        for (size_t i = 0; i < sizeof NO_IDS / sizeof NO_IDS[0]; i++) {
            if (rest.len == strlen(NO_IDS[i]) && strncasecmp(rest.data, NO_IDS[i], rest.len) == 0)
                return false;
        }
        return rest.len > 0;
    }
    for (size_t i = 0; i < key.len; i++) {
        has_digit = has_digit || isdigit((unsigned char)key.data[i]);
        if (key.data[i] == '/' || key.data[i] == '\\' || (unsigned char)key.data[i] < ' ')
            return false;
    }
    return has_digit && key.len >= 4 && !is_date(key);
}

/* ---- JSON in strings ---- */

bool look_is_inner(const struct tape *tape, uint32_t value)
{
    struct span raw = tape_raw_text(tape, value);

    while (raw.len >= 2 && raw.data[0] == '\\' && (raw.data[1] == 'n' || raw.data[1] == 't'))
        raw = (struct span){raw.data + 2, raw.len - 2};
    raw = text_trim(raw);
    if (raw.len < 2)
        return false;
    return (raw.data[0] == '[' && (raw.data[1] != 'o')) || raw.data[0] == '{';
}

/* A string that is a JSON string of an object or array: JSON that was made text twice or more. */
static bool is_quoted_inner(const struct tape *tape, uint32_t value)
{
    const struct span raw = tape_raw(tape, value);
    const struct span rest = span_skip_all(raw, "\\\"");

    return tape_type(tape, value) == TAPE_STRING && raw.len - rest.len > 2 && rest.len > 0 &&
           (rest.data[0] == '{' || rest.data[0] == '[');
}

/* Puts the text of a string into a buffer, which tape_text() does only where it has escapes. */
static void take_text(const struct tape *tape, uint32_t value, struct buf *text)
{
    struct span decoded = tape_text(tape, value, text);

    if (decoded.data != text->data)
        buf_add_span(text, decoded);
}

bool look_read_inner(const struct tape *tape, uint32_t value, struct buf *text, struct tape *inner)
{
    bool is_whole = false;
    bool again = false;

    if (!look_is_inner(tape, value) && !is_quoted_inner(tape, value))
        return false;
    take_text(tape, value, text);
    do {
        size_t used = 0;

        if (again) {
            struct buf said;

            buf_init(&said, BUF_NO_LIMIT);
            take_text(inner, 0, &said);
            buf_release(text);
            *text = said;
        }
        is_whole = tape_read(inner, buf_span(text), &used) == TAPE_WHOLE &&
                   text_trim(span_skip(buf_span(text), used)).len == 0;
        again = is_whole && tape_type(inner, 0) == TAPE_STRING;
    } while (again && inner->values[0].len > 2);
    return is_whole && !again;
}

static bool is_part(const struct tape *tape, uint32_t value)
{
    static const char *const TYPES[] = {"text",      "image_url",  "image_file",  "refusal",
                                        "tool_call", "input_text", "output_text", "input_image"};
    struct object_look look;

    if (tape_type(tape, value) != TAPE_OBJECT)
        return false;
    look_at(&look, tape, value);
    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++) {
        if (look_is(tape, look.at[FIELD_TYPE], TYPES[i]))
            return true;
    }
    return false;
}

bool look_is_parts(struct span text, struct tape *scratch)
{
    size_t used = 0;

    text = text_trim(text);
    if (text.len < 2 || text.data[0] != '[' || tape_read(scratch, text, &used) != TAPE_WHOLE ||
        used != text.len || tape_first(scratch, 0) == TAPE_NONE)
        return false;
    for (uint32_t i = tape_first(scratch, 0); i != TAPE_NONE; i = tape_next(scratch, 0, i)) {
        if (!is_part(scratch, i))
            return false;
    }
    return true;
}
