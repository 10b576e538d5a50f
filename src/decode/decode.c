#include "decode/decode.h"

#include "base/mem.h"
#include "base/text.h"
#include "decode/remedy.h"
#include "os/stop.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    CHUNK_BYTES = 1 << 16,
    LAYERS_MAX = 8, /* one around the other */
    GZIP_HEADER = 16 + MAX_WBITS,
    SNIFFED_UNITS = 4,  /* that must look like UTF-16 where no byte order mark says so */
    TITLE_LINES = 10,   /* above a table's header */
    CONTROL_SHARE = 32, /* more than one control byte in so many is no text */
};

/* --- spools --------------------------------------------------------------------------------- */

/* Text on its way from a file into a temporary one. */
struct copy {
    const struct files_file *from;
    uint64_t at;
    struct files_file *to; /* owned until it is given away */
    uint64_t size;
    struct buf out;
    struct error *err;
};

static bool copy_begin(struct copy *copy, const struct files_file *from, uint64_t at,
                       struct error *err)
{
    *copy = (struct copy){.from = from, .at = at, .err = err};
    buf_init(&copy->out, BUF_NO_LIMIT);
    copy->to = files_temporary(err);
    return copy->to != NULL;
}

static bool copy_read(struct copy *copy, void *data, size_t len, size_t *got)
{
    if (stop_is_asked(copy->err) ||
        !files_read(copy->from, (int64_t)copy->at, data, len, got, copy->err))
        return false;
    copy->at += *got;
    return true;
}

static bool copy_write(struct copy *copy, struct span bytes)
{
    if (bytes.len > 0 && !files_write(copy->to, (int64_t)copy->size, bytes, copy->err))
        return false;
    copy->size += bytes.len;
    return true;
}

/* Gives what was written away if all went well, and forgets the rest. */
static struct files_file *copy_end(struct copy *copy, bool ok)
{
    struct files_file *to = ok ? copy->to : NULL;

    if (!ok)
        files_close(copy->to);
    buf_release(&copy->out);
    return to;
}

/* --- gzip ----------------------------------------------------------------------------------- */

static bool is_gzip(struct span head)
{
    return head.len > 3 && memcmp(head.data, "\x1F\x8B\x08", 3) == 0 && (head.data[3] & 0xE0) == 0;
}

struct inflation {
    struct copy *copy;
    z_stream z;
    unsigned char *in;
    unsigned char *out;
    bool in_member;    /* one has begun and not ended */
    const char *wrong; /* with the bytes; NULL so far */
};

/* Writes what the bytes at hand unfold to. False if the run cannot go on. */
static bool inflate_piece(struct inflation *i)
{
    int status;

    i->z.next_out = i->out;
    i->z.avail_out = CHUNK_BYTES;
    status = inflate(&i->z, Z_NO_FLUSH);
    if (status == Z_MEM_ERROR)
        mem_exhausted();
    if (status == Z_STREAM_END) {
        i->in_member = false;
        (void)inflateReset(&i->z);
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
        i->wrong = "damaged gzip data";
    }
    return copy_write(i->copy, (struct span){(char *)i->out, CHUNK_BYTES - i->z.avail_out});
}

/* Between members: another one begins, or there is nothing but NUL bytes (of a tape's block). */
static void next_member(struct inflation *i)
{
    while (i->z.avail_in > 0 && *i->z.next_in == 0) {
        i->z.next_in++;
        i->z.avail_in--;
    }
    if (i->z.avail_in > 0 && *i->z.next_in != 0x1F)
        i->wrong = "other bytes after the gzip data";
    else
        i->in_member = i->z.avail_in > 0;
}

static bool inflate_chunk(struct inflation *i, size_t len)
{
    i->z.next_in = i->in;
    i->z.avail_in = (unsigned)len;
    do {
        if (!i->in_member)
            next_member(i);
        if (i->in_member && !i->wrong && !inflate_piece(i))
            return false;
    } while (!i->wrong && (i->z.avail_in > 0 || (i->in_member && i->z.avail_out == 0)));
    return true;
}

