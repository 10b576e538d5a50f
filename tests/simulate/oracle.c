#include "simulate/oracle.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void oracle_begin(struct oracle *oracle)
{
    *oracle = (struct oracle){.count = 0};
}

void oracle_end(struct oracle *oracle)
{
    free(oracle->known);
}

static struct known *known_of(struct oracle *oracle, size_t conversation)
{
    while (oracle->count <= conversation) {
        if (oracle->count == oracle->room) {
            oracle->room = oracle->room * 2 + 16;
            oracle->known = mem_resize(oracle->known, oracle->room, sizeof *oracle->known);
        }
        oracle->known[oracle->count++] = (struct known){.foreign = 0};
    }
    return &oracle->known[conversation];
}

/* ---- what it is told ---- */

void oracle_added(struct oracle *oracle, size_t conversation)
{
    known_of(oracle, conversation)->foreign++;
}

void oracle_deleted(struct oracle *oracle, size_t conversation, int thread)
{
    known_of(oracle, conversation)->people_deleted = true;
    if (thread >= 0)
        oracle->is_spoilt[thread] = true;
}

void oracle_restored(struct oracle *oracle, size_t then, size_t now)
{
    oracle->was_restored = true;
    for (size_t i = then; i < now; i++)
        known_of(oracle, i)->is_forgotten = true;
    for (size_t i = 0; i <= SCRIPT_THREADS; i++)
        oracle->is_spoilt[i] = true;
}

static bool is_selected(const struct step *step, size_t thread)
{
    return ((step->threads >> thread) & 1) != 0 || step->all;
}

static bool deletes_conversations(enum deed deed)
{
    return deed == DEED_ROLLBACK || deed == DEED_FORCE;
}

void oracle_command(struct oracle *oracle, const struct step *step, const struct picture *picture)
{
    memset(oracle->had_copy, 0, sizeof oracle->had_copy);
    for (size_t i = 0; i < picture->count; i++) {
        const struct picture_conversation *one = &picture->conversations[i];
        struct known *known = known_of(oracle, i);

        if (one->thread == PICTURE_NOBODY)
            continue;
        oracle->had_copy[one->thread] |= !one->is_deleted && !known->is_forgotten;
        if (!deletes_conversations(step->deed) || !is_selected(step, (size_t)one->thread))
            continue;
        known->may_have_gaps = true;
        if (step->deed == DEED_FORCE)
            oracle_deleted(oracle, i, one->thread);
    }
    for (size_t i = 0; i < picture->thread_count; i++) {
        if (deletes_conversations(step->deed) && is_selected(step, i))
            oracle->is_rolling_back[i] = true;
        oracle->is_pruning[i] |= step->deed == DEED_PRUNE && is_selected(step, i);
    }
}

/* ---- the server ---- */

static bool blame(struct buf *why, size_t conversation, const char *what)
{
    (void)buf_printf(why, "conversation #%zu %s", conversation, what);
    return false;
}

static bool check_conversation(struct oracle *oracle, const struct picture *picture, size_t number,
                               struct buf *why)
{
    const struct picture_conversation *one = &picture->conversations[number];
    struct known *known = known_of(oracle, number);
    const bool has_gap = !one->has_no_gap;

    if (one->thread == PICTURE_NOBODY)
        return blame(why, number, "was made for nobody");
    if (!one->is_in_order)
        return blame(why, number, "holds something twice, out of order, or of another thread");
    if (has_gap && !known->may_have_gaps)
        return blame(why, number, "lacks an item in its middle");
    if (known->had_gap && one->ours > known->ours)
        return blame(why, number, "was half rolled back and has grown");
    if (one->is_continued)
        return blame(why, number, "was written to after somebody had continued it");
    if (one->foreign != known->foreign && !known->people_deleted)
        return blame(why, number, "lacks an item of somebody else's");
    if (one->is_deleted && known->foreign > 0 && !known->people_deleted)
        return blame(why, number, "was continued by somebody and is deleted");
    known->had_gap = has_gap;
    known->ours = one->ours;
    return true;
}

static bool blame_thread(struct buf *why, size_t thread, const char *what)
{
    (void)buf_printf(why, "thread %zu %s", thread, what);
    return false;
}

/* Whole at the source, or whole at the destination; and there once at most. */
static bool check_thread(struct oracle *oracle, const struct picture *picture, size_t thread,
                         struct buf *why)
{
    size_t copies = 0;

    if (picture->threads[thread].is_deleted && !picture_copy_of(picture, thread))
        return blame_thread(why, thread, "is whole nowhere");
    for (size_t i = 0; i < picture->count; i++) {
        const struct picture_conversation *one = &picture->conversations[i];

        copies += one->thread == (int)thread && !one->is_deleted && one->ours > 0 &&
                  !known_of(oracle, i)->is_forgotten;
    }
    return copies <= 1 || blame_thread(why, thread, "is there twice");
}

/* ---- what the program says ---- */

static bool is_named(const struct claims *claims, const struct picture_conversation *one)
{
    const struct claim *claim = &claims->threads[one->thread];

    return claim->is_named && strcmp(claim->conversation, one->id) == 0;
}

static const struct picture_conversation *find(const struct picture *picture, const char *id,
                                               size_t *number)
{
    for (size_t i = 0; i < picture->count; i++) {
        *number = i;
        if (strcmp(picture->conversations[i].id, id) == 0)
            return &picture->conversations[i];
    }
    return NULL;
}

