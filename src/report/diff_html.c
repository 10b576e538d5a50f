#include "report/diff_form.h"

#include "base/text.h"
#include "json/json.h"
#include "print/advice.h"
#include "print/count_rows.h"
#include "report/diff_html_page.h"

#include <inttypes.h>
#include <string.h>

enum {
    SHOWN_BYTES = 4000,         /* of a text, unless it is to be shown whole */
    PICTURE_BYTES = 256 * 1024, /* of a picture, as it is in the page */
};

static const char *const CLASSES[DIFF_OPS] = {
    [DIFF_ADD] = "add", [DIFF_SAME] = "same", [DIFF_SKIP] = "skipped", [DIFF_FOREIGN] = "foreign"};

static void add_span(struct buf *out, const char *class, struct span text)
{
    buf_printf(out, "<span class=\"%s\">", class);
    text_add_html(out, text);
    buf_add_text(out, "</span>");
}

static bool starts_with(struct span text, const char *start)
{
    size_t len = strlen(start);

    return text.len > len && memcmp(text.data, start, len) == 0;
}

/* A picture that stands on the web, in a message or in an item. */
static bool is_web_picture(struct span kind, struct span text)
{
    return (span_is(kind, "image_url") || span_is(kind, "input_image")) &&
           (starts_with(text, "https://") || starts_with(text, "http://"));
}

/* Nothing is fetched: only a person follows the link. */
static void add_link(struct buf *out, struct span address)
{
    buf_add_text(out, "<a rel=\"noreferrer noopener nofollow\" href=\"");
    text_add_html(out, address);
    buf_add_text(out, "\">");
    text_add_html(out, address);
    buf_add_text(out, "</a>");
}

/* One part: what it is, and its text. dir=auto keeps right-to-left text to itself. */
static void add_part(struct buf *out, const struct diff_style *style, const char *class,
                     struct span kind, struct span text)
{
    struct span shown = text;

    if (!style->full && text.len > SHOWN_BYTES) {
        shown.len = SHOWN_BYTES;
        shown.len = text_utf8_valid_prefix(shown);
    }
    buf_printf(out, "<div class=\"part %s\">", class);
    add_span(out, "kind", kind);
    buf_add_text(out, "<div class=\"text\" dir=\"auto\">");
    if (shown.len == text.len && is_web_picture(kind, text))
        add_link(out, text);
    else
        text_add_html(out, shown);
    buf_add_text(out, "</div>");
    if (shown.len < text.len)
        buf_printf(out, "<div class=\"kind\">… %s bytes more; --full shows them</div>",
                   text_number((int64_t)(text.len - shown.len)).text);
    buf_add_text(out, "</div>");
}

/* ---- the source's side ---- */

/* What stands in a member of that name: an id or a URL. */
static struct span reference(const json_t *object)
{
    static const char *const MEMBERS[] = {"file_id", "url"};
    struct span found = {NULL, 0};

    for (size_t i = 0; i < sizeof MEMBERS / sizeof MEMBERS[0] && !found.data; i++)
        found = json_get_text(object, MEMBERS[i]);
    return found;
}

static void add_annotations(struct buf *out, const struct diff_style *style,
                            const json_t *annotations)
{
    for (size_t i = 0; i < json_array_size(annotations); i++) {
        const json_t *annotation = json_array_get(annotations, i);
        struct span type = json_get_text(annotation, "type");
        struct span marker = json_get_text(annotation, "text");
        struct buf text;

        buf_init(&text, BUF_NO_LIMIT);
        buf_add_span(&text, marker);
        buf_add_text(&text, marker.len > 0 ? " " : "");
        if (type.data)
            buf_add_span(&text, reference(json_object_get(annotation, type.data)));
        add_part(out, style, "lost", type.data ? type : span_of("annotation"), buf_span(&text));
        buf_release(&text);
    }
}

