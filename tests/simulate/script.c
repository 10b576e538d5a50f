#include "simulate/script.h"

#include "simulate/rng.h"

/* Of a hundred steps, about so many. */
static const struct {
    const char *name;
    unsigned weight;
} DEED_TABLE[DEEDS] = {
    [DEED_MIGRATE] = {"migrate", 24},
    [DEED_TOP_UP] = {"migrate --top-up", 9},
    [DEED_DRY_RUN] = {"dry run", 2},
    [DEED_DIFF] = {"diff", 2},
    [DEED_VERIFY] = {"verify", 3},
    [DEED_STATUS] = {"status", 1},
    [DEED_MAPPING] = {"mapping", 1},
    [DEED_PRUNE] = {"prune", 12},
    [DEED_ROLLBACK] = {"rollback", 14},
    [DEED_FORCE] = {"rollback --force", 2},
    [DEED_ITEMS] = {"mapping --items", 3},
    [DEED_DROP] = {"drop", 2},
    [DEED_EXPORT] = {"export", 11},
    [DEED_GROW] = {"grow", 10},
    [DEED_CONTINUE] = {"continue", 3},
    [DEED_DELETE] = {"delete", 2},
    [DEED_BACKUP] = {"backup", 3},
    [DEED_RESTORE] = {"restore", 3},
    [DEED_JOIN] = {"join", 2},
};

static const char *const FATE_NAMES[FATES] = {
    [FATE_CALM] = "calm",
    [FATE_KILLED] = "killed",
    [FATE_POWER_LOSS] = "power loss",
    [FATE_SIGNAL] = "signal",
};

static const char *const CUT_NAMES[WORLD_CUTS] = {
    [WORLD_DISK_BEFORE] = "before disk operation", [WORLD_DISK_HALF] = "amid disk operation",
    [WORLD_DISK_AFTER] = "after disk operation",   [WORLD_SERVER_BEFORE] = "before write",
    [WORLD_SERVER_AFTER] = "after write",          [WORLD_DISK_HANG] = "in a sync for ever,",
};

bool deed_is_command(enum deed deed)
{
    return deed <= DEED_EXPORT;
}

bool deed_writes(enum deed deed)
{
    return deed == DEED_MIGRATE || deed == DEED_TOP_UP || deed == DEED_PRUNE ||
           deed == DEED_ROLLBACK || deed == DEED_FORCE;
}

bool deed_reads_threads(enum deed deed)
{
    return deed == DEED_MIGRATE || deed == DEED_TOP_UP || deed == DEED_DRY_RUN || deed == DEED_DIFF;
}

bool deed_needs_file(enum deed deed)
{
    return deed == DEED_PRUNE || deed == DEED_ROLLBACK || deed == DEED_FORCE ||
           deed == DEED_VERIFY || deed == DEED_STATUS || deed == DEED_MAPPING || deed == DEED_ITEMS;
}

const char *deed_name(enum deed deed)
{
    return DEED_TABLE[deed].name;
}

const char *end_name(enum fate fate)
{
    return FATE_NAMES[fate];
}

const char *cut_name(enum world_cut cut)
{
    return CUT_NAMES[cut];
}

static enum deed draw_deed(struct rng *rng)
{
    unsigned total = 0;
    uint64_t at;

    for (int i = 0; i < DEEDS; i++)
        total += DEED_TABLE[i].weight;
    at = rng_below(rng, total);
    for (int i = 0; i < DEEDS; i++) {
        if (at < DEED_TABLE[i].weight)
            return (enum deed)i;
        at -= DEED_TABLE[i].weight;
    }
    return DEED_MIGRATE;
}

static enum fate draw_fate(struct rng *rng)
{
    const uint64_t at = rng_below(rng, 100);

    if (at < 45)
        return FATE_CALM;
    if (at < 75)
        return FATE_KILLED;
    return at < 92 ? FATE_POWER_LOSS : FATE_SIGNAL;
}

static bool knows_all(enum deed deed)
{
    return deed == DEED_ROLLBACK || deed == DEED_PRUNE || deed == DEED_VERIFY;
}

/* Only what is left in peace can be promised. */
static bool may_be_rehearsed(const struct step *step)
{
    return (step->deed == DEED_MIGRATE || step->deed == DEED_TOP_UP) && step->fate == FATE_CALM;
}

/* Draws everything, used or not: so a step that is left out changes no other. */
static void draw_step(struct rng *rng, const struct script *script, struct step *step)
{
    static const enum world_cut CUTS[] = {WORLD_DISK_BEFORE, WORLD_DISK_HALF, WORLD_DISK_AFTER,
                                          WORLD_SERVER_BEFORE, WORLD_SERVER_AFTER};
    static const int64_t WAITS_MS[] = {0, 0, 300, 2000, 120000};
    const unsigned every = (1U << script->threads) - 1;
    struct rng own;

    rng_seed(&own, rng_next(rng));
    *step = (struct step){.deed = draw_deed(&own), .fate = draw_fate(&own)};
    /* Most things need a migration before them. */
    if (script->count == 1 && rng_percent(&own, 60))
        step->deed = DEED_MIGRATE;
    /* And people repeat themselves: the same again, after one other thing. */
    else if (script->count > 2 && rng_percent(&own, 15))
        step->deed = step[-2].deed;
    step->threads = rng_percent(&own, 60) ? every : 1U + (unsigned)rng_below(&own, every);
    step->all = rng_percent(&own, 50) && knows_all(step->deed);
    step->rehearsed = rng_percent(&own, 60) && may_be_rehearsed(step);
    if (rng_percent(&own, 40) && !step->rehearsed)
        step->trouble = 1 + (unsigned)rng_below(&own, TROUBLE_FILES - 1);
    step->nth = (unsigned)rng_small(&own, 4);
    step->cut = CUTS[rng_below(&own, sizeof CUTS / sizeof CUTS[0])];
    step->at = rng_small(&own, 6);
    if (step->fate == FATE_SIGNAL)
        step->at *= 20;
    step->twist = rng_percent(&own, 50);
    step->wait_ms = WAITS_MS[rng_below(&own, sizeof WAITS_MS / sizeof WAITS_MS[0])];
    step->count = (unsigned)rng_small(&own, 5);
    step->seed = rng_next(&own);
    if (rng_percent(&own, 50) && step->cut == WORLD_DISK_HALF)
        step->cut = WORLD_DISK_HANG;
}

