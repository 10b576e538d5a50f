#include "simulate/terms/terms.h"

#include "fakes/fake_fsio.h"
#include "mock/source/quirk.h"
#include "simulate/picture.h"
#include "simulate/rng.h"
#include "simulate/script.h"

#include <stdio.h>
#include <string.h>

enum {
    UNPROMISED = 2,
    MAY_STOP = 4,
    INLINE = 8,
    RETRIES = 16,
    FOR_MIGRATE = 32,
    REMAPS = 64,
    ACCEPTS = 128,
    HASTY = 256,
    FOR_PRUNE = 512,
    FOR_DIFF = 1024,
    FOR_LINES = 2048,
    FOR_REPORT = 4096,
};

/* Settings, and what they mean for the oracle. */
static const struct setting {
    const char *name;
    const char *flags[2];
    unsigned is;
} SETTINGS[] = {
    {"none", {NULL}, 0},
    {"batches of 1", {"--batch-items=1"}, 0},
    {"batches of 5", {"--batch-items=5"}, 0},
    {"batches of 400 bytes", {"--batch-bytes=400"}, 0},
    {"one request at a time", {"--concurrency=1"}, 0},
    {"pages of 2", {"--source-page-size=2"}, 0},
    {"inline", {"--create=inline"}, INLINE},
    {"inline again",
     {"--create=inline", "--retry-uncertain"},
     INLINE | RETRIES | FOR_MIGRATE | UNPROMISED},
    {"uncertain again", {"--retry-uncertain"}, RETRIES | FOR_MIGRATE | UNPROMISED},
    {"one attempt", {"--max-attempts=1"}, HASTY},
    {"no patience", {"--patience-ms=2000"}, HASTY},
    {"in haste", {"--timeout-ms=500"}, HASTY},
    {"one error", {"--max-errors=1"}, MAY_STOP | UNPROMISED},
    {"600 a minute", {"--destination-requests-per-minute=600"}, 0},
    {"600 a minute at the source", {"--source-requests-per-minute=600"}, 0},
    {"settles long", {"--settle-ms=5000"}, 0},
    {"other than 0", {"--exit-code"}, FOR_DIFF},
    {"as a text", {"--format=text", "--full"}, FOR_DIFF},
    {"as a page", {"--format=html"}, FOR_DIFF},
    {"a line a thread", {"--format=jsonl"}, FOR_LINES | UNPROMISED},
    {"with a report", {"--report=/report.json"}, FOR_REPORT | UNPROMISED},
    /* Another mapping, though no item has what it is about. */
    {"mapped otherwise", {"--mapping-incomplete-messages=note"}, REMAPS | UNPROMISED},
    {"mapped otherwise, accepted",
     {"--mapping-incomplete-messages=note", "--accept-mapping-change"},
     REMAPS | ACCEPTS | FOR_MIGRATE | UNPROMISED},
    {"with losses", {"--with-losses"}, FOR_PRUNE},
    {"mapping accepted", {"--accept-mapping-change"}, ACCEPTS | FOR_MIGRATE | UNPROMISED},
};

/* Which of the threads that are named are left. */
enum { NARROW_SINCE = 1, NARROW_UNTIL, NARROW_LIMIT, NARROW_SAMPLE, NARROW_FAILED, NARROW_WHERE };
static const char *const NARROWS[] = {
    "none", "since thread",      "until thread",   "the first",
    "some", "those that failed", "those of group",
};

/* A list of threads in a file. */
#define LIST_PATH "/threads.list"
enum { LIST_LINES = 1, LIST_CSV, LIST_JSON };
static const char *const LISTS[] = {"none", "lines", "CSV", "JSON lines"};

static const struct habit HABITS[] = {
    {.name = "none"},
    {.name = "lists all twice", .quirks = MOCK_QUIRK_TWICE},
    {.name = "shows the newest later", .stale_lists = 1},
    {.name = "holds 40 items", .quirks = MOCK_QUIRK_FULL, .most = 40},
    {.name = "wants ids of its own form", .quirks = MOCK_QUIRK_STRICT_IDS},
    {.name = "ignores the items of a create", .quirks = MOCK_QUIRK_SGLANG},
    {.name = "trims texts", .quirks = MOCK_QUIRK_ALTER_TEXT, .changes = true, .messages = ' '},
    {.name = "swaps the last two", .quirks = MOCK_QUIRK_REORDER, .changes = true},
    {.name = "sorts by time", .quirks = MOCK_QUIRK_OGX, .changes = true},
    {.name = "refuses NUL", .quirks = MOCK_QUIRK_NO_NUL, .refused = 'n', .messages = 'n'},
    {.name = "refuses NUL, replaced",
     .quirks = MOCK_QUIRK_NO_NUL,
     .messages = 'n',
     .flag = "--mapping-nul=replace"},
    {.name = "takes NUL", .messages = 'n'},
    {.name = "refuses refusals", .quirks = MOCK_QUIRK_NO_REFUSALS, .refused = 'r', .messages = 'r'},
    {.name = "refuses refusals, as text",
     .quirks = MOCK_QUIRK_NO_REFUSALS,
     .messages = 'r',
     .flag = "--mapping-refusals=text"},
    {.name = "ends pages of 20", .quirks = MOCK_QUIRK_FALSE_END},
    {.name = "lists 10, a full page has more", .quirks = MOCK_QUIRK_OPENOPENAI},
    {.name = "has no runs", .quirks = MOCK_QUIRK_NO_RUNS},
    {.name = "500 for what is missing", .quirks = MOCK_QUIRK_MISSING_500},
    {.name = "plain 404 for what is missing", .quirks = MOCK_QUIRK_PLAIN_404},
};

