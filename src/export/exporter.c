#include "export/exporter.h"

#include "archive/record.h"
#include "base/mem.h"
#include "base/text.h"
#include "export/spool.h"
#include "json/json.h"
#include "map/map.h"

#include <stdlib.h>
#include <string.h>

/* The lists of a thread, in the order of the archive. */
enum exporter_state {
    EXPORT_THREAD,
    EXPORT_MESSAGES,
    EXPORT_RUNS,
    EXPORT_STEPS, /* of each run in turn */
    EXPORT_END,
    EXPORT_FAILED,
};

struct exporter {
    struct sink base;
    struct reading *reading;
    char *thread_id;
    enum exporter_state state;
    bool asked;
    struct spool spool;
    char **runs; /* their ids; owned */
    size_t run_count;
    size_t run_at; /* whose steps are being read */
    int64_t counts[EXPORT_END];
    struct losses read_losses; /* what reading cost, as the source says */
    struct error error;
};

static const char *const KINDS[EXPORT_END] = {
    [EXPORT_THREAD] = "thread",
    [EXPORT_MESSAGES] = "message",
    [EXPORT_RUNS] = "run",
    [EXPORT_STEPS] = "run_step",
};

static const enum fetch_kind LISTS[EXPORT_END] = {
    [EXPORT_THREAD] = FETCH_THREAD,
    [EXPORT_MESSAGES] = FETCH_MESSAGES,
    [EXPORT_RUNS] = FETCH_RUNS,
    [EXPORT_STEPS] = FETCH_STEPS,
};

static struct exporter *exporter(struct sink *sink)
{
    return (struct exporter *)sink;
}

/* The bytes of an object on one line: a line break can only be white space between tokens, for
 * inside strings JSON writes it as an escape. */
static void add_one_line(struct buf *out, struct span object)
{
    while (object.len > 0) {
        const char *feed = memchr(object.data, '\n', object.len);
        size_t len = feed ? (size_t)(feed - object.data) : object.len;

        buf_add(out, object.data, len);
        if (feed)
            buf_add_char(out, ' ');
        len += feed ? 1 : 0;
        object.data += len;
        object.len -= len;
    }
}

void exporter_write_line(struct buf *out, const char *kind, struct span thread_id,
                         struct span object, struct span from)
{
    buf_printf(out, "{\"kind\":\"%s\"", kind);
    if (thread_id.data) {
        buf_add_text(out, ",\"thread_id\":");
        json_write_string(out, thread_id, JSON_ESCAPE_CANONICAL);
    }
    buf_add_text(out, ",\"object\":");
    add_one_line(out, object);
    if (from.data) {
        buf_add_text(out, ",\"from\":");
        add_one_line(out, from);
    }
    buf_add_text(out, "}\n");
}

static bool is_whole(const struct exporter *e)
{
    return e->read_losses.count[LOSS_TRUNCATED] == 0;
}

/* A truncated thread has no counts: nothing is to be closed by them. */
static void write_end(struct exporter *e)
{
    struct buf *out = &e->spool.bytes;
    struct losses losses = e->read_losses;

    losses.count[LOSS_TRUNCATED] = 0;
    buf_printf(out, "{\"kind\":\"%s\",\"thread_id\":", is_whole(e) ? "end" : "truncated");
    json_write_string(out, span_of(e->thread_id), JSON_ESCAPE_CANONICAL);
    if (is_whole(e))
        buf_printf(out, ",\"messages\":%lld,\"runs\":%lld,\"run_steps\":%lld",
                   (long long)e->counts[EXPORT_MESSAGES], (long long)e->counts[EXPORT_RUNS],
                   (long long)e->counts[EXPORT_STEPS]);
    if (is_whole(e) || losses_total(&losses) > 0) {
        buf_add_text(out, ",\"losses\":");
        losses_write_json(out, &losses);
    }
    buf_add_text(out, "}\n");
}

static void remember_run(struct exporter *e, const json_t *run)
{
    struct span id = json_get_text(run, "id");

    e->runs = mem_resize(e->runs, e->run_count + 1, sizeof *e->runs);
    e->runs[e->run_count++] = mem_dup(id.data, id.len);
}

/* The list in hand is read to its end: which one is next? */
static void advance(struct exporter *e)
{
    e->asked = false;
    /* The line that begins the thread is there in any case: see archive_out.h. */
    if (e->state == EXPORT_THREAD && e->counts[EXPORT_THREAD] == 0)
        exporter_write_line(&e->spool.bytes, KINDS[e->state], span_of(e->thread_id),
                            span_of("null"), (struct span){NULL, 0});
    if (e->state == EXPORT_STEPS)
        e->run_at++;
    else
        e->state++;
    if (e->state == EXPORT_STEPS && e->run_at == e->run_count) {
        e->state = EXPORT_END;
        write_end(e);
        e->base.outcome.items = e->counts[EXPORT_MESSAGES];
    }
}

