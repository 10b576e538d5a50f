#include "decode/python_state.h"

#include <string.h>

static const char NOT_PYTHON[] = "neither a printed object of Python nor JSON";
static const char STOPS[] = "the printed object stops early";

/* What closes a frame, what its placeholder becomes and what is written at its end. */
static const struct frame_kind {
    char closer;
    char open;
    const char *close;
} KINDS[] = {
    [PYTHON_LIST] = {']', '[', "]"},  [PYTHON_PAIRS] = {']', '{', "}"},
    [PYTHON_BRACE] = {'}', '{', "}"}, [PYTHON_DICT] = {'}', '{', "}"},
    [PYTHON_SET] = {'}', '[', "]"},   [PYTHON_PAREN] = {')', ' ', ""},
    [PYTHON_TUPLE] = {')', '[', "]"}, [PYTHON_PAIR] = {')', ' ', ""},
    [PYTHON_CALL] = {')', ' ', ""},   [PYTHON_FIELDS] = {')', '{', "}"},
    [PYTHON_ENUM] = {'>', ' ', ""},
};

/* Names of calls that are written in a way of their own. */
static const struct constructor {
    const char *name;
    bool is_ordered;
    bool is_empty_list;
    bool wants_factory;
} CALLS[] = {
    {.name = "OrderedDict", .is_ordered = true}, {.name = "defaultdict", .wants_factory = true},
    {.name = "deque", .is_empty_list = true},    {.name = "frozenset", .is_empty_list = true},
    {.name = "list", .is_empty_list = true},     {.name = "set", .is_empty_list = true},
    {.name = "tuple", .is_empty_list = true},
};

static struct python_frame *top(struct python *p)
{
    return p->depth > 0 ? &p->frames[p->depth - 1] : NULL;
}

bool python_space(struct python *p, const char **why)
{
    for (int c = python_peek(p); c == ' ' || c == '\t' || c == '\r' || c == '\n';
         c = python_peek(p)) {
        if (c != '\n') {
            python_pass(p, 1);
            continue;
        }
        if (p->depth == 0)
            return true;
        python_pass_line(p);
        c = python_peek(p);
        if (c != ' ' && c != '\n' && python_begins(python_look(p))) {
            *why = STOPS;
            p->is_next = true;
            return false;
        }
    }
    return true;
}

/* Gives a frame's bracket another shape, now that it is known. */
static void turn(struct python *p, struct python_frame *frame, enum python_kind kind)
{
    frame->kind = kind;
    p->json.data[frame->open] = KINDS[kind].open;
}

static bool push(struct python *p, enum python_kind kind, const char **why)
{
    if (p->depth == PYTHON_MAX_DEPTH) {
        *why = "the printed object is nested too deeply";
        return false;
    }
    p->frames[p->depth++] = (struct python_frame){
        .kind = kind,
        .open = p->json.len,
        .at_item = kind != PYTHON_ENUM,
    };
    buf_add_char(&p->json, KINDS[kind].open);
    return true;
}

/* Makes the newest item, a key, text: 1 is "1". */
static void finish_key(struct python *p, struct python_frame *frame)
{
    const size_t len = p->json.len - frame->item;
    const char first = len > 0 ? p->json.data[frame->item] : '{';
    char number[32];

    frame->has_key = true;
    if (first == '"')
        return;
    if (len >= sizeof number || first == '{' || first == '[' || first == ' ') {
        python_spoil(p, "a key is not text");
        return;
    }
    memcpy(number, p->json.data + frame->item, len);
    buf_truncate(&p->json, frame->item);
    buf_add_char(&p->json, '"');
    buf_add(&p->json, number, len);
    buf_add_char(&p->json, '"');
}

static void pop(struct python *p)
{
    struct python_frame *frame = top(p);
    const bool is_single = frame->items == 1;

    if (frame->kind == PYTHON_CALL && frame->items == 0)
        buf_add_text(&p->json, frame->is_empty_list ? "[]" : "{}");
    if (frame->kind == PYTHON_PAREN && frame->items == 0)
        turn(p, frame, PYTHON_TUPLE);
    if (frame->kind == PYTHON_BRACE && is_single)
        turn(p, frame, PYTHON_SET);
    if ((frame->kind == PYTHON_PAIR && frame->items != 2) ||
        (frame->kind == PYTHON_DICT && !frame->has_key && !frame->at_item))
        python_spoil(p, "a key has no value");
    buf_add_text(&p->json, KINDS[frame->kind].close);
    p->depth--;
}

