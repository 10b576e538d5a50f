#include "checkpoint/progress.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/siphash.h"
#include "base/text.h"

#include <assert.h>
#include <stdlib.h>

enum {
    OFFSET_BYTES = PROGRESS_OFFSET_BITS / 8,
    FIRST_INDEX_BITS = 6,
    FIRST_SLOTS = 64,
    FIRST_FAILURES = 16,
};

/* Twenty bytes. Offsets are kept plus one, in little-endian order; 0 is none. */
struct packed_slot {
    uint32_t hash[2];
    uint8_t created[OFFSET_BYTES];
    uint8_t moved[OFFSET_BYTES]; /* state failed: number of the struct failure instead */
    uint8_t state;
    uint8_t spare;
};

_Static_assert(sizeof(struct packed_slot) == 20, "a slot has 20 bytes");

/* Failed threads are few and have one offset more than a slot holds. */
struct failure {
    int64_t moved_at; /* in a free one: the next free one, or -1 */
    int64_t failed_at;
};

struct progress {
    uint64_t key[2];
    struct packed_slot *slots; /* in the order of becoming known */
    size_t count;
    size_t capacity;
    /* Open addressing. A cell holds a slot's number plus one in its lower index_bits, and above
     * them as many bits of the hash as there is room for: nearly every wrong cell is passed over
     * without touching its slot. */
    uint32_t *index;
    unsigned index_bits;
    struct failure *failures;
    size_t failure_count;
    size_t failure_capacity;
    int64_t free_failure;
    size_t counts[THREAD_STATES];
    uint64_t creating;
    uint64_t settled; /* creates whose outcome is known */
    bool has_created; /* a conversation, whatever became of it */
    bool has_appended;
};

const char *thread_state_name(enum thread_state state)
{
    static const char *const NAMES[THREAD_STATES] = {
        [THREAD_NEW] = "new",
        [THREAD_PARTIAL] = "partial",
        [THREAD_DONE] = "done",
        [THREAD_FAILED] = "failed",
        [THREAD_UNCERTAIN] = "uncertain",
        [THREAD_ROLLING_BACK] = "rolling_back",
        [THREAD_ROLLED_BACK] = "rolled_back",
        [THREAD_PRUNING] = "pruning",
        [THREAD_PRUNED] = "pruned",
    };

    return NAMES[state];
}

struct progress *progress_new(void)
{
    struct progress *progress = mem_zalloc(1, sizeof *progress);

    siphash_random_key(progress->key);
    progress->index_bits = FIRST_INDEX_BITS;
    progress->index = mem_zalloc((size_t)1 << FIRST_INDEX_BITS, sizeof *progress->index);
    progress->free_failure = -1;
    return progress;
}

void progress_free(struct progress *progress)
{
    if (!progress)
        return;
    free(progress->slots);
    free(progress->index);
    free(progress->failures);
    free(progress);
}

static void store_offset(uint8_t bytes[OFFSET_BYTES], int64_t offset)
{
    const uint64_t kept = (uint64_t)(offset + 1);

    assert(offset >= -1 && kept >> PROGRESS_OFFSET_BITS == 0);
    for (int i = 0; i < OFFSET_BYTES; i++)
        bytes[i] = (uint8_t)(kept >> (8 * i));
}

static int64_t load_offset(const uint8_t bytes[OFFSET_BYTES])
{
    uint64_t kept = 0;

    for (int i = 0; i < OFFSET_BYTES; i++)
        kept |= (uint64_t)bytes[i] << (8 * i);
    return (int64_t)kept - 1;
}

static uint64_t slot_hash(const struct packed_slot *slot)
{
    return (uint64_t)slot->hash[1] << 32 | slot->hash[0];
}

/* The cell takes its place from the lower bits of the hash and its tag from the upper ones. */
static uint32_t cell_tag(const struct progress *progress, uint64_t hash)
{
    return (uint32_t)(hash >> 32) >> progress->index_bits << progress->index_bits;
}

