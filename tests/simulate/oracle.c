#include "simulate/oracle.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { STATUS_OTHER_JOB = 12, STATUS_SIGNAL = 130 };

void oracle_begin(struct oracle *oracle, const struct habit *habit)
{
    *oracle = (struct oracle){.habit = habit};
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

void oracle_dropped(struct oracle *oracle, size_t conversation, int thread)
{
    known_of(oracle, conversation)->was_dropped = true;
    oracle->is_spoilt[thread] = true;
}

void oracle_restored(struct oracle *oracle, size_t then, size_t now)
{
    oracle->was_restored = true;
    oracle->mappings = 3;
    for (size_t i = then; i < now; i++)
        known_of(oracle, i)->is_forgotten = true;
    for (size_t i = 0; i <= SCRIPT_THREADS; i++)
        oracle->is_spoilt[i] = true;
}

static bool deletes_conversations(enum deed deed)
{
    return deed == DEED_ROLLBACK || deed == DEED_FORCE;
}

void oracle_command(struct oracle *oracle, const struct step *step, const struct picture *picture)
{
    if (terms_are_inline(step) && !oracle->was_inline)
        oracle->before_inline = picture->count;
    oracle->was_inline |= terms_are_inline(step);
    oracle->was_retried |= terms_retry_uncertain(step);
    memset(oracle->had_copy, 0, sizeof oracle->had_copy);
    for (size_t i = 0; i < picture->count; i++) {
        const struct picture_conversation *one = &picture->conversations[i];
        struct known *known = known_of(oracle, i);

        if (one->thread == PICTURE_NOBODY)
            continue;
        oracle->had_copy[one->thread] |= !one->is_deleted && !known->is_forgotten;
        if (!deletes_conversations(step->deed) || step_spares(step, (size_t)one->thread))
            continue;
        known->may_have_gaps = true;
        if (step->deed == DEED_FORCE)
            oracle_deleted(oracle, i, one->thread);
    }
    for (size_t i = 0; i < picture->thread_count; i++) {
        oracle->is_last[i] = step->deed == DEED_ROLLBACK && picture->threads[i].is_deleted &&
                             !oracle->is_rolling_back[i] && picture_copy_of(picture, i);
        if (deletes_conversations(step->deed) && !step_spares(step, i))
            oracle->is_rolling_back[i] = true;
        oracle->is_pruning[i] |= step->deed == DEED_PRUNE && !step_spares(step, i);
    }
}

/* ---- the server ---- */

static bool blame(struct buf *why, size_t conversation, const char *what)
{
    buf_printf(why, "conversation #%zu %s", conversation, what);
    return false;
}

/* All messages of the thread, in their order, each once, none left out; as far as that was
 * possible. */
static bool check_order(const struct oracle *oracle, const struct picture_conversation *one,
                        const struct known *known, size_t number, struct buf *why)
{
    const bool may_have_gaps = known->may_have_gaps || known->was_dropped;

    if (oracle->habit->changes)
        return true;
    if (known->may_be_shuffled)
        return may_have_gaps || one->is_in_pairs ||
               blame(why, number, "is out of order by more than a second");
    if (!one->is_in_order)
        return blame(why, number, "holds something twice, out of order, or of another thread");
    if (!one->has_no_gap && !may_have_gaps)
        return blame(why, number, "lacks an item in its middle");
    if (known->had_gap && one->ours > known->ours && !known->was_dropped)
        return blame(why, number, "was half rolled back and has grown");
    return true;
}

static bool check_conversation(struct oracle *oracle, const struct picture *picture, size_t number,
                               struct buf *why)
{
    const struct picture_conversation *one = &picture->conversations[number];
    struct known *known = known_of(oracle, number);

    if (one->thread == PICTURE_NOBODY)
        return blame(why, number, "was made for nobody");
    if (!check_order(oracle, one, known, number, why))
        return false;
    if (one->is_continued && !known->was_raced)
        return blame(why, number, "was written to after somebody had continued it");
    if (one->foreign != known->foreign && !known->people_deleted)
        return blame(why, number, "lacks an item of somebody else's");
    if (one->is_deleted && known->foreign > 0 && !known->people_deleted)
        return blame(why, number, "was continued by somebody and is deleted");
    known->had_gap = !one->has_no_gap;
    known->ours = one->ours;
    return true;
}

static bool blame_thread(struct buf *why, size_t thread, const char *what)
{
    buf_printf(why, "thread %zu %s", thread, what);
    return false;
}

/* Whole at the source, or whole at the destination; and there once at most. */
static bool check_thread(struct oracle *oracle, const struct picture *picture, size_t thread,
                         struct buf *why)
{
    size_t copies = 0;

    if (picture->threads[thread].is_deleted && !oracle->was_taken[thread] &&
        !picture_copy_of(picture, thread))
        return blame_thread(why, thread, "is whole nowhere");
    if (oracle->is_last[thread] && !picture_copy_of(picture, thread))
        return blame_thread(why, thread, "was rolled back though its source is gone");
    for (size_t i = 0; i < picture->count; i++) {
        const struct picture_conversation *one = &picture->conversations[i];

        copies += one->thread == (int)thread && !one->is_deleted && one->ours > 0 &&
                  !known_of(oracle, i)->is_forgotten && !known_of(oracle, i)->is_uncertain;
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
        known_of(oracle, number)->people_deleted || known_of(oracle, number)->may_be_shuffled ||
        known_of(oracle, number)->was_dropped || oracle->habit->changes)
        return true;
    if (one->is_deleted || !one->has_no_gap || (int64_t)one->ours != claim->items)
        return blame_thread(why, thread, "is called done and is not");
    return true;
}

/* What a create has stored of which nobody knows the outcome, a person has to look at. */
static void admit_uncertain(struct oracle *oracle, const struct picture *picture,
                            const struct claims *claims)
{
    for (size_t i = oracle->before_inline; oracle->was_inline && i < picture->count; i++) {
        const struct picture_conversation *one = &picture->conversations[i];

        if (one->thread >= 0 && one->ours > 0 && !is_named(claims, one) &&
            (oracle->was_retried || strcmp(claims->threads[one->thread].code, "uncertain") == 0))
            known_of(oracle, i)->is_uncertain = true;
    }
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
        if (one->ours + one->foreign > 0 && !known_of(oracle, i)->is_uncertain)
            return blame(why, i, "holds items and nothing names it");
        orphans++;
    }
    if (orphans <= claims->orphans)
        return true;
    buf_printf(why, "%lld empty conversations that nothing names, %lld admitted",
               (long long)orphans, (long long)claims->orphans);
    return false;
}