/* Between the items of a frame: what comes now is the next one. */
static void begin_item(struct python *p, struct python_frame *frame)
{
    if (frame->kind == PYTHON_PAIR && frame->items == 1) {
        finish_key(p, frame);
        buf_add_char(&p->json, ':');
    } else if (frame->items > 0) {
        buf_add_char(&p->json, ',');
    }
    frame->item = p->json.len;
    frame->items += frame->items < 3;
    frame->at_item = false;
    frame->has_key = false;
}

/* Passes `field=`, and makes its name a key; false where there is none. */
static bool take_field(struct python *p, struct python_frame *frame)
{
    const struct span look = python_look(p);
    const size_t len = python_name(look);

    if (frame->kind != PYTHON_CALL && frame->kind != PYTHON_FIELDS)
        return false;
    if (len == 0 || len + 1 >= look.len || look.data[len] != '=' || look.data[len + 1] == '=')
        return false;
    if (frame->kind == PYTHON_CALL && frame->items == 0)
        turn(p, frame, PYTHON_FIELDS);
    if (frame->kind == PYTHON_CALL)
        python_spoil(p, "an object has values without a name");
    begin_item(p, frame);
    buf_add_char(&p->json, '"');
    buf_add(&p->json, look.data, len);
    buf_add_text(&p->json, "\":");
    python_pass(p, len + 1);
    return true;
}

/* Passes <…>, others in it too, on one line. */
static bool pass_angle(struct python *p, const char **why)
{
    unsigned depth = 0;

    do {
        const int c = python_peek(p);

        if (c < 0 || c == '\n') {
            *why = STOPS;
            return false;
        }
        depth += c == '<';
        depth -= c == '>';
        python_pass(p, 1);
    } while (depth > 0);
    return true;
}

/* The first argument of defaultdict: <class 'list'>, None. */
static bool pass_factory(struct python *p, struct python_frame *frame, const char **why)
{
    frame->wants_factory = false;
    if (python_peek(p) == '<' && !pass_angle(p, why))
        return false;
    python_pass(p, python_name(python_look(p)));
    if (!python_space(p, why))
        return false;
    if (python_peek(p) == ',')
        python_pass(p, 1);
    return true;
}

/* The length of what begins an enum, "<Role.USER: ", or 0. */
static size_t enum_length(struct span text)
{
    size_t len = 0;

    do {
        struct span rest = {text.data + len + 1, text.len - len - 1};
        size_t name = python_name(rest);

        if (name == 0)
            return 0;
        len += 1 + name;
    } while (len + 1 < text.len && text.data[len] == '.');
    return len + 1 < text.len && text.data[len] == ':' && text.data[len + 1] == ' ' ? len + 2 : 0;
}

static bool take_angle(struct python *p, const char **why)
{
    const size_t len = enum_length(python_look(p));

    if (len > 0) {
        python_pass(p, len);
        return push(p, PYTHON_ENUM, why);
    }
    python_spoil(p, "an object is printed without what it holds (<… object at 0x…>)");
    buf_add_text(&p->json, "null");
    return pass_angle(p, why);
}

static bool take_call(struct python *p, size_t len, const char **why)
{
    const struct span look = python_look(p);
    size_t end = python_name(look);
    size_t start = 0;

    while (end < len && look.data[end] == '.') {
        start = end + 1;
        end = start + python_name((struct span){look.data + start, look.len - start});
    }
    const struct span name = {look.data + start, end - start};
    const struct span rest = {look.data + len, look.len - len};
    const size_t time =
        span_is(name, "datetime") || span_is(name, "date") ? python_time(rest, &p->json) : 0;

    if (time > 0) {
        python_pass(p, len + time);
        return true;
    }
    if (!push(p, PYTHON_CALL, why))
        return false;
    for (size_t i = 0; i < sizeof CALLS / sizeof CALLS[0]; i++) {
        if (!span_is(name, CALLS[i].name))
            continue;
        top(p)->is_ordered = CALLS[i].is_ordered;
        top(p)->is_empty_list = CALLS[i].is_empty_list;
        top(p)->wants_factory = CALLS[i].wants_factory;
    }
    python_pass(p, len);
    return true;
}

static void pass_dotted(struct python *p)
{
    python_pass(p, python_name(python_look(p)));
    while (python_peek(p) == '.') {
        python_pass(p, 1);
        python_pass(p, python_name(python_look(p)));
    }
}

static bool take_word(struct python *p, const char **why)
{
    static const char *const WORDS[][2] = {
        {"None", "null"}, {"True", "true"}, {"False", "false"},
        {"null", "null"}, {"true", "true"}, {"false", "false"},
    };
    const struct span look = python_look(p);
    const size_t call = python_call(look);
    const size_t len = python_name(look);

    if (call > 0)
        return take_call(p, call, why);
    *why = NOT_PYTHON;
    if (len == 0)
        return false;
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (span_is((struct span){look.data, len}, WORDS[i][0])) {
            buf_add_text(&p->json, WORDS[i][1]);
            python_pass(p, len);
            return true;
        }
    }
    python_spoil(p, "a name is in the place of a value");
    buf_add_text(&p->json, "null");
    pass_dotted(p);
    return true;
}

