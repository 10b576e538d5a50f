/*
 * Power cuts. A job is stopped before and in the middle of each of its writes
 * and syncs, or they fail; then every subset of the sectors that were not synced is lost, the
 * lost ones show zeros, garbage or valid lines of another job, and the file has
 * its old or its new size. Opening must never call that damage, and what was
 * acknowledged must be there. From some of these states the power fails again
 * while the file is being repaired.
 *
 * POWERLOSS_STATES=N (default 20000) is how many states are tried at least. In
 * a run of a million every subset of up to 12 sectors has its turn, in shorter
 * ones of up to 9; of larger sets subsets are drawn.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "checkpoint/checkpoint.h"
#include "fakes/fake_fsio.h"
#include "fakes/fake_journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_STATES = 20000,
    ALL_SUBSETS = 12,   /* sectors: up to here every subset is tried */
    QUICK_SUBSETS = 9,  /* the same in a short run */
    LONG_RUN = 1000000, /* states */
    DRAWN = 50,         /* states of a point where not all are tried */
    SECTORS_MAX = 64,
    FILLS = 3,
    FILL_SIZE = 8192,
    AGAIN_SHARE = 4, /* one state in so many is cut a second time */
};

static const char SCRIPT[] =
    "cA cB cC cD iE iF cG cH | CA CB CC CD CE aE CF aF CG CH |"
    "aA aB aC aD aE aF aG aH aA aB aC aD aE aF aG aH aA aB aC aD aE aF aG aH |"
    "DA FB DC cI cJ | FC aB | CI CJ DB aC | uK RD rD xA xB yB pA aI aJ aG aH | cD DE DF iK DC |"
    "cL cM cN cO cP cQ cR cS cT cU cV cW | CL CM CN CO CP CQ CR CS CT CU CV CW CD CK aK |"
    "aL aM aN aO aP aQ aR aS aT aU aV aW | DL FM DN DO DP DQ FR DS DT DU DV DW |"
    "aM aR | DM | cX | CX | aX | DX | FY | rX |";

/* Where the file fails instead, the process ends as well, and what the sync should have written
 * is in the page cache only. */
static const enum fake_fsio_fault FAULTS[] = {FAKE_FSIO_STOP_BEFORE, FAKE_FSIO_STOP_HALF,
                                              FAKE_FSIO_FAIL, FAKE_FSIO_FAIL_HALF};
static const char *const NAMES[] = {"stopped_before", "stopped_halfway", "failed",
                                    "failed_halfway"};

enum { FAULT_COUNT = sizeof FAULTS / sizeof FAULTS[0] };

struct run {
    uint64_t wanted;
    uint64_t states;
    size_t all_subsets; /* of so many sectors, in the first round */
    uint64_t seed;
    struct span fills[FILLS];
    struct journal journal; /* as it was when the process stopped */
    struct fake_fsio_snapshot *stopped;
};

static uint64_t next_random(struct run *run)
{
    run->seed ^= run->seed << 13;
    run->seed ^= run->seed >> 7;
    run->seed ^= run->seed << 17;
    return run->seed;
}

static struct checkpoint *open_checkpoint(struct error *err)
{
    const struct checkpoint_options options = journal_options();
    struct checkpoint_opening opening;

    return checkpoint_open(&options, &opening, err);
}

/* Plays the job up to the planned stop. True where it came to its end before that. */
static bool play(struct run *run, const struct fake_fsio_plan *plan)
{
    struct checkpoint *checkpoint;
    struct error err = {0};
    size_t done;
    bool ok;

    fake_fsio_reset();
    fake_fsio_plan(plan);
    run->journal = (struct journal){0};
    checkpoint = open_checkpoint(&err);
    ok = checkpoint && journal_play(&run->journal, checkpoint, SCRIPT, &done, &err);
    checkpoint_close(checkpoint);
    return ok;
}

struct state {
    uint64_t subset; /* of the un-synced sectors: 1 for those that reached the disk */
    int fill;
    bool has_new_size;
};

static void lose_power(const struct run *run, const struct state *state)
{
    bool survived[SECTORS_MAX] = {false};

    for (size_t i = 0; i < SECTORS_MAX; i++)
        survived[i] = (state->subset >> i & 1) != 0;
    fake_fsio_lose_power(
        &(struct fake_fsio_loss){survived, run->fills[state->fill], state->has_new_size});
}

static struct state random_state(struct run *run)
{
    const uint64_t noise = next_random(run);

    return (struct state){next_random(run), (int)(noise % FILLS), (noise >> 32 & 1) != 0};
}

static bool note(const char *what, const struct state *state, uint64_t at, const struct error *err)
{
    printf("# stopped at %" PRIu64 ", %s, sectors %" PRIx64 ", fill %d, %s size: %s\n", at, what,
           state->subset, state->fill, state->has_new_size ? "new" : "old", err->text);
    return false;
}