/* The spool, or NULL with *wrong or *err. */
static struct files_file *inflate_all(const struct files_file *file, uint64_t at,
                                      const char **wrong, struct error *err)
{
    struct copy copy;
    struct inflation i = {.copy = &copy, .in_member = true};
    size_t got = 1;
    bool ok = copy_begin(&copy, file, at, err);

    if (inflateInit2(&i.z, GZIP_HEADER) != Z_OK)
        mem_exhausted();
    i.in = mem_alloc(CHUNK_BYTES);
    i.out = mem_alloc(CHUNK_BYTES);
    while (ok && !i.wrong && got > 0)
        ok = copy_read(&copy, i.in, CHUNK_BYTES, &got) && inflate_chunk(&i, got);
    if (ok && !i.wrong && i.in_member)
        i.wrong = "the gzip data ends early";
    (void)inflateEnd(&i.z);
    free(i.in);
    free(i.out);
    *wrong = i.wrong;
    return copy_end(&copy, ok && !i.wrong);
}

/* --- UTF-16 --------------------------------------------------------------------------------- */

enum order { ORDER_NONE, ORDER_LITTLE, ORDER_BIG };

/* Without a byte order mark: each of the first characters is ASCII, and the other byte NUL. */
static enum order order_of(struct span head, size_t ascii)
{
    if (head.len < 2 * (size_t)SNIFFED_UNITS)
        return ORDER_NONE;
    for (size_t i = 0; i < SNIFFED_UNITS; i++) {
        const unsigned char c = (unsigned char)head.data[2 * i + ascii];

        if (head.data[2 * i + 1 - ascii] != 0 || c >= 0x7F ||
            (c < 0x20 && c != '\n' && c != '\r' && c != '\t'))
            return ORDER_NONE;
    }
    return ascii == 0 ? ORDER_LITTLE : ORDER_BIG;
}

static enum order utf16_order(struct span head)
{
    const enum order little = order_of(head, 0);

    if (span_starts_with(head, "\xFF\xFE"))
        return ORDER_LITTLE;
    if (span_starts_with(head, "\xFE\xFF"))
        return ORDER_BIG;
    return little == ORDER_NONE ? order_of(head, 1) : little;
}

/* Half a pair that has no other half: bytes that are not UTF-8, which the reader of the text marks
 * as it does others. */
static void add_surrogate(struct buf *out, uint32_t unit)
{
    const char bytes[3] = {(char)0xED, (char)(0x80 | ((unit >> 6) & 0x3F)),
                           (char)(0x80 | (unit & 0x3F))};

    buf_add(out, bytes, sizeof bytes);
}

/* Adds one unit; *high is the first half of a pair that waits for the second, or 0. */
static void add_unit(struct buf *out, uint32_t unit, uint32_t *high)
{
    const bool is_low = unit >= 0xDC00 && unit <= 0xDFFF;

    if (*high != 0 && is_low) {
        text_add_utf8(out, 0x10000 + ((*high - 0xD800) << 10) + (unit - 0xDC00));
        *high = 0;
        return;
    }
    if (*high != 0)
        add_surrogate(out, *high);
    *high = unit >= 0xD800 && unit <= 0xDBFF ? unit : 0;
    if (is_low)
        add_surrogate(out, unit);
    else if (*high == 0)
        text_add_utf8(out, unit);
}

/* The spool, or NULL with *err. */
static struct files_file *utf16_all(const struct files_file *file, uint64_t at, enum order order,
                                    struct error *err)
{
    const size_t first = order == ORDER_BIG;
    unsigned char *in = mem_alloc(CHUNK_BYTES);
    struct copy copy;
    uint32_t high = 0;
    size_t got = CHUNK_BYTES;
    bool ok = copy_begin(&copy, file, at, err);

    while (ok && got == CHUNK_BYTES) {
        ok = copy_read(&copy, in, CHUNK_BYTES, &got);
        for (size_t i = 0; ok && i + 1 < got; i += 2)
            add_unit(&copy.out, in[i + 1 - first] * 256U + in[i + first], &high);
        if (got < CHUNK_BYTES && high != 0)
            add_surrogate(&copy.out, high);
        if (got % 2 != 0) /* what is cut is no text, and no UTF-8 either */
            buf_add_char(&copy.out, (char)0xFF);
        ok = ok && copy_write(&copy, buf_span(&copy.out));
        buf_clear(&copy.out);
    }
    free(in);
    return copy_end(&copy, ok);
}

