#include "simulate/files/judge.h"

#include "crash/world.h"
#include "fakes/fake_fsio.h"
#include "simulate/export_file.h"

#include <stdio.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static bool blame(struct buf *why, const char *id, const char *what)
{
    buf_printf(why, "the file %s %s", id, what);
    return false;
}

/* ---- what the checkpoint says ---- */

static bool take_row(struct judge *judge, const json_t *row, struct buf *why)
{
    const int number = made_find(text_of(row, "file_id"));
    const struct made_file *file = number < 0 ? NULL : made_at((size_t)number);
    int way = 0;

    while (way < CARRIED_WAYS && strcmp(text_of(row, "state"), CARRIED_NAMES[way]) != 0)
        way++;
    if (!file || way == CARRIED_WAYS || (file->kind->ways & (1U << way)) == 0)
        return blame(why, text_of(row, "file_id"), "is on record as what it is not");
    if (way == CARRIED_INSIDE &&
        json_integer_value(json_object_get(row, "bytes")) != (json_int_t)file->len)
        return blame(why, file->id, "is on record with another length");
    if (way == CARRIED_MAPPED && strcmp(text_of(row, "new_id"), file->new_id) != 0)
        return blame(why, file->id, "is mapped to another file");
    if (way == CARRIED_MISSING && file->kind->is_everybodys && !judge->asked_nobody)
        return blame(why, file->id, "is missing though the destination knows it");
    judge->decided[number] = (enum carried_as)way;
    if (way == CARRIED_MISSING && file->kind->state && strcmp(file->kind->state, "saved") != 0 &&
        (judge->missing & (1U << number)) == 0 && !judge->folder.is_covered[number] &&
        !judge->folder.is_damaged)
        return blame(why, file->id, "is missing though no pass over its line has ended");
    return true;
}

static bool take_rows(struct judge *judge, struct span rest, struct buf *why)
{
    while (rest.len > 0) {
        json_error_t error;
        json_t *row = json_loadb(rest.data, rest.len, JSON_DISABLE_EOF_CHECK, &error);
        const size_t used = row ? (size_t)error.position + 1 : 0;
        const bool ok = row && used <= rest.len && take_row(judge, row, why);

        json_decref(row);
        if (!ok)
            return false;
        rest = (struct span){rest.data + used, rest.len - used};
    }
    return true;
}

/* The counts of `status` are those of the rows. */
static bool check_counts(const struct judge *judge, const json_t *files, struct buf *why)
{
    const json_t *missing = json_object_get(files, "missing");
    json_t *codes = json_object();
    json_int_t counts[CARRIED_WAYS] = {0};
    bool ok;

    for (size_t i = 0; i < made_count(); i++) {
        const char *code = made_at(i)->kind->missing;

        if (judge->decided[i] == CARRIED_WAYS)
            continue;
        counts[judge->decided[i]]++;
        if (judge->decided[i] == CARRIED_MISSING)
            (void)json_object_set_new(
                codes, code, json_integer(json_integer_value(json_object_get(codes, code)) + 1));
    }
    ok = json_equal(codes, missing);
    for (int way = 0; way < CARRIED_MISSING; way++)
        ok = ok && json_integer_value(json_object_get(files, CARRIED_NAMES[way])) == counts[way];
    json_decref(codes);
    if (!ok)
        buf_add_text(why, "status counts other files than are on record");
    return ok;
}

/* Asked for where the checkpoint is not what it was. */
static bool take_decisions(struct judge *judge, const struct claims *claims, struct buf *why)
{
    static const char *const ROWS[] = {"mapping", "--file-ids", "--format=jsonl", NULL};
    struct buf out;
    struct buf err;
    bool ok;

    judge->missing = 0;
    for (size_t i = 0; i < MADE_MAX; i++)
        judge->missing |= judge->decided[i] == CARRIED_MISSING ? 1U << i : 0;
    if (judge->decided_at == claims->taken)
        return true;
    judge->decided_at = claims->taken;
    for (size_t i = 0; i < MADE_MAX; i++)
        judge->decided[i] = CARRIED_WAYS;
    buf_init(&out, BUF_NO_LIMIT);
    buf_init(&err, BUF_NO_LIMIT);
    ok = world_call(ROWS, &out, &err) == 0 && take_rows(judge, buf_span(&out), why);
    ok = ok && check_counts(judge, claims->files, why);
    if (!ok && why->len == 0)
        buf_add_text(why, "the files on record cannot be read");
    buf_release(&out);
    buf_release(&err);
    return ok;
}

/* ---- conversations ---- */

static bool check_conversation(const struct judge *judge, const struct picture_conversation *one,
                               size_t number, bool is_on_record, struct buf *why)
{
    if (one->carried.wrong) {
        buf_printf(why, "conversation #%zu %s", number, one->carried.wrong);
        return false;
    }
    for (size_t i = 0; is_on_record && i < made_count(); i++) {
        for (int way = 0; way < CARRIED_WAYS; way++) {
            if ((one->carried.as[way] & (1U << i)) == 0 || judge->decided[i] == (unsigned)way ||
                (judge->was_retried && judge->decided[i] != CARRIED_WAYS))
                continue;
            return blame(why, made_at(i)->id, "is in an item as it is not on record");
        }
    }
    return true;
}

