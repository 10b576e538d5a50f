#include "doctor/findings.h"

#include "base/text.h"
#include "json/json.h"
#include "print/wrap.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    DETAIL_SIZE = 640,
    DETAIL_COLUMN = 22, /* beside the level and the longest subject */
    DETAIL_ROOM = 20,   /* with less it stands below the subject */
    SUBJECT_COLUMN = 6,
};

static const char ARROW[] = "-> ";

static const char *const LEVELS[FINDING_LEVELS] = {
    [FINDING_OK] = "ok", [FINDING_WARN] = "warn", [FINDING_FAIL] = "fail", [FINDING_SKIP] = "skip"};

static const char *const COLORS[FINDING_LEVELS] = {
    [FINDING_OK] = "\033[32m",
    [FINDING_WARN] = "\033[33m",
    [FINDING_FAIL] = "\033[31m",
    [FINDING_SKIP] = "\033[2m",
};

void findings_init(struct findings *findings, bool json)
{
    *findings = (struct findings){.json = json};
    buf_init(&findings->out, BUF_NO_LIMIT);
}

void findings_release(struct findings *findings)
{
    buf_release(&findings->out);
}

static int total(const struct findings *f)
{
    int sum = 0;

    for (size_t i = 0; i < FINDING_LEVELS; i++)
        sum += f->count[i];
    return sum;
}

static void add_json(struct findings *f, enum finding_level level, const char *subject,
                     const char *remedy, const char *detail)
{
    buf_printf(&f->out,
               "%s{\"check\":\"%s\",\"result\":\"%s\",\"detail\":", total(f) > 0 ? "," : "",
               subject, LEVELS[level]);
    json_write_string(&f->out, span_of(detail), JSON_ESCAPE_HOSTILE);
    if (remedy) {
        buf_add_text(&f->out, ",\"remedy\":");
        json_write_string(&f->out, span_of(remedy), JSON_ESCAPE_HOSTILE);
    }
    buf_add_char(&f->out, '}');
}

/* A text may come from a server: line breaks in it are not ours. */
static void add_wrapped(struct findings *f, size_t column, const char *text)
{
    const struct wrap wrap = {.column = column, .width = f->width};
    struct buf visible;

    buf_init(&visible, BUF_NO_LIMIT);
    text_add_visible(&visible, span_of(text), false);
    wrap_add(&f->out, &wrap, buf_span(&visible));
    buf_release(&visible);
}

static void add_text(struct findings *f, enum finding_level level, const char *subject,
                     const char *remedy, const char *detail)
{
    const bool beside = f->width == 0 || f->width >= DETAIL_COLUMN + DETAIL_ROOM;
    const size_t column = beside ? DETAIL_COLUMN : SUBJECT_COLUMN;

    buf_printf(&f->out, "%s%-4s%s  ", f->colors ? COLORS[level] : "", LEVELS[level],
               f->colors ? "\033[0m" : "");
    if (beside)
        buf_printf(&f->out, "%-15s ", subject);
    else
        buf_printf(&f->out, "%s\n%*s", subject, SUBJECT_COLUMN, "");
    add_wrapped(f, column, detail);
    if (remedy) {
        buf_printf(&f->out, "\n%*s%s", (int)column, "", ARROW);
        add_wrapped(f, column + sizeof ARROW - 1, remedy);
    }
    buf_add_char(&f->out, '\n');
}

void findings_add(struct findings *f, enum finding_level level, const char *subject,
                  const char *remedy, const char *format, ...)
{
    char detail[DETAIL_SIZE];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    if (f->json)
        add_json(f, level, subject, remedy, detail);
    else if (!f->quiet || level == FINDING_WARN || level == FINDING_FAIL)
        add_text(f, level, subject, remedy, detail);
    f->count[level]++;
}

void findings_add_error(struct findings *f, const char *subject, const char *what,
                        const struct error *err, const char *remedy)
{
    static const char HINT[] = "\nhint: ";
    const char *hint = strstr(err->text, HINT);
    const size_t len = hint ? (size_t)(hint - err->text) : strlen(err->text);

    findings_add(f, FINDING_FAIL, subject, hint ? hint + sizeof HINT - 1 : remedy, "%s%.*s", what,
                 (int)len, err->text);
}

bool findings_print(struct findings *f)
{
    if (f->json)
        printf("{\"schema\":1,\"command\":\"doctor\",\"checks\":[%s],\"ok\":%d,\"warn\":%d,"
               "\"fail\":%d,\"skip\":%d}\n",
               f->out.data, f->count[FINDING_OK], f->count[FINDING_WARN], f->count[FINDING_FAIL],
               f->count[FINDING_SKIP]);
    else
        (void)fwrite(f->out.data, 1, f->out.len, stdout);
    return f->count[FINDING_FAIL] == 0;
}
