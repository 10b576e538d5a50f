#include "doctor/canary.h"

#include "base/text.h"
#include "files/data_url.h"
#include "json/json.h"
#include "write/conversation.h"

#include <stdio.h>
#include <string.h>

enum { ID_SIZE = 257, TEXT_ITEMS = 2, ALL_ITEMS };

static const char REMEDY[] = "is it a Conversations API, and does the key's project allow writing?";

#define TEXT "threadferry canary: \\u00fc \\ud83d\\udea2 \\r\\n end"

static const char CREATE[] = "{\"metadata\":{\"threadferry\":\"doctor\"}}";
static const char ITEMS[] = "{\"items\":[{\"type\":\"message\",\"role\":\"user\",\"content\":["
                            "{\"type\":\"input_text\",\"text\":\"" TEXT "\"}]},"
                            "{\"type\":\"message\",\"role\":\"assistant\",\"content\":["
                            "{\"type\":\"output_text\",\"text\":\"" TEXT "\","
                            "\"annotations\":[]}]}]}";
/* A picture of one grey pixel, 67 bytes. */
#define PIXEL                                                                                      \
    "data:image/"                                                                                  \
    "png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNgAAAAAgAB5Sfe"          \
    "/AAAAABJRU5ErkJggg=="

static const char PICTURE[] =
    "{\"items\":[{\"type\":\"message\",\"role\":\"user\",\"content\":["
    "{\"type\":\"input_image\",\"image_url\":\"" PIXEL "\",\"detail\":\"auto\"}]}]}";
/* What TEXT is once it has been decoded. */
static const char EXPECTED[] = "threadferry canary: \xc3\xbc \xf0\x9f\x9a\xa2 \r\n end";

struct canary {
    struct findings *findings;
    struct traffic *traffic;
    char conversation[ID_SIZE];
    char items[ALL_ITEMS][ID_SIZE];
    struct buf path; /* of the request in hand */
    struct fetched fetched;
};

/* One request; false if it has no answer. */
static bool ask(struct canary *c, enum call_method method, const char *path, const char *body,
                struct error *err)
{
    const struct call call = {.side = SIDE_DESTINATION,
                              .method = method,
                              .path = path,
                              .body = body_of(span_of(body)),
                              .probe = true};

    fetched_release(&c->fetched);
    fetched_init(&c->fetched);
    return fetch(c->traffic, &call, &c->fetched, err);
}

/* The same; false, with a finding, where it is not answered with 2xx. */
static bool request(struct canary *c, enum call_method method, const char *path, const char *body,
                    const char *what)
{
    struct error err = {.code = ERROR_NONE};
    char prefix[64];

    if (!ask(c, method, path, body, &err)) {
        (void)snprintf(prefix, sizeof prefix, "cannot %s: ", what);
        findings_add_error(c->findings, "round trip", prefix, &err, REMEDY);
        return false;
    }
    if (c->fetched.verdict.answer.kind == ANSWER_YES &&
        (method != CALL_DELETE ||
         answer_may_be_deleted(&c->fetched.verdict.answer, (struct span){NULL, 0})))
        return true;
    if (c->fetched.verdict.answer.status / 100 == 2) {
        findings_add(c->findings, FINDING_FAIL, "round trip", REMEDY,
                     "cannot %s: HTTP %ld, but not the reply that it should be", what,
                     c->fetched.verdict.answer.status);
        return false;
    }
    findings_add(
        c->findings, FINDING_FAIL, "round trip",
        c->fetched.verdict.answer.status == 403
            ? c->traffic->remotes[SIDE_DESTINATION]->options.endpoint->profile->forbidden_hint
            : REMEDY,
        "cannot %s: HTTP %ld", what, c->fetched.verdict.answer.status);
    return false;
}

static bool keep_id(const json_t *object, char out[ID_SIZE])
{
    struct span id = json_get_text(object, "id");

    if (!text_is_id(id))
        return false;
    (void)snprintf(out, ID_SIZE, "%.*s", (int)id.len, id.data);
    return true;
}

/* The path of the conversation (of all, before it is there), with rest behind it. */
static const char *path_to(struct canary *c, const char *rest)
{
    conversation_path(&c->path, span_of(c->conversation), rest);
    return c->path.data;
}

/* The id of the new conversation, as a migration would take it; a finding where there is none. */
static bool keep_conversation(struct canary *c)
{
    const struct answer *answer = &c->fetched.verdict.answer;

    if (text_is_thread_id(json_get_text(answer->json, "id")) &&
        keep_id(answer->json, c->conversation))
        return true;
    findings_add(c->findings, FINDING_FAIL, "round trip", REMEDY,
                 "cannot create a conversation: HTTP %ld, but the reply has no usable id; "
                 "there may now be an empty conversation",
                 answer->status);
    return false;
}

/* The ids of the new items, in the order of the request: the writer goes on behind the last. */
static void keep_ids(struct canary *c)
{
    const json_t *data = json_object_get(c->fetched.verdict.answer.json, "data");

    for (size_t i = 0; i < TEXT_ITEMS; i++)
        (void)keep_id(json_array_get(data, i), c->items[i]);
}