/* At the end everything is left in peace, and has to come to rest. */
static void add_rest(struct script *script)
{
    const unsigned every = (1U << script->threads) - 1;
    const struct step rollback = {
        .deed = DEED_ROLLBACK, .threads = every, .all = true, .wait_ms = 120000};
    const struct step migrate = {
        .deed = DEED_MIGRATE, .threads = every, .rehearsed = true, .wait_ms = 120000};
    const struct step top_up = {
        .deed = DEED_TOP_UP, .threads = every, .rehearsed = true, .wait_ms = 120000};

    if (script->seed % 4 == 0)
        script->steps[script->count++] = rollback;
    script->steps[script->count++] = migrate;
    script->steps[script->count++] = top_up;
}

/* Of its own numbers, so that all else is drawn as if there were none. */
static uint64_t draw_sync_events(uint64_t seed)
{
    static const uint64_t EVENTS[] = {0, 1, 2, 3, 5, 8, 20};
    struct rng rng;

    rng_seed(&rng, ~seed);
    return EVENTS[rng_below(&rng, sizeof EVENTS / sizeof EVENTS[0])];
}

void script_end_threads(struct script *script)
{
    script->messages[script->threads] = 2;
    script->messages[script->threads + 1] = -1;
}

void script_draw(struct script *script, uint64_t seed)
{
    static const int SIZES[] = {0, 1, 1, 1, 2, 2, 2, 3, 3, 5, 5, 8, 8, 13, 19, 20, 21, 21, 40, 45};
    static const int64_t LATENCIES_MS[] = {0, 5, 20, 200};
    static const unsigned PAGES[] = {100, 100, 100, 20, 20, 7, 3};
    static const unsigned BATCHES[] = {20, 20, 20, 7, 7, 3};
    struct rng rng;
    size_t count;

    rng_seed(&rng, seed);
    *script = (struct script){.seed = seed, .threads = 1 + rng_below(&rng, SCRIPT_THREADS)};
    for (size_t i = 0; i < script->threads; i++)
        script->messages[i] = SIZES[rng_below(&rng, sizeof SIZES / sizeof SIZES[0])];
    script_end_threads(script);
    script->concurrency = 1 + (unsigned)rng_below(&rng, 4);
    script->batch_items = BATCHES[rng_below(&rng, sizeof BATCHES / sizeof BATCHES[0])];
    script->latency_ms =
        LATENCIES_MS[rng_below(&rng, sizeof LATENCIES_MS / sizeof LATENCIES_MS[0])];
    script->page_size = PAGES[rng_below(&rng, sizeof PAGES / sizeof PAGES[0])];
    script->sync_events = draw_sync_events(seed);
    count = 2 + rng_below(&rng, 7);
    while (script->count < count)
        draw_step(&rng, script, &script->steps[script->count++]);
    script->rest = script->count;
    add_rest(script);
    script->rest = script->count - script->rest;
    choices_draw(script);
    terms_draw(script);
}

void script_tell(const struct script *script, struct buf *out)
{
    buf_add_text(out, "threads of");
    for (size_t i = 0; i < script->threads; i++)
        buf_printf(out, " %d", script->messages[i]);
    buf_printf(out,
               "; concurrency %u, batches of %u, pages of %u, latency %lld ms, syncs of %llu "
               "events",
               script->concurrency, script->batch_items, script->page_size,
               (long long)script->latency_ms, (unsigned long long)script->sync_events);
    if (script->files != 0)
        buf_printf(out, "; files%s", script->checks_file_ids ? ", their ids checked" : "");
    if (script->habit != 0)
        buf_printf(out, "; the server %s", habit_of(script)->name);
}

void script_tell_step(const struct script *script, const struct step *step, struct buf *out)
{
    buf_add_text(out, deed_name(step->deed));
    if (step->deed < DEED_BACKUP && step->deed != DEED_STATUS && step->deed != DEED_MAPPING) {
        buf_add_char(out, ' ');
        for (size_t i = 0; i < script->threads; i++)
            buf_add_char(out, step->all || ((step->threads >> i) & 1) ? 'x' : '.');
    }
    if (!deed_is_command(step->deed))
        return;
    if (step->deed == DEED_VERIFY && step->twist)
        buf_add_text(out, " against the checkpoint");
    choices_tell(script, step, out);
    terms_tell(step, out);
    if (step->rehearsed)
        buf_add_text(out, ", rehearsed");
    if (step->trouble)
        buf_printf(out, ", %s (%u)", TROUBLES[step->trouble].name, step->nth);
    if (step->fate == FATE_SIGNAL)
        buf_printf(out, ", signal after %llu ms", (unsigned long long)step->at);
    else if (step->fate != FATE_CALM)
        buf_printf(out, ", %s %s %llu", FATE_NAMES[step->fate], CUT_NAMES[step->cut],
                   (unsigned long long)step->at);
}
