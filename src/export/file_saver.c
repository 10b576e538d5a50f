#include "export/file_saver.h"

#include "base/mem.h"
#include "json/json.h"
#include "os/stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OBJECT_KEEP_BYTES = 1 << 20, WHY_SIZE = 128 };

static const char OTHER_LENGTH[] = "its contents are not as long as its object says";

enum saver_state { SAVER_OBJECT, SAVER_CONTENTS, SAVER_SAVED, SAVER_OPEN, SAVER_FAILED };

struct file_saver {
    struct sink base;
    struct depot *depot;
    unsigned number;
    char *file_id;
    char *path; /* of the call in hand */
    enum saver_state state;
    struct buf object;      /* as it was sent */
    int64_t expected_bytes; /* as the object says, or -1 */
    struct http_drain drain;
    struct part_file *part;
    struct digest digest;
    char head[MAGIC_BYTES];
    bool is_interrupted;    /* by a signal: nobody waits for the rest */
    struct saved_file file; /* bytes: drained so far */
    char why[WHY_SIZE];
    struct error error;
};

static struct file_saver *saver(struct sink *sink)
{
    return (struct file_saver *)(void *)sink;
}

static void fail(struct file_saver *s)
{
    s->state = SAVER_FAILED;
}

/* ---- the contents as they come ---- */

static void begin_contents(void *ctx)
{
    struct file_saver *s = ctx;

    digest_release(&s->digest);
    digest_init(&s->digest);
    s->file.bytes = 0;
    if (s->error.code != ERROR_NONE)
        return;
    if (s->part)
        (void)part_restart(s->part, &s->error);
    else
        s->part = part_begin(s->depot->parts, s->number, &s->error);
}

static bool take_contents(void *ctx, struct span piece)
{
    struct file_saver *s = ctx;

    if ((size_t)s->file.bytes < sizeof s->head) {
        const size_t left = sizeof s->head - (size_t)s->file.bytes;

        memcpy(s->head + s->file.bytes, piece.data, piece.len < left ? piece.len : left);
    }
    s->file.bytes += (int64_t)piece.len;
    s->is_interrupted = stop_signal() != 0;
    if (s->is_interrupted || s->error.code != ERROR_NONE ||
        s->file.bytes > (s->expected_bytes < 0 ? FILE_SAVER_MAX_BYTES : s->expected_bytes))
        return false;
    digest_add_bytes(&s->digest, piece);
    return part_write(s->part, piece, &s->error);
}

/* ---- how it ends ---- */

static void record(struct file_saver *s, enum saved_state state)
{
    const bool keeps = s->object.len > 0 && s->object.len <= OBJECT_KEEP_BYTES;

    s->file.state = state;
    if (depot_record(s->depot, span_of(s->file_id), &s->file,
                     keeps ? buf_span(&s->object) : (struct span){NULL, 0}, &s->error))
        s->state = SAVER_SAVED;
    else
        fail(s);
}

static void leave_open(struct file_saver *s, const char *why)
{
    (void)snprintf(s->why, sizeof s->why, "%s", why);
    s->state = SAVER_OPEN;
}

static void leave_refused(struct file_saver *s, const struct answer *answer)
{
    (void)snprintf(s->why, sizeof s->why, "HTTP %ld", answer->status);
    s->state = SAVER_OPEN;
}

/* The contents are whole as far as the connection knows. */
static void keep_contents(struct file_saver *s)
{
    const size_t head =
        (size_t)s->file.bytes < sizeof s->head ? (size_t)s->file.bytes : sizeof s->head;
    struct part_file *part = s->part;
    char name[SAVED_NAME_SIZE];

    if (s->expected_bytes >= 0 && s->expected_bytes != s->file.bytes) {
        leave_open(s, OTHER_LENGTH);
        return;
    }
    s->file.sha256 = digest_fingerprint(&s->digest);
    s->file.magic = magic_of((struct span){s->head, head});
    saved_name(&s->file, name);
    s->part = NULL;
    if (part && part_keep(part, name, &s->error))
        record(s, SAVED_CONTENTS);
    else
        fail(s);
}

/* Has the API said it, and not somebody in between? */
static bool is_spoken(const struct answer *answer)
{
    return answer->message.data || answer->code.data;
}

/* A 410 says that the service has ended, and nothing about the file. */
static bool is_not_found(const struct answer *answer)
{
    return answer->status == 404 && answer_is_missing(answer) && is_spoken(answer);
}

