#include "doctor/canary.h"

#include "base/text.h"
#include "doctor/probes.h"
#include "files/data_url.h"
#include "json/json.h"
#include "write/conversation.h"

#include <stdio.h>
#include <string.h>

enum { ID_SIZE = 257, LISTED_MAX = 100 };

static const char SUBJECT[] = "round trip";
static const char IMAGES[] = "images";
static const char REMEDY[] = "is it a Conversations API, and does the key's project allow writing?";
static const char METADATA[] = "{\"metadata\":{\"threadferry\":\"doctor\"}";
static const char LIST[] = "/items?limit=100&order=asc";
static const char LIST_PICTURES[] =
    "/items?limit=100&order=asc&include[]=message.input_image.image_url";
/* A picture of one grey pixel, 67 bytes. */
#define PIXEL                                                                                      \
    "data:image/"                                                                                  \
    "png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNgAAAAAgAB5Sfe"          \
    "/AAAAABJRU5ErkJggg=="

static const char PICTURE[] =
    "{\"items\":[{\"type\":\"message\",\"role\":\"user\",\"content\":["
    "{\"type\":\"input_image\",\"image_url\":\"" PIXEL "\",\"detail\":\"auto\"}]}]}";

enum probe_outcome { NOT_TRIED, STORED, REFUSED };

/* What became of a probe. */
struct flown {
    enum probe_outcome outcome;
    long status; /* REFUSED */
    char id[ID_SIZE];
};

struct canary {
    struct findings *findings;
    struct traffic *traffic;
    const struct config *config;
    char conversation[ID_SIZE];
    struct flown flown[PROBE_COUNT];
    char listed[LISTED_MAX][ID_SIZE]; /* ids of the items, each once, as the list has them */
    size_t listed_count;
    struct buf path; /* of the request in hand, and its body */
    struct buf body;
    struct fetched fetched;
};

/* ---- requests ---- */

/* The path of the conversation (of all, before it is there), with rest behind it. */
static const char *path_to(struct canary *c, const char *rest)
{
    conversation_path(&c->path, span_of(c->conversation), rest);
    return c->path.data;
}

/* One request; false if it has no answer. */
static bool ask(struct canary *c, enum call_method method, const char *path, struct span body,
                struct error *err)
{
    const struct call call = {.side = SIDE_DESTINATION,
                              .method = method,
                              .path = path,
                              .body = body_of(body),
                              .probe = true};

    fetched_release(&c->fetched);
    fetched_init(&c->fetched);
    return fetch(c->traffic, &call, &c->fetched, err);
}

static bool no_answer(struct canary *c, const char *what, const struct error *err)
{
    char prefix[64];

    (void)snprintf(prefix, sizeof prefix, "cannot %s: ", what);
    findings_add_error(c->findings, SUBJECT, prefix, err, REMEDY);
    return false;
}

