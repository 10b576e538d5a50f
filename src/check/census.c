#include "check/census.h"

enum { IN_A_ROW = 20 };

void census_init(struct census *census)
{
    *census = (struct census){0};
    strmap_init(&census->held);
}

void census_release(struct census *census)
{
    strmap_release(&census->held);
}

void census_found(struct census *census)
{
    census->found++;
}

bool census_missing(struct census *census, struct error *err)
{
    census->missing++;
    if (census->found > 0 || census->missing < IN_A_ROW)
        return true;
    error_set(
        err, ERROR_AUTH,
        "all of the first %d conversations are missing: does the key belong to another project?\n"
        "hint: use the key, organization and project that they were written with; "
        "if they were deleted on purpose, --checkpoint FILE starts another job",
        IN_A_ROW);
    return false;
}

static bool record(struct checkpoint *checkpoint, struct span thread_id, struct error *err)
{
    const struct record line = {.kind = RECORD_ROLLED_BACK, .thread = thread_id};

    return checkpoint_add(checkpoint, &line, err);
}

bool census_close(struct census *census, struct checkpoint *checkpoint, struct span thread_id,
                  struct error *err)
{
    bool added;

    if (census->found > 0)
        return record(checkpoint, thread_id, err);
    (void)strmap_add(&census->held, thread_id, &added);
    return true;
}

bool census_settle(struct census *census, struct checkpoint *checkpoint, struct error *err)
{
    for (size_t i = 0; i < census->held.count; i++) {
        if (!record(checkpoint, strmap_key(&census->held, i), err))
            return false;
    }
    return checkpoint_sync(checkpoint, err);
}
