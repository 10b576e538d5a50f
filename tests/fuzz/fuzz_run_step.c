/* Whatever a run step maps to are items that the destination takes, calls in pairs, and each call
 * is carried, counted or refused. Input: a byte for each policy, then the step. */
#include "fuzz/policy_bytes.h"
#include "map/map.h"
#include "unit/map/item_rules.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_items(struct mapped *mapped, const json_t *step)
{
    const struct item *previous = NULL;
    const json_t *details = json_object_get(step, "step_details");
    bool has_calls = span_is(json_get_text(details, "type"), "tool_calls");
    size_t expected = json_array_size(json_object_get(details, "tool_calls"));
    struct item *item;
    size_t calls = 0;

    while ((item = mapped_take(mapped))) {
        calls += item->type != ITEM_FUNCTION_CALL_OUTPUT;
        if (item->type == ITEM_SKIPPED)
            continue;
        assert(!item_broken_rule(item, previous));
        previous = item;
    }
    assert(!previous || previous->type != ITEM_FUNCTION_CALL);
    assert(calls == (has_calls ? expected : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    struct policy policy = policy_from_bytes(&text);
    struct arena arena;
    struct map_context context = {.policy = &policy, .arena = &arena};
    struct error err = {0};
    struct mapped mapped;
    json_t *step = json_read(text, &err);

    if (!step)
        return 0;
    arena_init(&arena);
    mapped_init(&mapped);
    if (map_run_step(&mapped, &context, step, &err))
        check_items(&mapped, step);
    else
        assert(err.code == ERROR_UNSUPPORTED || err.code == ERROR_TOO_LARGE);
    arena_release(&arena);
    json_decref(step);
    return 0;
}
