#include "base/log.h"

#include "base/buf.h"
#include "base/text.h"

#include <stdarg.h>

enum { EVENT_MAX = 2048 };

static const char *const LEVELS[] = {
    [LOG_ERROR] = "error",
    [LOG_WARNING] = "warning",
    [LOG_INFO] = "info",
    [LOG_DEBUG] = "debug",
};

/* There is one log in a process, as there is one standard error. */
static struct {
    struct log_options options;
    bool failed;
} log_state;

void log_open(const struct log_options *options)
{
    log_state.options = *options;
    log_state.failed = false;
}

void log_set_before(void (*before)(void *ctx), void *ctx)
{
    log_state.options.before = before;
    log_state.options.ctx = ctx;
}

void log_make_way(void)
{
    if (log_state.options.before)
        log_state.options.before(log_state.options.ctx);
}

bool log_enabled(enum log_level level)
{
    return log_state.options.stream && level <= log_state.options.level;
}

bool log_failed(void)
{
    return log_state.failed;
}

static void add_json(struct buf *line, enum log_level level, struct span event)
{
    buf_add_char(line, '{');
    if (log_state.options.wall_ms) {
        buf_add_text(line, "\"time\":\"");
        text_add_iso8601(line, log_state.options.wall_ms());
        buf_add_text(line, "\",");
    }
    buf_printf(line, "\"level\":\"%s\",\"event\":\"", LEVELS[level]);
    text_add_json(line, event);
    buf_add_text(line, "\"}");
}

/* A hint stays on a line of its own. */
static void add_visible(struct buf *line, struct span event)
{
    static const char HINT[] = "\nhint: ";
    const char *hint = memmem(event.data, event.len, HINT, sizeof HINT - 1);
    size_t len = hint ? (size_t)(hint - event.data) : event.len;

    text_add_visible(line, (struct span){event.data, len}, false);
    if (!hint)
        return;
    buf_add_char(line, '\n');
    text_add_visible(line, (struct span){hint + 1, event.len - len - 1}, false);
}

void log_event(enum log_level level, const char *format, ...)
{
    char event[EVENT_MAX];
    struct buf line;
    va_list args;

    if (!log_enabled(level))
        return;
    va_start(args, format);
    (void)vsnprintf(event, sizeof event, format, args);
    va_end(args);
    text_mask_keys(event, false);
    buf_init(&line, BUF_NO_LIMIT);
    if (log_state.options.json) {
        add_json(&line, level, span_of(event));
    } else {
        buf_printf(&line, "threadferry: %s: ", LEVELS[level]);
        add_visible(&line, span_of(event));
    }
    buf_add_char(&line, '\n');
    log_make_way();
    /* One write and one flush, so that lines of several processes do not mix. */
    if (fwrite(line.data, 1, line.len, log_state.options.stream) != line.len ||
        fflush(log_state.options.stream) != 0)
        log_state.failed = true;
    buf_release(&line);
}
