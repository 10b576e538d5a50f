#include "map/losses.h"

#include "base/text.h"

/* In the order of the names, which is the order of the JSON form. */
const struct loss_row LOSS_ROWS[LOSS_KINDS] = {
    [LOSS_ACTIVE_RUN] = {"active_run", "a run was still active when the thread was saved",
                         .key = "active_runs", .is_note = true, .of_reading = true},
    [LOSS_ANNOTATION] = {"annotation",
                         "a citation or file link loses its reference; the text is kept",
                         .key = "annotations", .is_harmless = true},
    [LOSS_ASSISTANT_IMAGE] = {"assistant_image", "assistant messages cannot hold images",
                              .key = "assistant_images"},
    [LOSS_ATTACHMENT] = {"attachment", "items have no attachments for tools", .key = "attachments"},
    [LOSS_DUPLICATE_MESSAGE] = {"duplicate_message",
                                "the same message id came twice; it is written once",
                                .is_note = true, .is_harmless = true, .of_reading = true},
    [LOSS_EMPTY_IMAGE] = {"empty_image", "an image without an id or URL", .key = NULL},
    [LOSS_EMPTY_MESSAGE] = {"empty_message", "nothing in the message can be sent",
                            .key = "empty_messages"},
    [LOSS_EMPTY_TEXT] = {"empty_text", "an empty text next to other content", .key = NULL},
    [LOSS_IMAGE_FILE] = {"image_file", "the image file is not kept", .key = "user_image_files"},
    [LOSS_INCOMPLETE] = {"incomplete", "items cannot say that a message is incomplete",
                         .key = "incomplete_messages"},
    [LOSS_INVALID_TEXT] = {"invalid_text", "invalid characters became U+FFFD", .of_reading = true},
    [LOSS_MESSAGE_METADATA] = {"message_metadata", "items have no metadata", .key = NULL},
    [LOSS_METADATA] = {"metadata", "a pair beyond the limits of conversation metadata",
                       .key = NULL},
    [LOSS_ORDER_GUESSED] = {"order_guessed", "the file does not prove the order of the messages",
                            .is_note = true, .is_harmless = true, .of_reading = true},
    [LOSS_PROVENANCE] = {"provenance", "no free metadata slot for the thread's origin",
                         .key = "provenance", .is_harmless = true},
    [LOSS_TOOL_CALL] = {"tool_call", "a tool call is not carried over", .key = "tool_calls"},
    [LOSS_TOOL_RESOURCES] = {"tool_resources", "conversations have no files or vector stores",
                             .key = "tool_resources"},
    [LOSS_TRUNCATED] = {"truncated", "the archive does not hold the whole thread",
                        .key = "truncated_archives"},
    [LOSS_UNKNOWN] = {"unknown", "content of an unknown kind", .key = "unknown"},
};

const char *loss_name(enum loss_kind kind)
{
    return LOSS_ROWS[kind].name;
}

void losses_add(struct losses *sum, const struct losses *more)
{
    for (size_t i = 0; i < LOSS_KINDS; i++)
        sum->count[i] += more->count[i];
}

struct losses losses_between(const struct losses *before, const struct losses *after)
{
    struct losses between;

    for (size_t i = 0; i < LOSS_KINDS; i++)
        between.count[i] = after->count[i] - before->count[i];
    return between;
}

int64_t losses_total(const struct losses *losses)
{
    int64_t total = 0;

    for (size_t i = 0; i < LOSS_KINDS; i++)
        total += losses->count[i];
    return total;
}

bool losses_write_text(struct buf *out, const struct losses *losses, bool with_harmless)
{
    const char *separator = "";

    for (size_t i = 0; i < LOSS_KINDS; i++) {
        if (losses->count[i] == 0 || (LOSS_ROWS[i].is_harmless && !with_harmless))
            continue;
        buf_printf(out, "%s%s (%s)", separator, LOSS_ROWS[i].name,
                   text_number(losses->count[i]).text);
        separator = ", ";
    }
    return separator[0] != '\0';
}

void losses_write_json(struct buf *out, const struct losses *losses)
{
    const char *separator = "";

    buf_add_char(out, '{');
    for (size_t i = 0; i < LOSS_KINDS; i++) {
        if (losses->count[i] == 0)
            continue;
        buf_printf(out, "%s\"%s\":%lld", separator, LOSS_ROWS[i].name, (long long)losses->count[i]);
        separator = ",";
    }
    buf_add_char(out, '}');
}