/* ---- what threads name ---- */

typedef bool (*visit)(void *ctx, size_t file);

struct naming {
    bool users_only; /* pictures of users */
    bool with_documents;
};

static bool visit_id(const json_t *object, visit each, void *ctx)
{
    const int number = made_find(text_of(object, "file_id"));

    return number < 0 || each(ctx, (size_t)number);
}

/* False where a visit is. */
static bool visit_message(const json_t *message, const struct naming *naming, visit each, void *ctx)
{
    const json_t *parts = json_object_get(message, "content");
    const json_t *annotations =
        json_object_get(json_object_get(json_array_get(parts, 0), "text"), "annotations");
    const json_t *attachments = json_object_get(message, "attachments");
    bool ok = true;

    if (naming->users_only && strcmp(text_of(message, "role"), "user") != 0)
        return true;
    for (size_t i = 1; ok && i < json_array_size(parts); i++)
        ok = visit_id(json_object_get(json_array_get(parts, i), "image_file"), each, ctx);
    for (size_t i = 0; ok && naming->with_documents && i < json_array_size(annotations); i++)
        ok = visit_id(json_object_get(json_array_get(annotations, i), "file_citation"), each, ctx);
    for (size_t i = 0; ok && naming->with_documents && i < json_array_size(attachments); i++)
        ok = visit_id(json_array_get(attachments, i), each, ctx);
    return ok;
}

static bool visit_thread(const struct picture_thread *thread, const struct naming *naming,
                         visit each, void *ctx)
{
    bool ok = made_count() > 0;

    for (size_t i = 0; ok && i < thread->count; i++)
        ok = visit_message(thread->messages[i].whole, naming, each, ctx);
    return ok || made_count() == 0;
}

/* ---- a migration ---- */

struct hand {
    const struct judge *judge;
    const struct choices *choices;
};

/* Is it certain what becomes of it, with what the step has at hand? */
static bool is_decided(void *ctx, size_t number)
{
    const struct hand *hand = ctx;
    const struct judge *judge = hand->judge;
    const struct choices *choices = hand->choices;
    const struct made_file *file = made_at(number);
    const enum carried_as decided = judge->decided[number];
    const bool has_folder =
        judge->folder.is_there && (choices->uses_folder || choices->source == SOURCE_EXPORT);
    const bool is_readable = has_folder && folder_holds(&judge->folder, number);

    if (!choices->retries &&
        (decided == CARRIED_KEPT || decided == CARRIED_MAPPED || decided == CARRIED_MISSING))
        return true;
    if (decided == CARRIED_INSIDE)
        return is_readable;
    return is_readable || (choices->uses_map && file->new_id[0] != '\0') ||
           (file->kind->is_everybodys && !choices->asks_nobody) || strchr(file->id, '/') ||
           (has_folder && judge->folder.has[number] && judge->folder.is_covered[number]);
}

bool judge_lets_fail(const struct judge *judge, const struct picture_thread *thread,
                     const struct step *step)
{
    struct hand hand = {judge, &step->choices};

    return judge->folder.is_damaged ||
           !visit_thread(thread, &(struct naming){.users_only = true}, is_decided, &hand);
}

bool judge_lets_refuse(const struct judge *judge, const struct oracle_event *event)
{
    return judge->folder.is_damaged && event->status == 2 &&
           (event->step->deed == DEED_EXPORT || event->step->choices.uses_folder ||
            event->step->choices.source == SOURCE_EXPORT);
}

/* ---- an export ---- */

static bool is_saved(void *ctx, size_t number)
{
    const struct folder *folder = ctx;

    return strchr(made_at(number)->id, '/') || (folder->has[number] && folder->is_covered[number]);
}

/* One that stays open whatever is done: what the file holds already may name it. */
static bool some_stays_open(void)
{
    for (size_t i = 0; i < made_count(); i++) {
        if (!made_at(i)->kind->state && !strchr(made_at(i)->id, '/'))
            return true;
    }
    return false;
}

static bool check_export(struct judge *judge, const struct picture *picture,
                         const struct oracle_event *event, struct buf *why)
{
    const struct step *step = event->step;
    const struct naming naming = {.with_documents = step->choices.saves == SAVES_ALL};
    bool has_reason = judge->folder.is_damaged || some_stays_open();

    for (size_t i = 0; i + 1 < picture->thread_count; i++) {
        const struct picture_thread *thread = &picture->threads[i];

        if (((step->threads >> i) & 1) == 0)
            continue;
        has_reason |= thread->is_deleted;
        if (event->status != 0 || thread->is_deleted || step->choices.saves == SAVES_NONE)
            continue;
        if (!visit_thread(thread, &naming, is_saved, &judge->folder)) {
            buf_printf(why, "the export ended well and a file of thread %zu is open", i);
            return false;
        }
    }
    if (event->status != 1 || !event->is_calm || has_reason)
        return true;
    buf_add_text(why, "the export fails and nothing is in its way");
    return false;
}