/* ---- the mapping ---- */

bool oracle_may_be_remapped(const struct oracle *oracle, const struct step *step)
{
    return (oracle->mappings & ~terms_mapping(step)) != 0;
}

/* Who begins a job or accepts another mapping has his own from then on; who is refused does not. */
static bool check_mapping(struct oracle *oracle, const struct claims *claims,
                          const struct oracle_event *event, struct buf *why)
{
    const struct step *step = event->step;
    const unsigned mapping = terms_mapping(step);
    const bool migrates = step->deed == DEED_MIGRATE || step->deed == DEED_TOP_UP;
    const bool ended = !event->has_died && event->status <= 1;

    if (event->status == STATUS_OTHER_JOB && !event->has_died && !event->may_be_refused) {
        oracle->mappings &= ~mapping;
        if (oracle->mappings == 0)
            buf_add_text(why, "the job's own mapping is refused");
        return oracle->mappings != 0;
    }
    if (!migrates || !claims->has_file)
        return true;
    if (oracle->mappings == 0 || terms_accept_mapping(step))
        oracle->mappings = ended ? mapping : oracle->mappings | mapping;
    else if (ended)
        oracle->mappings &= mapping;
    if (oracle->mappings == 0)
        buf_add_text(why, "another mapping is taken for the job's own");
    return oracle->mappings != 0;
}

/* ---- the exit status ---- */

static bool is_allowed(const struct oracle_event *event, const struct claims *claims)
{
    const struct trouble *trouble = &TROUBLES[event->step->trouble];
    const int status = event->status;

    if (event->has_died || event->may_be_refused || status == 1)
        return true;
    if (status == 0)
        return !event->must_fail;
    if (status == STATUS_OTHER_JOB)
        return true; /* see check_mapping() */
    if (status == 3 && terms_may_stop(event->step))
        return true;
    if (status == 2 && !claims->has_file)
        return terms_need_file(event->step) || deed_needs_file(event->step->deed);
    if (status == STATUS_SIGNAL)
        return event->step->fate == FATE_SIGNAL;
    return event->step->trouble &&
           (status == 3 || status == 17 || (status < 32 && ((trouble->statuses >> status) & 1)));
}

/* Is there a reason why a run that nothing disturbs cannot end with 0? */
static bool has_reason_to_fail(struct oracle *oracle, const struct picture *picture,
                               const struct claims *claims, const struct step *step)
{
    const struct habit *habit = oracle->habit;

    if (habit->changes || habit->refused != '\0' || habit->stale_lists > 0)
        return true;
    for (size_t i = 0; i + 1 < picture->thread_count; i++) {
        if (strcmp(claims->threads[i].code, "uncertain") == 0 ||
            (habit->most > 0 && picture->threads[i].count > (size_t)habit->most))
            return true;
        if (step_names(step, i) &&
            (oracle->is_spoilt[i] || oracle->is_rolling_back[i] || picture->threads[i].is_deleted))
            return true;
    }
    for (size_t i = 0; i < picture->count; i++) {
        if (picture->conversations[i].foreign > 0)
            return true;
    }
    return false;
}