static bool take_ellipsis(struct python *p, const char **why)
{
    *why = NOT_PYTHON;
    if (!span_starts_with(python_look(p), "..."))
        return false;
    python_pass(p, 3);
    python_spoil(p, "the printed object leaves something out (...)");
    buf_add_text(&p->json, "null");
    return true;
}

static bool open_bracket(struct python *p, char bracket, const char **why)
{
    const struct python_frame *frame = top(p);
    enum python_kind kind = PYTHON_BRACE;

    if (bracket == '[')
        kind = frame && frame->is_ordered ? PYTHON_PAIRS : PYTHON_LIST;
    else if (bracket == '(')
        kind = frame && frame->kind == PYTHON_PAIRS ? PYTHON_PAIR : PYTHON_PAREN;
    if (!push(p, kind, why))
        return false;
    python_pass(p, 1);
    return true;
}

/* Opens a bracket or takes an atom. */
static bool take_value(struct python *p, const char **why)
{
    const struct python_frame *frame = top(p);
    const int c = python_peek(p);

    if (frame && frame->kind == PYTHON_PAIRS && c != '(')
        python_spoil(p, "an OrderedDict does not hold pairs");
    if (c == '[' || c == '{' || c == '(')
        return open_bracket(p, (char)c, why);
    if (c == '<')
        return take_angle(p, why);
    if (c == '.')
        return take_ellipsis(p, why);
    if (c == '-' || (c >= '0' && c <= '9'))
        return python_number(p, why);
    if (python_quote(python_look(p)) > 0)
        return python_string(p, why);
    return take_word(p, why);
}

/* Where a value may stand: one, or the end of what is open. */
static bool expect_value(struct python *p, bool *wants, const char **why)
{
    struct python_frame *frame = top(p);
    const unsigned depth = p->depth;

    *why = STOPS;
    if (python_peek(p) < 0)
        return false;
    if (frame && frame->at_item) {
        if (python_peek(p) == KINDS[frame->kind].closer) {
            python_pass(p, 1);
            pop(p);
            *wants = false;
            return true;
        }
        if (frame->wants_factory)
            return pass_factory(p, frame, why);
        if (take_field(p, frame))
            return true;
        if (frame->kind == PYTHON_FIELDS || (frame->kind == PYTHON_CALL && frame->items > 0))
            python_spoil(p, "an object has values without a name");
        begin_item(p, frame);
    }
    if (!take_value(p, why))
        return false;
    *wants = p->depth > depth;
    return true;
}

static bool take_colon(struct python *p, struct python_frame *frame, bool *wants, const char **why)
{
    *why = NOT_PYTHON;
    if (frame->kind == PYTHON_BRACE && frame->items == 1)
        turn(p, frame, PYTHON_DICT);
    if (frame->kind != PYTHON_DICT || frame->has_key)
        return false;
    finish_key(p, frame);
    buf_add_char(&p->json, ':');
    python_pass(p, 1);
    *wants = true;
    return true;
}

/* After a value: a comma, a colon or the end of what is open. */
static bool expect_end(struct python *p, bool *wants, const char **why)
{
    struct python_frame *frame = top(p);
    const int c = python_peek(p);

    *why = c < 0 ? STOPS : NOT_PYTHON;
    if (c == ':')
        return take_colon(p, frame, wants, why);
    if (c == KINDS[frame->kind].closer) {
        python_pass(p, 1);
        pop(p);
        return true;
    }
    if (c != ',' || frame->kind == PYTHON_ENUM)
        return false;
    if (frame->kind == PYTHON_BRACE)
        turn(p, frame, PYTHON_SET);
    if (frame->kind == PYTHON_PAREN)
        turn(p, frame, PYTHON_TUPLE);
    if (frame->kind == PYTHON_DICT && !frame->has_key)
        python_spoil(p, "a key has no value");
    python_pass(p, 1);
    frame->at_item = true;
    *wants = true;
    return true;
}

bool python_value(struct python *p, const char **why)
{
    bool wants = true;
    bool ok = true;

    p->depth = 0;
    while (ok && (wants || p->depth > 0)) {
        ok = python_space(p, why) &&
             (wants ? expect_value(p, &wants, why) : expect_end(p, &wants, why));
        if (p->json.overflow) {
            *why = "the printed object is too large";
            ok = false;
        }
    }
    return ok && !p->failed;
}