/* The number of the slot with this hash, or SIZE_MAX; *cell is its cell, or the empty one where
 * it belongs. */
static size_t find_slot(const struct progress *progress, uint64_t hash, size_t *cell)
{
    const size_t mask = ((size_t)1 << progress->index_bits) - 1;
    const uint32_t tag = cell_tag(progress, hash);
    size_t at = (size_t)hash & mask;

    for (; progress->index[at] != 0; at = (at + 1) & mask) {
        const size_t number = (progress->index[at] & mask) - 1;

        if ((progress->index[at] & ~(uint32_t)mask) == tag &&
            slot_hash(&progress->slots[number]) == hash) {
            *cell = at;
            return number;
        }
    }
    *cell = at;
    return SIZE_MAX;
}

/* Built anew from the slots, so that the old index can be freed first: that is the peak. */
static void grow_index(struct progress *progress)
{
    size_t mask;

    free(progress->index);
    progress->index_bits++;
    assert(progress->index_bits < 32);
    mask = ((size_t)1 << progress->index_bits) - 1;
    progress->index = mem_zalloc(mask + 1, sizeof *progress->index);
    for (size_t number = 0; number < progress->count; number++) {
        const uint64_t hash = slot_hash(&progress->slots[number]);
        size_t at = (size_t)hash & mask;

        while (progress->index[at] != 0)
            at = (at + 1) & mask;
        progress->index[at] = cell_tag(progress, hash) | ((uint32_t)number + 1);
    }
}

static size_t add_slot(struct progress *progress, uint64_t hash)
{
    const size_t room = ((size_t)1 << progress->index_bits) / 4 * 3;
    size_t cell;

    if (progress->count == room)
        grow_index(progress);
    if (progress->count == progress->capacity) {
        progress->capacity += progress->capacity / 4 + FIRST_SLOTS;
        progress->slots = mem_resize(progress->slots, progress->capacity, sizeof *progress->slots);
    }
    (void)find_slot(progress, hash, &cell);
    progress->slots[progress->count] =
        (struct packed_slot){.hash = {(uint32_t)hash, (uint32_t)(hash >> 32)}};
    progress->index[cell] = cell_tag(progress, hash) | ((uint32_t)progress->count + 1);
    progress->counts[THREAD_NEW]++;
    return progress->count++;
}

static int64_t take_failure(struct progress *progress)
{
    const int64_t number = progress->free_failure;

    if (number >= 0) {
        progress->free_failure = progress->failures[number].moved_at;
        return number;
    }
    if (progress->failure_count == progress->failure_capacity) {
        progress->failure_capacity += progress->failure_capacity / 4 + FIRST_FAILURES;
        progress->failures =
            mem_resize(progress->failures, progress->failure_capacity, sizeof *progress->failures);
    }
    return (int64_t)progress->failure_count++;
}

static struct thread_slot unpack(const struct progress *progress, size_t number)
{
    const struct packed_slot *slot = &progress->slots[number];
    struct thread_slot out = {
        .state = (enum thread_state)slot->state,
        .created_at = load_offset(slot->created),
        .moved_at = load_offset(slot->moved),
        .failed_at = -1,
    };

    if (out.state == THREAD_FAILED) {
        const struct failure *failure = &progress->failures[out.moved_at];

        out.moved_at = failure->moved_at;
        out.failed_at = failure->failed_at;
    }
    return out;
}

