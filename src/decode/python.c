#include "decode/python.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "decode/python_state.h"

#include <stdlib.h>
#include <string.h>

enum {
    WINDOW_BYTES = 1 << 16,
    PRINT_MAX_BYTES = 1 << 30,
    REST_BYTES = 1 << 16, /* of what cannot be read, kept to see whose it is */
};

/* Fills the window. */
static void read_more(struct python *p)
{
    if (!p->data)
        p->data = mem_alloc(WINDOW_BYTES);
    memmove(p->data, p->data + p->at, p->len - p->at);
    p->len -= p->at;
    p->at = 0;
    while (p->len < WINDOW_BYTES && !p->at_end) {
        size_t got = 0;

        p->failed = p->failed || !p->stream->read(p->stream->ctx, p->data + p->len,
                                                  WINDOW_BYTES - p->len, &got, p->err);
        p->at_end = got == 0 || p->failed;
        p->len += got;
    }
}

struct span python_look(struct python *p)
{
    size_t len;

    if (p->len - p->at < PYTHON_LOOK_BYTES && !p->at_end)
        read_more(p);
    /* No more than that, so that what is decided depends on the text alone. */
    len = p->len - p->at < PYTHON_LOOK_BYTES ? p->len - p->at : PYTHON_LOOK_BYTES;
    return (struct span){p->data + p->at, len};
}

int python_peek(struct python *p)
{
    if (p->at == p->len && python_look(p).len == 0)
        return -1;
    return (unsigned char)p->data[p->at];
}

void python_pass(struct python *p, size_t len)
{
    p->at += len;
}

void python_pass_line(struct python *p)
{
    p->at++;
    p->line++;
}

static bool is_name_byte(unsigned char c, bool is_first)
{
    return ascii_is_letter(c) || c == '_' || c >= 0x80 || (!is_first && ascii_is_digit(c));
}

size_t python_name(struct span text)
{
    size_t len = 0;

    while (len < text.len && is_name_byte((unsigned char)text.data[len], len == 0))
        len++;
    return len;
}

size_t python_quote(struct span text)
{
    size_t len = 0;

    while (len < 2 && len < text.len && text.data[len] && strchr("rRbBuU", text.data[len]))
        len++;
    return len < text.len && (text.data[len] == '\'' || text.data[len] == '"') ? len + 1 : 0;
}

void python_spoil(struct python *p, const char *why)
{
    if (!p->why)
        p->why = why;
}

static const char BLANKS[] = " \t\r\n";

size_t python_call(struct span text)
{
    size_t len = python_name(text);
    size_t depth = 0;

    while (len > 0 && len < text.len && text.data[len] == '.' &&
           python_name(span_skip(text, len + 1)) > 0)
        len += 1 + python_name(span_skip(text, len + 1));
    if (len > 0 && len < text.len && text.data[len] == '[') {
        do {
            depth += text.data[len] == '[';
            depth -= text.data[len] == ']';
            len++;
        } while (len < text.len && depth > 0 && text.data[len] != '\n' && text.data[len] != '(');
    }
    return len > 0 && depth == 0 && len < text.len && text.data[len] == '(' ? len + 1 : 0;
}

/* The kinds of calls whose names are not those of a class. */
static bool is_known_call(struct span call)
{
    static const char *const KNOWN[] = {"defaultdict(",  "datetime.datetime(", "deque(",
                                        "mappingproxy(", "namespace(",         "dict_values(",
                                        "odict_values("};

    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++)
        if (span_is(call, KNOWN[i]))
            return true;
    return false;
}

/* Does an object's print begin here: Name(field=, Name(), Name([? */
static bool object_begins(struct span text)
{
    size_t len = python_call(text);
    size_t last = len;
    struct span inside;
    size_t name;

    if (len == 0)
        return false;
    while (last > 0 && text.data[last - 1] != '.')
        last--;
    if ((text.data[last] < 'A' || text.data[last] > 'Z') &&
        !is_known_call((struct span){text.data, len}))
        return false;
    inside = span_skip_all(span_skip(text, len), BLANKS);
    if (span_starts_with(inside, "None,")) /* defaultdict(None, …) */
        return true;
    name = python_name(inside);
    if (name > 0)
        return name < inside.len && inside.data[name] == '=';
    return inside.len > 0 && strchr(")[{'\"<", inside.data[0]);
}

/* Something like <openai.types.Message object at 0x7f…>. */
static bool is_address(struct span text)
{
    const char *end = text.len > 0 ? memchr(text.data, '>', text.len) : NULL;

    return end && text.data[0] == '<' &&
           memmem(text.data, (size_t)(end - text.data), " object at 0x", 13);
}

/* 'key': */
static bool key_begins(struct span text)
{
    const char *end =
        text.len > 1 && text.data[0] == '\'' ? memchr(text.data + 1, '\'', text.len - 1) : NULL;

    return end && end + 1 < text.data + text.len && end[1] == ':';
}

bool python_begins(struct span text)
{
    struct span rest = span_skip_all(text, BLANKS);

    const size_t quote = rest.len > 0 && rest.data[0] != '"' ? python_quote(rest) : 0;

    /* Text or bytes of JSON. */
    if (quote > 0 && quote < rest.len && span_is_one_of(rest.data[quote], "{["))
        return true;
    for (int depth = 0; depth < 4 && rest.len > 0; depth++) {
        if (object_begins(rest) || is_address(rest))
            return true;
        if (rest.data[0] == '{') {
            return key_begins(span_skip_all(span_skip(rest, 1), BLANKS));
        }
        if (rest.data[0] != '[' && rest.data[0] != '(')
            return false;
        rest = span_skip_all(span_skip(rest, 1), BLANKS);
    }
    return false;
}

