#include "archive/shape_order.h"

#include "base/mem.h"
#include "base/strmap.h"
#include "json/json.h"
#include "map/map.h"

#include <stdlib.h>

/* How the times of a list run. */
enum course { COURSE_NONE, COURSE_CONSTANT, COURSE_UP, COURSE_DOWN, COURSE_MIXED };

static enum course course_of(const struct order_message *messages, size_t count)
{
    bool up = false;
    bool down = false;
    bool any = false;
    int64_t last = 0;

    for (size_t i = 0; i < count; i++) {
        if (!messages[i].is_timed)
            continue;
        up = up || (any && messages[i].ms > last);
        down = down || (any && messages[i].ms < last);
        last = messages[i].ms;
        any = true;
    }
    if (up && down)
        return COURSE_MIXED;
    if (up || down)
        return up ? COURSE_UP : COURSE_DOWN;
    return any ? COURSE_CONSTANT : COURSE_NONE;
}

static void turn(struct order_list *list)
{
    for (size_t i = 0; i < list->count / 2; i++) {
        struct order_message other = list->messages[i];

        list->messages[i] = list->messages[list->count - 1 - i];
        list->messages[list->count - 1 - i] = other;
    }
}

/* A message without a time takes its neighbour's place when sorted: the one before, else behind. */
static void fill_times(struct order_message *messages, size_t count, int64_t last)
{
    for (size_t i = count; i-- > 0;) {
        if (messages[i].is_timed)
            last = messages[i].ms;
    }
    for (size_t i = 0; i < count; i++) {
        if (messages[i].is_timed)
            last = messages[i].ms;
        messages[i].ms = last;
    }
}

/* Stable merge sort of messages by time. */
static void sort_messages(struct order_message *messages, size_t count)
{
    struct order_message *other = mem_zalloc(count, sizeof *other);

    for (size_t width = 1; width < count; width *= 2) {
        for (size_t start = 0; start < count; start += 2 * width) {
            size_t middle = start + width < count ? start + width : count;
            size_t end = middle + width < count ? middle + width : count;
            size_t a = start;
            size_t b = middle;

            for (size_t i = start; i < end; i++) {
                bool take_a = a < middle && (b == end || messages[a].ms <= messages[b].ms);
                other[i] = messages[take_a ? a++ : b++];
            }
        }
        memcpy(messages, other, count * sizeof *messages);
    }
    free(other);
}

/* The lists as they are worked on. */
struct chain {
    struct order_list *lists;
    size_t count;
    bool is_down;    /* the pages run newest first */
    bool is_known;   /* which way they run was seen, not assumed */
    bool is_guessed; /* some order was guessed */
};

/* Notes from when to when each list runs; one without any time stands where the one before ends. */
static void measure(struct chain *chain)
{
    int64_t carried = 0;

    for (size_t i = 0; i < chain->count; i++) {
        struct order_list *list = &chain->lists[i];
        enum course course = course_of(list->messages, list->count);

        fill_times(list->messages, list->count, carried);
        list->least_ms = carried;
        list->most_ms = carried;
        for (size_t j = 0; j < list->count && course != COURSE_NONE; j++) {
            int64_t ms = list->messages[j].ms;

            list->least_ms = j == 0 || ms < list->least_ms ? ms : list->least_ms;
            list->most_ms = j == 0 || ms > list->most_ms ? ms : list->most_ms;
        }
        carried = list->most_ms;
    }
}