/* Both items are listed, in order and as the append named them, with their text as it was sent.
 * Their ids as listed are kept for cleaning up. */
static bool is_intact(struct canary *c)
{
    const json_t *data = json_object_get(c->fetched.verdict.answer.json, "data");
    bool intact = json_array_size(data) == TEXT_ITEMS;

    for (size_t i = 0; i < TEXT_ITEMS; i++) {
        const json_t *item = json_array_get(data, i);
        const json_t *content = json_object_get(item, "content");
        const bool is_named = span_is(json_get_text(item, "id"), c->items[i]);

        intact = keep_id(item, c->items[i]) && is_named && intact &&
                 span_is(json_get_text(json_array_get(content, 0), "text"), EXPECTED);
    }
    return intact;
}

static bool write_and_compare(struct canary *c)
{
    if (!request(c, CALL_POST, path_to(c, "/items"), ITEMS, "append items"))
        return false;
    keep_ids(c);
    if (!request(c, CALL_GET, path_to(c, "/items?limit=10&order=asc"), "", "list items"))
        return false;
    if (is_intact(c))
        return true;
    findings_add(c->findings, FINDING_FAIL, "round trip",
                 "verify would find every item of a migration different",
                 "the items came back changed, or in another order");
    return false;
}

/* The picture that is listed last; .data == NULL: without its contents. */
static struct span listed_picture(const struct canary *c)
{
    const json_t *data = json_object_get(c->fetched.verdict.answer.json, "data");
    const size_t count = json_array_size(data);
    const json_t *content =
        json_object_get(json_array_get(data, count > 0 ? count - 1 : 0), "content");

    return json_get_text(json_array_get(content, 0), "image_url");
}

/* Not every destination takes pictures inside items, and not every one gives them back. */
static void check_picture(struct canary *c)
{
    static const char SUBJECT[] = "pictures";
    const struct answer *answer = &c->fetched.verdict.answer;
    char sent[DATA_URL_NAME + 1];
    char listed[DATA_URL_NAME + 1] = "";
    struct error err;

    if (!ask(c, CALL_POST, path_to(c, "/items"), PICTURE, &err) || answer->kind != ANSWER_YES) {
        findings_add(c->findings, FINDING_WARN, SUBJECT,
                     "threads with saved pictures would fail; mapping.user_image_files: "
                     "placeholder writes their names",
                     "the destination takes no picture inside an item: HTTP %ld", answer->status);
        return;
    }
    (void)keep_id(json_array_get(json_object_get(answer->json, "data"), 0), c->items[TEXT_ITEMS]);
    if (ask(c, CALL_GET,
            path_to(c, "/items?limit=10&order=asc&include[]=message.input_image.image_url"), "",
            &err) &&
        answer->kind == ANSWER_YES)
        (void)data_url_name_of(listed_picture(c), listed);
    (void)data_url_name_of(span_of(PIXEL), sent);
    if (strcmp(sent, listed) == 0)
        findings_add(c->findings, FINDING_OK, SUBJECT, NULL,
                     "a picture inside an item came back unchanged");
    else
        findings_add(c->findings, FINDING_WARN, SUBJECT,
                     "verify counts such pictures as unproven, and prune spares their threads",
                     "a picture inside an item is taken, but does not come back");
}

/* Whether ids of files can be asked for. */
static void check_files(struct canary *c)
{
    const struct answer *answer = &c->fetched.verdict.answer;
    struct error err;

    if (ask(c, CALL_GET, "/files?limit=1", "", &err) && answer->kind == ANSWER_YES)
        findings_add(c->findings, FINDING_OK, "files", NULL,
                     "the destination can be asked whether it knows a file");
    else
        findings_add(c->findings, FINDING_WARN, "files",
                     "files whose contents are not saved (export --files) cannot be carried",
                     "the destination cannot be asked for files: HTTP %ld", answer->status);
}

static bool clean_up(struct canary *c)
{
    bool ok = true;

    for (size_t i = 0; ok && i < ALL_ITEMS; i++) {
        if (c->items[i][0] == '\0')
            continue;
        conversation_item_path(&c->path, span_of(c->conversation), span_of(c->items[i]));
        ok = request(c, CALL_DELETE, c->path.data, "", "delete an item");
    }
    ok = ok && request(c, CALL_DELETE, path_to(c, ""), "", "delete the conversation");
    if (!ok)
        findings_add(c->findings, FINDING_WARN, "round trip", "delete it by hand",
                     "the canary is still there: %s", c->conversation);
    return ok;
}

void canary_fly(struct findings *findings, struct traffic *traffic)
{
    struct canary c = {.findings = findings, .traffic = traffic};
    bool intact;

    buf_init(&c.path, BUF_NO_LIMIT);
    fetched_init(&c.fetched);
    if (request(&c, CALL_POST, path_to(&c, ""), CREATE, "create a conversation") &&
        keep_conversation(&c)) {
        intact = write_and_compare(&c);
        if (intact)
            check_picture(&c);
        if (clean_up(&c) && intact)
            findings_add(findings, FINDING_OK, "round trip", NULL,
                         "created, appended, read back, compared, deleted");
        check_files(&c);
    }
    fetched_release(&c.fetched);
    buf_release(&c.path);
}
