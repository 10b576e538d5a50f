#include "crash/early.h"

#include "base/mem.h"
#include "base/span.h"
#include "base/text.h"
#include "fakes/fake_fsio.h"
#include "fakes/fake_http.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define CONVERSATIONS "/v1/conversations"

enum { ID_SIZE = 300 };

static char found[4 * ID_SIZE];
static const char *(*judge_body)(struct span body, struct span durable);

/* The text after a key, up to its quote; "" where it is not there. */
static void copy_text(char out[ID_SIZE], struct span line, const char *key)
{
    const char *at = line.len > 0 ? memmem(line.data, line.len, key, strlen(key)) : NULL;
    struct span rest = {NULL, 0};

    if (at)
        rest = (struct span){at + strlen(key), line.len - (size_t)(at - line.data) - strlen(key)};
    (void)snprintf(out, ID_SIZE, "%.*s", rest.data ? (int)strcspn(rest.data, "\"\n") : 0,
                   rest.data ? rest.data : "");
}

/* The newest durable line with this member; without data where there is none. */
static struct span newest_line(const char *key, const char *value)
{
    struct span rest = fake_fsio_durable();
    struct span newest = {NULL, 0};
    char member[2 * ID_SIZE];

    (void)snprintf(member, sizeof member, "\"%s\":\"%s\"", key, value);
    while (rest.len > 0) {
        const char *at = memmem(rest.data, rest.len, member, strlen(member));
        const char *begin = at ? memrchr(rest.data, '\n', (size_t)(at - rest.data)) : NULL;

        if (!at)
            break;
        begin = begin ? begin + 1 : rest.data;
        rest.len -= (size_t)(begin - rest.data);
        rest.data = begin;
        (void)text_next_line(&rest, &newest);
    }
    return newest;
}

static void judge_thread(const char *what, const char *thread, const char *kinds)
{
    char kind[ID_SIZE];

    copy_text(kind, newest_line("thread", thread), "\"k\":\"");
    if (found[0] == '\0' && (kind[0] == '\0' || !strstr(kinds, kind)))
        (void)snprintf(found, sizeof found, "'%.100s' was said while '%.30s' was durable", what,
                       kind);
}

/* ---- lines ---- */

struct listener {
    FILE *stream;
    enum log_level level;
};

/* "thread ID" and what follows it, and the records that this may rest on. What `rollback` says it
 * may record later, when it knows whether all conversations are gone. */
static void hear(struct span line)
{
    static const struct {
        const char *words;
        const char *kinds;
    } DEEDS[] = {{" items", "done not_pruned"}, {" pruned", "pruned"}};
    const char *at = memmem(line.data, line.len, ": thread ", strlen(": thread "));
    char said[ID_SIZE];
    char thread[ID_SIZE];
    size_t len;

    if (!at)
        return;
    at += strlen(": thread ");
    (void)snprintf(said, sizeof said, "%.*s", (int)(line.len - (size_t)(at - line.data)), at);
    len = strcspn(said, ": ");
    (void)snprintf(thread, sizeof thread, "%.*s", (int)len, said);
    if (said[len] == ':')
        len += 1 + strspn(said + len + 1, " 0123456789") - 1;
    for (size_t i = 0; i < sizeof DEEDS / sizeof DEEDS[0]; i++) {
        if (strcmp(said + len, DEEDS[i].words) == 0)
            judge_thread(said, thread, DEEDS[i].kinds);
    }
}

static ssize_t on_line(void *ctx, const char *data, size_t size)
{
    static const char *const LEVELS[] = {": error: ", ": warning: ", ": info: ", ": debug: "};
    const struct listener *listener = ctx;
    struct span rest = {data, size};
    struct span line;

    while (text_next_line(&rest, &line))
        hear(line);
    for (int level = 0; level <= (int)listener->level; level++) {
        if (memmem(data, size, LEVELS[level], strlen(LEVELS[level]))) {
            (void)fwrite(data, 1, size, listener->stream);
            break;
        }
    }
    return (ssize_t)size;
}

