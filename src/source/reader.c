#include "source/reader.h"

#include "base/mem.h"
#include "json/json.h"
#include "source/steps.h"

#include <stdio.h>
#include <stdlib.h>

enum reader_state {
    READER_THREAD,   /* the thread object */
    READER_RUNS,     /* is a run active; which runs are there */
    READER_MESSAGES, /* a page of messages is wanted */
    READER_FILES,    /* what becomes of the files that the page names */
    READER_PAGE,     /* a page is being mapped */
    READER_LAST,     /* all messages are mapped; what do the runs still hold */
    READER_END,
};

struct reader {
    const struct source *source;
    struct reading *reading;
    struct policy policy;
    struct map_context context;
    struct arena arena;
    enum reader_state state;
    char *thread_id;
    bool keep_skipped;
    bool heads_only;
    bool use_steps;      /* run steps are read: to be mapped, or to be counted */
    struct run *loading; /* the run whose steps are being read */
    bool asked;          /* the list of this state was asked for */
    json_t *thread;      /* new reference, or NULL */
    struct steps steps;
    struct page page;
    size_t at;          /* the next message of the page */
    json_t *held;       /* steps that the page's items borrow from; new reference */
    int64_t ordinal;    /* of the next message in the thread, from 1 */
    int64_t created_ms; /* time of the thread or of its first message, or INT64_MIN */
    bool has_metadata;
    struct metadata metadata;
    struct arena metadata_arena;
    struct mapped mapped;
    struct fates fates;
    struct file_ask ask;
    bool collecting;     /* the page is mapped only to see which files it names */
    struct strmap files; /* those of them that are not decided */
    bool names_files;    /* it names any */
    struct losses taken; /* see reader_taken() */
    char *newest;        /* id of the last message; owned, or NULL */
    struct error error;
};

/* What is not decided is noted while the page's files are collected. */
static struct fate fate_of(void *ctx, struct span id)
{
    struct reader *r = ctx;
    struct fate fate;
    bool added;

    r->names_files = true;
    if (file_ask_find(&r->ask, id, &fate))
        return fate;
    if (!r->collecting)
        return (struct fate){.kind = FATE_UNKNOWN};
    (void)strmap_add(&r->files, id, &added);
    return (struct fate){.kind = FATE_MISSING}; /* a text can always be mapped */
}

struct reader *reader_new(const struct reader_options *options, struct span thread_id)
{
    struct reader *r = mem_zalloc(1, sizeof *r);

    r->source = options->source;
    r->policy = *options->policy;
    if (r->source)
        r->reading = source_read(options->source, thread_id);
    else
        error_set(&r->error, ERROR_SOURCE_MISSING, "there is no source");
    const bool is_archive = r->source && r->source->is_archive;
    if (is_archive)
        r->policy.active_runs = ACTIVE_SNAPSHOT;
    arena_init(&r->arena);
    arena_init(&r->metadata_arena);
    r->fates = (struct fates){fate_of, r};
    r->context = (struct map_context){.policy = &r->policy, .fates = &r->fates, .arena = &r->arena};
    file_ask_init(&r->ask, options->files, options->files_on_record);
    strmap_init(&r->files);
    r->thread_id = mem_dup(thread_id.data, thread_id.len);
    r->keep_skipped = options->keep_skipped;
    r->heads_only = options->heads_only;
    r->use_steps = is_archive || r->policy.tool_calls != TOOLS_NONE;
    r->created_ms = INT64_MIN;
    r->held = json_array();
    steps_init(&r->steps);
    mapped_init(&r->mapped);
    return r;
}

/* Gives back what only items were made of: jobs that write are many, and their threads large. */
static void let_go(struct reader *r)
{
    if (r->reading)
        r->reading->ops->close(r->reading);
    r->reading = NULL;
    json_decref(r->held);
    r->held = NULL;
    steps_release(&r->steps);
    strmap_release(&r->files);
    file_ask_release(&r->ask);
    arena_release(&r->arena);
}

