#include "check/archive_proof.h"

#include "base/mem.h"
#include "base/text.h"
#include "check/inventory.h"
#include "files/contents.h"
#include "json/json.h"

#include <stdlib.h>

static const char NOT_HELD[] = "left alone: the archive does not hold it as it is now; "
                               "'threadferry export --top-up' brings it up to date";

/* The lists of a thread, in this order; the steps of each run in turn. */
static const enum fetch_kind LISTS[] = {FETCH_THREAD, FETCH_MESSAGES, FETCH_RUNS, FETCH_STEPS};
enum { LIST_STEPS = 3, LIST_END = 4 };

struct archive_proof {
    struct reading *archive;
    struct reading *live;
    const struct saved_files *saved;
    int list;              /* in LISTS */
    json_t *runs;          /* of the archive */
    size_t run;            /* whose steps are compared */
    json_t *held;          /* the archive's list; NULL until it was read */
    size_t equal;          /* of it, from the beginning */
    struct inventory seen; /* at the source */
    struct error error;
};

struct archive_proof *archive_proof_new(struct source *archive, struct source *live,
                                        struct span thread_id, const struct saved_files *saved)
{
    struct archive_proof *proof = mem_zalloc(1, sizeof *proof);

    proof->archive = source_read(archive, thread_id);
    proof->live = source_read(live, thread_id);
    proof->saved = saved;
    proof->runs = json_array();
    inventory_init(&proof->seen);
    return proof;
}

void archive_proof_free(struct archive_proof *proof)
{
    if (!proof)
        return;
    proof->archive->ops->close(proof->archive);
    proof->live->ops->close(proof->live);
    inventory_release(&proof->seen);
    json_decref(proof->runs);
    json_decref(proof->held);
    free(proof);
}

/* As it was written or sent: what readers make of it may differ. New reference. */
static json_t *object_of(const struct page *page, size_t index)
{
    struct error ignored;

    return page->raw ? json_read(page->raw[index], &ignored) : json_incref(page->objects[index]);
}

/* Asks both for the list in hand, and reads the archive's: that is always ready. */
static void begin_list(struct archive_proof *proof)
{
    const enum fetch_kind kind = LISTS[proof->list];
    const struct span run = json_get_text(json_array_get(proof->runs, proof->run), "id");
    struct page page = {.last = false};

    proof->archive->ops->ask(proof->archive, kind, run);
    proof->live->ops->ask(proof->live, kind, run);
    proof->held = json_array();
    proof->equal = 0;
    while (!page.last) {
        struct wish wish;

        proof->archive->ops->next(proof->archive, &wish);
        if (wish.kind != WISH_READY) {
            error_set(&proof->error, ERROR_REFUSED, "left alone: the archive cannot prove it: %s",
                      wish.kind == WISH_FAIL ? wish.error.text : "it has no such thread");
            return;
        }
        proof->archive->ops->take(proof->archive, &page);
        for (size_t i = 0; i < page.count; i++)
            (void)json_array_append_new(proof->held, object_of(&page, i));
    }
    if (kind == FETCH_RUNS)
        (void)json_array_extend(proof->runs, proof->held);
}

static void end_list(struct archive_proof *proof)
{
    if (proof->equal != json_array_size(proof->held))
        error_set(&proof->error, ERROR_REFUSED, "%s", NOT_HELD);
    json_decref(proof->held);
    proof->held = NULL;
    if (proof->list == LIST_STEPS)
        proof->run++;
    else
        proof->list++;
    if (proof->list == LIST_STEPS && proof->run == json_array_size(proof->runs))
        proof->list = LIST_END;
}

static void compare_page(struct archive_proof *proof)
{
    struct page page;

    proof->live->ops->take(proof->live, &page);
    for (size_t i = 0; i < page.count; i++, proof->equal++) {
        json_t *object = object_of(&page, i);
        const bool is_held = json_equal(object, json_array_get(proof->held, proof->equal));

        inventory_see(&proof->seen, LISTS[proof->list], object);
        json_decref(object);
        if (!is_held) {
            error_set(&proof->error, ERROR_REFUSED, "%s", NOT_HELD);
            return;
        }
    }
    if (page.last)
        end_list(proof);
}

/* How a file that the thread names is held. */
enum held {
    HELD_SAFELY, /* its contents are there as they were saved, or its service gives them to nobody
                  */
    HELD_OPEN,   /* export may save it */
    HELD_LOST,   /* nobody can any more: it is gone, too large, or its id is none */
};

static enum held held(struct archive_proof *proof, struct span file_id)
{
    const struct saved_found found = saved_files_find(proof->saved, file_id);

    if (!found.file)
        return saved_is_file_id(file_id) ? HELD_OPEN : HELD_LOST;
    switch (found.file->state) {
    case SAVED_CONTENTS:
        return contents_check(proof->saved, found.file, &proof->error) ? HELD_SAFELY : HELD_OPEN;
    case SAVED_NOT_DOWNLOADABLE:
        return HELD_SAFELY;
    case SAVED_NOT_FOUND:
    case SAVED_TOO_LARGE:
    case SAVED_STATES:
        break;
    }
    return HELD_LOST;
}

/* The thread is held: are the files that it names? */
static void check_files(struct archive_proof *proof)
{
    const struct strmap *named = &proof->seen.files;
    int64_t counts[HELD_LOST + 1] = {0};

    for (size_t i = 0; i < named->count && proof->error.code == ERROR_NONE; i++)
        counts[held(proof, strmap_key(named, i))]++;
    if (proof->error.code != ERROR_NONE) {
        error_wrap(&proof->error, "left alone");
        proof->error.code = ERROR_REFUSED;
    } else if (counts[HELD_OPEN] + counts[HELD_LOST] > 0) {
        error_set(&proof->error, ERROR_REFUSED,
                  "left alone: the archive holds it, but not %s that it names%s; "
                  "%s--with-losses prunes it",
                  text_count(counts[HELD_OPEN] + counts[HELD_LOST], "file").text,
                  counts[HELD_OPEN] == 0 ? ", which cannot be saved any more" : "",
                  counts[HELD_OPEN] > 0
                      ? "'threadferry export --files all' saves what can be saved, "
                      : "");
    }
}

void archive_proof_next(struct archive_proof *proof, struct wish *wish)
{
    while (proof->error.code == ERROR_NONE && proof->list < LIST_END) {
        if (!proof->held) {
            begin_list(proof);
            continue;
        }
        proof->live->ops->next(proof->live, wish);
        if (wish->kind == WISH_READY)
            compare_page(proof);
        else if (wish->kind == WISH_FAIL)
            proof->error = wish->error;
        else
            return;
    }
    if (proof->error.code == ERROR_NONE)
        check_files(proof);
    *wish = (struct wish){
        .kind = proof->error.code == ERROR_NONE ? WISH_DONE : WISH_FAIL,
        .error = proof->error,
    };
}

void archive_proof_feed(struct archive_proof *proof, const struct answer *answer)
{
    proof->live->ops->feed(proof->live, answer);
}