enum {
    SETTING_COUNT = sizeof SETTINGS / sizeof SETTINGS[0],
    NARROW_COUNT = sizeof NARROWS / sizeof NARROWS[0],
    LIST_COUNT = sizeof LISTS / sizeof LISTS[0],
    HABIT_COUNT = sizeof HABITS / sizeof HABITS[0],
};

const char *terms_setting_name(unsigned number)
{
    return number < SETTING_COUNT ? SETTINGS[number].name : NULL;
}

const char *terms_narrowing_name(unsigned number)
{
    return number < NARROW_COUNT ? NARROWS[number] : NULL;
}

const char *terms_list_name(unsigned number)
{
    return number < LIST_COUNT ? LISTS[number] : NULL;
}

const char *habit_name(unsigned number)
{
    return number < HABIT_COUNT ? HABITS[number].name : NULL;
}

const struct habit *habit_of(const struct script *script)
{
    return &HABITS[script->habit];
}

static bool is(const struct step *step, unsigned what)
{
    for (size_t i = 0; i < TERMS_SETTINGS; i++) {
        if (SETTINGS[step->terms.settings[i]].is & what)
            return true;
    }
    return false;
}

bool terms_are_inline(const struct step *step)
{
    return is(step, INLINE);
}

bool terms_retry_uncertain(const struct step *step)
{
    return is(step, RETRIES);
}

unsigned terms_mapping(const struct step *step)
{
    return is(step, REMAPS) ? 2 : 1;
}

bool terms_accept_mapping(const struct step *step)
{
    return is(step, ACCEPTS);
}

bool terms_are_hasty(const struct step *step)
{
    return is(step, HASTY);
}

bool terms_allow_losses(const struct step *step)
{
    return is(step, FOR_PRUNE);
}

bool terms_may_stop(const struct step *step)
{
    return is(step, MAY_STOP);
}

bool terms_need_file(const struct step *step)
{
    return step->terms.narrows == NARROW_FAILED;
}

/* ---- drawing ---- */

static bool takes_terms(enum deed deed)
{
    return deed_is_command(deed) && deed != DEED_STATUS && deed != DEED_MAPPING &&
           deed != DEED_FORCE;
}

/* Who writes holds the lock; the other one is refused or only reads. Two that write: only where one
 * of them does so to the end. */
static void draw_other(struct rng *rng, struct step *step)
{
    static const enum deed DEEDS_TOO[] = {DEED_MIGRATE, DEED_TOP_UP, DEED_DRY_RUN,
                                          DEED_DIFF,    DEED_VERIFY, DEED_STATUS,
                                          DEED_MAPPING, DEED_PRUNE,  DEED_ROLLBACK};
    const enum deed deed = DEEDS_TOO[rng_below(rng, sizeof DEEDS_TOO / sizeof DEEDS_TOO[0])];
    const uint64_t at = rng_small(rng, 5);

    if (!rng_percent(rng, 15) || !deed_is_command(step->deed) || step->fate == FATE_SIGNAL)
        return;
    if (deed_writes(deed) && !deed_writes(step->deed) &&
        (step->deed == DEED_EXPORT || step->fate != FATE_CALM || step->trouble != 0))
        return;
    step->terms.other = (unsigned)deed + 1;
    step->terms.other_at = at;
}

/* What nobody could tell apart does not come together. */
static void drop_riddles(const struct script *script, struct step *step)
{
    const unsigned others = TROUBLES[step->trouble].others;
    const struct habit *habit = habit_of(script);

    /* A list in two wrong orders at once; a page that runs newest first, and its end a lie; what is
     * stored as late as may be, and shown later still; who has deleted a thread. */
    if (((habit->quirks & MOCK_QUIRK_FALSE_END) && (others & TROUBLE_SHUFFLES)) ||
        (habit->changes && (others & TROUBLE_REARRANGES)) ||
        (habit->stale_lists > 0 && (others & TROUBLE_LATE)) ||
        (step->deed == DEED_PRUNE && (others & TROUBLE_TAKES)))
        step->trouble = 0;
}