/* What an object shows of the losses that its mapping counts. */
static void note_losses(struct exporter *e, const json_t *object)
{
    int64_t *count = e->read_losses.count;

    if (e->state == EXPORT_THREAD)
        count[LOSS_INVALID_TEXT] += record_repaired(object, OBJECT_THREAD);
    if (e->state == EXPORT_MESSAGES)
        count[LOSS_INVALID_TEXT] += record_repaired(object, OBJECT_MESSAGE);
    if ((e->state == EXPORT_RUNS && run_is_active(object)) ||
        (e->state == EXPORT_MESSAGES && span_is(json_get_text(object, "status"), "in_progress")))
        count[LOSS_ACTIVE_RUN] = 1;
}

static void take_page(struct exporter *e)
{
    struct page page;

    e->reading->ops->take(e->reading, &page);
    losses_add(&e->read_losses, &page.losses);
    for (size_t i = 0; i < page.count; i++) {
        exporter_write_line(&e->spool.bytes, KINDS[e->state], span_of(e->thread_id), page.raw[i],
                            page.from ? page.from[i] : (struct span){NULL, 0});
        note_losses(e, page.objects[i]);
        if (e->state == EXPORT_RUNS)
            remember_run(e, page.objects[i]);
    }
    e->counts[e->state] += (int64_t)page.count;
    if (!spool_settle(&e->spool, &e->error)) {
        e->state = EXPORT_FAILED;
        return;
    }
    if (page.last)
        advance(e);
}

static void next(struct sink *sink, struct wish *wish)
{
    struct exporter *e = exporter(sink);

    while (e->state < EXPORT_END) {
        struct span run_id = {NULL, 0};

        if (!e->asked) {
            if (e->state == EXPORT_STEPS)
                run_id = span_of(e->runs[e->run_at]);
            e->reading->ops->ask(e->reading, LISTS[e->state], run_id);
            if (e->state == EXPORT_THREAD)
                reading_ahead(e->reading, FETCH_MESSAGES);
            e->asked = true;
        }
        e->reading->ops->next(e->reading, wish);
        if (wish->kind != WISH_READY)
            return;
        take_page(e);
    }
    *wish =
        (struct wish){.kind = e->state == EXPORT_END ? WISH_DONE : WISH_FAIL, .error = e->error};
}

static void feed(struct sink *sink, const struct answer *answer)
{
    struct exporter *e = exporter(sink);

    e->reading->ops->feed(e->reading, answer);
}

static void exporter_free(struct sink *sink)
{
    struct exporter *e = exporter(sink);

    e->reading->ops->close(e->reading);
    for (size_t i = 0; i < e->run_count; i++)
        free(e->runs[i]);
    free(e->runs);
    spool_release(&e->spool);
    free(e->thread_id);
    free(e);
}

static const struct sink_ops EXPORTER = {
    .next = next,
    .feed = feed,
    .free = exporter_free,
};

struct sink *exporter_new(struct source *source, struct span thread_id)
{
    struct exporter *e = mem_zalloc(1, sizeof *e);

    e->base.ops = &EXPORTER;
    e->reading = source_read(source, thread_id);
    e->thread_id = mem_dup(thread_id.data, thread_id.len);
    spool_init(&e->spool);
    if (!text_is_thread_id(thread_id)) {
        error_set(
            &e->error, ERROR_BAD_ID,
            "the thread's id is not a name that an archive can hold: 1 to 256 of A-Z a-z 0-9 _ "
            ". : -");
        e->state = EXPORT_FAILED;
    }
    return &e->base;
}

bool exporter_each(struct sink *sink, bool (*each)(void *ctx, struct span piece, struct error *err),
                   void *ctx, struct error *err)
{
    return spool_each(&exporter(sink)->spool, each, ctx, err);
}

static bool add_to_digest(void *ctx, struct span piece, struct error *err)
{
    (void)err;
    digest_add_bytes(ctx, piece);
    return true;
}

bool exporter_held(struct sink *sink, struct archive_held *held, struct error *err)
{
    const struct exporter *e = exporter(sink);
    struct digest digest;

    digest_init(&digest);
    const bool ok = exporter_each(sink, add_to_digest, &digest, err);
    if (ok)
        *held = (struct archive_held){
            .lines = digest_fingerprint(&digest),
            .messages = e->counts[EXPORT_MESSAGES],
            .is_closed = is_whole(e),
        };
    digest_release(&digest);
    return ok;
}
