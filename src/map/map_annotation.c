#include "map/map_annotation.h"

#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    NOT_FOUND = -1,
    /* Most bytes looked at for the markers of one text: seconds of work, and far beyond what
       honest texts need. */
    STRIP_WORK_LOG2 = 32,
};

/* The kinds that are known; where the reference stands in the member named like the type. */
static const struct annotation_kind {
    const char *type;
    const char *label; /* in a footnote, before the reference; or NULL */
    const char *title; /* member written before the reference; or NULL */
    const char *reference;
    bool is_id; /* the reference may be named in a detail */
} KINDS[] = {
    {"file_citation", "file_citation", NULL, "file_id", true},
    {"file_path", "file_path", NULL, "file_id", true},
    {"url_citation", NULL, "title", "url", false},
};

static const struct annotation_kind *find_kind(const json_t *annotation)
{
    struct span type = json_get_text(annotation, "type");

    for (size_t i = 0; i < COUNT_OF(KINDS); i++) {
        if (span_is(type, KINDS[i].type))
            return &KINDS[i];
    }
    return NULL;
}

static const json_t *payload(const json_t *annotation, const struct annotation_kind *kind)
{
    const json_t *member = json_object_get(annotation, kind->type);

    return json_is_object(member) ? member : annotation;
}

static void lose(struct builder *b, const json_t *annotation, const struct annotation_kind *kind,
                 const char *what)
{
    char name[NAME_SIZE] = "";

    if (kind->is_id)
        text_visible(name, sizeof name, json_get_text(payload(annotation, kind), kind->reference));
    builder_lose(b, LOSS_ANNOTATION, "%s%s%s %s", kind->type, name[0] ? " " : "", name, what);
}

/* The start in characters as the annotation says it, which may be wrong; 0 where it says nothing
 * usable. */
static double start_of(const json_t *annotation)
{
    double start = json_number_value(json_object_get(annotation, "start_index"));

    return start > 0 ? start : 0;
}

/* A text of which pieces are being removed. */
struct strip {
    struct span text;
    char *taken; /* one byte for each of text, 1 where it goes */
};

/*
 * The free occurrence of marker nearest to start (in characters), the earlier of two; or NOT_FOUND.
 * Occurrences do not overlap. Characters are counted on the way, never computed from offsets.
 */
static ptrdiff_t find_nearest(const struct strip *strip, struct span marker, double start)
{
    const char *base = strip->text.data;
    const char *end = base + strip->text.len;
    const char *at = base;
    ptrdiff_t best = NOT_FOUND;
    double best_distance = 0;
    double chars = 0;

    for (;;) {
        const char *found = memmem(at, (size_t)(end - at), marker.data, marker.len);
        double distance;

        if (!found)
            return best;
        chars += (double)text_utf8_count((struct span){at, (size_t)(found - at)});
        distance = fabs(chars - start);
        if (best != NOT_FOUND && distance >= best_distance && chars > start)
            return best;
        if ((best == NOT_FOUND || distance < best_distance) &&
            !memchr(strip->taken + (found - base), 1, marker.len)) {
            best = found - base;
            best_distance = distance;
        }
        chars += (double)text_utf8_count(marker);
        at = found + marker.len;
    }
}

static struct span without_taken(struct builder *b, const struct strip *strip)
{
    char *kept = arena_alloc(b->context->arena, strip->text.len);
    size_t len = 0;

    for (size_t i = 0; i < strip->text.len; i++) {
        if (!strip->taken[i])
            kept[len++] = strip->text.data[i];
    }
    return (struct span){kept, len};
}

static bool strip_markers(struct builder *b, struct span *text, const json_t *list)
{
    struct strip strip = {.text = *text};
    size_t i;
    json_t *annotation;

    if (json_array_size(list) > (UINT64_C(1) << STRIP_WORK_LOG2) / (text->len + 1))
        return builder_fail(b, ERROR_TOO_LARGE, "%zu annotations in a text of %zu bytes",
                            json_array_size(list), text->len);
    strip.taken = mem_zalloc(text->len, 1);
    json_array_foreach(list, i, annotation)
    {
        const struct annotation_kind *kind = find_kind(annotation);
        struct span marker = json_get_text(annotation, "text");
        ptrdiff_t place = NOT_FOUND;

        if (!kind)
            continue;
        if (marker.len > 0)
            place = find_nearest(&strip, marker, start_of(annotation));
        if (place != NOT_FOUND)
            memset(strip.taken + place, 1, marker.len);
        lose(b, annotation, kind,
             place == NOT_FOUND ? "dropped, its marker was not found" : "dropped with its marker");
    }
    *text = without_taken(b, &strip);
    free(strip.taken);
    return true;
}

static void add_word(struct buf *out, struct span word)
{
    if (word.len == 0)
        return;
    buf_add_char(out, ' ');
    buf_add_span(out, word);
}

static bool add_footnotes(struct builder *b, struct span *text, const json_t *list)
{
    size_t number = 0;
    struct buf out;
    size_t i;
    json_t *annotation;

    buf_init(&out, BUF_NO_LIMIT);
    buf_add_span(&out, *text);
    json_array_foreach(list, i, annotation)
    {
        const struct annotation_kind *kind = find_kind(annotation);

        if (!kind)
            continue;
        number++;
        buf_printf(&out, "%s[%zu]", number == 1 ? "\n\n" : "\n", number);
        add_word(&out, span_of(kind->label));
        if (kind->title)
            add_word(&out, builder_text(b, payload(annotation, kind), kind->title));
        add_word(&out, builder_text(b, payload(annotation, kind), kind->reference));
        lose(b, annotation, kind, "became a footnote");
    }
    *text = builder_print(b, &out);
    return true;
}

static bool keep_markers(struct builder *b, struct span *text, const json_t *list)
{
    size_t i;
    json_t *annotation;

    (void)text;
    json_array_foreach(list, i, annotation)
    {
        const struct annotation_kind *kind = find_kind(annotation);

        if (kind)
            lose(b, annotation, kind, "dropped, its marker stays");
    }
    return true;
}

static bool (*const APPLY[])(struct builder *, struct span *, const json_t *) = {
    [ANNOTATIONS_KEEP] = keep_markers,
    [ANNOTATIONS_STRIP] = strip_markers,
    [ANNOTATIONS_FOOTNOTES] = add_footnotes,
};

bool annotations_apply(struct builder *b, struct span *text, const json_t *list,
                       struct span *unknown)
{
    int policy = b->context->policy->annotations;
    size_t i;
    json_t *annotation;

    *unknown = (struct span){NULL, 0};
    if (!list || json_is_null(list) || (json_is_object(list) && json_object_size(list) == 0))
        return true;
    if (!json_is_array(list))
        return builder_fail(b, ERROR_BAD_SOURCE, "annotations is not an array");
    json_array_foreach(list, i, annotation)
    {
        if (find_kind(annotation))
            continue;
        *unknown = json_get_text(annotation, "type");
        if (unknown->len == 0)
            *unknown = span_of("annotation");
        break;
    }
    /* An empty text cannot hold a marker and gets no footnotes: it is dropped as it is. */
    return APPLY[text->len == 0 ? ANNOTATIONS_KEEP : policy](b, text, list);
}