static void pack(struct progress *progress, size_t number, const struct thread_slot *in)
{
    struct packed_slot *slot = &progress->slots[number];
    const bool had_failure = slot->state == THREAD_FAILED;
    int64_t failure = had_failure ? load_offset(slot->moved) : -1;

    if (in->state == THREAD_FAILED) {
        if (failure < 0)
            failure = take_failure(progress);
        progress->failures[failure] = (struct failure){in->moved_at, in->failed_at};
        store_offset(slot->moved, failure);
    } else {
        if (had_failure) {
            progress->failures[failure].moved_at = progress->free_failure;
            progress->free_failure = failure;
        }
        store_offset(slot->moved, in->moved_at);
    }
    store_offset(slot->created, in->created_at);
    progress->counts[slot->state]--;
    progress->counts[in->state]++;
    slot->state = (uint8_t)in->state;
}

/* Ids are hashed as they stand in the file. Only an id that nobody accepts (it may come from a
 * source, and fails there) looks different in it. */
static uint64_t hash_id(const struct progress *progress, struct span thread_id)
{
    struct buf escaped;
    uint64_t hash;

    if (text_is_thread_id(thread_id))
        return siphash(progress->key, thread_id);
    buf_init(&escaped, BUF_NO_LIMIT);
    text_add_json(&escaped, thread_id);
    hash = siphash(progress->key, buf_span(&escaped));
    buf_release(&escaped);
    return hash;
}

static const struct thread_slot UNKNOWN = {THREAD_NEW, -1, -1, -1};

struct thread_slot progress_get(const struct progress *progress, struct span thread_id)
{
    size_t cell;
    const size_t number = find_slot(progress, hash_id(progress, thread_id), &cell);

    return number == SIZE_MAX ? UNKNOWN : unpack(progress, number);
}

/* What must be known of a thread for a record to follow; all zero: anything may be. */
struct demand {
    unsigned not_states;   /* bits of states in which it cannot follow */
    bool has_conversation; /* it must have one */
    bool has_none;         /* it must have none */
};

enum {
    PRUNED = 1 << THREAD_PRUNING | 1 << THREAD_PRUNED,
    REMOVED = PRUNED | 1 << THREAD_ROLLING_BACK,
    ALL = (1 << THREAD_STATES) - 1,
};

/* From `pruning` on the conversation may be the only copy: nothing that ends it can follow. */
static const struct demand DEMANDS[RECORD_KINDS] = {
    [RECORD_CREATING] = {.has_none = true},
    [RECORD_CREATED] = {.has_none = true},
    [RECORD_NOT_CREATED] = {.has_none = true},
    [RECORD_UNCERTAIN] = {.has_none = true},
    [RECORD_APPENDED] = {.has_conversation = true, .not_states = REMOVED},
    [RECORD_DONE] = {.has_conversation = true, .not_states = REMOVED},
    [RECORD_FAILED] = {.not_states = REMOVED},
    [RECORD_ROLLING_BACK] = {.has_conversation = true, .not_states = PRUNED},
    [RECORD_ROLLED_BACK] = {.not_states = PRUNED},
    [RECORD_PRUNING] = {.not_states = ALL & ~(1 << THREAD_DONE | 1 << THREAD_PRUNING)},
    [RECORD_NOT_PRUNED] = {.not_states = ALL & ~(1 << THREAD_PRUNING)},
    [RECORD_PRUNED] = {.not_states = ALL & ~(1 << THREAD_PRUNING)},
};

static bool may_follow(const struct thread_slot *slot, enum record_kind kind)
{
    const struct demand *demand = &DEMANDS[kind];

    if (demand->not_states >> slot->state & 1)
        return false;
    return slot->created_at < 0 ? !demand->has_conversation : !demand->has_none;
}