/* --- printed Python ------------------------------------------------------------------------- */

static bool read_print(void *ctx, char *data, size_t len, size_t *got, struct error *err)
{
    (void)err; /* is the copy's */
    return copy_read(ctx, data, len, got);
}

static bool write_json(void *ctx, struct span json, struct error *err)
{
    (void)err;
    return copy_write(ctx, json);
}

/* The spool, or NULL with *err. */
static struct files_file *python_all(const struct files_file *file, uint64_t at,
                                     const struct python_places *places, struct error *err)
{
    struct copy copy;
    const struct python_stream stream = {read_print, write_json, &copy};
    const bool ok = copy_begin(&copy, file, at, err) && python_translate(&stream, places, err);

    return copy_end(&copy, ok);
}

/* --- what it is ----------------------------------------------------------------------------- */

/* Lines of NUL bytes, which a power cut leaves, are passed too; so are record separators. */
static struct span skip_blank(struct span text)
{
    size_t len;

    do {
        len = text.len;
        text = span_skip_all(text, " \t\r\n\x1E");
        text = span_skip(text, text.len > 0 && text.data[0] == '\0');
    } while (text.len < len);
    return text;
}

/* Too many control characters for a text; NUL bytes do not count, damage brings them. */
static bool is_binary(struct span head)
{
    size_t controls = 0;
    size_t others = 0;

    for (size_t i = 0; i < head.len; i++) {
        const unsigned char c = (unsigned char)head.data[i];

        if (c == '\0')
            continue;
        others++;
        controls += c == 0x7F || (c < 0x20 && !span_is_one_of((char)c, "\t\n\r\f\v\b\x1B\x1E"));
    }
    return controls > others / CONTROL_SHARE && controls > 1;
}

/* A bracket and what may follow it, or such a text as a string, or as a string in a string. */
static bool begins_like_json(struct span text)
{
    struct span rest = text.len > 0 ? skip_blank(span_skip(text, 1)) : text;

    if (text.len == 0 || !span_is_one_of(text.data[0], "{[\""))
        return false;
    if (text.data[0] == '"') {
        rest = span_skip_all(rest, "\\\"");
        return rest.len > 0 && span_is_one_of(rest.data[0], "{[");
    }
    if (rest.len == 0 || span_is_one_of(rest.data[0], "\"]}"))
        return true;
    if (text.data[0] == '{')
        return !span_is_one_of(rest.data[0], "{%#"); /* of a template */
    if (span_is_one_of(rest.data[0], "[{") || span_starts_with(rest, "null"))
        return true;
    /* A number, and after it the next one or the end. */
    const struct span after = span_skip_all(rest, "-.0123456789eE");
    return after.len > 0 && after.len < rest.len && span_is_one_of(after.data[0], ",] \r\n") &&
           (skip_blank(after).len == 0 || span_is_one_of(skip_blank(after).data[0], ",]"));
}

static bool begins_like_events(struct span text)
{
    return span_starts_with(text, "event:") || span_starts_with(text, "data:") ||
           span_starts_with(text, "id:") || span_starts_with(text, "retry:") ||
           span_starts_with(text, ":");
}

/* A header of two or more names, none of which begins or ends with a blank. A cell may be empty. */
static bool is_header(struct span line, char separator)
{
    size_t names = 0;
    size_t from = 0;

    for (size_t i = 0; i <= line.len; i++) {
        if (i < line.len && line.data[i] != separator)
            continue;
        if (i > from && (line.data[from] == ' ' || line.data[i - 1] == ' '))
            return false;
        names += i > from;
        from = i + 1;
    }
    return names > 1;
}

/* A header, and a line below it that has the separator too, if there is one. */
static bool begins_like_csv(struct span text)
{
    struct span rest = text;
    struct span line;
    struct span second = {NULL, 0};

    if (span_starts_with(text, "sep="))
        return true;
    if (!text_next_line(&rest, &line))
        return false;
    (void)text_next_line(&rest, &second);
    for (const char *separator = ",;|\t"; *separator; separator++)
        if (is_header(line, *separator) &&
            (second.len == 0 || memchr(second.data, *separator, second.len)))
            return true;
    return false;
}

