#include "write/pending.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { SOURCE_ID_SIZE = 80 };

struct pending_item {
    size_t request_len;
    size_t hole_count;
    uint64_t encoded; /* bytes that go into its holes */
    size_t canonical_len;
    struct images *images; /* owned, or NULL */
    struct losses taken;
    const char *remedy; /* see pending_remedy(), or NULL */
    char source_id[SOURCE_ID_SIZE];
};

void pending_init(struct pending *pending, size_t max_items, size_t max_bytes)
{
    *pending = (struct pending){.max_items = max_items, .max_bytes = max_bytes};
    buf_init(&pending->request, BUF_NO_LIMIT);
    buf_init(&pending->scratch, BUF_NO_LIMIT);
    buf_init(&pending->canonical, BUF_NO_LIMIT);
}

void pending_release(struct pending *pending)
{
    buf_release(&pending->request);
    holes_release(&pending->holes);
    buf_release(&pending->scratch);
    buf_release(&pending->canonical);
    for (size_t i = 0; i < pending->count; i++)
        free(pending->items[i].images);
    free(pending->items);
    pending->items = NULL;
    pending->count = 0;
    pending->cap = 0;
}

static bool has_nul(struct span text)
{
    return text.len > 0 && memchr(text.data, '\0', text.len);
}

static const char *remedy_for(const struct item *item)
{
    static const char NUL[] = "; there is a NUL in it, 'mapping.nul: replace' may help";

    for (size_t i = 0; i < item->part_count; i++) {
        if (item->parts[i].type == PART_REFUSAL)
            return "; there is a refusal in it, 'mapping.refusals: text' may help";
        if (has_nul(item->parts[i].text))
            return NUL;
    }
    return has_nul(item->arguments) || has_nul(item->output) ? NUL : NULL;
}

void pending_add(struct pending *pending, const struct item *item, const struct losses *taken)
{
    size_t request_start = pending->request.len;
    size_t canonical_start = pending->canonical.len;
    size_t hole_start = pending->holes.count;
    struct pending_item *entry;

    pending->items =
        mem_grow(pending->items, pending->count, &pending->cap, sizeof *pending->items);
    entry = &pending->items[pending->count++];
    item_write_body(&pending->request, &pending->holes, item, JSON_ESCAPE_CANONICAL);
    item_write_canonical(&pending->canonical, item);
    entry->request_len = pending->request.len - request_start;
    entry->hole_count = pending->holes.count - hole_start;
    entry->encoded = holes_encoded(&pending->holes, hole_start);
    entry->canonical_len = pending->canonical.len - canonical_start;
    entry->images = images_of(item, &pending->scratch);
    entry->taken = *taken;
    entry->remedy = remedy_for(item);
    text_visible(entry->source_id, sizeof entry->source_id, item->source_id);
}

size_t pending_batch(const struct pending *pending)
{
    uint64_t bytes = 0;
    size_t count = 0;

    while (count < pending->count && count < pending->max_items) {
        bytes += pending->items[count].request_len + pending->items[count].encoded + 1;
        if (count > 0 && bytes > pending->max_bytes)
            break;
        count++;
    }
    return count;
}

bool pending_is_full(const struct pending *pending)
{
    return pending_batch(pending) < pending->count;
}

void pending_write(const struct pending *pending, size_t count, struct buf *out,
                   struct holes *holes)
{
    size_t at = 0;
    size_t hole = 0;

    for (size_t i = 0; i < count; i++) {
        const struct pending_item *item = &pending->items[i];

        if (i > 0)
            buf_add_char(out, ',');
        for (size_t end = hole + item->hole_count; hole < end; hole++)
            holes_add(holes, out->len + pending->holes.all[hole].at - at,
                      &pending->holes.all[hole].file);
        buf_add(out, pending->request.data + at, item->request_len);
        at += item->request_len;
    }
}

void pending_drop(struct pending *pending, size_t count, struct digest *digest)
{
    size_t request = 0;
    size_t canonical = 0;
    size_t holes = 0;

    for (size_t i = 0; i < count; i++) {
        free(pending->items[i].images);
        holes += pending->items[i].hole_count;
        digest_add(digest, (struct span){pending->canonical.data + canonical,
                                         pending->items[i].canonical_len});
        request += pending->items[i].request_len;
        canonical += pending->items[i].canonical_len;
    }
    if (count > 0)
        pending->taken = pending->items[count - 1].taken;
    buf_consume(&pending->request, request);
    buf_consume(&pending->canonical, canonical);
    holes_drop(&pending->holes, holes);
    for (size_t i = 0; i < pending->holes.count; i++)
        pending->holes.all[i].at -= request;
    pending->count -= count;
    memmove(pending->items, pending->items + count, pending->count * sizeof *pending->items);
}

bool pending_matches(const struct pending *pending, size_t index, size_t *offset,
                     const struct fingerprint *print, const struct images *images)
{
    const struct span canonical = {pending->canonical.data + *offset,
                                   pending->items[index].canonical_len};
    const struct fingerprint own = fingerprint_of(canonical);

    *offset += canonical.len;
    return fingerprint_equal(&own, print) ||
           images_unproven(pending->items[index].images, images) >= 0;
}

bool pending_has_images(const struct pending *pending, size_t count)
{
    for (size_t i = 0; i < count && i < pending->count; i++) {
        if (pending->items[i].images)
            return true;
    }
    return false;
}

const char *pending_remedy(const struct pending *pending, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++) {
        if (pending->items[i].remedy)
            return pending->items[i].remedy;
    }
    return "";
}

bool pending_carries(const struct pending *pending, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++) {
        if (pending->items[i].hole_count > 0)
            return true;
    }
    return false;
}

const char *pending_source_id(const struct pending *pending, size_t index)
{
    return pending->items[index].source_id;
}

size_t pending_weight(const struct pending *pending)
{
    return pending->request.cap + pending->canonical.cap + pending->cap * sizeof *pending->items +
           pending->holes.cap * sizeof *pending->holes.all;
}