/* Where a step leads from a slot. */
static void move(struct thread_slot *slot, const struct progress_step *step)
{
    const int64_t offset = step->offset;

    switch (step->kind) {
    case RECORD_CREATING:
        /* With items in it the create may have stored content: nobody knows until `created`. */
        *slot =
            (struct thread_slot){step->has_items ? THREAD_UNCERTAIN : THREAD_NEW, -1, offset, -1};
        return;
    case RECORD_CREATED:
        *slot = (struct thread_slot){THREAD_PARTIAL, offset, -1, -1};
        return;
    case RECORD_NOT_CREATED:
        *slot = (struct thread_slot){THREAD_NEW, -1, offset, -1};
        return;
    case RECORD_UNCERTAIN:
        *slot = (struct thread_slot){THREAD_UNCERTAIN, -1, offset, -1};
        return;
    case RECORD_ROLLED_BACK:
        *slot = (struct thread_slot){THREAD_ROLLED_BACK, -1, offset, -1};
        return;
    case RECORD_ROLLING_BACK:
        slot->state = THREAD_ROLLING_BACK;
        break;
    case RECORD_FAILED:
        slot->state = THREAD_FAILED;
        slot->failed_at = offset;
        return;
    case RECORD_APPENDED:
    case RECORD_DONE:
        slot->state = step->kind == RECORD_DONE ? THREAD_DONE : THREAD_PARTIAL;
        slot->moved_at = offset;
        break;
    case RECORD_PRUNING:
        slot->state = THREAD_PRUNING;
        break;
    case RECORD_NOT_PRUNED:
        slot->state = THREAD_DONE;
        break;
    case RECORD_PRUNED:
        slot->state = THREAD_PRUNED;
        break;
    case RECORD_HEADER:
    case RECORD_PINS:
    case RECORD_RUN:
    case RECORD_SELECTION:
    case RECORD_ENDED:
    case RECORD_FILE:
    case RECORD_UNKNOWN:
    case RECORD_KINDS:
        return;
    }
    slot->failed_at = -1;
}

struct progress_step progress_prepare(const struct progress *progress, const struct record *record,
                                      int64_t offset)
{
    struct progress_step step = {
        .offset = offset,
        .kind = record->kind,
        .names_thread = record->thread.data != NULL,
        .has_items = record->items > 0,
    };

    if (step.names_thread) {
        const size_t mask = ((size_t)1 << progress->index_bits) - 1;

        step.hash = siphash(progress->key, record->thread);
        __builtin_prefetch(&progress->index[step.hash & mask]);
    }
    return step;
}

bool progress_take(struct progress *progress, const struct progress_step *step)
{
    struct thread_slot slot = UNKNOWN;
    size_t cell;
    size_t number;

    if (!step->names_thread)
        return true;
    number = find_slot(progress, step->hash, &cell);
    if (number != SIZE_MAX)
        slot = unpack(progress, number);
    if (!may_follow(&slot, step->kind))
        return false;
    move(&slot, step);
    if (number == SIZE_MAX)
        number = add_slot(progress, step->hash);
    pack(progress, number, &slot);
    progress->creating += step->kind == RECORD_CREATING;
    progress->settled += step->kind == RECORD_CREATED || step->kind == RECORD_NOT_CREATED;
    progress->has_created = progress->has_created || step->kind == RECORD_CREATED;
    progress->has_appended =
        progress->has_appended ||
        (step->has_items && (step->kind == RECORD_APPENDED || step->kind == RECORD_DONE));
    return true;
}

bool progress_apply(struct progress *progress, const struct record *record, int64_t offset)
{
    const struct progress_step step = progress_prepare(progress, record, offset);

    return progress_take(progress, &step);
}

size_t progress_count(const struct progress *progress, enum thread_state state)
{
    return progress->counts[state];
}

uint64_t progress_orphans(const struct progress *progress)
{
    return progress->creating > progress->settled ? progress->creating - progress->settled : 0;
}

bool progress_has_created(const struct progress *progress)
{
    return progress->has_created;
}

bool progress_has_appended(const struct progress *progress)
{
    return progress->has_appended;
}

void progress_each(const struct progress *progress,
                   bool (*each)(void *ctx, const struct thread_slot *slot), void *ctx)
{
    for (size_t number = 0; number < progress->count; number++) {
        const struct thread_slot slot = unpack(progress, number);

        if (!each(ctx, &slot))
            return;
    }
}