void reader_free(struct reader *r)
{
    if (!r)
        return;
    let_go(r);
    json_decref(r->thread);
    arena_release(&r->metadata_arena);
    free(r->thread_id);
    free(r->newest);
    free(r);
}

/* A thread that does not say when it was created has the time of its first message. */
static void take_time(struct reader *r)
{
    if (r->page.count > 0 && r->created_ms == INT64_MIN)
        (void)source_time_ms(json_object_get(r->page.objects[0], "created_at"), &r->created_ms);
}

static void take_thread(struct reader *r)
{
    if (r->page.count > 0)
        r->thread = json_incref(r->page.objects[0]);
    take_time(r);
    r->state = READER_RUNS;
    if (r->heads_only)
        r->state = r->created_ms != INT64_MIN ? READER_END : READER_MESSAGES;
}

/* What is said where a run is active, or was while the thread was read; false is the end. */
static bool may_be_active(struct reader *r, const char *what)
{
    if (r->policy.active_runs == ACTIVE_REFUSE) {
        error_set(&r->error, ERROR_ACTIVE_RUN, "%s", what);
        return false;
    }
    r->mapped.losses.count[LOSS_ACTIVE_RUN] = 1;
    r->taken.count[LOSS_ACTIVE_RUN] = 1;
    return true;
}

static void take_runs(struct reader *r)
{
    bool active = false;

    for (size_t i = 0; i < r->page.count; i++) {
        active = run_is_active(r->page.objects[i]) || active;
        if (r->use_steps)
            steps_add_run(&r->steps, r->page.objects[i]);
    }
    if (active && !may_be_active(r, "a run is active"))
        return;
    if (r->page.last)
        r->state = READER_MESSAGES;
}

/* Runs are listed first: one that begins behind that list holds calls that nobody would ask for. */
static bool is_of_new_run(const struct reader *r, const json_t *message)
{
    if (r->source->is_archive || !r->use_steps || (r->source->may_lack_runs && r->steps.count == 0))
        return false;
    return steps_is_stranger(&r->steps, message);
}

/* The metadata is complete once the first page of messages, or the lack of any, is known. */
static void take_metadata(struct reader *r)
{
    struct map_context context = r->context;

    if (r->has_metadata)
        return;
    take_time(r);
    context.arena = &r->metadata_arena;
    map_thread(&r->metadata, &r->mapped.losses, &context, r->thread, span_of(r->thread_id),
               r->created_ms);
    r->has_metadata = true;
}

/* Maps the page for nobody, to see which files it names: none of its items may be mapped before
 * they are decided. What cannot be mapped names none, and fails soon enough. */
static void collect_files(struct reader *r)
{
    struct map_context context = r->context;
    struct arena arena;
    struct mapped mapped;
    struct error ignored;

    arena_init(&arena);
    mapped_init(&mapped);
    context.arena = &arena;
    file_ask_renew(&r->ask, span_of(r->thread_id));
    r->names_files = false;
    r->collecting = r->ask.decider != NULL;
    for (size_t i = 0; r->collecting && i < r->page.count; i++) {
        const json_t *message = r->page.objects[i];

        if (message_names_files(message, &r->policy))
            r->collecting =
                map_message(&mapped, &context, message, json_get_text(message, "id"), &ignored);
    }
    if (!r->collecting) {
        strmap_release(&r->files);
        strmap_init(&r->files);
    }
    r->collecting = false;
    arena_release(&arena);
}