static int on_close(void *ctx)
{
    free(ctx);
    return 0;
}

FILE *early_log(enum log_level level, FILE *stream)
{
    struct listener *listener = mem_alloc(sizeof *listener);

    *listener = (struct listener){.stream = stream, .level = level};
    return fopencookie(listener, "w", (cookie_io_functions_t){.write = on_line, .close = on_close});
}

/* ---- requests ---- */

/* Which kinds of record a request may rest on: the newest of its thread is one of them. */
static const struct rule {
    enum http_method method;
    const char *path;
    bool is_whole; /* nothing follows the path but an id */
    enum { THREAD_IN_BODY, THREAD_IN_PATH, CONVERSATION_IN_PATH } names;
    const char *kinds;
} RULES[] = {
    {HTTP_POST, CONVERSATIONS, true, THREAD_IN_BODY, "creating"},
    {HTTP_POST, CONVERSATIONS "/", false, CONVERSATION_IN_PATH, "created appended"},
    {HTTP_DELETE, "/v1/threads/", true, THREAD_IN_PATH, "pruning"},
    {HTTP_DELETE, CONVERSATIONS "/", false, CONVERSATION_IN_PATH, "rolling_back"},
};

/* The thread that the request is about. */
static void thread_of(char thread[ID_SIZE], const struct rule *rule,
                      const struct fake_http_seen *seen, const char *id)
{
    switch (rule->names) {
    case THREAD_IN_BODY:
        copy_text(thread, seen->body, "\"source_thread_id\":\"");
        return;
    case THREAD_IN_PATH:
        (void)snprintf(thread, ID_SIZE, "%s", id);
        return;
    case CONVERSATION_IN_PATH:
        copy_text(thread, newest_line("conversation", id), "\"thread\":\"");
        return;
    }
}

static void judge(const struct rule *rule, const struct fake_http_seen *seen, const char *id)
{
    char thread[ID_SIZE];
    char kind[ID_SIZE];
    struct span line;

    thread_of(thread, rule, seen, id);
    line = newest_line("thread", thread);
    copy_text(kind, line, "\"k\":\"");
    if (thread[0] != '\0' && kind[0] != '\0' && strstr(rule->kinds, kind))
        return;
    /* What is not settled needs no record to be continued. */
    if (line.data && strcmp(kind, "failed") == 0 && rule->method == HTTP_POST &&
        rule->names == CONVERSATION_IN_PATH && memmem(line.data, line.len, "\"settled\":false", 15))
        return;
    (void)snprintf(found, sizeof found, "%s of %.100s left while '%.30s' was durable",
                   rule->method == HTTP_POST ? "a POST" : "a DELETE", seen->target, kind);
}

static void leaves(void *ctx, const struct fake_http_seen *seen)
{
    const char *what = NULL;

    (void)ctx;
    if (judge_body && seen->method == HTTP_POST && found[0] == '\0')
        what = judge_body(seen->body, fake_fsio_durable());
    if (what)
        (void)snprintf(found, sizeof found, "a POST of %.100s left with %s", seen->target, what);
    for (size_t i = 0; i < sizeof RULES / sizeof RULES[0]; i++) {
        const struct rule *rule = &RULES[i];
        const char *rest = seen->target + strlen(rule->path);
        char id[ID_SIZE];

        if (seen->method != rule->method ||
            strncmp(seen->target, rule->path, strlen(rule->path)) != 0)
            continue;
        (void)snprintf(id, sizeof id, "%.*s", (int)strcspn(rest, "/?"), rest);
        if (rule->is_whole && rest[strcspn(rest, "/?")] != '\0')
            continue;
        if (found[0] == '\0')
            judge(rule, seen, id);
        return;
    }
}

void early_begin(void)
{
    found[0] = '\0';
    judge_body = NULL;
    fake_http_watch(leaves, NULL);
}

void early_judge_bodies(const char *(*one)(struct span body, struct span durable))
{
    judge_body = one;
}

const char *early_found(void)
{
    return found[0] != '\0' ? found : NULL;
}
