#include "source/source_live.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"
#include "map/map.h"
#include "source/cursor.h"

#include <stdlib.h>

enum { SHOWN_MAX = 96 };

struct source_live {
    struct source base;
    struct live_options options;
};

/* One list of the thread, begun when it is first asked for. */
struct list {
    bool begun;
    bool ready;           /* what was read can be taken */
    struct cursor cursor; /* of a list that has pages; else: */
    char *path;
    json_t *object; /* the thread, or a run; NULL if there is none */
    char *raw;
    struct span raw_span;
    struct error *error; /* owned; why it cannot be read, or NULL */
};

struct reading_live {
    struct reading base;
    const struct live_options *options;
    char *thread_id;
    char *segment; /* the same in a path */
    char *run_id;  /* of the steps that are being read; or NULL */
    enum fetch_kind asked;
    enum fetch_kind beside; /* the list whose first call goes beside; FETCH_KINDS: none */
    struct list lists[FETCH_KINDS];
};

static const struct reading_ops LIVE_READING;
static const struct source_ops LIVE_SOURCE;

static struct reading_live *live(struct reading *reading)
{
    return (struct reading_live *)reading;
}

/* How each list is asked for. */
struct list_route {
    const char *what;
    const char *object; /* one of them, for errors */
    const char *suffix; /* behind /threads/ID, and behind the run's id */
    bool is_single;     /* one object, or one page that is never followed */
    bool of_run;
    bool ordered_by_time;
    bool order_matters;
};

static const struct list_route ROUTES[FETCH_KINDS] = {
    [FETCH_THREAD] = {.what = "the thread", .suffix = "", .is_single = true},
    [FETCH_ACTIVE_RUN] = {.what = "the newest run",
                          .object = "run",
                          .suffix = "/runs?limit=1&order=desc",
                          .is_single = true},
    [FETCH_RUNS] = {.what = "runs", .object = "run", .suffix = "/runs?", .ordered_by_time = true},
    [FETCH_MESSAGES] = {.what = "messages",
                        .object = "message",
                        .suffix = "/messages?",
                        .ordered_by_time = true,
                        .order_matters = true},
    [FETCH_STEPS] = {.what = "run steps",
                     .object = "run step",
                     .suffix = "/steps?include[]=step_details.tool_calls[*]"
                               ".file_search.results[*].content&",
                     .of_run = true,
                     .ordered_by_time = true},
};

static char *build_path(const struct reading_live *r, const struct list_route *route,
                        struct span run_id)
{
    struct buf path;

    buf_init(&path, BUF_NO_LIMIT);
    buf_add_text(&path, "/threads/");
    buf_add_text(&path, r->segment);
    if (route->of_run) {
        buf_add_text(&path, "/runs/");
        text_add_url(&path, run_id);
    }
    buf_add_text(&path, route->suffix);
    return buf_steal(&path);
}

static void list_release(struct list *list, const struct list_route *route)
{
    if (!list->begun)
        return;
    if (!route->is_single)
        cursor_release(&list->cursor);
    json_decref(list->object);
    free(list->path);
    free(list->raw);
    free(list->error);
    *list = (struct list){0};
}

static void begin(struct reading_live *r, enum fetch_kind kind, struct span run_id)
{
    const struct list_route *route = &ROUTES[kind];
    struct list *list = &r->lists[kind];

    if (route->of_run) {
        list_release(list, route);
        free(r->run_id);
        r->run_id = mem_dup(run_id.data, run_id.len);
    }
    if (list->begun)
        return;
    list->begun = true;
    list->path = build_path(r, route, run_id);
    if (route->is_single)
        return;
    cursor_init(&list->cursor, &(struct cursor_options){
                                   .side = SIDE_SOURCE,
                                   .path = list->path,
                                   .what = route->what,
                                   .page_size = r->options->page_size,
                                   .ordered_by_time = route->ordered_by_time,
                                   .order_matters = route->order_matters,
                                   .doubts_end = r->options->has_more_may_lie,
                                   .keep_raw = r->options->keep_raw,
                               });
}

static void ask(struct reading *reading, enum fetch_kind kind, struct span run_id)
{
    struct reading_live *r = live(reading);

    r->asked = kind;
    r->beside = FETCH_KINDS;
    begin(r, kind, run_id);
}

static void ahead(struct reading *reading, enum fetch_kind kind)
{
    struct reading_live *r = live(reading);

    r->beside = kind;
    begin(r, kind, (struct span){NULL, 0});
}