static void add_source_part(struct buf *out, const struct diff_style *style, const json_t *part)
{
    struct span type = json_get_text(part, "type");
    const json_t *object = type.data ? json_object_get(part, type.data) : NULL;
    struct span text = json_get_text(object, "value");

    if (!text.data)
        text = reference(object);
    if (!text.data && json_is_string(object))
        text = (struct span){json_string_value(object), json_string_length(object)};
    add_part(out, style, "", type.data ? type : span_of("part"), text);
    add_annotations(out, style, json_object_get(object, "annotations"));
}

static void add_attachments(struct buf *out, const struct diff_style *style, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        struct span id = json_is_string(entry)
                             ? (struct span){json_string_value(entry), json_string_length(entry)}
                             : reference(entry);

        add_part(out, style, "lost", span_of("attachment"), id);
    }
}

static void add_message(struct buf *out, const struct diff_style *style, const struct item *item)
{
    const json_t *message = item->message;
    const json_t *content = json_object_get(message, "content");
    struct span role = json_get_text(message, "role");

    buf_add_text(out, "<div class=\"who\">");
    text_add_html(out, role.data ? role : span_of("run step"));
    buf_add_text(out, " · ");
    text_add_html(out, item->source_id);
    buf_add_text(out, "</div>");
    if (json_is_string(content))
        add_part(out, style, "", span_of("text"), json_get_text(message, "content"));
    for (size_t i = 0; i < json_array_size(content); i++)
        add_source_part(out, style, json_array_get(content, i));
    add_attachments(out, style, json_object_get(message, "attachments"));
    add_attachments(out, style, json_object_get(message, "file_ids"));
}

/* ---- the conversation's side ---- */

static void add_call(struct buf *out, const struct diff_style *style, const struct item *item)
{
    if (item->type == ITEM_FUNCTION_CALL) {
        add_part(out, style, "", span_of("name"), item->name);
        add_part(out, style, "", span_of("arguments"), item->arguments);
    } else {
        add_part(out, style, "", span_of("output"), item->output);
    }
}

/* The picture itself, while there is room for it; what cannot be read is not there. */
static void add_picture(struct buf *out, const struct diff_style *style, const struct part *part)
{
    const size_t len = (size_t)contents_encoded(part->contents);
    const struct hole hole = {0, *part->contents};
    const struct body body = {span_of(""), &hole, 1, style->files};
    const size_t start = out->len;
    struct error ignored;

    if (!style->picture_bytes || len > PICTURE_BYTES || len > *style->picture_bytes)
        return;
    buf_add_text(out, "<img alt=\"\" src=\"");
    contents_add_url_head(out, part->contents);
    if (body_add_to(out, &body, &ignored)) {
        buf_add_text(out, "\">");
        *style->picture_bytes -= len;
    } else {
        buf_truncate(out, start);
    }
}

static void add_item_part(struct buf *out, const struct diff_style *style, const struct part *part)
{
    const struct span kind = span_of(part_type_name(part->type));
    struct buf words;

    if (part->type != PART_IMAGE_CONTENTS) {
        add_part(out, style, "", kind, part->text);
        return;
    }
    buf_init(&words, BUF_NO_LIMIT);
    diff_add_contents(&words, part);
    add_part(out, style, "", kind, buf_span(&words));
    buf_release(&words);
    add_picture(out, style, part);
}

static void add_item(struct buf *out, const struct diff_style *style, const struct item *item)
{
    switch (item->type) {
    case ITEM_MESSAGE:
        for (size_t i = 0; i < item->part_count; i++)
            add_item_part(out, style, &item->parts[i]);
        break;
    case ITEM_FUNCTION_CALL:
    case ITEM_FUNCTION_CALL_OUTPUT:
        add_call(out, style, item);
        break;
    case ITEM_OTHER:
        add_part(out, style, "", span_of("other"), item->type_name);
        break;
    case ITEM_SKIPPED:
        buf_add_text(out, "<div class=\"empty\">no item</div>");
        break;
    }
}

