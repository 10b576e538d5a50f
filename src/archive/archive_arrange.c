#include "archive/archive_arrange.h"

#include "archive/archive_claim.h"
#include "json/json.h"
#include "map/map.h"

#include <stdlib.h>

/* Lists of exactly so many messages are what a reader that forgot the next page leaves behind. */
static const uint32_t PAGE_SIZES[] = {20, 100};

static const char MORE_FOLLOWS[] = "a page says that more follows, and nothing does";

static const struct archive_list *list_at(const struct archive_reader *reader, size_t list)
{
    return &reader->index->lists[list];
}

/* "FILE:LINE" of a list. */
static void name_list(struct error *err, const struct archive_reader *reader, size_t list)
{
    const struct archive_list *at = list_at(reader, list);

    error_wrap(err, "%s:%u", reader->files->files[at->file].path, at->line);
}

static bool note_truncated(struct archive_data *data, const struct archive_reader *reader,
                           size_t list, const char *why, struct error *err)
{
    if (reader->allow_truncated) {
        data->losses.count[LOSS_TRUNCATED] = 1;
        return true;
    }
    error_set(err, ERROR_TRUNCATED, "%s", why);
    name_list(err, reader, list);
    return false;
}

static int compare_loaded(const void *left, const void *right)
{
    const struct archive_loaded *a = left;
    const struct archive_loaded *b = right;
    int order = (a->list > b->list) - (a->list < b->list);

    return order ? order : (a->at > b->at) - (a->at < b->at);
}

/* By lists, each in the order of the files; nearly always that is what it is already. */
static void sort_loaded(struct archive_loaded *loaded, size_t count)
{
    bool is_sorted = true;

    for (size_t i = 0; i < count; i++) {
        loaded[i].at = i;
        is_sorted = is_sorted && (i == 0 || loaded[i - 1].list <= loaded[i].list);
    }
    if (!is_sorted)
        qsort(loaded, count, sizeof *loaded, compare_loaded);
}

/* The lists of a thread while they are arranged. */
struct lists {
    struct order_message *messages;
    struct order_list *lists;
    bool *is_whole;
    size_t count;
};

static void lists_release(struct lists *lists)
{
    free(lists->messages);
    free(lists->lists);
    free(lists->is_whole);
}

static void build_lists(struct lists *lists, const struct archive_reader *reader,
                        const struct archive_loaded *loaded, size_t count)
{
    lists->messages = mem_zalloc(count, sizeof *lists->messages);
    lists->lists = mem_zalloc(count, sizeof *lists->lists);
    lists->is_whole = mem_zalloc(count, sizeof *lists->is_whole);
    lists->count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct archive_list *from = list_at(reader, loaded[i].list);

        lists->messages[i] = loaded[i].message;
        if (i == 0 || loaded[i].list != loaded[i - 1].list) {
            lists->lists[lists->count] = (struct order_list){
                .messages = &lists->messages[i],
                .form = (enum order_form)from->form,
                .more = (enum order_more)from->more,
                .place = loaded[i].list,
            };
            lists->is_whole[lists->count] = loaded[i].is_whole || from->is_closed;
            lists->count++;
        }
        lists->lists[lists->count - 1].count++;
    }
}

static bool lacks_ids(const struct order_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (json_get_text(list->messages[i].object, "id").len == 0)
            return true;
    }
    return false;
}

/* Holds a whole thread's list against the one that was there first. */
static bool check_claim(struct archive_data *data, const struct archive_reader *reader,
                        struct archive_claim *claim, struct order_list *list, struct error *err)
{
    if (!archive_claim_same_list(claim, list)) {
        const struct archive_list *other = list_at(reader, claim->list->place);

        error_set(err, ERROR_BAD_SOURCE, "two threads claim the same id: another is at %s:%u",
                  reader->files->files[other->file].path, other->line);
        name_list(err, reader, list->place);
        return false;
    }
    struct order_list *less = claim->list->count < list->count ? claim->list : list;
    if (lacks_ids(less)) {
        /* Messages without ids are never duplicates, but this is a copy as a whole. */
        data->losses.count[LOSS_DUPLICATE_MESSAGE] += (int64_t)less->count;
        less->count = 0;
    }
    if (claim->list->count == 0) {
        archive_claim_release(claim);
        archive_claim_init(claim, list);
    }
    return true;
}

/* Lists that each hold a whole thread must hold the same one. */
static bool check_claims(struct archive_data *data, const struct archive_reader *reader,
                         struct lists *lists, struct error *err)
{
    struct archive_claim claim = {.list = NULL};
    bool ok = true;

    for (size_t i = 0; i < lists->count && ok; i++) {
        if (!lists->is_whole[i])
            continue;
        if (claim.list)
            ok = check_claim(data, reader, &claim, &lists->lists[i], err);
        else
            archive_claim_init(&claim, &lists->lists[i]);
    }
    archive_claim_release(&claim);
    return ok;
}

bool archive_arrange_messages(struct archive_data *data, const struct archive_reader *reader,
                              struct archive_loaded *loaded, size_t count, struct error *err)
{
    struct lists lists;
    struct order_result result;

    sort_loaded(loaded, count);
    build_lists(&lists, reader, loaded, count);
    bool ok = check_claims(data, reader, &lists, err);
    if (ok) {
        order_arrange(&result, lists.lists, lists.count);
        losses_add(&data->losses, &result.losses);
        for (size_t i = 0; i < result.count; i++)
            archive_objects_add(data, &data->messages, json_incref(result.messages[i].object),
                                result.messages[i].raw);
        free(result.messages);
        if (result.is_truncated)
            ok = note_truncated(data, reader, result.truncated_place, MORE_FOLLOWS, err);
    }
    lists_release(&lists);
    return ok;
}