static void call_for(struct reading_live *r, enum fetch_kind kind, struct call *call)
{
    struct list *list = &r->lists[kind];

    if (ROUTES[kind].is_single)
        *call = (struct call){.side = SIDE_SOURCE,
                              .method = CALL_GET,
                              .path = list->path,
                              .keep_raw = r->options->keep_raw};
    else
        cursor_call(&list->cursor, call);
}

/* Has nothing come of the list yet? */
static bool is_open(const struct list *list)
{
    return !list->ready && !list->error;
}

static void next(struct reading *reading, struct wish *wish)
{
    struct reading_live *r = live(reading);
    const struct list *list = &r->lists[r->asked];

    *wish = (struct wish){.kind = WISH_READY};
    if (list->error) {
        wish->kind = WISH_FAIL;
        wish->error = *list->error;
    } else if (!list->ready) {
        wish->kind = WISH_SEND;
        call_for(r, r->asked, &wish->call);
        if (r->beside != FETCH_KINDS && is_open(&r->lists[r->beside]))
            call_for(r, r->beside, &wish->beside);
    }
}

/* Servers without runs answer 404 where their threads do exist. */
static bool is_absent_runs(const struct reading_live *r, enum fetch_kind kind,
                           const struct answer *answer)
{
    const struct cursor *cursor = &r->lists[kind].cursor;
    bool first = ROUTES[kind].is_single || (!cursor->started && cursor->state == CURSOR_LIST);

    return answer->kind == ANSWER_NO && answer->status == 404 && r->options->runs_may_be_missing &&
           first && (kind == FETCH_RUNS || kind == FETCH_ACTIVE_RUN);
}

static void keep_object(struct list *list, json_t *object, struct span raw)
{
    json_decref(list->object);
    free(list->raw);
    list->object = json_incref(object);
    list->raw = mem_dup(raw.data, raw.len);
    list->raw_span = (struct span){list->raw, raw.len};
}

/* Which of the runs says whether one is active? The newest would; but a server that ignores limit
 * and order may show it anywhere in the page. */
static json_t *telling_run(const json_t *data)
{
    for (size_t i = 0; i < json_array_size(data); i++) {
        if (run_is_active(json_array_get(data, i)))
            return json_array_get(data, i);
    }
    return json_array_get(data, 0);
}

/* A server, or somebody in between, may answer with the reply to another question. Another
 * customer's words and metadata must not get into this thread's conversation. */
static bool is_this_thread(const struct reading_live *r, const json_t *object, struct error *err)
{
    const struct span id = json_get_text(object, "id");
    char shown[SHOWN_MAX];

    if (span_is(id, r->thread_id))
        return true;
    text_visible(shown, sizeof shown, id);
    if (id.len == 0)
        error_set(err, ERROR_BAD_SOURCE, "the server's reply is not the thread: it has no id");
    else
        error_set(err, ERROR_BAD_SOURCE, "the server's reply is not the thread: it is '%s'", shown);
    return false;
}

/* Does the object name another owner under this key? Null, "" and Astra's "none" name nobody. */
static bool is_anothers(const json_t *object, const char *key, const char *owner)
{
    const json_t *named = json_object_get(object, key);
    const struct span text = json_get_text(object, key);

    if (json_is_null(named) || (json_is_string(named) && text.len == 0) || span_is(text, "none"))
        return false;
    return named && !span_is(text, owner);
}

static bool check_owner(const struct reading_live *r, enum fetch_kind kind, const json_t *object,
                        struct error *err)
{
    const struct list_route *route = &ROUTES[kind];
    const bool other_thread = is_anothers(object, "thread_id", r->thread_id);
    char shown[SHOWN_MAX];

    if (!other_thread && !(route->of_run && is_anothers(object, "run_id", r->run_id)))
        return true;
    text_visible(shown, sizeof shown, json_get_text(object, "id"));
    error_set(err, ERROR_BAD_SOURCE, "the server's list of %ss is faulty: %s '%s' names another %s",
              route->object, route->object, shown, other_thread ? "thread" : "run");
    return false;
}

static bool feed_thread(const struct reading_live *r, struct list *list,
                        const struct answer *answer, struct error *err)
{
    if (answer->kind == ANSWER_YES) {
        if (!is_this_thread(r, answer->json, err))
            return false;
        keep_object(list, answer->json, answer->raw);
        return true;
    }
    cursor_explain(err, answer, ROUTES[FETCH_THREAD].what);
    /* There are servers that say so of a thread that is missing. */
    if (answer->status == 500)
        err->code = ERROR_SOURCE_MISSING;
    return false;
}