static void add_who(struct buf *out, char sign, const struct item *item)
{
    buf_printf(out, "<div class=\"who\"><span class=\"sign\">%c</span> %s</div>", sign,
               item->type == ITEM_MESSAGE ? item_role_name(item->role)
               : item->type == ITEM_OTHER ? "other"
                                          : item_type_name(item));
}

static void add_destination(struct buf *out, const struct diff_style *style,
                            const struct diff_line *l)
{
    const char sign = diff_op_sign(l->op);

    if (l->item) {
        add_who(out, sign, l->item);
        add_item(out, style, l->item);
    }
    if (l->op != DIFF_FOREIGN)
        return;
    buf_add_text(out, "<div class=\"kind\">the conversation holds</div>");
    if (!l->there) {
        buf_add_text(out, "<div class=\"empty\">something else</div>");
        return;
    }
    add_who(out, sign, l->there);
    add_item(out, style, l->there);
}

/* ---- lines and threads ---- */

static void add_losses(struct buf *out, const struct loss *loss)
{
    if (!loss)
        return;
    buf_add_text(out, "<ul class=\"losses\">");
    for (; loss; loss = loss->next) {
        buf_printf(out, "<li><b>%s</b> ", loss_name(loss->kind));
        text_add_html(out, span_of(loss->detail));
        buf_add_text(out, "</li>");
    }
    buf_add_text(out, "</ul>");
}

static void line(void *ctx, struct buf *body, const struct diff_line *l)
{
    const struct diff_style *style = ctx;
    const struct loss *losses = l->item ? l->item->losses : NULL;

    buf_printf(body, "<li class=\"item %s%s", CLASSES[l->op], losses ? " lossy" : "");
    for (const struct loss *loss = losses; loss; loss = loss->next)
        buf_printf(body, " l-%s", loss_name(loss->kind));
    buf_add_text(body, "\"><div class=\"src\">");
    if (l->item)
        add_message(body, style, l->item);
    buf_add_text(body, "</div><div class=\"dst\">");
    add_destination(body, style, l);
    buf_add_text(body, "</div>");
    add_losses(body, losses);
    buf_add_text(body, "</li>\n");
}

static void add_thread_losses(struct buf *out, const struct losses *all, const struct losses *shown)
{
    struct losses rest = *all;

    for (int kind = 0; kind < LOSS_KINDS; kind++)
        rest.count[kind] -= shown->count[kind];
    if (losses_total(&rest) <= 0)
        return;
    buf_add_text(out, "<ul class=\"losses\">");
    for (int kind = 0; kind < LOSS_KINDS; kind++) {
        if (rest.count[kind] > 0)
            buf_printf(out, "<li class=\"l-%s\"><b>%s</b> %s (%" PRId64 ")</li>",
                       loss_name((enum loss_kind)kind), loss_name((enum loss_kind)kind),
                       LOSS_ROWS[kind].meaning, rest.count[kind]);
    }
    buf_add_text(out, "</ul>\n");
}

/* What the filters look for. */
static void add_loss_classes(struct buf *out, const struct losses *losses)
{
    if (losses_total(losses) == 0)
        return;
    buf_add_text(out, " class=\"lossy");
    for (int kind = 0; kind < LOSS_KINDS; kind++) {
        if (losses->count[kind] > 0)
            buf_printf(out, " l-%s", loss_name((enum loss_kind)kind));
    }
    buf_add_char(out, '"');
}