/* Opens what is there; nothing acknowledged may be lost. With a script the job goes on. */
static bool opens_safely(struct run *run, const char *script, struct error *err)
{
    struct checkpoint *checkpoint;
    struct journal more = {0};
    size_t done;
    bool ok;

    run->states++;
    checkpoint = open_checkpoint(err);
    ok = checkpoint && journal_is_safe(&run->journal, checkpoint, err) &&
         journal_play(&more, checkpoint, script, &done, err);
    checkpoint_close(checkpoint);
    return ok;
}

/* The power fails again, at some operation of the repair. */
static bool survives_again(struct run *run, struct error *err)
{
    const struct fake_fsio_plan plan = {
        .at = 1 + next_random(run) % 6,
        .fault = FAULTS[next_random(run) % FAULT_COUNT],
    };
    const struct state state = random_state(run);

    fake_fsio_plan(&plan);
    checkpoint_close(open_checkpoint(err));
    if (fake_fsio_unsynced() > SECTORS_MAX)
        return true;
    lose_power(run, &state);
    return opens_safely(run, "", err);
}

static bool try_state(struct run *run, const struct state *state, uint64_t at)
{
    struct error err = {0};

    fake_fsio_restore(run->stopped);
    lose_power(run, state);
    if (!opens_safely(run, "cZ CZ | aZ |", &err))
        return note("once", state, at, &err);
    if (next_random(run) % AGAIN_SHARE != 0)
        return true;
    /* Or the process died alone, and what it had written is in the page cache. */
    fake_fsio_restore(run->stopped);
    if (next_random(run) % 2)
        lose_power(run, state);
    for (int cut = 0; cut < 3; cut++) {
        if (!survives_again(run, &err))
            return note("and again", state, at, &err);
    }
    return true;
}

/* In the first round every subset of few sectors has its turn, later ones are drawn. */
static bool try_point(struct run *run, uint64_t at, bool is_first_round)
{
    const size_t sectors = fake_fsio_unsynced();
    const bool is_drawn = !is_first_round || sectors > run->all_subsets;
    const uint64_t count = is_drawn ? DRAWN : (UINT64_C(1) << sectors) * FILLS * 2;

    if (sectors > SECTORS_MAX)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        const struct state state =
            is_drawn ? random_state(run)
                     : (struct state){i / (FILLS * 2), (int)(i / 2 % FILLS), i % 2 != 0};

        if (!try_state(run, &state, at))
            return false;
    }
    return true;
}

static bool try_points(struct run *run, uint64_t points, enum fake_fsio_fault fault,
                       bool is_first_round)
{
    for (uint64_t at = 1; at <= points; at++) {
        const struct fake_fsio_plan plan = {.at = at, .fault = fault};
        bool ok;

        if (play(run, &plan) || !fake_fsio_content().data)
            continue;
        run->stopped = fake_fsio_snapshot();
        ok = try_point(run, at, is_first_round);
        fake_fsio_snapshot_free(run->stopped);
        if (!ok)
            return false;
    }
    return true;
}

/* What lost sectors may show. */
static void make_fills(struct run *run, char *zeros, char *garbage, struct buf *lines)
{
    struct record record = {.kind = RECORD_CREATED,
                            .b = 1,
                            .thread = span_of("thread_A"),
                            .conversation = span_of("conv_of_another_job")};

    memset(zeros, 0, FILL_SIZE);
    for (size_t i = 0; i < FILL_SIZE; i++)
        garbage[i] = (char)(next_random(run) >> 40);
    for (record.n = 1; lines->len < FILL_SIZE; record.n++) {
        record.b = record.n;
        record_write(lines, &record, span_of("another job"));
    }
    run->fills[0] = (struct span){zeros, FILL_SIZE};
    run->fills[1] = (struct span){garbage, FILL_SIZE};
    run->fills[2] = buf_span(lines);
}

static bool report(const char *name, bool ok)
{
    printf("%s powerloss.%s\n", ok ? "ok" : "not ok", name);
    return ok;
}

int main(void)
{
    static char zeros[FILL_SIZE];
    static char garbage[FILL_SIZE];
    const char *wanted = getenv("POWERLOSS_STATES");
    struct run run = {.wanted = DEFAULT_STATES, .seed = 0x9e3779b97f4a7c15};
    struct buf lines;
    int64_t number;
    uint64_t points;
    bool ok;

    if (wanted && text_to_int(span_of(wanted), &number) && number > 0)
        run.wanted = (uint64_t)number;
    run.all_subsets = run.wanted >= LONG_RUN ? ALL_SUBSETS : QUICK_SUBSETS;
    buf_init(&lines, BUF_NO_LIMIT);
    make_fills(&run, zeros, garbage, &lines);
    ok = play(&run, &(struct fake_fsio_plan){.at = 0});
    points = fake_fsio_operations();
    ok = report("undisturbed", ok);
    for (int i = 0; i < FAULT_COUNT; i++)
        ok = report(NAMES[i], try_points(&run, points, FAULTS[i], true)) && ok;
    for (int i = 0; ok && run.states < run.wanted; i++)
        ok = try_points(&run, points, FAULTS[i % FAULT_COUNT], false);
    ok = report("drawn", ok);
    printf("# %" PRIu64 " states after %" PRIu64 " operations\n", run.states, points);
    fake_fsio_reset();
    buf_release(&lines);
    return ok ? 0 : 1;
}