static void take_messages(struct reader *r)
{
    if (r->heads_only) {
        take_time(r);
        r->state = READER_END;
        return;
    }
    if (r->page.count > 0) {
        const struct span id = json_get_text(r->page.objects[r->page.count - 1], "id");

        free(r->newest);
        r->newest = mem_dup(id.data, id.len);
    }
    arena_reset(&r->arena);
    losses_add(&r->mapped.losses, &r->page.losses);
    take_metadata(r);
    /* No item of the page is mapped yet: what is counted goes with the first of them. */
    r->taken = r->mapped.losses;
    (void)json_array_clear(r->held);
    r->at = 0;
    r->state = READER_FILES;
    collect_files(r);
}

static enum fetch_kind runs_of(const struct reader *r)
{
    return r->use_steps ? FETCH_RUNS : FETCH_ACTIVE_RUN;
}

static enum fetch_kind list_of(const struct reader *r)
{
    if (r->loading)
        return FETCH_STEPS;
    if (r->state == READER_THREAD)
        return FETCH_THREAD;
    if (r->state == READER_RUNS)
        return runs_of(r);
    return FETCH_MESSAGES;
}

static void take_page(struct reader *r)
{
    struct page page;

    r->reading->ops->take(r->reading, &page);
    for (size_t i = 0; r->source->see && i < page.count; i++)
        r->source->see(r->source->see_ctx, list_of(r), page.objects[i]);
    r->asked = false;
    if (r->loading) {
        steps_load(&r->steps, r->loading, page.objects, page.count, page.last);
        if (page.last)
            r->loading = NULL;
        else
            r->asked = true;
        return;
    }
    r->page = page;
    if (r->state == READER_THREAD)
        take_thread(r);
    else if (r->state == READER_RUNS)
        take_runs(r);
    else
        take_messages(r);
}

static bool map_step(struct reader *r, json_t *step)
{
    (void)json_array_append_new(r->held, step);
    return map_run_step(&r->mapped, &r->context, step, &r->error);
}

static bool map_one(struct reader *r, const json_t *message)
{
    struct span id = json_get_text(message, "id");
    char name[32];

    r->ordinal++;
    if (id.len == 0) {
        (void)snprintf(name, sizeof name, "#%lld", (long long)r->ordinal);
        id = (struct span){arena_dup(&r->arena, name, strlen(name)), strlen(name)};
    }
    return map_message(&r->mapped, &r->context, message, id, &r->error);
}

/* Maps one message with the steps around it; false on an error. */
static bool map_with_steps(struct reader *r, const json_t *message)
{
    json_t *step = steps_take_before(&r->steps, message);

    for (; step; step = steps_take_before(&r->steps, message)) {
        if (!map_step(r, step))
            return false;
    }
    if (!map_one(r, message))
        return false;
    for (step = steps_take_after(&r->steps, message); step;
         step = steps_take_after(&r->steps, message)) {
        if (!map_step(r, step))
            return false;
    }
    return true;
}

/* Maps the page until it is done, fails, or needs the steps of a run first. */
static void map_page(struct reader *r)
{
    while (r->at < r->page.count) {
        const json_t *message = r->page.objects[r->at];

        if (is_of_new_run(r, message) &&
            !may_be_active(r, "a message names a run that began while the thread was read"))
            return;
        r->loading = steps_wanted_before(&r->steps, message);
        if (r->loading || !map_with_steps(r, message))
            return;
        r->at++;
    }
    r->state = r->page.last ? READER_LAST : READER_MESSAGES;
}

static void map_rest(struct reader *r)
{
    json_t *step;

    r->loading = steps_wanted_at_end(&r->steps);
    if (r->loading)
        return;
    for (step = steps_take_at_end(&r->steps); step; step = steps_take_at_end(&r->steps)) {
        if (!map_step(r, step))
            return;
    }
    r->state = READER_END;
}

