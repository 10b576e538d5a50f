#include "map/images.h"

#include "base/mem.h"

#include <stdlib.h>

/* What a reference is. Of two of the same kind one can say whether they are the same. */
enum reference { REFERENCE_NONE, REFERENCE_FILE, REFERENCE_URL, REFERENCE_CONTENTS };

struct image {
    enum reference reference;
    struct fingerprint print;
};

struct images {
    struct fingerprint rest; /* of the item, with its images by type and place alone */
    size_t count;
    struct image all[];
};

static bool is_image(const struct part *part)
{
    return part_is_image(part) ||
           (part->type == PART_OTHER && span_is(part->text, part_type_name(PART_IMAGE_URL)));
}

static struct image image_of(const struct part *part)
{
    char name[DATA_URL_NAME + 1];
    const struct span text = part_canonical_text(part, name);
    struct image image = {.print = fingerprint_of(text)};

    if (part->type == PART_IMAGE_FILE)
        image.reference = REFERENCE_FILE;
    else if (part->type != PART_OTHER)
        image.reference = data_url_is_name(text) ? REFERENCE_CONTENTS : REFERENCE_URL;
    return image;
}

static size_t count_images(const struct item *item)
{
    size_t count = 0;

    for (size_t i = 0; item->type == ITEM_MESSAGE && i < item->part_count; i++)
        count += is_image(&item->parts[i]);
    return count;
}

bool item_has_images(const struct item *item)
{
    return count_images(item) > 0;
}

struct images *images_of(const struct item *item, struct buf *scratch)
{
    const size_t count = count_images(item);
    struct item bare = *item;
    struct images *images;

    if (count == 0)
        return NULL;
    images = mem_alloc(sizeof *images + count * sizeof images->all[0]);
    images->count = 0;
    bare.parts = mem_zalloc(item->part_count, sizeof *bare.parts);
    for (size_t i = 0; i < item->part_count; i++) {
        bare.parts[i] = item->parts[i];
        if (!is_image(&item->parts[i]))
            continue;
        images->all[images->count++] = image_of(&item->parts[i]);
        bare.parts[i] = (struct part){.type = PART_IMAGE_URL, .text = span_of("")};
    }
    buf_clear(scratch);
    item_write_canonical(scratch, &bare);
    images->rest = fingerprint_of(buf_span(scratch));
    free(bare.parts);
    return images;
}

int64_t images_unproven(const struct images *sent, const struct images *listed)
{
    int64_t unproven = 0;

    if (!sent || !listed || !fingerprint_equal(&sent->rest, &listed->rest))
        return -1;
    for (size_t i = 0; i < sent->count; i++) {
        const struct image *a = &sent->all[i];
        const struct image *b = &listed->all[i];

        if (a->reference != b->reference)
            unproven++;
        else if (!fingerprint_equal(&a->print, &b->print))
            return -1;
    }
    return unproven;
}

int64_t item_unproven(const struct item *sent, const struct item *listed, struct buf *scratch)
{
    struct images *first;
    struct images *second;
    int64_t unproven;
    size_t len;

    buf_clear(scratch);
    item_write_canonical(scratch, sent);
    len = scratch->len;
    item_write_canonical(scratch, listed);
    if (span_equal((struct span){scratch->data, len},
                   (struct span){scratch->data + len, scratch->len - len}))
        return 0;
    first = images_of(sent, scratch);
    second = images_of(listed, scratch);
    unproven = images_unproven(first, second);
    free(first);
    free(second);
    return unproven;
}
