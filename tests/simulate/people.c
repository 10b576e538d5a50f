#include "simulate/people.h"

#include "crash/world.h"
#include "fakes/fake_fsio.h"
#include "fakes/fake_http.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define OTHER_CHECKPOINT "/other.checkpoint"

enum { STATUS_DAMAGED = 11 };

void people_begin(struct people *people, const struct habit *habit)
{
    *people = (struct people){.is_torn = false};
    oracle_begin(&people->oracle, habit);
    buf_init(&people->backup, BUF_NO_LIMIT);
}

void people_end(struct people *people)
{
    oracle_end(&people->oracle);
    buf_release(&people->backup);
}

/* Who is refused repairs nothing. */
static bool is_left_torn(const struct people *people, const struct oracle_event *event)
{
    return event->has_died || (people->is_torn && event->status > 1);
}

void people_saw(struct people *people, const struct oracle_event *event)
{
    switch (event->step->deed) {
    case DEED_PRUNE:
    case DEED_ROLLBACK:
    case DEED_FORCE:
        people->has_backup = false;
        people->is_torn = is_left_torn(people, event);
        break;
    case DEED_MIGRATE:
    case DEED_TOP_UP:
        people->is_torn = is_left_torn(people, event);
        break;
    case DEED_DRY_RUN:
    case DEED_DIFF:
    case DEED_VERIFY:
    case DEED_STATUS:
    case DEED_MAPPING:
    case DEED_ITEMS:
    case DEED_EXPORT:
    case DEED_GROW:
    case DEED_CONTINUE:
    case DEED_DELETE:
    case DEED_DROP:
    case DEED_BACKUP:
    case DEED_RESTORE:
    case DEED_JOIN:
    case DEEDS:
        break;
    }
}

/* The first thread of the step. */
static size_t chosen(const struct step *step)
{
    size_t thread = 0;

    while (((step->threads >> thread) & 1) == 0)
        thread++;
    return thread;
}

static bool nothing(struct buf *trace)
{
    buf_add_text(trace, "    nothing to do\n");
    return true;
}

static bool do_grow(const struct step *step, const struct picture *picture, struct buf *trace)
{
    const size_t thread = chosen(step);

    if (picture->threads[thread].is_deleted)
        return nothing(trace);
    world_grow(thread, (int)step->count);
    buf_printf(trace, "    thread %zu gets %u messages\n", thread, step->count);
    return true;
}

/* The conversation that people know: the one with something in it. */
static const struct picture_conversation *known_conversation(const struct step *step,
                                                             const struct picture *picture)
{
    const struct picture_conversation *one = picture_newest_of(picture, chosen(step));

    return one && one->ours > 0 ? one : NULL;
}

static bool do_continue(struct people *people, const struct step *step,
                        const struct picture *picture, struct buf *trace)
{
    const struct picture_conversation *one = known_conversation(step, picture);
    char target[128];
    char text[64];

    if (!one)
        return nothing(trace);
    (void)snprintf(target, sizeof target, "/admin/conversations/%s/items", one->id);
    (void)snprintf(text, sizeof text, PICTURE_FOREIGN "%zu", one->foreign);
    world_admin("POST", target,
                json_pack("{s:[{s:s,s:s,s:[{s:s,s:s}]}]}", "items", "type", "message", "role",
                          "user", "content", "type", "input_text", "text", text));
    oracle_added(&people->oracle, (size_t)(one - picture->conversations));
    buf_printf(trace, "    #%td is continued\n", one - picture->conversations);
    return true;
}

/* Nobody deletes the only copy. */
static bool do_delete(struct people *people, const struct step *step, const struct picture *picture,
                      struct buf *trace)
{
    const struct picture_conversation *one = known_conversation(step, picture);
    char target[128];

    if (!one || picture->threads[one->thread].is_deleted)
        return nothing(trace);
    (void)snprintf(target, sizeof target, "/admin/conversations/%s", one->id);
    world_admin("DELETE", target, NULL);
    oracle_deleted(&people->oracle, (size_t)(one - picture->conversations), one->thread);
    buf_printf(trace, "    #%td is deleted\n", one - picture->conversations);
    return true;
}

/* An item of it goes, the newest or any other; the thread must be there still. */
static bool do_drop(struct people *people, const struct step *step, const struct picture *picture,
                    struct buf *trace)
{
    const struct picture_conversation *one = known_conversation(step, picture);
    const size_t place = one ? (step->twist ? one->ours - 1 : step->count % one->ours) : 0;
    char target[128];

    if (!one || one->foreign > 0 || picture->threads[one->thread].is_deleted)
        return nothing(trace);
    (void)snprintf(target, sizeof target, "/admin/conversations/%s/items/%zu", one->id, place);
    world_admin("DELETE", target, NULL);
    oracle_dropped(&people->oracle, (size_t)(one - picture->conversations), one->thread);
    buf_printf(trace, "    #%td loses item %zu\n", one - picture->conversations, place);
    return true;
}