static bool feed_newest_run(const struct reading_live *r, struct list *list,
                            const struct answer *answer, struct error *err)
{
    const json_t *data = json_object_get(answer->json, "data");

    if (answer->kind != ANSWER_YES) {
        cursor_explain(err, answer, ROUTES[FETCH_ACTIVE_RUN].what);
        return false;
    }
    if (!json_is_array(data)) {
        error_set(err, ERROR_BAD_SOURCE, "the server's list of runs has no data");
        return false;
    }
    for (size_t i = 0; i < json_array_size(data); i++) {
        if (!check_owner(r, FETCH_ACTIVE_RUN, json_array_get(data, i), err))
            return false;
    }
    if (json_array_size(data) > 0)
        keep_object(list, telling_run(data), (struct span){NULL, 0});
    return true;
}

static bool feed_page(const struct reading_live *r, enum fetch_kind kind, struct cursor *cursor,
                      const struct answer *answer, struct error *err)
{
    bool ok = cursor_feed(cursor, answer, err) == CURSOR_PAGE;

    for (size_t i = 0; ok && i < cursor->count; i++)
        ok = check_owner(r, kind, cursor->objects[i], err);
    return ok;
}

static void feed(struct reading *reading, const struct answer *answer)
{
    struct reading_live *r = live(reading);
    const enum fetch_kind kind = answer->beside ? r->beside : r->asked;
    struct list *list = &r->lists[kind];
    struct error err;

    error_clear(&err);
    if (is_absent_runs(r, kind, answer)) {
        list->cursor.last = true;
        list->cursor.state = CURSOR_END;
        list->ready = true;
    } else if (!ROUTES[kind].is_single) {
        list->ready = feed_page(r, kind, &list->cursor, answer, &err);
    } else {
        list->ready = (kind == FETCH_THREAD ? feed_thread : feed_newest_run)(r, list, answer, &err);
    }
    if (err.code == ERROR_NONE)
        return;
    list->error = mem_alloc(sizeof err);
    *list->error = err;
}

static void take(struct reading *reading, struct page *page)
{
    struct reading_live *r = live(reading);
    struct list *list = &r->lists[r->asked];

    list->ready = false;
    *page = (struct page){.last = true};
    if (ROUTES[r->asked].is_single) {
        page->objects = &list->object;
        page->raw = r->options->keep_raw ? &list->raw_span : NULL;
        page->count = list->object ? 1 : 0;
        return;
    }
    page->objects = list->cursor.objects;
    page->raw = cursor_raw(&list->cursor);
    page->count = list->cursor.count;
    page->last = list->cursor.last;
    if (r->asked == FETCH_MESSAGES)
        page->losses.count[LOSS_DUPLICATE_MESSAGE] = list->cursor.duplicates;
}

static void close_reading(struct reading *reading)
{
    struct reading_live *r = live(reading);

    for (int kind = 0; kind < FETCH_KINDS; kind++)
        list_release(&r->lists[kind], &ROUTES[kind]);
    free(r->thread_id);
    free(r->segment);
    free(r->run_id);
    free(r);
}

static struct reading *open_reading(struct source *source, struct span thread_id)
{
    struct source_live *live_source = (struct source_live *)source;
    struct reading_live *r = mem_zalloc(1, sizeof *r);
    struct buf segment;

    buf_init(&segment, BUF_NO_LIMIT);
    text_add_url(&segment, thread_id);
    r->base.ops = &LIVE_READING;
    r->options = &live_source->options;
    r->thread_id = mem_dup(thread_id.data, thread_id.len);
    r->segment = buf_steal(&segment);
    return &r->base;
}

static void close_source(struct source *source)
{
    free(source);
}

static const struct reading_ops LIVE_READING = {
    .ask = ask,
    .ahead = ahead,
    .next = next,
    .feed = feed,
    .take = take,
    .close = close_reading,
};

static const struct source_ops LIVE_SOURCE = {
    .read = open_reading,
    .close = close_source,
};

struct source *source_live_open(const struct live_options *options)
{
    struct source_live *source = mem_zalloc(1, sizeof *source);

    source->base.ops = &LIVE_SOURCE;
    source->base.may_lack_runs = options->runs_may_be_missing;
    source->options = *options;
    return &source->base;
}