static bool takes(enum deed deed, unsigned kind)
{
    static const struct {
        unsigned kind;
        unsigned deeds;
    } TAKERS[] = {
        {FOR_MIGRATE, 1U << DEED_MIGRATE | 1U << DEED_TOP_UP | 1U << DEED_DRY_RUN},
        {FOR_LINES, 1U << DEED_MIGRATE | 1U << DEED_TOP_UP},
        {FOR_REPORT, 1U << DEED_MIGRATE | 1U << DEED_TOP_UP | 1U << DEED_VERIFY},
        {FOR_PRUNE, 1U << DEED_PRUNE},
        {FOR_DIFF, 1U << DEED_DIFF},
    };

    for (size_t i = 0; i < sizeof TAKERS / sizeof TAKERS[0]; i++) {
        if ((kind & TAKERS[i].kind) && !(TAKERS[i].deeds >> deed & 1))
            return false;
    }
    return true;
}

static void draw_terms(struct rng *rng, const struct script *script, struct step *step)
{
    struct terms *terms = &step->terms;
    struct rng own;

    rng_seed(&own, rng_next(rng));
    for (size_t i = 0; i < TERMS_SETTINGS; i++) {
        const unsigned setting = 1 + (unsigned)rng_below(&own, SETTING_COUNT - 1);
        const bool fits = takes_terms(step->deed) && takes(step->deed, SETTINGS[setting].is);

        if (rng_percent(&own, 20) && fits && setting != terms->settings[0])
            terms->settings[i] = setting;
    }
    if (rng_percent(&own, 15) && takes_terms(step->deed) && step->deed != DEED_EXPORT &&
        step->deed != DEED_ITEMS)
        terms->narrows = 1 + (unsigned)rng_below(&own, NARROW_COUNT - 1);
    terms->number = 1 + (unsigned)rng_below(&own, script->threads);
    draw_other(&own, step);
    if (step->trouble != 0 && rng_percent(&own, 10))
        step->trouble = (unsigned)(TROUBLE_NEWER + rng_below(&own, TROUBLE_COUNT - TROUBLE_NEWER));
    if (rng_percent(&own, 15) && takes_terms(step->deed) && step->deed != DEED_ITEMS && !step->all)
        terms->list = 1 + (unsigned)rng_below(&own, LIST_COUNT - 1);
    drop_riddles(script, step);
    if (is(step, UNPROMISED))
        step->rehearsed = false;
}

static unsigned setting_of(unsigned what)
{
    unsigned number = 0;

    while (SETTINGS[number].is != what)
        number++;
    return number;
}

void terms_draw(struct script *script)
{
    struct step *last = &script->steps[script->count - 2];
    struct rng rng;

    rng_seed(&rng, script->seed ^ UINT64_C(0x5eed));
    if (rng_percent(&rng, 35))
        script->habit = 1 + (unsigned)rng_below(&rng, HABIT_COUNT - 1);
    for (size_t i = 0; i + script->rest < script->count; i++)
        draw_terms(&rng, script, &script->steps[i]);
    for (size_t i = 0; i + script->rest < script->count; i++) {
        if (is(&script->steps[i], REMAPS))
            last->terms.settings[0] = setting_of(ACCEPTS | FOR_MIGRATE | UNPROMISED);
    }
    last->rehearsed = !is(last, UNPROMISED);
}

void terms_tell(const struct step *step, struct buf *out)
{
    const struct terms *terms = &step->terms;

    if (terms->list != 0)
        buf_printf(out, " in %s", LISTS[terms->list]);
    if (terms->narrows != 0)
        buf_printf(out, " (%s %u)", NARROWS[terms->narrows], terms->number);
    for (size_t i = 0; i < TERMS_SETTINGS; i++) {
        if (terms->settings[i] != 0)
            buf_printf(out, ", %s", SETTINGS[terms->settings[i]].name);
    }
    if (terms->other != 0)
        buf_printf(out, ", at request %llu also %s", (unsigned long long)terms->other_at,
                   deed_name((enum deed)(terms->other - 1)));
}

/* ---- words ---- */

