/*
 * What the Conversations API refuses in items (OpenAI API reference, schemas of
 * InputItem), for tests that map much and look at no item by hand.
 */
#ifndef TESTS_UNIT_ITEM_RULES_H
#define TESTS_UNIT_ITEM_RULES_H

#include "base/text.h"
#include "map/item.h"

#include <stddef.h>

/* The rule that a part of a message of this role breaks, or NULL. */
static inline const char *part_broken_rule(enum item_role role, const struct part *part)
{
    bool is_output = part->type == PART_OUTPUT_TEXT || part->type == PART_REFUSAL;

    if (!part->text.data || part->text.len == 0)
        return "a part is empty";
    if (text_utf8_valid_prefix(part->text) != part->text.len)
        return "a text is no UTF-8";
    if (is_output != (role == ROLE_ASSISTANT) || part->type == PART_OTHER)
        return "a part does not fit the role";
    if (part->type == PART_FILE && role != ROLE_USER)
        return "a file is not the user's";
    if (part->type == PART_IMAGE_CONTENTS && (role != ROLE_USER || !part->contents))
        return "contents are no image of the user's";
    if (part_is_image(part) != (part->detail.len > 0))
        return "detail belongs to images";
    if ((part->type == PART_IMAGE_FILE || part->type == PART_FILE) &&
        text_utf8_count(part->text) > 64)
        return "a file id is too long";
    return NULL;
}

static inline const char *message_broken_rule(const struct item *item)
{
    if (item->role == ROLE_OTHER)
        return "a role is unknown";
    if (item->part_count == 0)
        return "a message is empty";
    for (size_t i = 0; i < item->part_count; i++) {
        const char *rule = part_broken_rule(item->role, &item->parts[i]);

        if (rule)
            return rule;
    }
    return NULL;
}

/* The rule that a mapped item breaks, or NULL. previous is the item sent before it, or NULL. */
static inline const char *item_broken_rule(const struct item *item, const struct item *previous)
{
    bool after_call = previous && previous->type == ITEM_FUNCTION_CALL;

    if (after_call != (item->type == ITEM_FUNCTION_CALL_OUTPUT))
        return "a function call and its output are not a pair";
    switch (item->type) {
    case ITEM_MESSAGE:
        return message_broken_rule(item);
    case ITEM_FUNCTION_CALL:
        if (item->name.len == 0 || !item->arguments.data)
            return "a function call lacks a member";
        return item->call_id.len > 0 && text_utf8_count(item->call_id) <= 64 ? NULL : "call_id";
    case ITEM_FUNCTION_CALL_OUTPUT:
        if (!span_equal(item->call_id, previous->call_id))
            return "an output answers another call";
        return item->output.len > 0 ? NULL : "an output is empty";
    case ITEM_OTHER:
    case ITEM_SKIPPED:
        break;
    }
    return "an item of this type is never sent";
}

#endif