static const char HINT[] = "write JSON in place of a print: page.model_dump_json(), "
                           "json.dumps(…); or take these lines out";

static const char OTHER_TEXT[] = "other text, not a printed object of Python";

/* Makes up for the line ends that have been passed. */
static void catch_up(struct python *p)
{
    for (; p->json_line < p->line; p->json_line++)
        buf_add_char(&p->json, '\n');
}

/* Writes what is done and is not to be taken back. */
static bool flush(struct python *p)
{
    p->failed = p->failed || !p->stream->write(p->stream->ctx, buf_span(&p->json), p->err);
    p->written += p->json.len;
    buf_clear(&p->json);
    return !p->failed;
}

/* Passes the rest of a line up to its end, and adds it to the JSON if there is room. */
static void pass_rest(struct python *p, size_t *room)
{
    for (int c = python_peek(p); c >= 0 && c != '\n'; c = python_peek(p)) {
        const char *start = p->data + p->at;
        const char *end = memchr(start, '\n', p->len - p->at);
        const size_t len = end ? (size_t)(end - start) : p->len - p->at;
        const size_t kept = len < *room ? len : *room;

        buf_add(&p->json, start, kept);
        *room -= kept;
        python_pass(p, len);
    }
}

/* Tells of what was added to the JSON from start on, and takes it back. */
static void tell(struct python *p, const struct python_places *places, size_t start, uint64_t line,
                 const char *why)
{
    const bool is_print = why != OTHER_TEXT;
    const struct python_place place = {
        .line = line,
        .last = p->line - p->is_next, /* the line on which another one begins is not of it */
        .at = p->written + start,
        .is_end = is_print && python_peek(p) < 0,
        .why = why,
        .hint = HINT,
        .bytes = {p->json.data + start, p->json.len - start},
    };

    if (places)
        places->unread(places->ctx, &place);
    buf_truncate(&p->json, start);
    p->json.overflow = false;
}

/* After a print that cannot go on: to the end of the line on which nothing more of it is. */
static void pass_broken(struct python *p)
{
    size_t room = REST_BYTES;

    p->json.overflow = false;
    if (p->is_next)
        return;
    pass_rest(p, &room);
    while (python_peek(p) == '\n') {
        const struct span look = python_look(p);

        if (look.len < 2 || !strchr(" \t]})", look.data[1]) || look.data[1] == '\0')
            return;
        python_pass_line(p);
        pass_rest(p, &room);
    }
}

/* What is read as a value at the start of a line or after another one: an object's print, a
 * bracket, text that holds JSON. */
static bool begins_value(struct python *p)
{
    const struct span look = python_look(p);
    const size_t quote = python_quote(look);

    if (look.len == 0 || look.data[0] == '\n')
        return false;
    if (quote > 0)
        return quote < look.len && (look.data[quote] == '{' || look.data[quote] == '[');
    return look.data[0] == '[' || look.data[0] == '{' || look.data[0] == '(' || python_begins(look);
}

static void pass_blanks(struct python *p)
{
    for (int c = python_peek(p); c == ' ' || c == '\t' || c == '\r'; c = python_peek(p))
        python_pass(p, 1);
}

/* One value, which ends up in the JSON or is told of. False if the line ends with it. */
static bool translate_value(struct python *p, const struct python_places *places)
{
    const char *why = NULL;
    const uint64_t line = p->line;
    size_t start;

    catch_up(p);
    if (p->json.len > 0 && p->json.data[p->json.len - 1] != '\n')
        buf_add_char(&p->json, ' ');
    start = p->json.len;
    p->why = NULL;
    p->is_next = false;
    if (!python_value(p, &why)) {
        pass_broken(p);
        tell(p, places, start, line, why);
        return false;
    }
    if (p->why)
        tell(p, places, start, line, p->why);
    return true;
}

static void translate_line(struct python *p, const struct python_places *places)
{
    size_t room = REST_BYTES;

    pass_blanks(p);
    while (!p->failed && begins_value(p)) {
        if (!translate_value(p, places))
            break;
        pass_blanks(p);
    }
    if (!p->is_next && python_peek(p) >= 0 && python_peek(p) != '\n') {
        const size_t start = p->json.len;

        pass_rest(p, &room);
        tell(p, places, start, p->line, OTHER_TEXT);
    }
    if (!p->is_next && python_peek(p) == '\n')
        python_pass_line(p);
    p->is_next = false;
}

bool python_translate(const struct python_stream *stream, const struct python_places *places,
                      struct error *err)
{
    struct python p = {.stream = stream, .err = err, .line = 1, .json_line = 1};

    buf_init(&p.json, PRINT_MAX_BYTES);
    while (!p.failed && python_peek(&p) >= 0) {
        translate_line(&p, places);
        if (p.json.len >= WINDOW_BYTES && !p.failed)
            (void)flush(&p);
    }
    catch_up(&p);
    if (p.json.len > 0 && p.json.data[p.json.len - 1] != '\n')
        buf_add_char(&p.json, '\n');
    if (!p.failed)
        (void)flush(&p);
    buf_release(&p.json);
    free(p.data);
    return !p.failed;
}
