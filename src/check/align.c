#include "check/align.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const char *const NAMES[DIFFERENCE_KINDS] = {
    [DIFFERS_MISSING] = "missing",   [DIFFERS_EXTRA] = "extra", [DIFFERS_MOVED] = "moved",
    [DIFFERS_ROLE] = "role",         [DIFFERS_TYPE] = "type",   [DIFFERS_TEXT] = "text",
    [DIFFERS_IMAGE] = "image",       [DIFFERS_CALL] = "call",   [DIFFERS_REFUSAL] = "refusal",
    [DIFFERS_METADATA] = "metadata",
};

const char *difference_name(enum difference_kind kind)
{
    return NAMES[kind];
}

void differences_add(struct differences *differences, int64_t index, enum difference_kind kind)
{
    differences->all =
        mem_grow(differences->all, differences->count, &differences->cap, sizeof *differences->all);
    differences->all[differences->count++] = (struct difference){index, kind};
}

void differences_release(struct differences *differences)
{
    free(differences->all);
    *differences = (struct differences){0};
}

/* ---- traces ---- */

static uint64_t hash_of(struct buf *text)
{
    const struct fingerprint print = fingerprint_of(buf_span(text));
    uint64_t hash;

    memcpy(&hash, print.bytes, sizeof hash);
    buf_clear(text);
    return hash;
}

/* Lengths in front keep the ends of texts apart. */
static void add_text(struct buf *out, struct span text)
{
    buf_add_int(out, (int64_t)text.len);
    buf_add_char(out, ':');
    buf_add_span(out, text);
}

/* Contents are listed as a URL. */
static enum part_type shape_of(const struct part *part)
{
    return part->type == PART_IMAGE_CONTENTS ? PART_IMAGE_URL : part->type;
}

static void trace_parts(struct trace *trace, const struct item *item)
{
    struct buf shape;
    struct buf texts;
    struct buf images;
    struct buf refusals;

    buf_init(&shape, BUF_NO_LIMIT);
    buf_init(&texts, BUF_NO_LIMIT);
    buf_init(&images, BUF_NO_LIMIT);
    buf_init(&refusals, BUF_NO_LIMIT);
    for (size_t i = 0; i < item->part_count; i++) {
        const struct part *part = &item->parts[i];
        char name[DATA_URL_NAME + 1];

        buf_add_int(&shape, shape_of(part));
        if (part_is_image(part) || part->type == PART_FILE)
            add_text(&images, part_canonical_text(part, name));
        else if (part->type == PART_REFUSAL)
            add_text(&refusals, part->text);
        else
            add_text(&texts, part->text);
    }
    trace->shape = hash_of(&shape);
    trace->texts = hash_of(&texts);
    trace->images = hash_of(&images);
    trace->refusals = hash_of(&refusals);
    buf_release(&shape);
    buf_release(&texts);
    buf_release(&images);
    buf_release(&refusals);
}

void traces_add(struct traces *traces, const struct item *item)
{
    struct trace *trace;
    struct buf canonical;

    traces->all = mem_grow(traces->all, traces->count, &traces->cap, sizeof *traces->all);
    trace = &traces->all[traces->count++];
    *trace = (struct trace){.type = item->type, .role = item->role};
    buf_init(&canonical, BUF_NO_LIMIT);
    item_write_canonical(&canonical, item);
    trace->print = fingerprint_of(buf_span(&canonical));
    buf_release(&canonical);
    if (item->type == ITEM_MESSAGE)
        trace_parts(trace, item);
}

void traces_release(struct traces *traces)
{
    free(traces->all);
    *traces = (struct traces){0};
}

/* ---- finding an item in the rest of a sequence ---- */

struct entry {
    struct fingerprint print;
    size_t place;
    size_t next; /* in sorted: everything before it that follows this one was used */
};

struct lookup {
    struct trace *all;
    struct entry *sorted; /* by print, then by place */
    size_t count;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *first = a;
    const struct entry *second = b;
    int order = memcmp(first->print.bytes, second->print.bytes, sizeof first->print.bytes);

    if (order != 0)
        return order;
    return first->place < second->place ? -1 : first->place > second->place;
}

static void lookup_init(struct lookup *lookup, struct trace *all, size_t count)
{
    *lookup = (struct lookup){all, mem_zalloc(count, sizeof(struct entry)), count};
    for (size_t i = 0; i < count; i++)
        lookup->sorted[i] = (struct entry){all[i].print, i, 0};
    if (count > 0)
        qsort(lookup->sorted, count, sizeof(struct entry), compare_entries);
    for (size_t i = 0; i < count; i++)
        lookup->sorted[i].next = i + 1;
}

/* From an entry to the first that was not used, or to the end. Shortens the way for the next time,
 * for thousands of messages may be alike. */