static bool check_claim(struct oracle *oracle, const struct picture *picture, size_t thread,
                        const struct claim *claim, struct buf *why)
{
    const struct picture_conversation *one;
    size_t number;

    if (!claim->is_named)
        return true;
    one = find(picture, claim->conversation, &number);
    if (!one || one->thread != (int)thread)
        return blame_thread(why, thread, "is mapped to a conversation of another one");
    if (strcmp(claim->state, "done") != 0 || oracle->was_restored ||
        known_of(oracle, number)->people_deleted)
        return true;
    if (one->is_deleted || !one->has_no_gap || (int64_t)one->ours != claim->items)
        return blame_thread(why, thread, "is called done and is not");
    return true;
}

/* Conversations that nothing names are empty, and no more than were admitted. The stranger's are
 * another job's. */
static bool check_orphans(struct oracle *oracle, const struct picture *picture,
                          const struct claims *claims, struct buf *why)
{
    int64_t orphans = 0;

    for (size_t i = 0; i < picture->count; i++) {
        const struct picture_conversation *one = &picture->conversations[i];

        if (one->is_deleted || known_of(oracle, i)->is_forgotten || is_named(claims, one) ||
            (size_t)one->thread == picture->thread_count - 1)
            continue;
        if (one->ours + one->foreign > 0)
            return blame(why, i, "holds items and nothing names it");
        orphans++;
    }
    if (orphans <= claims->orphans)
        return true;
    (void)buf_printf(why, "%lld empty conversations that nothing names, %lld admitted",
                     (long long)orphans, (long long)claims->orphans);
    return false;
}

/* ---- the exit status ---- */

static bool is_allowed(const struct oracle_event *event, const struct claims *claims)
{
    const int status = event->status;
    const bool writes = event->step->deed == DEED_PRUNE || deletes_conversations(event->step->deed);

    if (event->has_died || event->may_be_refused)
        return true;
    if (status == 0 || status == 1)
        return status == 1 || !event->must_fail;
    if (status == 2 && !claims->has_file)
        return writes || event->step->deed == DEED_VERIFY || event->step->deed == DEED_STATUS ||
               event->step->deed == DEED_MAPPING;
    if (status == 130)
        return event->step->fate == FATE_SIGNAL;
    return event->step->trouble && (status == 3 || status == 17);
}

/* Is there a reason why a run that nothing disturbs cannot end with 0? */
static bool has_reason_to_fail(struct oracle *oracle, const struct picture *picture,
                               const struct step *step)
{
    for (size_t i = 0; i + 1 < picture->thread_count; i++) {
        if (is_selected(step, i) &&
            (oracle->is_spoilt[i] || oracle->is_rolling_back[i] || picture->threads[i].is_deleted))
            return true;
    }
    for (size_t i = 0; i < picture->count; i++) {
        if (picture->conversations[i].foreign > 0)
            return true;
    }
    return false;
}

/* Where a run ends well, is this thread whole? */
static bool ends_whole(const struct oracle *oracle, const struct claims *claims,
                       const struct oracle_event *event, size_t thread)
{
    /* Nothing is added while its source may be about to go. */
    if (oracle->is_pruning[thread] && strcmp(claims->threads[thread].state, "pruning") == 0)
        return false;
    return !oracle->is_spoilt[thread] && !event->is_old &&
           (event->step->deed == DEED_TOP_UP || !oracle->had_copy[thread]);
}

/* A run that ended well, or might have. */
static bool check_success(struct oracle *oracle, const struct picture *picture,
                          const struct claims *claims, const struct oracle_event *event,
                          struct buf *why)
{
    const struct step *step = event->step;
    const bool migrates = step->deed == DEED_MIGRATE || step->deed == DEED_TOP_UP;

    for (size_t i = 0; i + 1 < picture->thread_count; i++) {
        if (!is_selected(step, i))
            continue;
        if (deletes_conversations(step->deed) && event->status == 0)
            oracle->is_rolling_back[i] = false;
        if (migrates && event->status == 0 && !picture->threads[i].is_deleted &&
            ends_whole(oracle, claims, event, i) && !picture_copy_of(picture, i))
            return blame_thread(why, i, "is not whole though migrate ended well");
    }
    if (migrates && event->status == 1 && event->is_calm && !event->may_fail &&
        !has_reason_to_fail(oracle, picture, step)) {
        (void)buf_add_text(why, "migrate fails a thread and nothing is in its way");
        return false;
    }
    return true;
}

bool oracle_check(struct oracle *oracle, const struct picture *picture, const struct claims *claims,
                  const struct oracle_event *event, struct buf *why)
{
    for (size_t i = 0; i < picture->thread_count; i++) {
        if (!check_thread(oracle, picture, i, why))
            return false;
    }
    for (size_t i = 0; i < picture->count; i++) {
        if (!check_conversation(oracle, picture, i, why))
            return false;
    }
    for (size_t i = 0; i + 1 < picture->thread_count; i++) {
        if (!check_claim(oracle, picture, i, &claims->threads[i], why))
            return false;
    }
    if (!check_orphans(oracle, picture, claims, why))
        return false;
    if (event && !is_allowed(event, claims)) {
        (void)buf_printf(why, "exit status %d", event->status);
        return false;
    }
    return !event || check_success(oracle, picture, claims, event, why);
}
