#include "unit/play/paged_source.h"

#include "base/mem.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct paged_reading {
    struct reading base;
    struct paged_source *source;
    enum fetch_kind kind;
    char *run;
    size_t at[FETCH_KINDS]; /* pages of each list that were taken */
    bool was_fed;
    json_t *objects[FETCH_KINDS][PAGE_OBJECTS]; /* of the newest page of each kind */
    struct span raw[PAGE_OBJECTS];
};

static void ask(struct reading *reading, enum fetch_kind kind, struct span run_id)
{
    static const char *const NAMES[FETCH_KINDS] = {
        [FETCH_THREAD] = "thread",     [FETCH_ACTIVE_RUN] = "active_run", [FETCH_RUNS] = "runs",
        [FETCH_MESSAGES] = "messages", [FETCH_STEPS] = "steps",
    };
    struct paged_reading *r = (struct paged_reading *)reading;
    struct buf *asked = &r->source->asked;

    buf_printf(asked, "%s%s", asked->len > 0 ? " " : "", NAMES[kind]);
    r->kind = kind;
    if (kind != FETCH_STEPS)
        return;
    buf_printf(asked, ":%.*s", (int)run_id.len, run_id.data);
    free(r->run);
    r->run = mem_dup(run_id.data, run_id.len);
    r->at[FETCH_STEPS] = 0;
}

/* The list's next page; a list that does not stand in the test is empty. */
static const struct source_page *page_of(const struct paged_reading *r)
{
    static const struct source_page NOTHING = {.more = false};
    size_t at = r->at[r->kind];

    for (size_t i = 0; i < r->source->count; i++) {
        const struct source_page *page = &r->source->pages[i];

        if (page->kind != r->kind || (page->run && strcmp(page->run, r->run) != 0))
            continue;
        if (at-- == 0)
            return page;
    }
    return &NOTHING;
}

static void next(struct reading *reading, struct wish *wish)
{
    struct paged_reading *r = (struct paged_reading *)reading;
    const struct source_page *page = page_of(r);

    *wish = (struct wish){.kind = WISH_READY};
    if (page->asks && !r->was_fed) {
        *wish = (struct wish){.kind = WISH_SEND, .call = {.path = "/page"}};
    } else if (page->fails != ERROR_NONE) {
        wish->kind = WISH_FAIL;
        error_set(&wish->error, page->fails, "as the test has it");
    }
}

static void feed(struct reading *reading, const struct answer *answer)
{
    struct paged_reading *r = (struct paged_reading *)reading;

    (void)answer;
    r->source->fed++;
    r->was_fed = true;
}

static void take(struct reading *reading, struct page *out)
{
    struct paged_reading *r = (struct paged_reading *)reading;
    const struct source_page *page = page_of(r);
    json_t **objects = r->objects[r->kind];
    struct error err;

    *out = (struct page){.objects = objects, .raw = r->raw, .last = !page->more};
    out->losses.count[LOSS_DUPLICATE_MESSAGE] = page->duplicates;
    out->losses.count[LOSS_TRUNCATED] = page->is_truncated;
    for (size_t i = 0; i < PAGE_OBJECTS; i++) {
        json_decref(objects[i]);
        objects[i] = NULL;
        if (!page->objects[i])
            continue;
        r->raw[i] = span_of(page->objects[i]);
        objects[i] = json_read(r->raw[i], &err);
        assert_non_null(objects[i]);
        out->count = i + 1;
    }
    r->at[r->kind]++;
    r->was_fed = false;
}

static void close_reading(struct reading *reading)
{
    struct paged_reading *r = (struct paged_reading *)reading;

    for (int kind = 0; kind < FETCH_KINDS; kind++) {
        for (size_t i = 0; i < PAGE_OBJECTS; i++)
            json_decref(r->objects[kind][i]);
    }
    r->source->open--;
    free(r->run);
    free(r);
}

static const struct reading_ops PAGED_READING = {
    .ask = ask, .next = next, .feed = feed, .take = take, .close = close_reading};

static struct reading *read_thread(struct source *source, struct span thread_id)
{
    struct paged_reading *r = mem_zalloc(1, sizeof *r);

    (void)thread_id;
    r->base.ops = &PAGED_READING;
    r->source = (struct paged_source *)source;
    r->source->open++;
    return &r->base;
}

static void close_source(struct source *source)
{
    (void)source;
}

static const struct source_ops PAGED_SOURCE = {.read = read_thread, .close = close_source};

void paged_source_init(struct paged_source *source, const struct source_page *pages, size_t count)
{
    *source = (struct paged_source){.base = {.ops = &PAGED_SOURCE}, .pages = pages, .count = count};
    buf_init(&source->asked, BUF_NO_LIMIT);
}

void paged_source_release(struct paged_source *source)
{
    assert_int_equal(source->open, 0);
    buf_release(&source->asked);
}
