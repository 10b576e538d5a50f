/*
 * Any lists of messages of one thread, four bytes a message: which list it is in, its id and what
 * it says, its time, its state. The ledger adds up: every message is taken, a state of another or a
 * duplicate, each of those that are taken is in the result once, and no id is twice in it.
 */
#include "archive/arrange.h"

#include "base/strmap.h"
#include "json/json.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A message begins two lists at most. */
enum { MESSAGE_BYTES = 4, MESSAGES_MAX = 64, LISTS_MAX = 2 * MESSAGES_MAX };

struct thread {
    struct arrange_message messages[MESSAGES_MAX];
    json_t *objects[MESSAGES_MAX];
    size_t count;
    struct arrange_list lists[LISTS_MAX];
    size_t lists_count;
};

/* Ids are few, so that they are twice; id 0 is none. */
static json_t *message_of(const uint8_t *bytes)
{
    char id[16];
    json_t *object = json_pack("{s:s, s:i}", "role", bytes[1] & 0x80 ? "user" : "assistant",
                               "content", bytes[1] >> 4 & 3);

    (void)snprintf(id, sizeof id, "msg_%d", bytes[1] & 15);
    if ((bytes[1] & 15) != 0)
        (void)json_object_set_new(object, "id", json_string(id));
    if (bytes[3] & 1)
        (void)json_object_set_new(object, "status", json_string("in_progress"));
    return object;
}

/* Bit 7 of the first byte begins a list; the others say which one. An empty one goes before it if
 * bit 6 is set. */
static void begin_list(struct thread *thread, uint8_t what)
{
    struct arrange_list *list = &thread->lists[thread->lists_count];

    list->messages = &thread->messages[thread->count];
    list->form = (enum list_form)(what & 3);
    list->more = (enum list_more)((what >> 2 & 3) % 3);
    list->file = what >> 4 & 1;
    list->place = thread->lists_count++;
}

static void build(struct thread *thread, const uint8_t *data, size_t size)
{
    memset(thread, 0, sizeof *thread);
    for (; size >= MESSAGE_BYTES && thread->count < MESSAGES_MAX;
         data += MESSAGE_BYTES, size -= MESSAGE_BYTES) {
        struct arrange_message *message = &thread->messages[thread->count];

        if ((data[0] & 0x40) != 0)
            begin_list(thread, data[3] >> 2);
        if (thread->lists_count == 0 || (data[0] & 0xc0) != 0)
            begin_list(thread, data[0]);
        message->object = message_of(data);
        message->is_timed = data[2] != 0;
        message->ms = data[2];
        message->is_api = (data[3] & 2) != 0;
        thread->objects[thread->count++] = message->object;
        thread->lists[thread->lists_count - 1].count++;
    }
}

static void check_ids(const struct arrange_result *result)
{
    struct strmap ids;
    bool added = true;

    strmap_init(&ids);
    for (size_t i = 0; i < result->count; i++) {
        struct span id = json_get_text(result->messages[i].object, "id");

        if (id.len > 0)
            strmap_add(&ids, id, &added);
        assert(added);
    }
    strmap_release(&ids);
}

static void check(const struct thread *thread, const struct arrange_result *result)
{
    size_t fates[FATE_DUPLICATE + 1] = {0};
    bool is_seen[MESSAGES_MAX] = {false};

    for (size_t i = 0; i < thread->count; i++) {
        assert(thread->messages[i].at == i && thread->messages[i].fate <= FATE_DUPLICATE);
        fates[thread->messages[i].fate]++;
    }
    assert(fates[FATE_TAKEN] == result->count);
    assert(fates[FATE_DUPLICATE] == (size_t)result->losses.count[LOSS_DUPLICATE_MESSAGE]);
    for (size_t i = 0; i < result->count; i++) {
        uint32_t at = result->messages[i].at;

        assert(at < thread->count && thread->messages[at].fate == FATE_TAKEN && !is_seen[at]);
        is_seen[at] = true;
    }
    check_ids(result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct thread *thread = malloc(sizeof *thread);
    struct arrange_result result;

    assert(thread);
    build(thread, data, size);
    arrange_thread(&result, thread->lists, thread->lists_count);
    if (result.has_clash)
        assert(result.clash[0]);
    else
        check(thread, &result);
    if (result.is_truncated)
        assert(result.truncated_list < thread->lists_count);
    assert(result.losses.count[LOSS_ORDER_GUESSED] <= 1);
    free(result.messages);
    for (size_t i = 0; i < thread->count; i++)
        json_decref(thread->objects[i]);
    free(thread);
    return 0;
}
