#include "check/archive_proof.h"

#include "base/mem.h"
#include "json/json.h"

#include <stdlib.h>

static const char NOT_HELD[] = "left alone: the archive does not hold it as it is now; "
                               "'threadferry export --top-up' brings it up to date";

struct archive_proof {
    struct reading *archive;
    struct reading *live;
    json_t *held; /* the archive's messages; NULL until they were read */
    size_t equal; /* of them, from the beginning */
    bool has_ended;
    struct error error;
};

struct archive_proof *archive_proof_new(struct source *archive, struct source *live,
                                        struct span thread_id)
{
    struct archive_proof *proof = mem_zalloc(1, sizeof *proof);

    proof->archive = source_read(archive, thread_id);
    proof->live = source_read(live, thread_id);
    proof->archive->ops->ask(proof->archive, FETCH_MESSAGES, (struct span){NULL, 0});
    proof->live->ops->ask(proof->live, FETCH_MESSAGES, (struct span){NULL, 0});
    return proof;
}

void archive_proof_free(struct archive_proof *proof)
{
    if (!proof)
        return;
    proof->archive->ops->close(proof->archive);
    proof->live->ops->close(proof->live);
    json_decref(proof->held);
    free(proof);
}

/* As it was written or sent: what readers make of it may differ. New reference. */
static json_t *message_of(const struct page *page, size_t index)
{
    struct error ignored;

    return page->raw ? json_read(page->raw[index], &ignored) : json_incref(page->objects[index]);
}

/* An archive is always ready: it wishes for nothing. */
static void read_archive(struct archive_proof *proof)
{
    struct page page = {.last = false};

    proof->held = json_array();
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
            (void)json_array_append_new(proof->held, message_of(&page, i));
    }
}

static void compare_page(struct archive_proof *proof)
{
    struct page page;

    proof->live->ops->take(proof->live, &page);
    for (size_t i = 0; i < page.count; i++, proof->equal++) {
        json_t *message = message_of(&page, i);
        const bool is_held = json_equal(message, json_array_get(proof->held, proof->equal));

        json_decref(message);
        if (!is_held) {
            error_set(&proof->error, ERROR_REFUSED, "%s", NOT_HELD);
            return;
        }
    }
    proof->has_ended = page.last;
    if (page.last && proof->equal != json_array_size(proof->held))
        error_set(&proof->error, ERROR_REFUSED, "%s", NOT_HELD);
}

void archive_proof_next(struct archive_proof *proof, struct wish *wish)
{
    if (!proof->held)
        read_archive(proof);
    while (proof->error.code == ERROR_NONE && !proof->has_ended) {
        proof->live->ops->next(proof->live, wish);
        if (wish->kind == WISH_READY)
            compare_page(proof);
        else if (wish->kind == WISH_FAIL)
            proof->error = wish->error;
        else
            return;
    }
    *wish = (struct wish){
        .kind = proof->error.code == ERROR_NONE ? WISH_DONE : WISH_FAIL,
        .error = proof->error,
    };
}

void archive_proof_feed(struct archive_proof *proof, const struct answer *answer)
{
    proof->live->ops->feed(proof->live, answer);
}
