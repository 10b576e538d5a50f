#include "map/map_build.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    DETAIL_SIZE = 256,
    PARTS_FIRST = 4,
};

void mapped_init(struct mapped *mapped)
{
    *mapped = (struct mapped){.first = NULL};
    mapped->tail = &mapped->first;
}

struct item *mapped_take(struct mapped *mapped)
{
    struct item *item = mapped->first;

    if (!item)
        return NULL;
    mapped->first = item->next;
    if (!mapped->first)
        mapped->tail = &mapped->first;
    item->next = NULL;
    return item;
}

void builder_start(struct builder *b, struct mapped *out, const struct map_context *context,
                   struct error *err)
{
    *b = (struct builder){.context = context, .out = out, .err = err};
    b->item = arena_alloc(context->arena, sizeof *b->item);
    *b->item = (struct item){.type = ITEM_SKIPPED, .role = ROLE_ASSISTANT};
    b->losses_tail = &b->item->losses;
}

void builder_enter(struct builder *b, const char *list, size_t index)
{
    b->list = list;
    b->index = index;
    b->repaired = false;
}

struct span map_nul(const struct map_context *context, struct span text, bool *replaced)
{
    struct buf out;
    struct span copy;

    if (context->policy->nul == NUL_KEEP || !text.data || !memchr(text.data, '\0', text.len))
        return text;
    buf_init(&out, BUF_NO_LIMIT);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i])
            buf_add_char(&out, text.data[i]);
        else
            buf_add_text(&out, "\xef\xbf\xbd");
    }
    copy = (struct span){arena_dup(context->arena, out.data, out.len), out.len};
    buf_release(&out);
    *replaced = true;
    return copy;
}

struct span builder_text(struct builder *b, const json_t *object, const char *key)
{
    struct span text = json_get_text(object, key);

    if (text.data && json_was_repaired(object, key))
        b->repaired = true;
    return map_nul(b->context, text, &b->repaired);
}

struct span builder_element(struct builder *b, const json_t *owner, const char *key,
                            const json_t *element)
{
    struct span text = {json_string_value(element), json_string_length(element)};

    /* The mark is the whole array's, so look at the element too. */
    if (text.data && json_was_repaired(owner, key) && json_holds_replacement(text))
        b->repaired = true;
    return map_nul(b->context, text, &b->repaired);
}

struct span builder_print(struct builder *b, struct buf *text)
{
    struct span copy = {arena_dup(b->context->arena, text->data, text->len), text->len};

    buf_release(text);
    return copy;
}

struct fate builder_fate(const struct builder *b, struct span id)
{
    const struct fates *fates = b->context->fates;

    return fates ? fates->of(fates->ctx, id) : (struct fate){.kind = FATE_KEPT};
}

bool builder_fits(struct span text, size_t max_chars)
{
    return text.len <= max_chars || text_utf8_count(text) <= max_chars;
}

/* What the destination takes of a part's text, and how the error calls it. */
static const struct {
    const char *name;
    size_t max_chars;
} LIMITS[] = {
    [PART_INPUT_TEXT] = {"text", TEXT_CHARS_MAX},
    [PART_OUTPUT_TEXT] = {"text", TEXT_CHARS_MAX},
    [PART_REFUSAL] = {"refusal", TEXT_CHARS_MAX},
    [PART_IMAGE_URL] = {"image URL", IMAGE_URL_CHARS_MAX},
    [PART_IMAGE_FILE] = {"file id", FILE_ID_CHARS_MAX},
    [PART_IMAGE_CONTENTS] = {"file id", FILE_ID_IN_URL_MAX},
    [PART_FILE] = {"file id", FILE_ID_CHARS_MAX},
    [PART_OTHER] = {"type", TEXT_CHARS_MAX},
};

bool builder_add(struct builder *b, enum part_type type, struct span text)
{
    struct item *item = b->item;

    if (!builder_fits(text, LIMITS[type].max_chars))
        return builder_fail(b, ERROR_TOO_LARGE, "%s of %zu characters, %zu are allowed",
                            LIMITS[type].name, text_utf8_count(text), LIMITS[type].max_chars);
    if (item->part_count == b->part_cap) {
        struct part *old = item->parts;

        b->part_cap = b->part_cap ? b->part_cap * 2 : PARTS_FIRST;
        item->parts = arena_alloc(b->context->arena, b->part_cap * sizeof *item->parts);
        if (item->part_count > 0)
            memcpy(item->parts, old, item->part_count * sizeof *item->parts);
    }
    item->parts[item->part_count] = (struct part){.type = type, .text = text};
    item->part_count++;
    builder_lose_invalid(b);
    return true;
}

bool builder_add_note(struct builder *b, const char *before, struct span text)
{
    struct buf note;

    buf_init(&note, BUF_NO_LIMIT);
    buf_printf(&note, "[%s", before);
    buf_add_span(&note, text);
    buf_add_char(&note, ']');
    return builder_add(b, item_text_type(b->item->role), builder_print(b, &note));
}

void builder_lose(struct builder *b, enum loss_kind kind, const char *format, ...)
{
    struct loss *loss = arena_alloc(b->context->arena, sizeof *loss);
    char detail[DETAIL_SIZE];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    *loss = (struct loss){
        .kind = kind,
        .detail = arena_dup(b->context->arena, detail, strlen(detail)),
    };
    *b->losses_tail = loss;
    b->losses_tail = &loss->next;
    b->out->losses.count[kind]++;
}

void builder_lose_invalid(struct builder *b)
{
    if (!b->repaired)
        return;
    builder_lose(b, LOSS_INVALID_TEXT, "invalid characters became U+FFFD");
    b->repaired = false;
}

bool builder_lose_unknown(struct builder *b, const char *kind, struct span type)
{
    const int policy = b->context->policy->unknown;
    char name[NAME_SIZE];

    text_visible(name, sizeof name, type.len > 0 ? type : span_of(kind));
    if (policy == UNKNOWN_FAIL)
        return builder_fail(b, ERROR_UNSUPPORTED, "unknown %s '%s'", kind, name);
    builder_lose(b, LOSS_UNKNOWN, "unknown %s '%s' %s", kind, name,
                 policy == UNKNOWN_PLACEHOLDER ? "became a placeholder" : "dropped");
    return true;
}

bool builder_unknown(struct builder *b, const char *kind, struct span type)
{
    return builder_lose_unknown(b, kind, type) &&
           (b->context->policy->unknown != UNKNOWN_PLACEHOLDER ||
            builder_add_note(b, "unsupported ", type.len > 0 ? type : span_of(kind)));
}

bool builder_fail(struct builder *b, enum error_code code, const char *format, ...)
{
    char reason[DETAIL_SIZE];
    char id[NAME_SIZE];
    char place[64] = "";
    va_list args;

    va_start(args, format);
    (void)vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    text_visible(id, sizeof id, b->id);
    if (b->list)
        (void)snprintf(place, sizeof place, "%s[%zu]: ", b->list, b->index);
    error_set(b->err, code, "cannot map %s '%s': %s%s", b->noun, id, place, reason);
    return false;
}

void builder_finish(struct builder *b)
{
    *b->out->tail = b->item;
    b->out->tail = &b->item->next;
}

void builder_skip(struct builder *b)
{
    b->item->type = ITEM_SKIPPED;
    b->item->parts = NULL;
    b->item->part_count = 0;
    builder_finish(b);
}

void builder_end(struct builder *b)
{
    if (b->item->part_count > 0)
        builder_finish(b);
    else
        builder_skip(b);
}
