#include "archive/archive_index.h"

#include "base/mem.h"
#include "base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Longer ids are wrong in any case; so much of them is kept to name them. */
enum { ID_KEPT = 1024 };

void archive_index_init(struct archive_index *index)
{
    memset(index, 0, sizeof *index);
    strmap_init(&index->ids);
}

void archive_index_release(struct archive_index *index)
{
    for (size_t i = 0; i < index->fault_count; i++)
        free(index->faults[i].text);
    free(index->faults);
    free(index->lists);
    free(index->places);
    free(index->threads);
    strmap_release(&index->ids);
}

/* Makes room for one more element. A quarter more at a time: memory that is only reserved counts
 * for little, but copies of large arrays would count twice. */
static void *grow(void *array, size_t count, size_t *cap, size_t size)
{
    assert(count < ARCHIVE_NONE);
    if (count < *cap)
        return array;
    *cap = *cap + *cap / 4 + 64;
    return mem_resize(array, *cap, size);
}

static uint32_t add_thread(struct archive_index *index)
{
    index->threads =
        grow(index->threads, index->thread_count, &index->thread_cap, sizeof *index->threads);
    index->threads[index->thread_count] = (struct archive_thread){
        .head = ARCHIVE_NONE,
        .tail = ARCHIVE_NONE,
        .key = ARCHIVE_NONE,
        .list = ARCHIVE_NONE,
        .fault = ARCHIVE_NONE,
        .named_by = ARCHIVE_NONE,
    };
    return (uint32_t)index->thread_count++;
}

static struct span kept(struct span id)
{
    return id.len > ID_KEPT ? (struct span){id.data, ID_KEPT} : id;
}

/* The thread that has the key now: an older one, or `thread`, or a new one for ARCHIVE_NONE. */
static uint32_t take_key(struct archive_index *index, struct span id, uint32_t thread)
{
    bool added;
    size_t key = strmap_add(&index->ids, id, &added);

    if (!added)
        return (uint32_t)strmap_value(&index->ids, key);
    if (thread == ARCHIVE_NONE)
        thread = add_thread(index);
    strmap_set_value(&index->ids, key, thread);
    index->threads[thread].key = (uint32_t)key;
    return thread;
}

static void fault_claim(struct archive_index *index, uint32_t thread, const char *path)
{
    archive_index_fault(index, thread, ERROR_BAD_SOURCE,
                        "another thread, in '%s', claims the same id, which is only a file's name",
                        path);
}

uint32_t archive_index_thread(struct archive_index *index, struct span id,
                              struct archive_origin origin)
{
    uint32_t thread = take_key(index, kept(id), ARCHIVE_NONE);
    uint32_t named_by = index->threads[thread].named_by;

    if (named_by != ARCHIVE_NONE && named_by != origin.file)
        fault_claim(index, thread, origin.path);

    if (index->threads[thread].fault == ARCHIVE_NONE && !text_is_thread_id(id)) {
        char shown[128];

        text_visible(shown, sizeof shown, kept(id));
        archive_index_fault(index, thread, ERROR_BAD_ID, "thread id '%s' is malformed", shown);
    }
    return thread;
}

uint32_t archive_index_find(const struct archive_index *index, struct span id)
{
    size_t key = strmap_find(&index->ids, kept(id));

    return key == SIZE_MAX ? ARCHIVE_NONE : (uint32_t)strmap_value(&index->ids, key);
}

uint32_t archive_index_nameless(struct archive_index *index)
{
    return add_thread(index);
}

void archive_index_name(struct archive_index *index, uint32_t thread, struct span name,
                        struct archive_origin origin)
{
    uint32_t owner = take_key(index, kept(name), thread);

    index->threads[thread].named_by = origin.file;
    if (owner == thread) {
        if (!text_is_thread_id(name))
            archive_index_fault(index, thread, ERROR_BAD_ID,
                                "the name of file '%s' makes no thread id", origin.path);
        return;
    }
    index->threads[thread].is_listed = false;
    uint32_t fault = index->threads[thread].fault;
    if (fault == ARCHIVE_NONE)
        fault_claim(index, owner, origin.path);
    else
        archive_index_fault(index, owner, index->faults[fault].code, "%s",
                            index->faults[fault].text);
}

struct span archive_index_id(const struct archive_index *index, uint32_t thread)
{
    uint32_t key = index->threads[thread].key;

    return key == ARCHIVE_NONE ? (struct span){NULL, 0} : strmap_key(&index->ids, key);
}

uint32_t archive_index_list(struct archive_index *index, const struct archive_list *list)
{
    index->lists = grow(index->lists, index->list_count, &index->list_cap, sizeof *index->lists);
    index->lists[index->list_count] = *list;
    return (uint32_t)index->list_count++;
}

/* What a place counts as in its list; ARCHIVE_NONE for what is not counted. */
static uint32_t count_of(uint8_t kind)
{
    switch ((enum archive_place_kind)kind) {
    case PLACE_MESSAGE:
    case PLACE_ROW:
    case PLACE_CONTAINER:
        return COUNT_MESSAGES;
    case PLACE_RUN:
        return COUNT_RUNS;
    case PLACE_STEP:
        return COUNT_STEPS;
    case PLACE_THREAD:
        break;
    }
    return ARCHIVE_NONE;
}

void archive_index_add(struct archive_index *index, uint32_t thread,
                       const struct archive_place *place, uint32_t messages)
{
    struct archive_thread *t = &index->threads[thread];
    uint32_t at = (uint32_t)index->place_count;
    uint32_t count = count_of(place->kind);

    index->places = grow(index->places, at, &index->place_cap, sizeof *index->places);
    index->places[at] = *place;
    index->places[at].next = ARCHIVE_NONE;
    index->place_count++;
    if (t->tail == ARCHIVE_NONE)
        t->head = at;
    else
        index->places[t->tail].next = at;
    t->tail = at;
    t->messages += messages;
    if (place->kind != PLACE_RUN && place->kind != PLACE_STEP)
        t->is_listed = true;
    if (place->list != ARCHIVE_NONE && count != ARCHIVE_NONE)
        index->lists[place->list].count[count] += count == COUNT_MESSAGES ? messages : 1;
    if (t->messages > index->most_messages)
        index->most_messages = t->messages;
}

void archive_index_fault(struct archive_index *index, uint32_t thread, enum error_code code,
                         const char *format, ...)
{
    struct archive_thread *t = &index->threads[thread];
    char text[ERROR_TEXT_SIZE];
    va_list args;

    t->is_listed = true;
    if (t->fault != ARCHIVE_NONE)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    index->faults =
        grow(index->faults, index->fault_count, &index->fault_cap, sizeof *index->faults);
    index->faults[index->fault_count] =
        (struct archive_fault){.code = code, .text = mem_strdup(text)};
    t->fault = (uint32_t)index->fault_count++;
}