static void add_narrowing(const struct step *step, struct terms_words *words, size_t *count)
{
    static const char *const FLAGS[NARROW_COUNT] = {
        [NARROW_SINCE] = "--since=",       [NARROW_UNTIL] = "--until=",
        [NARROW_LIMIT] = "--limit=",       [NARROW_SAMPLE] = "--sample=",
        [NARROW_WHERE] = "--where=group=",
    };
    const unsigned narrows = step->terms.narrows;
    const unsigned number = step->terms.number;
    const bool is_time = narrows == NARROW_SINCE || narrows == NARROW_UNTIL;

    if (narrows == NARROW_FAILED) {
        words->at[(*count)++] = "--only=failed";
        return;
    }
    (void)snprintf(words->text, sizeof words->text, "%s%u", FLAGS[narrows],
                   is_time                   ? (unsigned)world_thread_time(number)
                   : narrows == NARROW_WHERE ? number % 2
                                             : number);
    words->at[(*count)++] = words->text;
}

void terms_write_list(const struct script *script, const struct step *step)
{
    static const struct {
        const char *begins;
        const char *before; /* an id, in each line */
        const char *behind;
    } FORMS[LIST_COUNT] = {
        [LIST_LINES] = {"\xef\xbb\xbf# of these\r\n\r\n", "", "\r\n"},
        [LIST_CSV] = {"name,thread\n", "\"a, \"\"b\"\"\",", "\n"},
        [LIST_JSON] = {"", "{\"n\":1,\"thread\":\"", "\"}\n"},
    };
    const unsigned list = step->terms.list;
    struct buf text;

    if (list == 0)
        return;
    buf_init(&text, BUF_NO_LIMIT);
    buf_add_text(&text, FORMS[list].begins);
    /* Each of them twice. */
    for (size_t i = 0; i < 2 * script->threads; i++) {
        const size_t thread = i % script->threads;
        char id[PICTURE_ID_SIZE];

        picture_thread_id(thread, id);
        if (((step->threads >> thread) & 1) != 0)
            buf_printf(&text, "%s%s%s", FORMS[list].before, id, FORMS[list].behind);
    }
    fake_fsio_replace(LIST_PATH, buf_span(&text));
    buf_release(&text);
}

void terms_words(const struct script *script, const struct step *step, struct terms_words *words)
{
    size_t count = 0;

    if (takes_terms(step->deed) && habit_of(script)->flag)
        words->at[count++] = habit_of(script)->flag;
    for (size_t i = 0; i < TERMS_SETTINGS; i++) {
        const struct setting *setting = &SETTINGS[step->terms.settings[i]];

        for (size_t k = 0; k < 2 && setting->flags[k]; k++)
            words->at[count++] = setting->flags[k];
    }
    if (step->terms.narrows != 0)
        add_narrowing(step, words, &count);
    if (step->terms.list != 0)
        words->at[count++] = "--threads=" LIST_PATH;
    if (step->terms.list > LIST_LINES)
        words->at[count++] = "--column=thread";
    words->at[count] = NULL;
}

/* ---- selections ---- */

bool step_names(const struct step *step, size_t thread)
{
    return ((step->threads >> thread) & 1) != 0 || step->all;
}

static unsigned named_before(const struct step *step, size_t thread)
{
    unsigned count = 0;

    for (size_t i = 0; i < thread; i++)
        count += (step->threads >> i) & 1;
    return count;
}

/* Pages and lines hold no thread objects. */
static bool has_metadata(const struct step *step)
{
    return step->choices.source != SOURCE_PAGES && step->choices.source != SOURCE_LINES;
}

bool step_takes(const struct step *step, size_t thread)
{
    const unsigned number = step->terms.number;

    if (!step_names(step, thread))
        return false;
    switch (step->terms.narrows) {
    case 0:
        return true;
    case NARROW_SINCE:
        return thread >= number;
    case NARROW_UNTIL:
        return thread < number;
    case NARROW_LIMIT:
        return !step->all && named_before(step, thread) < number;
    case NARROW_WHERE:
        return has_metadata(step) && thread % 2 == number % 2;
    default:
        return false;
    }
}

bool step_spares(const struct step *step, size_t thread)
{
    const unsigned narrows = step->terms.narrows;

    if (!step_names(step, thread))
        return true;
    return (narrows == NARROW_SINCE || narrows == NARROW_UNTIL ||
            (narrows == NARROW_WHERE && has_metadata(step)) ||
            (narrows == NARROW_LIMIT && !step->all)) &&
           !step_takes(step, thread);
}

unsigned step_count(const struct step *step, unsigned failed)
{
    const unsigned number = step->terms.number;
    unsigned named = 0;
    unsigned taken = 0;
    unsigned left = 0;

    for (size_t i = 0; i < SCRIPT_THREADS; i++) {
        named += step_names(step, i);
        taken += step_takes(step, i);
        left += step_names(step, i) && ((failed >> i) & 1) != 0;
    }
    if (step->terms.narrows == NARROW_FAILED)
        return left;
    if (step->terms.narrows == NARROW_SAMPLE)
        return named < number ? named : number;
    return taken;
}