/* Gets on with the files of the page. False when *wish is for the caller. */
static bool decide_files(struct reader *r, struct wish *wish)
{
    bool waits = false;

    for (size_t i = 0; i < r->files.count; i++) {
        switch (file_ask_next(&r->ask, strmap_key(&r->files, i), &wish->call, &r->error)) {
        case FILE_ASK_DECIDED:
            break;
        case FILE_ASK_SENDS:
            wish->kind = WISH_SEND;
            return false;
        case FILE_ASK_WAITS:
            waits = true;
            break;
        case FILE_ASK_FAILS:
            return true;
        }
    }
    wish->kind = waits ? WISH_WAIT : WISH_SYNC;
    if (waits || (r->names_files && file_ask_needs_sync(&r->ask)))
        return false;
    strmap_release(&r->files);
    strmap_init(&r->files);
    r->state = READER_PAGE;
    return true;
}

/* What the reading wants, or what came of its page. False when *wish is for the caller. */
static bool read_on(struct reader *r, struct wish *wish)
{
    struct span run_id = {NULL, 0};

    if (!r->asked) {
        if (r->loading)
            run_id = span_of(r->loading->id);
        r->reading->ops->ask(r->reading, list_of(r), run_id);
        if (r->state == READER_THREAD && !r->heads_only)
            reading_ahead(r->reading, runs_of(r));
        r->asked = true;
    }
    r->reading->ops->next(r->reading, wish);
    if (wish->kind == WISH_FAIL)
        r->error = wish->error;
    if (wish->kind != WISH_READY)
        return false;
    take_page(r);
    return true;
}

void reader_next(struct reader *r, struct wish *wish)
{
    while (r->error.code == ERROR_NONE) {
        bool mapping = r->state == READER_PAGE || r->state == READER_LAST;

        if (mapping && !r->loading) {
            (r->state == READER_PAGE ? map_page : map_rest)(r);
            continue;
        }
        if (r->state == READER_FILES) {
            if (!decide_files(r, wish))
                return;
            continue;
        }
        if (!mapping && r->mapped.first) {
            *wish = (struct wish){.kind = WISH_READY};
            return;
        }
        if (r->state == READER_END) {
            let_go(r);
            *wish = (struct wish){.kind = WISH_DONE};
            return;
        }
        if (!read_on(r, wish))
            return;
    }
    *wish = (struct wish){.kind = WISH_FAIL, .error = r->error};
}

void reader_feed(struct reader *r, const struct answer *answer)
{
    if (r->ask.state != FILE_ASK_NONE)
        file_ask_feed(&r->ask, answer);
    else
        r->reading->ops->feed(r->reading, answer);
}

void reader_give_up(struct reader *r)
{
    file_ask_release(&r->ask);
}

static struct item *take_item(struct reader *r)
{
    struct item *item = mapped_take(&r->mapped);

    for (const struct loss *loss = item ? item->losses : NULL; loss; loss = loss->next)
        r->taken.count[loss->kind]++;
    /* The thread's, however many messages and runs show it. */
    if (r->taken.count[LOSS_ACTIVE_RUN] > 1)
        r->taken.count[LOSS_ACTIVE_RUN] = 1;
    return item;
}

void reader_is_begun(struct reader *r)
{
    r->ask.is_begun = true;
}

struct item *reader_take(struct reader *r)
{
    struct item *item = take_item(r);

    while (item && item->type == ITEM_SKIPPED && !r->keep_skipped)
        item = take_item(r);
    return item;
}

const struct metadata *reader_metadata(const struct reader *r)
{
    return &r->metadata;
}

const json_t *reader_thread(const struct reader *r)
{
    return r->thread;
}

int64_t reader_created_ms(const struct reader *r)
{
    return r->created_ms;
}

struct span reader_newest(const struct reader *r)
{
    return span_of(r->newest ? r->newest : "");
}

const struct losses *reader_losses(const struct reader *r)
{
    return &r->mapped.losses;
}

const struct losses *reader_taken(const struct reader *r)
{
    return &r->taken;
}

size_t reader_weight(const struct reader *r)
{
    /* A page is held twice: as it came, and as it is mapped. */
    return sizeof *r + 2 * r->arena.total + r->metadata_arena.total;
}