static bool do_backup(struct people *people, const struct picture *picture, struct buf *trace)
{
    const struct span content = fake_fsio_content_of(WORLD_CHECKPOINT);

    if (!content.data || people->is_torn)
        return nothing(trace);
    buf_clear(&people->backup);
    buf_add_span(&people->backup, content);
    people->has_backup = true;
    people->backup_conversations = picture->count;
    return true;
}

static bool do_restore(struct people *people, const struct picture *picture, struct buf *trace)
{
    if (!people->has_backup)
        return nothing(trace);
    fake_fsio_replace(WORLD_CHECKPOINT, buf_span(&people->backup));
    oracle_restored(&people->oracle, people->backup_conversations, picture->count);
    people->is_torn = false;
    return true;
}

/* ---- two checkpoints put together ---- */

static int call_quietly(const char *const *words)
{
    struct buf out;
    struct buf err;
    int status;

    buf_init(&out, BUF_NO_LIMIT);
    buf_init(&err, BUF_NO_LIMIT);
    status = world_call(words, &out, &err);
    buf_release(&out);
    buf_release(&err);
    return status;
}

/* A job of its own, for the thread that no other command selects. */
static struct span other_checkpoint(const struct picture *picture)
{
    char id[PICTURE_ID_SIZE];
    const char *words[] = {"migrate", "--checkpoint=" OTHER_CHECKPOINT, id, NULL};

    picture_thread_id(picture->thread_count - 1, id);
    (void)call_quietly(words);
    return fake_fsio_content_of(OTHER_CHECKPOINT);
}

/* Every command refuses it, and nothing is changed anywhere. */
static bool is_refused(const struct buf *joined, struct buf *why)
{
    static const char *const COMMANDS[][4] = {
        {"status"}, {"migrate", "thread_0000"}, {"rollback", "--yes", "--all"}};
    const size_t files = fake_fsio_files();

    for (size_t i = 0; i < sizeof COMMANDS / sizeof COMMANDS[0]; i++) {
        struct span content;
        int status;

        world_restart();
        status = call_quietly(COMMANDS[i]);
        content = fake_fsio_content_of(WORLD_CHECKPOINT);
        if (status == STATUS_DAMAGED && fake_http_writes() == 0 && fake_fsio_files() == files &&
            content.len == joined->len && memcmp(content.data, joined->data, joined->len) == 0)
            continue;
        buf_printf(why, "two checkpoints put together: %s ends with %d%s", COMMANDS[i][0], status,
                   content.len != joined->len ? " and has cut them" : "");
        return false;
    }
    return true;
}

static bool do_join(const struct people *people, const struct step *step,
                    const struct picture *picture, struct buf *trace, struct buf *why)
{
    struct span ours = fake_fsio_content_of(WORLD_CHECKPOINT);
    struct span others;
    struct buf joined;
    struct buf kept;
    bool ok;

    if (!ours.data || people->is_torn)
        return nothing(trace);
    others = other_checkpoint(picture);
    ours = fake_fsio_content_of(WORLD_CHECKPOINT);
    buf_init(&joined, BUF_NO_LIMIT);
    buf_init(&kept, BUF_NO_LIMIT);
    buf_add_span(&kept, ours);
    buf_add_span(&joined, step->twist ? others : ours);
    buf_add_span(&joined, step->twist ? ours : others);
    fake_fsio_replace(WORLD_CHECKPOINT, buf_span(&joined));
    ok = is_refused(&joined, why);
    world_restart();
    fake_fsio_replace(WORLD_CHECKPOINT, buf_span(&kept));
    buf_release(&joined);
    buf_release(&kept);
    return ok;
}

bool people_do(struct people *people, const struct step *step, const struct picture *picture,
               struct buf *trace, struct buf *why)
{
    switch (step->deed) {
    case DEED_GROW:
        return do_grow(step, picture, trace);
    case DEED_CONTINUE:
        return do_continue(people, step, picture, trace);
    case DEED_DELETE:
        return do_delete(people, step, picture, trace);
    case DEED_DROP:
        return do_drop(people, step, picture, trace);
    case DEED_BACKUP:
        return do_backup(people, picture, trace);
    case DEED_RESTORE:
        return do_restore(people, picture, trace);
    case DEED_JOIN:
        return do_join(people, step, picture, trace, why);
    case DEED_MIGRATE:
    case DEED_TOP_UP:
    case DEED_DRY_RUN:
    case DEED_DIFF:
    case DEED_VERIFY:
    case DEED_STATUS:
    case DEED_MAPPING:
    case DEED_PRUNE:
    case DEED_ROLLBACK:
    case DEED_FORCE:
    case DEED_ITEMS:
    case DEED_EXPORT:
    case DEEDS:
        break;
    }
    return true;
}