enum shape { SHAPE_NONE, SHAPE_DATA, SHAPE_PYTHON };

/* Whether records begin on a later line, after a line of something else. */
static enum shape shape_of_lines(struct span text)
{
    struct span rest = text;
    struct span line;

    while (text_next_line(&rest, &line)) {
        if (span_starts_with(line, "{\"") || span_starts_with(line, "[{\""))
            return SHAPE_DATA;
        if (line.len > 0 && !span_is_one_of(line.data[0], " \t") && python_begins(line))
            return SHAPE_PYTHON;
    }
    return SHAPE_NONE;
}

static enum shape shape_of(struct span text)
{
    if (python_begins(text))
        return SHAPE_PYTHON;
    if (begins_like_json(text) || begins_like_events(text) || begins_like_csv(text))
        return SHAPE_DATA;
    return shape_of_lines(text);
}

static void set_unread(struct decode *decode, const char *why, const char *hint, struct span name)
{
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    remedy_add(&text, hint, name);
    decode->verdict = DECODE_UNREAD;
    decode->why = mem_strdup(why);
    decode->hint = buf_steal(&text);
}

static void set_foreign(struct decode *decode, const char *kind)
{
    decode->verdict = DECODE_FOREIGN;
    decode->kind = kind;
}

/* Takes what the tables of foreign things say; false if the text is to be read. */
static bool take_foreign(struct decode *decode, const struct foreign *foreign, struct span name)
{
    char *why;

    if (foreign && foreign->is_json)
        decode->looks_like = foreign;
    if (!foreign || foreign->is_json)
        return false;
    if (!foreign->hint) {
        set_foreign(decode, foreign->name);
        return true;
    }
    why = mem_printf("this is %s", foreign->name);
    set_unread(decode, why, foreign->hint, name);
    free(why);
    return true;
}

/* Objects of the API inside the lines of a text, with something else before them. */
static bool take_labelled(struct decode *decode, struct span text, struct span name)
{
    static const char *const SIGNS[] = {
        "thread.message\"",    "thread.message'",     "TextContentBlock(",
        "MessageTextContent(", "MessageContentText(",
    };
    struct span rest = text;
    struct span line = {text.data, 0};
    bool holds = false;
    char *hint;

    while (!holds && text_next_line(&rest, &line)) {
        holds = span_holds(line, "{\"") && span_holds(line, "\"role\"") &&
                (span_holds(line, "\"content\"") || span_holds(line, "\"text\""));
        for (size_t i = 0; i < sizeof SIGNS / sizeof SIGNS[0]; i++)
            holds = holds || span_holds(line, SIGNS[i]);
    }
    if (!holds)
        return false;
    /* What the first of them begins with: Message(, or a bracket and a quote. */
    while (line.len > 0 && !python_begins(line))
        line = span_skip(line, 1);
    line = span_skip_all(line, " \t");
    hint =
        line.len > 0 && line.data[0] >= 'A'
            ? mem_printf("perl -pe 's/^.*?(?=\\Q%.*s\\E)//' FILE >messages.txt",
                         (int)strcspn(line.data, "(") + 1, line.data)
            : mem_strdup("perl -ne "
                         "'s/^(?!\\s|[]}\"]|\\[?\\{).*?(?=\\[?\\{(?:[\"\\x27]|\\s*$)|\\[\\s*$)//; "
                         "print if /^[][{}\\s]/' FILE >messages.jsonl");
    set_unread(decode, "messages are inside the lines of other text", hint, name);
    free(hint);
    return true;
}

/* A table whose header is not the first line. */
static bool take_titled(struct decode *decode, struct span text, struct span name)
{
    struct span rest = text;
    struct span line;
    char *hint;

    for (int number = 1; number <= TITLE_LINES && text_next_line(&rest, &line); number++) {
        struct span header = rest;

        if (!begins_like_csv(rest) || !text_next_line(&header, &line) ||
            !(span_holds(line, "role") || span_holds(line, "Role")))
            continue;
        hint = mem_printf("tail -n +%d FILE >messages.csv", number + 1);
        set_unread(decode, "a title is above the header of the table", hint, name);
        free(hint);
        return true;
    }
    return false;
}

/* --- a file --------------------------------------------------------------------------------- */

