#include "checkpoint/filebook.h"

#include "base/buf.h"
#include "checkpoint/record.h"
#include "files/manifest.h"

#include <stdlib.h>

struct decision {
    struct fate fate;
    int64_t at;              /* in the file */
    struct decision *before; /* of the same id */
};

void filebook_init(struct filebook *book)
{
    *book = (struct filebook){0};
    strmap_init(&book->ids);
    arena_init(&book->arena);
}

void filebook_release(struct filebook *book)
{
    strmap_release(&book->ids);
    free(book->newest);
    arena_release(&book->arena);
}

static struct span keep(struct filebook *book, struct span text)
{
    if (!text.data)
        return text;
    return (struct span){arena_dup(&book->arena, text.data, text.len), text.len};
}

void filebook_add(struct filebook *book, struct span id, const struct fate *fate, int64_t at)
{
    struct decision *decision = arena_alloc(&book->arena, sizeof *decision);
    bool added;
    const size_t place = strmap_add(&book->ids, id, &added);

    if (added) {
        book->newest = mem_grow(book->newest, place, &book->cap, sizeof(struct decision *));
        book->newest[place] = NULL;
    }
    *decision = (struct decision){.fate = *fate, .at = at, .before = book->newest[place]};
    decision->fate.id = keep(book, fate->id);
    if (fate->saved) {
        struct saved_file *saved = arena_alloc(&book->arena, sizeof *saved);

        *saved = *fate->saved;
        decision->fate.saved = saved;
    }
    book->newest[place] = decision;
}

/* A text of the record as it was before it was written. */
static struct span plain(struct buf *out, struct span raw)
{
    buf_clear(out);
    if (!raw.data || !record_text(out, raw))
        return (struct span){NULL, 0};
    return buf_span(out);
}

void filebook_take(struct filebook *book, const struct record *record, int64_t at)
{
    struct saved_file saved = {.state = SAVED_CONTENTS, .bytes = record->bytes};
    struct fate fate = {.kind = FATE_UNKNOWN};
    bool is_known;
    struct buf file;
    struct buf id;

    buf_init(&file, RECORD_LINE_MAX);
    buf_init(&id, RECORD_LINE_MAX);
    /* States and codes of a newer version are as good as none: the id is asked for again. */
    (void)missing_find(record->code, &fate.code);
    fate.id = plain(&id, record->id);
    is_known = fate_find(record->state, &fate.kind);
    if (fate.kind == FATE_INSIDE) {
        fate.saved = &saved;
        is_known = fingerprint_read(&saved.sha256, record->sha256);
    }
    if (is_known)
        filebook_add(book, plain(&file, record->file), &fate, at);
    buf_release(&file);
    buf_release(&id);
}

bool filebook_find(const struct filebook *book, struct span id, int64_t created_at,
                   struct fate *fate)
{
    const size_t place = strmap_find(&book->ids, id);
    const struct decision *decision;

    if (place == SIZE_MAX)
        return false;
    decision = book->newest[place];
    while (created_at >= 0 && decision->at > created_at && decision->before)
        decision = decision->before;
    *fate = decision->fate;
    return true;
}

struct span filebook_at(const struct filebook *book, size_t place, struct fate *fate)
{
    *fate = book->newest[place]->fate;
    return strmap_key(&book->ids, place);
}

void file_counts_add(struct file_counts *counts, const struct filebook *book,
                     const struct filebook *but)
{
    for (size_t place = 0; place < book->ids.count; place++) {
        const struct fate *fate = &book->newest[place]->fate;

        if (but && strmap_find(&but->ids, strmap_key(&book->ids, place)) != SIZE_MAX)
            continue;
        counts->of[fate->kind]++;
        if (fate->kind == FATE_MISSING)
            counts->missing[fate->code]++;
        if (fate->kind == FATE_INSIDE)
            counts->bytes += fate->saved->bytes;
    }
}
