#include "map/losses.h"

/* In the order of the names, which is the order of the JSON form. */
static const struct {
    const char *name;
    const char *meaning;
} KINDS[LOSS_KINDS] = {
    [LOSS_ACTIVE_RUN] = {"active_run", "a run was still active when the thread was saved"},
    [LOSS_ANNOTATION] = {"annotation",
                         "a citation or file link loses its reference; the text is kept"},
    [LOSS_ASSISTANT_IMAGE] = {"assistant_image", "assistant messages cannot hold images"},
    [LOSS_ATTACHMENT] = {"attachment", "items have no attachments for tools"},
    [LOSS_DUPLICATE_MESSAGE] = {"duplicate_message", "the same message id came twice"},
    [LOSS_EMPTY_IMAGE] = {"empty_image", "an image without an id or URL"},
    [LOSS_EMPTY_MESSAGE] = {"empty_message", "nothing in the message can be sent"},
    [LOSS_EMPTY_TEXT] = {"empty_text", "an empty text next to other content"},
    [LOSS_IMAGE_FILE] = {"image_file", "the image file is not kept"},
    [LOSS_INCOMPLETE] = {"incomplete", "items cannot say that a message is incomplete"},
    [LOSS_INVALID_TEXT] = {"invalid_text", "invalid characters became U+FFFD"},
    [LOSS_MESSAGE_METADATA] = {"message_metadata", "items have no metadata"},
    [LOSS_METADATA] = {"metadata", "a pair beyond the limits of conversation metadata"},
    [LOSS_ORDER_GUESSED] = {"order_guessed", "the file does not prove the order of the messages"},
    [LOSS_PROVENANCE] = {"provenance", "no free metadata slot for the thread's origin"},
    [LOSS_TOOL_CALL] = {"tool_call", "a tool call is not carried over"},
    [LOSS_TOOL_RESOURCES] = {"tool_resources", "conversations have no files or vector stores"},
    [LOSS_TRUNCATED] = {"truncated", "the archive does not hold the whole thread"},
    [LOSS_UNKNOWN] = {"unknown", "content of an unknown kind"},
};

const char *loss_name(enum loss_kind kind)
{
    return KINDS[kind].name;
}

const char *loss_meaning(enum loss_kind kind)
{
    return KINDS[kind].meaning;
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

void losses_write_json(struct buf *out, const struct losses *losses)
{
    const char *separator = "";

    buf_add_char(out, '{');
    for (size_t i = 0; i < LOSS_KINDS; i++) {
        if (losses->count[i] == 0)
            continue;
        buf_printf(out, "%s\"%s\":%lld", separator, KINDS[i].name, (long long)losses->count[i]);
        separator = ",";
    }
    buf_add_char(out, '}');
}