static void thread(struct buf *out, const struct diff_style *style, struct job *job,
                   const struct diff_result *result)
{
    const char *action = diff_action_name(result->action);

    (void)style;
    buf_add_text(out, "<details open");
    add_loss_classes(out, job_losses(job));
    buf_add_text(out, "><summary><h2>");
    text_add_html(out, span_of(job_thread_id(job)));
    buf_printf(out, "</h2> <span class=\"act %s\">%s</span>", action,
               diff_action_shown(result->action));
    if (result->conversation[0] != '\0') {
        buf_add_char(out, ' ');
        add_span(out, "conv", span_of(result->conversation));
    }
    buf_add_text(out, "</summary>\n");
    if (diff_reason_shown(result)[0] != '\0') {
        buf_add_text(out, "<p class=\"reason\">");
        text_add_html(out, span_of(result->reason));
        buf_add_text(out, "</p>\n");
    }
    if (job_outcome(job)->kind == OUTCOME_FAILED)
        buf_printf(out, "<p class=\"reason\">→ %s</p>\n", advice_for(job_outcome(job)->error.code));
    add_thread_losses(out, job_losses(job), &result->shown);
    if (result->body.len > 0) {
        buf_add_text(out, "<ol>\n");
        buf_add_span(out, result->body);
        buf_add_text(out, "</ol>");
    }
    buf_add_text(out, "</details>\n");
}

/* ---- summary ---- */

static void add_totals(struct buf *out, const struct diff_totals *totals)
{
    const struct count_row ROWS[] = {
        {totals->selected, span_of("threads"), "selected", NULL},
        {totals->actions[DIFF_CREATE], span_of("threads"), diff_action_words(DIFF_CREATE), NULL},
        {totals->actions[DIFF_APPEND], span_of("threads"), diff_action_words(DIFF_APPEND), NULL},
        {totals->actions[DIFF_NONE], span_of("threads"), diff_action_words(DIFF_NONE), NULL},
        {totals->actions[DIFF_FAIL], span_of("threads"), diff_action_words(DIFF_FAIL), NULL},
        {totals->ops[DIFF_ADD], span_of("items"), "to write", NULL},
        {totals->ops[DIFF_SAME], span_of("items"), "there already", NULL},
        {totals->ops[DIFF_SKIP], span_of("messages"), "skipped", NULL},
        {totals->requests[SIDE_SOURCE], span_of("requests"), "to the source", NULL},
        {totals->requests[SIDE_DESTINATION], span_of("requests"), "to the destination", NULL},
        {totals->minutes, span_of("minutes"), "at the configured rates", NULL},
    };

    buf_add_text(out, "<table><caption>In all</caption><tbody>\n");
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        count_rows_add_html(out, &ROWS[i]);
    buf_add_text(out, "</tbody></table>\n");
}

/* The marks below and the filters count what is shown, so the table does. What a run would lose is
 * less where threads are done or would fail: it is said in words. */
static void add_losses_once(struct buf *out, const struct diff_totals *totals)
{
    struct buf text;

    if (memcmp(&totals->losses, &totals->shown, sizeof totals->losses) == 0) {
        count_rows_add_losses_html(out, "What would be lost", &totals->losses);
        return;
    }
    count_rows_add_losses_html(out, "Losses of all threads on this page", &totals->shown);
    buf_init(&text, BUF_NO_LIMIT);
    if (!losses_write_text(&text, &totals->losses, true))
        buf_add_text(&text, "nothing");
    buf_add_text(out, "<p>Of the threads that would be written now would be lost: ");
    text_add_html(out, buf_span(&text));
    buf_add_text(out, ".</p>\n");
    buf_release(&text);
}

static void summary(struct buf *out, const struct diff_style *style,
                    const struct diff_totals *totals)
{
    (void)style;
    buf_add_text(out, "<header><h1>What a migration would write</h1>\n");
    add_totals(out, totals);
    add_losses_once(out, totals);
    buf_add_text(out, "</header>\n");
    diff_html_filters(out, &totals->shown);
    buf_add_text(out, "<main id=\"threads\" tabindex=\"-1\">\n");
}

static void end(struct buf *out)
{
    buf_add_text(out, "</main>\n<footer><p>Source left, conversation right: + would be "
                      "written, = is there already, - gives no item, ~ differs.</p>"
                      "</footer>\n</body>\n</html>\n");
}

const struct diff_form DIFF_HTML = {
    .name = "html",
    .summary_first = true,
    .begin = diff_html_head,
    .line = line,
    .thread = thread,
    .summary = summary,
    .end = end,
};
