#include "loop/syncing.h"

enum {
    SHARED_MS = 10,  /* a job's record waits so long for others that share its sync */
    LATEST_MS = 100, /* and a record that no job waits for */
};

static void hurry(struct syncing *syncing, int64_t until_ms)
{
    if (until_ms < syncing->by_ms)
        syncing->by_ms = until_ms;
}

void syncing_await(struct syncing *syncing, int64_t now_ms)
{
    if (checkpoint_newest(syncing->checkpoint) == checkpoint_begun(syncing->checkpoint))
        return;
    syncing->is_awaited = true;
    hurry(syncing, now_ms + SHARED_MS);
}

bool syncing_on(struct syncing *syncing, bool has_room, int64_t now_ms, struct error *err)
{
    struct checkpoint *checkpoint = syncing->checkpoint;
    const bool is_due = (syncing->is_awaited && has_room) || syncing->by_ms <= now_ms;
    const uint64_t durable = checkpoint_durable(checkpoint);

    if (!checkpoint_sync_on(checkpoint, false, err))
        return false;
    /* Those that waited for the one that is over speak first, and fill the room. */
    if (is_due && durable == checkpoint_durable(checkpoint) &&
        !checkpoint_sync_on(checkpoint, true, err))
        return false;
    if (checkpoint_begun(checkpoint) < checkpoint_newest(checkpoint)) {
        hurry(syncing, now_ms + LATEST_MS);
    } else {
        syncing->is_awaited = false;
        syncing->by_ms = INT64_MAX;
    }
    return true;
}

int64_t syncing_next_ms(const struct syncing *syncing)
{
    const struct checkpoint *checkpoint = syncing->checkpoint;

    if (!checkpoint || checkpoint_begun(checkpoint) > checkpoint_durable(checkpoint))
        return INT64_MAX;
    return syncing->by_ms;
}
