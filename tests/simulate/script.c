#include "simulate/script.h"

#include "simulate/rng.h"

#define RULE(match, act) "{\"match\":{" match "},\"do\":" act "}"

const struct trouble TROUBLES[] = {
    {"create lost", RULE("\"route\":\"create_conversation\",\"nth\":@", "\"reset_after\"")},
    {"append lost", RULE("\"route\":\"append_items\",\"nth\":@", "\"reset_after\"")},
    {"appends lost", RULE("\"route\":\"append_items\",\"from\":@", "\"reset_after\",\"times\":9")},
    {"append in part", RULE("\"route\":\"append_items\",\"nth\":@", "\"partial\",\"count\":7")},
    {"append later", RULE("\"route\":\"append_items\",\"nth\":@", "\"commit_later\",\"ms\":700")},
    {"append cut", RULE("\"route\":\"append_items\",\"nth\":@", "\"truncate\",\"bytes\":20")},
    {"append refused",
     RULE("\"route\":\"append_items\",\"nth\":@", "\"error\",\"error\":\"bad_item\"")},
    {"create refused",
     RULE("\"route\":\"create_conversation\",\"nth\":@", "\"error\",\"error\":\"forbidden\"")},
    {"locked", RULE("\"route\":\"append_items\",\"nth\":@", "\"error\",\"error\":\"locked\"")},
    {"every 4th lost", RULE("\"method\":\"POST\",\"every\":4,\"from\":@", "\"reset_after\"")},
    {"delete of thread lost", RULE("\"route\":\"delete_thread\",\"nth\":@", "\"reset_after\"")},
    {"deletes of threads lost", RULE("\"route\":\"delete_thread\",\"from\":@", "\"reset_after\"")},
    {"delete of thread forbidden",
     RULE("\"route\":\"delete_thread\",\"nth\":@", "\"error\",\"error\":\"forbidden\"")},
    {"delete of item lost", RULE("\"route\":\"delete_item\",\"nth\":@", "\"reset_after\"")},
    {"delete of conversation lost",
     RULE("\"route\":\"delete_conversation\",\"nth\":@", "\"reset_after\"")},
    {"deletes fail", RULE("\"method\":\"DELETE\",\"from\":@", "\"error\",\"status\":503")},
    {"reads fail", RULE("\"method\":\"GET\",\"every\":5,\"from\":@", "\"error\",\"status\":502")},
    {"read cut", RULE("\"method\":\"GET\",\"nth\":@", "\"truncate\",\"bytes\":30")},
    {"throttled", RULE("\"nth\":@", "\"error\",\"error\":\"rate_limit\"")},
    {"mute", RULE("\"method\":\"POST\",\"nth\":@", "\"mute_after\"")},
    {"slow", RULE("\"method\":\"POST\",\"from\":@", "\"slow_commit\",\"ms\":300")},
};
const size_t TROUBLE_COUNT = sizeof TROUBLES / sizeof TROUBLES[0];

/* Of a hundred steps, about so many. */
static const struct {
    const char *name;
    unsigned weight;
} DEED_TABLE[DEEDS] = {
    [DEED_MIGRATE] = {"migrate", 24},   [DEED_TOP_UP] = {"migrate --top-up", 9},
    [DEED_DRY_RUN] = {"dry run", 2},    [DEED_DIFF] = {"diff", 2},
    [DEED_VERIFY] = {"verify", 3},      [DEED_STATUS] = {"status", 1},
    [DEED_MAPPING] = {"mapping", 1},    [DEED_PRUNE] = {"prune", 12},
    [DEED_ROLLBACK] = {"rollback", 14}, [DEED_FORCE] = {"rollback --force", 2},
    [DEED_EXPORT] = {"export", 11},     [DEED_GROW] = {"grow", 10},
    [DEED_CONTINUE] = {"continue", 3},  [DEED_DELETE] = {"delete", 2},
    [DEED_BACKUP] = {"backup", 3},      [DEED_RESTORE] = {"restore", 3},
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

const char *deed_name(enum deed deed)
{
    return DEED_TABLE[deed].name;
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
        step->trouble = &TROUBLES[rng_below(&own, TROUBLE_COUNT)];
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

void script_draw(struct script *script, uint64_t seed)
{
    static const int SIZES[] = {0, 1, 1, 2, 2, 3, 5, 8, 19, 20, 21, 39, 40, 41, 45};
    static const int64_t LATENCIES_MS[] = {0, 5, 20, 200};
    static const unsigned PAGES[] = {100, 100, 100, 20, 20, 7, 3};
    static const unsigned BATCHES[] = {20, 20, 20, 7, 7, 3};
    struct rng rng;
    size_t count;

    rng_seed(&rng, seed);
    *script = (struct script){.seed = seed, .threads = 1 + rng_below(&rng, SCRIPT_THREADS)};
    for (size_t i = 0; i < script->threads; i++)
        script->messages[i] = SIZES[rng_below(&rng, sizeof SIZES / sizeof SIZES[0])];
    script->messages[script->threads] = 2;
    script->messages[script->threads + 1] = -1;
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
}

void script_tell(const struct script *script, struct buf *out)
{
    (void)buf_add_text(out, "threads of");
    for (size_t i = 0; i < script->threads; i++)
        (void)buf_printf(out, " %d", script->messages[i]);
    (void)buf_printf(out,
                     "; concurrency %u, batches of %u, pages of %u, latency %lld ms, syncs of %llu "
                     "events",
                     script->concurrency, script->batch_items, script->page_size,
                     (long long)script->latency_ms, (unsigned long long)script->sync_events);
    if (script->files != 0)
        (void)buf_printf(out, "; files%s", script->checks_file_ids ? ", their ids checked" : "");
}

void script_tell_step(const struct script *script, const struct step *step, struct buf *out)
{
    (void)buf_add_text(out, deed_name(step->deed));
    if (step->deed < DEED_BACKUP && step->deed != DEED_STATUS && step->deed != DEED_MAPPING) {
        (void)buf_add_char(out, ' ');
        for (size_t i = 0; i < script->threads; i++)
            (void)buf_add_char(out, step->all || ((step->threads >> i) & 1) ? 'x' : '.');
    }
    if (!deed_is_command(step->deed))
        return;
    choices_tell(script, step, out);
    if (step->rehearsed)
        (void)buf_add_text(out, ", rehearsed");
    if (step->trouble)
        (void)buf_printf(out, ", %s (%u)", step->trouble->name, step->nth);
    if (step->fate == FATE_SIGNAL)
        (void)buf_printf(out, ", signal after %llu ms", (unsigned long long)step->at);
    else if (step->fate != FATE_CALM)
        (void)buf_printf(out, ", %s %s %llu", FATE_NAMES[step->fate], CUT_NAMES[step->cut],
                         (unsigned long long)step->at);
}