static int compare_int(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* The page that ends the chain comes last in it: so first in time where pages run newest first. */
static int compare_end(const struct order_list *a, const struct order_list *b)
{
    return (a->more == ORDER_MORE_NO) - (b->more == ORDER_MORE_NO);
}

static int compare_up(const void *left, const void *right)
{
    const struct order_list *a = left;
    const struct order_list *b = right;
    int order = compare_int(a->least_ms, b->least_ms);

    if (order == 0)
        order = compare_int(a->most_ms, b->most_ms);
    if (order == 0)
        order = compare_end(a, b);
    return order ? order : (a->place > b->place) - (a->place < b->place);
}

static int compare_down(const void *left, const void *right)
{
    const struct order_list *a = left;
    const struct order_list *b = right;
    int order = compare_int(a->least_ms, b->least_ms);

    if (order == 0)
        order = compare_int(a->most_ms, b->most_ms);
    if (order == 0)
        order = compare_end(b, a);
    return order ? order : (b->place > a->place) - (b->place < a->place);
}

/* Turns every list whose own times tell its way and counts which way most of them run. */
static void turn_known(struct chain *chain)
{
    size_t up = 0;
    size_t down = 0;

    for (size_t i = 0; i < chain->count; i++) {
        struct order_list *list = &chain->lists[i];
        enum course course = course_of(list->messages, list->count);

        if (list->form == ORDER_ARCHIVE)
            continue;
        if (course == COURSE_DOWN)
            turn(list);
        up += course == COURSE_UP;
        down += course == COURSE_DOWN;
    }
    chain->is_down = down > up;
    chain->is_known = up + down > 0;
}

/* Pages of one second each: where the page that ends the chain stands tells the way. */
static void find_way_by_end(struct chain *chain)
{
    int64_t least = INT64_MAX;
    int64_t most = INT64_MIN;
    const struct order_list *last = NULL;

    for (size_t i = 0; i < chain->count; i++) {
        const struct order_list *list = &chain->lists[i];

        if (list->count == 0 || list->more == ORDER_MORE_ABSENT)
            continue;
        if (list->more == ORDER_MORE_NO)
            last = list;
        least = list->least_ms < least ? list->least_ms : least;
        most = list->most_ms > most ? list->most_ms : most;
    }
    if (!last || least >= most)
        return;
    chain->is_down = last->least_ms == least;
    chain->is_known = chain->is_down || last->most_ms == most;
}

static bool has_role(const struct order_message *message, const char *role)
{
    return span_is(json_get_text(message->object, "role"), role);
}

/*
 * Lists whose times do not tell their way. A page runs as the others of its thread do; a page
 * alone is turned only when it begins with an answer and ends with a question.
 */
static void turn_unknown(struct chain *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        struct order_list *list = &chain->lists[i];
        enum course course = course_of(list->messages, list->count);
        bool is_page = list->form == ORDER_PAGE;

        if (list->count < 2 || list->form == ORDER_ARCHIVE ||
            (course != COURSE_CONSTANT && course != COURSE_NONE))
            continue;
        if (is_page && chain->is_known) {
            if (chain->is_down)
                turn(list);
            continue;
        }
        chain->is_guessed = true;
        if (is_page && has_role(&list->messages[0], "assistant") &&
            has_role(&list->messages[list->count - 1], "user"))
            turn(list);
    }
}

/* Two lists of one and the same second, which only their place tells apart. */
static void note_ties(struct chain *chain)
{
    for (size_t i = 1; i < chain->count; i++) {
        const struct order_list *a = &chain->lists[i - 1];
        const struct order_list *b = &chain->lists[i];
        bool is_chain = a->more != ORDER_MORE_ABSENT && b->more != ORDER_MORE_ABSENT;

        if (a->count > 0 && b->count > 0 && !is_chain && a->form != ORDER_ARCHIVE &&
            a->least_ms == b->least_ms && a->most_ms == b->most_ms)
            chain->is_guessed = true;
    }
}

/* True where the chain's last page says that more follows. An empty page has no time to stand at:
 * it is an end wherever it is. */
static bool find_truncation(const struct chain *chain, size_t *place)
{
    const struct order_list *last = NULL;

    for (size_t i = 0; i < chain->count; i++) {
        const struct order_list *list = &chain->lists[i];

        if (list->count == 0 && list->more == ORDER_MORE_NO)
            return false;
        if (list->more == ORDER_MORE_ABSENT)
            continue;
        if (!last || !chain->is_down)
            last = list;
    }
    if (!last || last->more != ORDER_MORE_YES)
        return false;
    *place = last->place;
    return true;
}

