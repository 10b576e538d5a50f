/* Whatever a message maps to is an item that the destination takes. Input: a byte for each policy
 * and one for what was decided about files, then the message. */
#include "fuzz/policy_bytes.h"
#include "map/map.h"
#include "unit/map/item_rules.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_items(struct mapped *mapped)
{
    struct losses at_items = {{0}};
    struct item *item;

    while ((item = mapped_take(mapped))) {
        for (const struct loss *loss = item->losses; loss; loss = loss->next)
            at_items.count[loss->kind]++;
        assert(item->type == ITEM_SKIPPED || !item_broken_rule(item, NULL));
    }
    assert(losses_total(&at_items) == losses_total(&mapped->losses));
}

static struct fate fate_of(void *ctx, struct span id)
{
    (void)id;
    return *(const struct fate *)ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct saved_file saved = {.state = SAVED_CONTENTS, .bytes = 16 << 20};
    struct fate fate = {.id = span_of("file-new"), .saved = &saved};
    const struct fates fates = {fate_of, &fate};
    struct span text = {(const char *)data, size};
    struct policy policy = policy_from_bytes(&text);
    struct arena arena;
    const struct map_context context = {.policy = &policy, .fates = &fates, .arena = &arena};
    struct error err = {0};
    struct mapped mapped;
    json_t *message;

    fate.kind =
        text.len > 0 ? (enum fate_kind)((unsigned char)text.data[0] % FATE_KINDS) : FATE_KEPT;
    text.data += text.len > 0;
    text.len -= text.len > 0;
    message = json_read(text, &err);
    if (!message)
        return 0;
    arena_init(&arena);
    mapped_init(&mapped);
    if (map_message(&mapped, &context, message, span_of("msg_1"), &err))
        check_items(&mapped);
    else
        assert(err.code != ERROR_NONE && !mapped.first);
    arena_release(&arena);
    json_decref(message);
    return 0;
}