/* Of a migrate that ended well: is the thread, which it took, to be whole now? */
static bool must_be_whole(const struct oracle *oracle, const struct picture *picture,
                          const struct claims *claims, const struct oracle_event *event,
                          size_t thread)
{
    const struct step *step = event->step;

    if ((TROUBLES[step->trouble].others & TROUBLE_GROWS) || picture->threads[thread].is_deleted ||
        oracle->is_spoilt[thread] || oracle->habit->changes || event->is_old)
        return false;
    /* Nothing is added while its source may be about to go. */
    if (oracle->is_pruning[thread] && strcmp(claims->threads[thread].state, "pruning") == 0)
        return false;
    return step->deed == DEED_TOP_UP || !oracle->had_copy[thread];
}

/* Nothing was in its way but what passes. */
static bool is_passing(const struct step *step)
{
    return (TROUBLES[step->trouble].others & TROUBLE_PASSES) != 0 && !terms_are_hasty(step) &&
           step->fate != FATE_SIGNAL && step->terms.other == 0;
}

/* What a command that wrote said at its end is what `status` says of it. */
static bool check_exit(const struct claims *claims, const struct oracle_event *event,
                       struct buf *why)
{
    const struct step *step = event->step;
    /* While threads are asked for their times, `migrate` has not begun. */
    const bool may_be_unbegun = event->status == STATUS_SIGNAL && step->terms.narrows != 0 &&
                                (step->deed == DEED_MIGRATE || step->deed == DEED_TOP_UP);

    if (!deed_writes(step->deed) || event->has_died || !claims->has_file || may_be_unbegun ||
        (event->status > 1 && event->status != STATUS_SIGNAL) || claims->exit == event->status)
        return true;
    buf_printf(why, "it ended with %d, and status says %lld", event->status,
               (long long)claims->exit);
    return false;
}

/* A run that ended well, or might have. */
static bool check_success(struct oracle *oracle, const struct picture *picture,
                          const struct claims *claims, const struct oracle_event *event,
                          struct buf *why)
{
    const struct step *step = event->step;
    const bool migrates = step->deed == DEED_MIGRATE || step->deed == DEED_TOP_UP;

    for (size_t i = 0; i + 1 < picture->thread_count; i++) {
        if (!step_takes(step, i))
            continue;
        if (deletes_conversations(step->deed) && event->status == 0)
            oracle->is_rolling_back[i] = false;
        if (migrates && event->status == 0 && must_be_whole(oracle, picture, claims, event, i) &&
            !picture_copy_of(picture, i))
            return blame_thread(why, i, "is not whole though migrate ended well");
    }
    if (migrates && event->status == 1 && !event->has_died && !event->may_fail &&
        (event->is_calm || is_passing(step)) &&
        !has_reason_to_fail(oracle, picture, claims, step)) {
        buf_add_text(why, "migrate fails a thread and nothing is in its way");
        return false;
    }
    return true;
}

/* What others did while the command ran, as far as it can be seen. */
static void admit_others(struct oracle *oracle, const struct picture *picture,
                         const struct oracle_event *event)
{
    unsigned others = TROUBLES[event->step->trouble].others;

    if (event->step->deed == DEED_EXPORT)
        oracle->has_shuffled_export |= (others & TROUBLE_SHUFFLES) != 0;
    if (event->step->choices.source == SOURCE_EXPORT && oracle->has_shuffled_export)
        others |= TROUBLE_SHUFFLES;
    for (size_t i = 0; i < picture->count; i++) {
        const struct picture_conversation *one = &picture->conversations[i];
        struct known *known = known_of(oracle, i);

        if ((others & TROUBLE_MEDDLES) && one->foreign > known->foreign) {
            known->foreign = one->foreign;
            known->was_raced = true;
        }
        if ((others & TROUBLE_SHUFFLES) && one->thread >= 0) {
            known->may_be_shuffled = true;
            oracle->is_spoilt[one->thread] = true;
        }
        if ((others & TROUBLE_DELETES) && one->is_deleted && !known->may_have_gaps)
            oracle_deleted(oracle, i, one->thread);
    }
    for (size_t i = 0; i < picture->thread_count; i++) {
        /* Its times are the server's own from then on. */
        if ((others & TROUBLE_GROWS) && step_names(event->step, i))
            oracle->is_spoilt[i] = true;
        if ((others & TROUBLE_TAKES) && picture->threads[i].is_deleted)
            oracle->was_taken[i] = true;
    }
}

bool oracle_check(struct oracle *oracle, const struct picture *picture, const struct claims *claims,
                  const struct oracle_event *event, struct buf *why)
{
    if (event)
        admit_others(oracle, picture, event);
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
    admit_uncertain(oracle, picture, claims);
    if (!check_orphans(oracle, picture, claims, why))
        return false;
    if (event && !check_mapping(oracle, claims, event, why))
        return false;
    if (event && !is_allowed(event, claims)) {
        buf_printf(why, "exit status %d", event->status);
        return false;
    }
    return !event ||
           (check_exit(claims, event, why) && check_success(oracle, picture, claims, event, why));
}