static bool is_unfinished(const struct order_message *message)
{
    return span_is(json_get_text(message->object, "status"), "in_progress");
}

/*
 * The second of two messages of one id. The first is kept; but the state of a message while it was
 * being written gives way to a later one, which is no loss inside of an event stream.
 */
static void settle_twice(struct order_result *result, struct order_message *first,
                         struct order_message *second)
{
    bool gives_way = is_unfinished(first) && !is_unfinished(second);

    second->is_duplicate = true;
    if (gives_way || (first->is_event && second->is_event)) {
        first->object = second->object;
        first->raw = second->raw;
    }
    if (!first->is_event || !second->is_event)
        result->losses.count[LOSS_DUPLICATE_MESSAGE]++;
}

static void mark_duplicates(struct order_result *result)
{
    struct strmap seen;

    strmap_init(&seen);
    for (size_t i = 0; i < result->count; i++) {
        struct order_message *message = &result->messages[i];
        struct span id = json_get_text(message->object, "id");
        bool added = true;

        if (id.len == 0)
            continue;
        size_t position = strmap_add(&seen, id, &added);
        if (added)
            strmap_set_value(&seen, position, i);
        else
            settle_twice(result, &result->messages[strmap_value(&seen, position)], message);
    }
    strmap_release(&seen);
}

static void drop_duplicates(struct order_result *result)
{
    size_t kept = 0;

    for (size_t i = 0; i < result->count; i++) {
        if (!result->messages[i].is_duplicate)
            result->messages[kept++] = result->messages[i];
    }
    result->count = kept;
}

/* Copies the lists one behind the other; those of files too, which are one list in truth. */
static void join(struct order_result *result, const struct chain *chain)
{
    size_t total = 0;

    for (size_t i = 0; i < chain->count; i++)
        total += chain->lists[i].count;
    result->messages = mem_zalloc(total, sizeof *result->messages);
    for (size_t i = 0; i < chain->count; i++) {
        if (chain->lists[i].count > 0)
            memcpy(result->messages + result->count, chain->lists[i].messages,
                   chain->lists[i].count * sizeof *result->messages);
        result->count += chain->lists[i].count;
    }
}

static bool is_one_archive(const struct chain *chain)
{
    return chain->count == 1 && chain->lists[0].form == ORDER_ARCHIVE;
}

void order_arrange(struct order_result *result, struct order_list *lists, size_t count)
{
    struct chain chain = {.lists = lists, .count = count};

    memset(result, 0, sizeof *result);
    turn_known(&chain);
    measure(&chain);
    if (!chain.is_known)
        find_way_by_end(&chain);
    turn_unknown(&chain);
    if (count > 1)
        qsort(lists, count, sizeof *lists, chain.is_down ? compare_down : compare_up);
    note_ties(&chain);
    result->is_truncated = find_truncation(&chain, &result->truncated_place);
    join(result, &chain);
    mark_duplicates(result);
    drop_duplicates(result);
    enum course course = course_of(result->messages, result->count);
    if ((course == COURSE_MIXED || course == COURSE_DOWN) && !is_one_archive(&chain)) {
        sort_messages(result->messages, result->count);
        chain.is_guessed = true;
    }
    result->losses.count[LOSS_ORDER_GUESSED] = chain.is_guessed && result->count > 1;
}

void order_by_time(json_t **objects, struct span *raw, size_t count)
{
    struct order_message *messages = mem_zalloc(count, sizeof *messages);

    for (size_t i = 0; i < count; i++) {
        messages[i] = (struct order_message){.object = objects[i], .raw = raw[i]};
        messages[i].is_timed =
            source_time_ms(json_object_get(objects[i], "created_at"), &messages[i].ms);
    }
    struct order_list all = {.messages = messages, .count = count};
    if (course_of(messages, count) == COURSE_DOWN)
        turn(&all);
    fill_times(messages, count, 0);
    sort_messages(messages, count);
    for (size_t i = 0; i < count; i++) {
        objects[i] = messages[i].object;
        raw[i] = messages[i].raw;
    }
    free(messages);
}
