/*
 * Any JSON as a value of an archive. The walker comes back up, lists begin and end like brackets,
 * a record has its own bytes, and the ledger adds up: each message that was recognised is told
 * once, as a record or as a place, and what gives neither a record nor an envelope nor a list is a
 * place.
 */
#include "archive/walk.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OPEN_MAX = WALK_MAX_DEPTH + 1 };

struct witness {
    uint32_t lists;
    uint32_t open[OPEN_MAX];
    size_t open_count;
    uint64_t messages;
    uint64_t unread_messages;
    uint64_t places;
    uint64_t others;
};

static void check_sighting(const struct sighting *s)
{
    assert(s->tape && s->value < s->tape->count && s->raw.len > 0 && s->line >= 1);
    assert(s->kind < OBJECT_KINDS);
    if (!s->is_copy)
        assert(s->len == s->raw.len);
}

static void on_record(void *ctx, const struct sighting *s)
{
    struct witness *witness = ctx;

    check_sighting(s);
    assert(s->look && !s->why && s->list <= witness->lists);
    witness->messages += s->kind == OBJECT_MESSAGE;
    witness->others += s->kind != OBJECT_MESSAGE;
}

static void on_unread(void *ctx, const struct sighting *s)
{
    struct witness *witness = ctx;

    check_sighting(s);
    assert(s->why[0] && s->path.len > 0 && s->path.data[0] == '$');
    witness->unread_messages += s->kind == OBJECT_MESSAGE;
    witness->places++;
}

static uint32_t on_begin(void *ctx, const struct walk_list *list)
{
    struct witness *witness = ctx;

    assert(list->line >= 1 && witness->open_count < OPEN_MAX);
    witness->open[witness->open_count++] = ++witness->lists;
    return witness->lists;
}

static void on_end(void *ctx, uint32_t list)
{
    struct witness *witness = ctx;

    assert(witness->open_count > 0 && witness->open[--witness->open_count] == list);
}

static void on_beside(void *ctx, uint32_t list, uint32_t other)
{
    assert(list >= 1 && list < other && other <= ((struct witness *)ctx)->lists);
}

static void on_other(void *ctx, const char *kind)
{
    assert(kind[0]);
    ((struct witness *)ctx)->others++;
}

static const struct walk_ops OPS = {
    .record = on_record,
    .unread = on_unread,
    .begin_list = on_begin,
    .end_list = on_end,
    .beside = on_beside,
    .other = on_other,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    struct witness witness = {.lists = 0};
    struct tape tape;
    struct walk walk;
    size_t used = 0;

    tape_init(&tape);
    if (tape_read(&tape, text, &used) == TAPE_WHOLE) {
        const struct piece piece = {
            .tape = &tape, .bytes = {text.data, used}, .len = used, .line = 1};

        walk_init(&walk, &OPS, &witness);
        walk_piece(&walk, &piece);
        assert(walk.depth == 0 && witness.open_count == 0);
        assert(walk.messages == witness.messages + witness.unread_messages);
        assert(witness.messages + witness.places + witness.others + witness.lists > 0);
        walk_release(&walk);
    }
    tape_release(&tape);
    return 0;
}