/* A file while its layers come off. */
struct layers {
    const struct files_file *file; /* the text so far: the caller's, or the decode's spool */
    struct decode *decode;
    struct span name;
    const struct python_places *places;
    struct error *err;
    char *head;
    size_t head_len;
    const char *wrong; /* with the bytes; NULL so far */
};

/* Puts a spool in the place of the text so far (steals it). */
static bool replace(struct layers *l, struct files_file *spool, enum decode_layer layer)
{
    if (!spool)
        return false;
    files_close(l->decode->spool);
    l->decode->spool = spool;
    l->decode->start = 0;
    l->decode->layers |= (unsigned)layer;
    l->file = spool;
    return true;
}

/* Takes one layer off. False if there is none any more, or with l->wrong or an error. */
static bool take_layer(struct layers *l)
{
    struct decode *decode = l->decode;
    struct span head;
    enum order order;

    if (!files_read(l->file, (int64_t)decode->start, l->head, FOREIGN_HEAD_BYTES, &l->head_len,
                    l->err))
        return false;
    head = (struct span){l->head, l->head_len};
    order = utf16_order(head);
    if (is_gzip(head))
        return replace(l, inflate_all(l->file, decode->start, &l->wrong, l->err), DECODE_GZIP);
    if (span_starts_with(head, "\xEF\xBB\xBF")) {
        decode->start += 3;
        return true;
    }
    if (foreign_bytes(head) || order == ORDER_NONE)
        return false;
    return replace(l, utf16_all(l->file, decode->start, order, l->err), DECODE_UTF16);
}

static void judge(struct layers *l)
{
    struct decode *decode = l->decode;
    const struct span head = {l->head, l->head_len};
    const struct span text = skip_blank(head);
    const bool has_nul = head.len > 0 && memchr(head.data, '\0', head.len);

    if (take_foreign(decode, foreign_bytes(head), l->name))
        return;
    if (is_binary(head)) {
        set_foreign(decode, "binary");
        return;
    }
    if (text.len == 0 && head.len < FOREIGN_HEAD_BYTES) {
        if (has_nul)
            set_unread(decode, "the file holds nothing but NUL bytes", "restore it from a backup",
                       l->name);
        else
            set_foreign(decode, "empty");
        return;
    }
    if (take_foreign(decode, foreign_text(text), l->name))
        return;
    switch (shape_of(text)) {
    case SHAPE_PYTHON:
        (void)replace(l, python_all(l->file, decode->start, l->places, l->err), DECODE_PYTHON);
        return;
    case SHAPE_DATA:
        return;
    case SHAPE_NONE:
        break;
    }
    if (take_titled(decode, head, l->name) || take_labelled(decode, text, l->name))
        return;
    else if (has_nul)
        set_unread(decode, "the text holds NUL bytes",
                   "export it again, or take them out: tr -d '\\000' <FILE >repaired", l->name);
    else if (text.len > 0)
        set_foreign(decode, "text");
}

bool decode_open(struct decode *decode, const struct files_file *file, struct span name,
                 const struct python_places *places, struct error *err)
{
    struct layers l = {.file = file, .decode = decode, .name = name, .places = places, .err = err};
    int count = 0;

    memset(decode, 0, sizeof *decode);
    error_clear(err);
    l.head = mem_alloc(FOREIGN_HEAD_BYTES);
    while (count < LAYERS_MAX && take_layer(&l))
        count++;
    if (count == LAYERS_MAX)
        l.wrong = "compressed again and again";
    if (l.wrong)
        set_unread(decode, l.wrong, "export it again; what is left of it: gzip -dc <FILE >rest",
                   name);
    else if (err->code == ERROR_NONE)
        judge(&l);
    free(l.head);
    if (decode->verdict == DECODE_PLAIN && decode->spool)
        decode->verdict = DECODE_SPOOLED;
    if (decode->verdict == DECODE_UNREAD || decode->verdict == DECODE_FOREIGN) {
        files_close(decode->spool);
        decode->spool = NULL;
    }
    return err->code == ERROR_NONE;
}

void decode_release(struct decode *decode)
{
    files_close(decode->spool);
    free(decode->why);
    free(decode->hint);
    memset(decode, 0, sizeof *decode);
}
