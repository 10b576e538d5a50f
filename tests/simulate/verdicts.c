#include "simulate/verdicts.h"

#include "base/text.h"
#include "json/json.h"

#include <string.h>

bool verdicts_by_record(const struct step *step)
{
    return step->deed == DEED_VERIFY && step->twist;
}

static const struct picture_conversation *named(const struct picture *picture,
                                                const struct claim *claim)
{
    for (size_t i = 0; claim->is_named && i < picture->count; i++) {
        if (strcmp(picture->conversations[i].id, claim->conversation) == 0)
            return &picture->conversations[i];
    }
    return NULL;
}

/* Is the conversation what `verify` has to call the same? */
static bool is_same(const struct picture *picture, const struct claim *claim, size_t thread,
                    bool by_record)
{
    const struct picture_conversation *one = named(picture, claim);
    const bool is_pruned =
        strcmp(claim->state, "pruning") == 0 || strcmp(claim->state, "pruned") == 0;
    const size_t count =
        by_record || is_pruned ? (size_t)claim->items : picture->threads[thread].count;

    return (is_pruned || strcmp(claim->state, "done") == 0) && one && !one->is_deleted &&
           one->is_in_order && one->has_no_gap && one->foreign == 0 && one->ours == count;
}

/* What its source has become decides nothing that the conversation shows. */
static bool is_judged(const struct oracle *oracle, const struct picture *picture,
                      const struct claim *claim, size_t thread, bool by_record)
{
    const struct picture_conversation *one = named(picture, claim);
    const struct known *known = one ? &oracle->known[one - picture->conversations] : NULL;

    return !oracle->habit->changes && oracle->habit->stale_lists == 0 &&
           (by_record || !picture->threads[thread].is_deleted || claim->state[0] == 'p') &&
           !(known && known->may_be_shuffled);
}

/* A thread that was read from a file that tells less of it has other pairs of metadata. */
static bool is_about_metadata(const json_t *differences)
{
    const size_t count = json_array_size(differences);

    for (size_t i = 0; i < count; i++) {
        const char *kind =
            json_string_value(json_object_get(json_array_get(differences, i), "kind"));

        if (!kind || strcmp(kind, "metadata") != 0)
            return false;
    }
    return count > 0;
}

static bool blame(struct buf *why, size_t thread, const char *said)
{
    buf_printf(why, "verify says '%s' of thread %zu, and that is not so", said, thread);
    return false;
}

bool verdicts_check(const struct oracle *oracle, const struct picture *picture,
                    const struct claims *claims, const struct oracle_event *event, struct span rows,
                    struct buf *why)
{
    const bool by_record = verdicts_by_record(event->step);
    struct span line;
    bool ok = true;

    while (ok && event->status <= 1 && text_next_line(&rows, &line) && line.len > 0) {
        json_t *row = json_loadb(line.data, line.len, JSON_ALLOW_NUL, NULL);
        const int thread =
            picture_thread_number(json_string_value(json_object_get(row, "thread_id")));
        const char *said = json_string_value(json_object_get(row, "result"));
        const struct claim *claim = thread < 0 ? NULL : &claims->threads[thread];
        const bool is = claim && is_same(picture, claim, (size_t)thread, by_record);

        if (said && claim && is_judged(oracle, picture, claim, (size_t)thread, by_record) &&
            (strcmp(said, "same") == 0) != is &&
            !is_about_metadata(json_object_get(row, "differences")) && (!is || !event->may_fail))
            ok = blame(why, (size_t)thread, said);
        json_decref(row);
    }
    return ok;
}

/* ---- summaries ---- */

static bool has_summary(enum deed deed)
{
    return deed == DEED_DRY_RUN || deed == DEED_EXPORT || deed_writes(deed);
}

/* What may come before the summary is a line a thread. New, or NULL. */
static json_t *last_document(struct span text)
{
    json_t *last = NULL;

    while (text.len > 0) {
        json_error_t error;
        json_t *next =
            json_loadb(text.data, text.len, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &error);

        if (!next)
            break;
        json_decref(last);
        last = next;
        text = (struct span){text.data + error.position, text.len - (size_t)error.position};
    }
    return last;
}

/* Each thread that was selected is counted once, and none remains where the run is over. */
static bool adds_up(const json_t *threads, int status)
{
    json_int_t rest = json_integer_value(json_object_get(threads, "selected")) +
                      json_integer_value(json_object_get(threads, "duplicates"));
    const json_t *count;
    const char *name;

    json_object_foreach((json_t *)(uintptr_t)threads, name, count)
    {
        if (strcmp(name, "selected") != 0)
            rest -= json_integer_value(count);
    }
    return rest == 0 &&
           (status > 1 || json_integer_value(json_object_get(threads, "remaining")) == 0);
}

/* Is it known how many threads there are to be, and are there so many? */
static bool fits_selection(const struct picture *picture, const struct claim *before,
                           const struct step *step, const json_t *threads)
{
    unsigned failed = 0;
    bool is_known = !step->all && step->deed != DEED_FORCE;

    for (size_t i = 0; i < SCRIPT_THREADS; i++) {
        failed |= (unsigned)(before[i].code[0] != '\0') << i;
        is_known = is_known && !(step_names(step, i) && picture->threads[i].is_deleted);
    }
    return !is_known ||
           json_integer_value(json_object_get(threads, "selected")) == step_count(step, failed);
}

/* What a rollback or prune that ended well was to take is taken. */
static bool has_left_nothing(const struct claims *claims, const struct step *step)
{
    for (size_t i = 0; i < SCRIPT_THREADS; i++) {
        const struct claim *claim = &claims->threads[i];

        if (step_takes(step, i) && claim->is_named &&
            (step->deed != DEED_PRUNE || strcmp(claim->state, "pruned") != 0))
            return false;
    }
    return true;
}

static bool blame_summary(struct buf *why, const char *what, const json_t *threads)
{
    buf_printf(why, "%s: ", what);
    if (threads)
        json_dump_to(why, threads, JSON_COMPACT);
    return false;
}

bool verdicts_check_summary(const struct picture *picture, const struct claims *claims,
                            const struct claim *before, const struct oracle_event *event,
                            struct span out, struct buf *why)
{
    const struct step *step = event->step;
    const bool removes = step->deed == DEED_ROLLBACK || step->deed == DEED_PRUNE;
    const bool is_alone = event->is_calm && event->status <= 1 && step->terms.other == 0;
    json_t *root;
    const json_t *threads;
    bool ok = true;

    if (!has_summary(step->deed) || event->has_died)
        return true;
    root = last_document(out);
    threads = json_object_get(root, "threads");
    if (json_integer_value(json_object_get(json_object_get(root, "exit"), "code")) != event->status)
        ok = blame_summary(why, "the summary tells another exit status", threads);
    else if (threads && !adds_up(threads, event->status))
        ok = blame_summary(why, "the summary does not add up", threads);
    else if (is_alone && step->choices.source == SOURCE_LIVE && threads &&
             !fits_selection(picture, before, step, threads))
        ok = blame_summary(why, "another number of threads was selected", threads);
    else if (is_alone && removes && event->status == 0 && !has_left_nothing(claims, step))
        ok = blame_summary(why, "it ended well and has left something", threads);
    json_decref(root);
    return ok;
}