/* A list that shows no end and is as long as a page, where nothing in the source is longer. */
static bool looks_cut(const struct archive_reader *reader, const struct archive_list *list)
{
    bool proves_end =
        list->more != ORDER_MORE_ABSENT || list->form == ORDER_LINES || list->form == ORDER_ARCHIVE;

    for (size_t i = 0; i < sizeof PAGE_SIZES / sizeof PAGE_SIZES[0] && !proves_end; i++) {
        if (list->count[COUNT_MESSAGES] == PAGE_SIZES[i] &&
            reader->index->most_messages <= PAGE_SIZES[i])
            return true;
    }
    return false;
}

/* An empty page that claims more is no end of anything; order_arrange() sees lists of messages. */
static bool is_empty_but_open(const struct archive_list *list)
{
    return list->more == ORDER_MORE_YES && list->count[COUNT_MESSAGES] == 0;
}

bool archive_arrange_ends(struct archive_data *data, const struct archive_reader *reader,
                          uint32_t thread, struct error *err)
{
    const struct archive_index *index = reader->index;
    uint32_t open = ARCHIVE_NONE;
    bool is_closed = false;

    for (uint32_t at = index->threads[thread].head; at != ARCHIVE_NONE;
         at = index->places[at].next) {
        uint32_t list = index->places[at].list;

        if (list == ARCHIVE_NONE)
            continue;
        if (is_empty_but_open(&index->lists[list]))
            return note_truncated(data, reader, list, MORE_FOLLOWS, err);
        if (looks_cut(reader, &index->lists[list]))
            return note_truncated(data, reader, list,
                                  "a list of exactly one page without any sign of its end", err);
        if (index->lists[list].form != ORDER_ARCHIVE)
            continue;
        is_closed = is_closed || index->lists[list].is_closed;
        open = index->lists[list].is_closed ? open : list;
    }
    if (open == ARCHIVE_NONE || is_closed)
        return true;
    return note_truncated(data, reader, open, "the archive has no end of this thread", err);
}

/* Not in its last state: a later copy says more. */
static bool is_unfinished(const json_t *object)
{
    return run_is_active(object);
}

/* Drops copies: the first stays where it is, but gives way while it was not finished. */
static void drop_copies(struct archive_objects *objects)
{
    struct strmap seen;
    size_t kept = 0;

    if (objects->count < 2)
        return;
    strmap_init(&seen);
    for (size_t i = 0; i < objects->count; i++) {
        struct span id = json_get_text(objects->items[i], "id");
        bool added = true;
        size_t to = kept;

        if (id.len > 0) {
            size_t position = strmap_add(&seen, id, &added);
            if (added)
                strmap_set_value(&seen, position, kept);
            to = (size_t)strmap_value(&seen, position);
        }
        if (!added && !is_unfinished(objects->items[to]))
            continue;
        objects->items[to] = objects->items[i];
        objects->raw[to] = objects->raw[i];
        kept += added;
    }
    objects->count = kept;
    strmap_release(&seen);
}

/* A run that is known by its steps only. */
static void add_missing_runs(struct archive_data *data)
{
    struct strmap seen;
    bool added;

    if (data->steps.count == 0)
        return;
    strmap_init(&seen);
    for (size_t i = 0; i < data->runs.count; i++)
        (void)strmap_add(&seen, json_get_text(data->runs.items[i], "id"), &added);
    for (size_t i = 0; i < data->steps.count; i++) {
        struct span id = json_get_text(data->steps.items[i], "run_id");
        json_t *time = json_object_get(data->steps.items[i], "created_at");

        if (id.len == 0)
            continue;
        (void)strmap_add(&seen, id, &added);
        if (!added)
            continue;
        json_t *run = json_pack("{s:s%, s:s, s:O*}", "id", id.data, id.len, "object", "thread.run",
                                "created_at", time);
        archive_objects_add(data, &data->runs, run, (struct span){NULL, 0});
    }
    strmap_release(&seen);
}

static int compare_spans(struct span a, struct span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.data, b.data, len) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

struct step {
    json_t *object;
    struct span raw;
    struct span run_id;
    size_t at;
};

static int compare_steps(const void *left, const void *right)
{
    const struct step *a = left;
    const struct step *b = right;
    int order = compare_spans(a->run_id, b->run_id);

    return order ? order : (a->at > b->at) - (a->at < b->at);
}

/* Groups the steps by their runs, each group in the order they have. */
static void group_steps(struct archive_objects *steps)
{
    struct step *all = mem_zalloc(steps->count, sizeof *all);

    for (size_t i = 0; i < steps->count; i++)
        all[i] = (struct step){steps->items[i], steps->raw[i],
                               json_get_text(steps->items[i], "run_id"), i};
    if (steps->count > 1)
        qsort(all, steps->count, sizeof *all, compare_steps);
    for (size_t i = 0; i < steps->count; i++) {
        steps->items[i] = all[i].object;
        steps->raw[i] = all[i].raw;
    }
    free(all);
}

void archive_arrange_runs(struct archive_data *data)
{
    drop_copies(&data->runs);
    drop_copies(&data->steps);
    order_by_time(data->steps.items, data->steps.raw, data->steps.count);
    add_missing_runs(data);
    order_by_time(data->runs.items, data->runs.raw, data->runs.count);
    group_steps(&data->steps);
}

size_t archive_arrange_steps(const struct archive_data *data, struct span run_id, size_t *count)
{
    size_t low = 0;
    size_t high = data->steps.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_spans(json_get_text(data->steps.items[middle], "run_id"), run_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *count = 0;
    while (low + *count < data->steps.count &&
           span_equal(json_get_text(data->steps.items[low + *count], "run_id"), run_id))
        ++*count;
    return low;
}