static size_t pass_used(struct lookup *lookup, size_t at)
{
    size_t end = at;

    while (end < lookup->count && lookup->all[lookup->sorted[end].place].used)
        end = lookup->sorted[end].next;
    while (at < end) {
        const size_t next = lookup->sorted[at].next;

        lookup->sorted[at].next = end;
        at = next;
    }
    return end;
}

/* The next place from `from` on that holds such an item and was not used, or SIZE_MAX. */
static size_t lookup_find(struct lookup *lookup, const struct fingerprint *print, size_t from)
{
    const struct entry wanted = {*print, from, 0};
    size_t low = 0;
    size_t high = lookup->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_entries(&lookup->sorted[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    low = pass_used(lookup, low);
    if (low == lookup->count || !fingerprint_equal(&lookup->sorted[low].print, print))
        return SIZE_MAX;
    return lookup->sorted[low].place;
}

/* ---- aligning ---- */

/* In what an item differs from the one in its place. */
static enum difference_kind kind_of(const struct trace *should, const struct trace *is)
{
    if (should->type != is->type)
        return DIFFERS_TYPE;
    if (should->type != ITEM_MESSAGE)
        return DIFFERS_CALL;
    if (should->role != is->role)
        return DIFFERS_ROLE;
    if (should->shape != is->shape)
        return DIFFERS_TYPE;
    if (should->texts != is->texts)
        return DIFFERS_TEXT;
    return should->images != is->images ? DIFFERS_IMAGE : DIFFERS_REFUSAL;
}

struct alignment {
    struct differences *out;
    struct lookup should;
    struct lookup is;
    size_t i; /* in should */
    size_t j; /* in is */
    int64_t first;
};

static void report(struct alignment *a, size_t place, enum difference_kind kind)
{
    differences_add(a->out, a->first + (int64_t)place, kind);
}

/* Two different items stand in the same place. */
static void settle_pair(struct alignment *a)
{
    const struct trace *should = &a->should.all[a->i];
    const struct trace *is = &a->is.all[a->j];
    size_t there = lookup_find(&a->is, &should->print, a->j);
    size_t here = lookup_find(&a->should, &is->print, a->i);

    if (there == SIZE_MAX && here == SIZE_MAX) {
        report(a, a->i++, kind_of(should, is));
        a->j++;
    } else if (there == SIZE_MAX) {
        report(a, a->i++, DIFFERS_MISSING);
    } else if (here == SIZE_MAX) {
        report(a, a->j++, DIFFERS_EXTRA);
    } else if (there - a->j >= here - a->i) {
        /* The one that is further away from its place is the one that was moved. */
        a->is.all[there].used = true;
        report(a, a->i++, DIFFERS_MOVED);
    } else {
        a->should.all[here].used = true;
        report(a, here, DIFFERS_MOVED);
        a->j++;
    }
}

static void walk(struct alignment *a)
{
    while (a->i < a->should.count || a->j < a->is.count) {
        if (a->i < a->should.count && a->should.all[a->i].used) {
            a->i++;
        } else if (a->j < a->is.count && a->is.all[a->j].used) {
            a->j++;
        } else if (a->i == a->should.count) {
            report(a, a->j++, DIFFERS_EXTRA);
        } else if (a->j == a->is.count) {
            report(a, a->i++, DIFFERS_MISSING);
        } else if (fingerprint_equal(&a->should.all[a->i].print, &a->is.all[a->j].print)) {
            a->i++;
            a->j++;
        } else {
            settle_pair(a);
        }
    }
}

static int compare_differences(const void *a, const void *b)
{
    const struct difference *first = a;
    const struct difference *second = b;

    if (first->index != second->index)
        return first->index < second->index ? -1 : 1;
    return (int)first->kind - (int)second->kind;
}

void align(struct differences *out, struct traces *should, struct traces *is, int64_t first)
{
    struct alignment a = {.out = out, .first = first};
    size_t n = should->count;
    size_t m = is->count;
    size_t skip = 0;

    /* What is the same at the beginning and at the end needs no lookups. */
    while (skip < n && skip < m &&
           fingerprint_equal(&should->all[skip].print, &is->all[skip].print))
        skip++;
    while (n > skip && m > skip &&
           fingerprint_equal(&should->all[n - 1].print, &is->all[m - 1].print)) {
        n--;
        m--;
    }
    lookup_init(&a.should, should->all, n);
    lookup_init(&a.is, is->all, m);
    a.i = skip;
    a.j = skip;
    walk(&a);
    free(a.should.sorted);
    free(a.is.sorted);
    if (out->count > 0)
        qsort(out->all, out->count, sizeof(struct difference), compare_differences);
}
