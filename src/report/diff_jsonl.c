#include "report/diff_form.h"

#include "json/json.h"

static void add_losses(struct buf *out, const struct loss *loss)
{
    const char *separator = "";

    buf_add_text(out, ",\"losses\":[");
    for (; loss; loss = loss->next) {
        buf_printf(out, "%s{\"kind\":\"%s\",", separator, loss_name(loss->kind));
        json_write_member(out, "detail", span_of(loss->detail));
        buf_add_char(out, '}');
        separator = ",";
    }
    buf_add_char(out, ']');
}

static void line(void *ctx, struct buf *body, const struct diff_line *l)
{
    const struct item *item = l->item;

    (void)ctx;
    if (body->len > 0)
        buf_add_char(body, ',');
    buf_printf(body, "{\"op\":\"%c\",", diff_op_sign(l->op));
    json_write_member(body, "source_id", item ? item->source_id : (struct span){NULL, 0});
    buf_add_text(body, ",\"item\":");
    if (item && item->type != ITEM_SKIPPED)
        item_write_request(body, item, JSON_ESCAPE_HOSTILE);
    else
        buf_add_text(body, "null");
    add_losses(body, item ? item->losses : NULL);
    buf_add_char(body, '}');
}

static void thread(struct buf *out, const struct diff_style *style, struct job *job,
                   const struct diff_result *result)
{
    (void)style;
    buf_add_char(out, '{');
    json_write_member(out, "thread_id", span_of(job_thread_id(job)));
    buf_printf(out, ",\"action\":\"%s\",", diff_action_name(result->action));
    json_write_member(out, "code",
                      result->action == DIFF_FAIL ? span_of(error_code_name(result->code))
                                                  : (struct span){NULL, 0});
    buf_add_char(out, ',');
    json_write_member(out, "conversation_id",
                      span_of(result->conversation[0] != '\0' ? result->conversation : NULL));
    buf_add_text(out, ",\"items\":[");
    buf_add_span(out, result->body);
    buf_add_text(out, "],\"losses\":");
    losses_write_json(out, job_losses(job));
    buf_add_char(out, ',');
    json_write_member(out, "reason", span_of(result->reason[0] != '\0' ? result->reason : NULL));
    buf_add_text(out, "}\n");
}

const struct diff_form DIFF_JSONL = {.name = "jsonl", .line = line, .thread = thread};