static void feed_object(struct file_saver *s, const struct answer *answer)
{
    const json_t *bytes = json_object_get(answer->json, "bytes");

    switch (answer_presence(answer, span_of(s->file_id))) {
    case PRESENCE_THERE:
        buf_add_span(&s->object, answer->raw);
        s->expected_bytes = json_is_integer(bytes) ? json_integer_value(bytes) : -1;
        if (s->expected_bytes > FILE_SAVER_MAX_BYTES)
            record(s, SAVED_TOO_LARGE);
        else
            s->state = SAVER_CONTENTS;
        return;
    case PRESENCE_GONE:
        if (is_not_found(answer))
            record(s, SAVED_NOT_FOUND);
        else
            leave_refused(s, answer);
        return;
    case PRESENCE_OTHER:
        leave_open(s, "the reply is not this file's object");
        return;
    case PRESENCE_UNKNOWN:
        leave_refused(s, answer);
        return;
    }
}

static void feed_contents(struct file_saver *s, const struct answer *answer)
{
    if (s->error.code != ERROR_NONE)
        fail(s);
    else if (s->is_interrupted)
        leave_open(s, "interrupted");
    else if (answer->kind == ANSWER_YES)
        keep_contents(s);
    else if (answer->kind == ANSWER_TOO_LARGE && s->expected_bytes >= 0)
        leave_open(s, OTHER_LENGTH);
    else if (answer->kind == ANSWER_TOO_LARGE)
        record(s, SAVED_TOO_LARGE);
    else if (is_not_found(answer))
        record(s, SAVED_NOT_FOUND);
    else if (answer->kind == ANSWER_NO && answer->status == 400 && is_spoken(answer))
        record(s, SAVED_NOT_DOWNLOADABLE);
    else
        leave_refused(s, answer);
}

static void feed(struct sink *sink, const struct answer *answer)
{
    struct file_saver *s = saver(sink);

    if (s->state == SAVER_OBJECT)
        feed_object(s, answer);
    else
        feed_contents(s, answer);
}

/* ---- the sink ---- */

static void ask(struct file_saver *s, struct wish *wish)
{
    const bool is_object = s->state == SAVER_OBJECT;

    free(s->path);
    s->path = mem_printf("/files/%s%s", s->file_id, is_object ? "" : "/content");
    *wish = (struct wish){
        .kind = WISH_SEND,
        .call = {.side = SIDE_SOURCE,
                 .method = CALL_GET,
                 .path = s->path,
                 .keep_raw = is_object,
                 .drain = is_object ? NULL : &s->drain},
    };
}

static void next(struct sink *sink, struct wish *wish)
{
    struct file_saver *s = saver(sink);

    switch (s->state) {
    case SAVER_OBJECT:
    case SAVER_CONTENTS:
        ask(s, wish);
        return;
    case SAVER_SAVED:
    case SAVER_OPEN:
        *wish = (struct wish){.kind = WISH_DONE};
        return;
    case SAVER_FAILED:
        *wish = (struct wish){.kind = WISH_FAIL, .error = s->error};
        return;
    }
}

static void saver_free(struct sink *sink)
{
    struct file_saver *s = saver(sink);

    part_drop(s->part);
    digest_release(&s->digest);
    buf_release(&s->object);
    free(s->file_id);
    free(s->path);
    free(s);
}

static const struct sink_ops FILE_SAVER = {
    .next = next,
    .feed = feed,
    .free = saver_free,
};

struct sink *file_saver_new(struct depot *depot, struct span file_id, unsigned number)
{
    struct file_saver *s = mem_zalloc(1, sizeof *s);

    s->base.ops = &FILE_SAVER;
    s->depot = depot;
    s->number = number;
    s->file_id = mem_dup(file_id.data, file_id.len);
    s->expected_bytes = -1;
    s->drain = (struct http_drain){
        .begin = begin_contents,
        .take = take_contents,
        .max_bytes = FILE_SAVER_MAX_BYTES,
        .ctx = s,
    };
    buf_init(&s->object, BUF_NO_LIMIT);
    return &s->base;
}

const struct saved_file *file_saver_result(const struct sink *sink, const char **why)
{
    const struct file_saver *s = (const struct file_saver *)(const void *)sink;

    *why = s->why;
    if (s->state == SAVER_SAVED)
        return &s->file;
    if (sink->outcome.kind == OUTCOME_FAILED)
        *why = sink->outcome.error.text;
    return NULL;
}

unsigned file_saver_number(const struct sink *sink)
{
    return ((const struct file_saver *)(const void *)sink)->number;
}