/* The same; false, with a finding, where it is not answered with 2xx. */
static bool request(struct canary *c, enum call_method method, const char *path, struct span body,
                    const char *what)
{
    const struct answer *answer = &c->fetched.verdict.answer;
    struct error err = {.code = ERROR_NONE};

    if (!ask(c, method, path, body, &err))
        return no_answer(c, what, &err);
    if (answer->kind == ANSWER_YES &&
        (method != CALL_DELETE || answer_may_be_deleted(answer, (struct span){NULL, 0})))
        return true;
    if (answer->status / 100 == 2)
        findings_add(c->findings, FINDING_FAIL, SUBJECT, REMEDY,
                     "cannot %s: HTTP %ld, but not the reply that it should be", what,
                     answer->status);
    else
        findings_add(
            c->findings, FINDING_FAIL, SUBJECT,
            answer->status == 403
                ? endpoint_forbidden_hint(c->traffic->remotes[SIDE_DESTINATION]->options.endpoint)
                : REMEDY,
            "cannot %s: HTTP %ld", what, answer->status);
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

/* ---- the way there ---- */

/* With create: inline the first probe goes along, as a migration's first batch would. */
static bool create(struct canary *c)
{
    const struct answer *answer = &c->fetched.verdict.answer;

    buf_clear(&c->body);
    buf_add_text(&c->body, METADATA);
    if (c->config->create == CREATE_INLINE) {
        buf_add_text(&c->body, ",\"items\":[");
        probe_write(&PROBES[0], &c->body);
        buf_add_char(&c->body, ']');
        c->flown[0].outcome = STORED;
    }
    buf_add_char(&c->body, '}');
    if (!request(c, CALL_POST, path_to(c, ""), buf_span(&c->body), "create a conversation"))
        return false;
    if (text_is_thread_id(json_get_text(answer->json, "id")) &&
        keep_id(answer->json, c->conversation))
        return true;
    findings_add(c->findings, FINDING_FAIL, SUBJECT, REMEDY,
                 "cannot create a conversation: HTTP %ld, but the reply has no usable id; "
                 "there may now be an empty conversation",
                 answer->status);
    return false;
}

static bool is_listed(const struct canary *c, const char *id)
{
    for (size_t i = 0; i < c->listed_count; i++) {
        if (span_is(span_of(c->listed[i]), id))
            return true;
    }
    return false;
}

/* The ids of the list that was answered; some servers list each item twice. */
static void take_list(struct canary *c)
{
    const json_t *data = json_object_get(c->fetched.verdict.answer.json, "data");

    c->listed_count = 0;
    for (size_t i = 0; i < json_array_size(data) && c->listed_count < LISTED_MAX; i++) {
        char *id = c->listed[c->listed_count];

        if (keep_id(json_array_get(data, i), id) && !is_listed(c, id))
            c->listed_count++;
    }
}

static bool list(struct canary *c)
{
    if (!request(c, CALL_GET, path_to(c, LIST), span_of(""), "list items"))
        return false;
    take_list(c);
    return true;
}

static size_t stored(const struct canary *c)
{
    size_t count = 0;

    for (size_t i = 0; i < PROBE_COUNT; i++)
        count += c->flown[i].outcome == STORED ? 1 : 0;
    return count;
}

/* Appends those from `from` to `to`. False, with a finding, where the canary cannot go on. An
 * outcome that is not known is looked up before anything is sent again. */
static bool append(struct canary *c, size_t from, size_t to)
{
    const struct answer *answer = &c->fetched.verdict.answer;
    struct error err = {.code = ERROR_NONE};
    long status;

    buf_clear(&c->body);
    buf_add_text(&c->body, "{\"items\":");
    for (size_t i = from; i < to; i++) {
        buf_add_char(&c->body, i == from ? '[' : ',');
        probe_write(&PROBES[i], &c->body);
    }
    buf_add_text(&c->body, "]}");
    if (!ask(c, CALL_POST, path_to(c, "/items"), buf_span(&c->body), &err))
        return no_answer(c, "append items", &err);
    status = answer->status;
    for (size_t i = from; i < to; i++) {
        const json_t *data = json_object_get(answer->json, "data");

        c->flown[i].outcome = answer->kind == ANSWER_YES ? STORED : REFUSED;
        c->flown[i].status = status;
        if (answer->kind == ANSWER_YES)
            (void)keep_id(json_array_get(data, i - from), c->flown[i].id);
    }
    if (answer->kind != ANSWER_UNKNOWN)
        return true;
    if (!list(c))
        return false;
    if (c->listed_count <= stored(c))
        return true;
    findings_add(c->findings, FINDING_FAIL, SUBJECT, "find out what answers so late, or so wrongly",
                 "an append was answered with HTTP %ld, and its items are there", status);
    return false;
}

/* A batch; where it is refused, each of it alone. */
static bool append_batch(struct canary *c, size_t from, size_t to)
{
    if (from == to)
        return true;
    if (!append(c, from, to))
        return false;
    if (c->flown[from].outcome != REFUSED || to - from == 1)
        return true;
    for (size_t i = from; i < to; i++) {
        if (!append(c, i, i + 1))
            return false;
    }
    return true;
}

/* The probes from `from` to `to` in batches of the size that a migration's have. */
static bool append_batches(struct canary *c, size_t from, size_t to)
{
    size_t begin = from;
    size_t bytes = 0;

    for (size_t i = from; i < to; i++) {
        const size_t size = PROBES[i].value.len + PROBES[i].fill;
        const bool is_full = (int64_t)(i - begin) == c->config->batch_items ||
                             (int64_t)(bytes + size) > c->config->batch_bytes;

        if (!is_full && probe_is_due(&PROBES[i], c->config)) {
            bytes += size;
            continue;
        }
        if (!append_batch(c, begin, i))
            return false;
        begin = probe_is_due(&PROBES[i], c->config) ? i : i + 1;
        bytes = begin == i ? size : 0;
    }
    return append_batch(c, begin, to);
}

/* ---- the way back ---- */

/* Where the list has the item of a probe: by the id that the append named. What came with the
 * create was named by nobody; it can only be the first. */
static const json_t *find(struct canary *c, size_t probe, size_t *at)
{
    const json_t *data = json_object_get(c->fetched.verdict.answer.json, "data");
    const bool has_id = c->flown[probe].id[0] != '\0';

    for (size_t i = 0; i < json_array_size(data); i++) {
        const json_t *item = json_array_get(data, i);

        *at = i;
        if (has_id ? span_is(json_get_text(item, "id"), c->flown[probe].id)
                   : probe == 0 && probe_is_intact(&PROBES[0], item))
            return item;
    }
    return NULL;
}

static void tell_missing(struct canary *c, size_t probe)
{
    if (probe == 0 && c->config->create == CREATE_INLINE)
        findings_add(c->findings, FINDING_WARN, SUBJECT, "create: empty",
                     "items that come with a create are ignored");
    else
        findings_add(c->findings, FINDING_FAIL, SUBJECT,
                     "it cannot be told there what has arrived; a migration would fail",
                     "%s was taken, and the list does not have it under the id that was given",
                     PROBES[probe].name);
}

/* The remedy is the row's; of basic ones it is what the caller knows. */
static void tell_weakness(struct canary *c, size_t probe, const char *what, const char *remedy)
{
    const struct probe *p = &PROBES[probe];
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    if (p->basic)
        findings_add(c->findings, FINDING_FAIL, SUBJECT, remedy, "%s %s", p->name, what);
    else if (probe_is_helped(p, c->config))
        findings_add(c->findings, FINDING_OK, SUBJECT, NULL, "%s %s; %s is set", p->name, what,
                     probe_remedy(p, &text));
    else
        findings_add(c->findings, FINDING_WARN, SUBJECT, probe_remedy(p, &text), "%s %s", p->name,
                     what);
    buf_release(&text);
}

static void compare(struct canary *c)
{
    bool in_order = true;
    size_t last = 0;

    for (size_t i = 0; i < PROBE_COUNT; i++) {
        size_t at = 0;
        const json_t *item = c->flown[i].outcome == STORED ? find(c, i, &at) : NULL;

        if (c->flown[i].outcome != STORED)
            continue;
        if (!item) {
            tell_missing(c, i);
            continue;
        }
        if (!probe_is_intact(&PROBES[i], item))
            tell_weakness(c, i, "comes back changed",
                          "verify would find the items of a migration different");
        in_order = in_order && at >= last;
        last = at;
    }
    if (!in_order)
        findings_add(c->findings, FINDING_FAIL, SUBJECT,
                     "batch_items: 1, with destination.requests_per_minute: 60",
                     "the items came back in another order");
}

/* has_flown: each probe had its turn; only one that these settings never send was left out. */
static void tell_refusals(struct canary *c, bool has_flown)
{
    char what[48];

    for (size_t i = 0; i < PROBE_COUNT; i++) {
        if (c->flown[i].outcome == NOT_TRIED && has_flown) {
            findings_add(c->findings, FINDING_SKIP, SUBJECT, NULL,
                         "not tried: %s, which is more than batch_bytes", PROBES[i].name);
        } else if (c->flown[i].outcome == REFUSED) {
            (void)snprintf(what, sizeof what, "is refused: HTTP %ld", c->flown[i].status);
            tell_weakness(c, i, what, REMEDY);
        }
    }
    if (!has_flown)
        findings_add(c->findings, FINDING_SKIP, SUBJECT, NULL,
                     "not tried: the kinds of content that some servers refuse");
}

static void write_and_compare(struct canary *c)
{
    const bool has_flown = append_batches(c, stored(c), PROBE_BASICS) &&
                           stored(c) == PROBE_BASICS &&
                           append_batches(c, PROBE_BASICS, PROBE_COUNT);

    tell_refusals(c, has_flown);
    if (list(c))
        compare(c);
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
    const struct answer *answer = &c->fetched.verdict.answer;
    char sent[DATA_URL_NAME + 1];
    char listed[DATA_URL_NAME + 1] = "";
    struct error err;

    if (!ask(c, CALL_POST, path_to(c, "/items"), span_of(PICTURE), &err) ||
        answer->kind != ANSWER_YES) {
        findings_add(c->findings, FINDING_WARN, IMAGES,
                     "threads with saved images would fail; mapping.user_image_files: "
                     "placeholder writes their names",
                     "the destination takes no image inside an item: HTTP %ld", answer->status);
        return;
    }
    if (ask(c, CALL_GET, path_to(c, LIST_PICTURES), span_of(""), &err) &&
        answer->kind == ANSWER_YES) {
        take_list(c);
        (void)data_url_name_of(listed_picture(c), listed);
    }
    (void)data_url_name_of(span_of(PIXEL), sent);
    if (strcmp(sent, listed) == 0)
        findings_add(c->findings, FINDING_OK, IMAGES, NULL,
                     "an image inside an item came back unchanged");
    else
        findings_add(c->findings, FINDING_WARN, IMAGES,
                     "verify counts such images as unproven, and prune leaves their threads alone",
                     "an image inside an item is taken, but does not come back");
}

/* Whether ids of files can be asked for. */
static void check_files(struct canary *c)
{
    const struct answer *answer = &c->fetched.verdict.answer;
    struct error err;

    if (ask(c, CALL_GET, "/files?limit=1", span_of(""), &err) && answer->kind == ANSWER_YES)
        findings_add(c->findings, FINDING_OK, "files", NULL,
                     "the destination can be asked whether it knows a file");
    else
        findings_add(c->findings, FINDING_WARN, "files",
                     "files whose contents are not saved (export --files) cannot be carried",
                     "the destination cannot be asked for files: HTTP %ld", answer->status);
}

/* Items first: those of a conversation that is deleted stay. */
static bool clean_up(struct canary *c)
{
    bool ok = true;

    for (size_t i = 0; ok && i < c->listed_count; i++) {
        conversation_item_path(&c->path, span_of(c->conversation), span_of(c->listed[i]));
        ok = request(c, CALL_DELETE, c->path.data, span_of(""), "delete an item");
    }
    ok = request(c, CALL_DELETE, path_to(c, ""), span_of(""), "delete the conversation") && ok;
    if (!ok)
        findings_add(c->findings, FINDING_WARN, SUBJECT, "delete it by hand",
                     "the canary is still there: %s", c->conversation);
    return ok;
}

void canary_fly(struct findings *findings, struct traffic *traffic, const struct config *config)
{
    struct canary c = {.findings = findings, .traffic = traffic, .config = config};
    const int failed = findings->count[FINDING_FAIL];

    buf_init(&c.path, BUF_NO_LIMIT);
    buf_init(&c.body, BUF_NO_LIMIT);
    fetched_init(&c.fetched);
    if (create(&c)) {
        write_and_compare(&c);
        if (findings->count[FINDING_FAIL] == failed)
            check_picture(&c);
        if (clean_up(&c) && findings->count[FINDING_FAIL] == failed)
            findings_add(findings, FINDING_OK, SUBJECT, NULL,
                         "created, appended, read back, compared, deleted");
        check_files(&c);
    }
    fetched_release(&c.fetched);
    buf_release(&c.body);
    buf_release(&c.path);
}