/* ---- a prune ---- */

struct kept {
    const struct folder *folder;
    const struct picture_conversation *copy;
    const char *harmed; /* the digest of a file that was another one while it ran */
};

static bool is_carried(const struct kept *kept, size_t number)
{
    const unsigned *as = kept->copy ? kept->copy->carried.as : NULL;

    return as && ((as[CARRIED_INSIDE] | as[CARRIED_KEPT] | as[CARRIED_MAPPED]) >> number & 1) != 0;
}

/* Its contents are somewhere, if they ever could be had. */
static bool is_kept(void *ctx, size_t number)
{
    const struct kept *kept = ctx;
    const char *state = made_at(number)->kind->state;

    return !state || strcmp(state, "saved") != 0 || folder_holds(kept->folder, number) ||
           is_carried(kept, number);
}

/* It is in the folder as it was saved, or nobody is given it. */
static bool is_safe(void *ctx, size_t number)
{
    const struct kept *kept = ctx;
    const struct made_file *file = made_at(number);

    if (!file->kind->state || !kept->folder->has[number])
        return false;
    return strcmp(file->kind->state, "not_downloadable") == 0 ||
           (strcmp(file->kind->state, "saved") == 0 && strcmp(file->sha256, kept->harmed) != 0);
}

static bool is_carried_visit(void *ctx, size_t number)
{
    return is_carried(ctx, number);
}

/* Nothing that prune takes for a loss: pictures of assistants, attachments, placeholders. */
static bool is_without_loss(const struct picture_thread *thread, struct kept *kept)
{
    for (size_t i = 0; i < thread->count; i++) {
        const json_t *message = thread->messages[i].whole;
        const bool is_users = strcmp(text_of(message, "role"), "user") == 0;

        if (json_array_size(json_object_get(message, "attachments")) > 0 ||
            (!is_users && json_array_size(json_object_get(message, "content")) > 1))
            return false;
    }
    return visit_thread(thread, &(struct naming){.users_only = true}, is_carried_visit, kept);
}

/* The archive that the step names holds all of it. */
static bool is_archived(const struct picture *picture, size_t number, const struct step *step,
                        struct kept *kept)
{
    const struct picture_thread *thread = &picture->threads[number];

    return step->choices.has_archive && step->choices.harms != SAVED_OTHER_TEXTS &&
           export_file_closes(number, thread->count) &&
           visit_thread(thread, &(struct naming){.with_documents = true}, is_safe, kept);
}

static bool check_deleted(struct judge *judge, const struct oracle *oracle,
                          const struct picture *picture, struct buf *why)
{
    const struct step *step = judge->prune;

    for (size_t i = 0; i < picture->thread_count; i++) {
        const struct picture_thread *thread = &picture->threads[i];
        const bool is_news = thread->is_deleted && !judge->is_deleted[i] && !oracle->was_taken[i];
        struct kept kept = {&judge->folder, picture_copy_of(picture, i), judge->prune_harmed};

        judge->is_deleted[i] = thread->is_deleted;
        if (!is_news || (step && terms_allow_losses(step)))
            continue;
        if (visit_thread(thread, &(struct naming){0}, is_kept, &kept) &&
            (is_without_loss(thread, &kept) || (step && is_archived(picture, i, step, &kept))))
            continue;
        buf_printf(why, "thread %zu was pruned and not all of it is saved", i);
        return false;
    }
    return true;
}

/* What a prune that was killed has sent is carried out later. */
static void see_prune(struct judge *judge, const struct oracle_event *event)
{
    if (!event || (event->step->deed != DEED_PRUNE && event->step->terms.other != DEED_PRUNE + 1))
        return;
    judge->prune = event->step;
    judge->prune_harmed = judge->harmed;
}

bool judge_check(struct judge *judge, struct oracle *oracle, const struct picture *picture,
                 const struct claims *claims, const struct oracle_event *event, struct buf *why)
{
    const bool has_record = claims->has_file && claims->status == 0;

    if (made_count() == 0)
        return true;
    judge->asked_nobody |= event && event->step->choices.asks_nobody;
    judge->was_retried |= event && event->step->choices.retries;
    see_prune(judge, event);
    if (!folder_take(&judge->folder, why) || (has_record && !take_decisions(judge, claims, why)) ||
        !check_deleted(judge, oracle, picture, why))
        return false;
    for (size_t i = 0; i < picture->count; i++) {
        const struct picture_conversation *one = &picture->conversations[i];
        const bool is_ours = (size_t)one->thread != picture->thread_count - 1;
        const bool is_on_record = has_record && is_ours && !one->is_deleted &&
                                  !oracle->was_restored && !oracle->known[i].is_forgotten;

        /* What a rollback has left of it is not told message by message. */
        if (!oracle->known[i].may_have_gaps &&
            !check_conversation(judge, one, i, is_on_record, why))
            return false;
    }
    return !event || event->step->deed != DEED_EXPORT || event->has_died || event->status > 1 ||
           check_export(judge, picture, event, why);
}
