#include "source/decider.h"

#include "base/mem.h"
#include "base/text.h"
#include "checkpoint/checkpoint.h"
#include "files/contents.h"
#include "json/json.h"
#include "map/map.h"

#include <stdlib.h>

enum { SHOWN_MAX = 96, RECORDED_MAX = 256 };

/* What this run knows of an id, beside the decision. */
struct candidate {
    enum {
        CANDIDATE_NEW,
        CANDIDATE_ASKING,  /* the destination is being asked */
        CANDIDATE_NOT_HAD, /* it does not know the id */
        CANDIDATE_HAD,
        CANDIDATE_FAILED, /* that could not be found out */
    } state;
    enum error_code code; /* CANDIDATE_FAILED */
    long status;
    bool is_decided; /* by this run */
};

struct decider {
    struct decider_options options;
    struct strmap ids; /* of the candidates */
    struct candidate *candidates;
    size_t cap;
    struct filebook tried;  /* decisions that go on record nowhere */
    struct candidate route; /* does the destination have /files? */
    int64_t asked;          /* questions to the destination */
    uint64_t newest;        /* the number of the newest record */
};

struct decider *decider_new(const struct decider_options *options)
{
    struct decider *d = mem_zalloc(1, sizeof *d);

    d->options = *options;
    strmap_init(&d->ids);
    filebook_init(&d->tried);
    return d;
}

void decider_free(struct decider *d)
{
    if (!d)
        return;
    strmap_release(&d->ids);
    filebook_release(&d->tried);
    free(d->candidates);
    free(d);
}

static size_t candidate_of(struct decider *d, struct span id)
{
    bool added;
    const size_t place = strmap_add(&d->ids, id, &added);

    if (added) {
        d->candidates = mem_grow(d->candidates, place, &d->cap, sizeof *d->candidates);
        d->candidates[place] = (struct candidate){.state = CANDIDATE_NEW};
    }
    return place;
}

void file_ask_init(struct file_ask *ask, struct decider *decider, bool looks_up)
{
    *ask = (struct file_ask){.decider = decider, .looks_up = looks_up, .created_at = -1};
    buf_init(&ask->path, BUF_NO_LIMIT);
}

/* What is asked for. */
static struct candidate *asked(const struct file_ask *ask)
{
    return ask->state == FILE_ASK_ROUTE ? &ask->decider->route
                                        : &ask->decider->candidates[ask->place];
}

void file_ask_release(struct file_ask *ask)
{
    if (ask->state != FILE_ASK_NONE)
        *asked(ask) = (struct candidate){.state = CANDIDATE_FAILED, .code = ERROR_SERVER_ERROR};
    ask->state = FILE_ASK_NONE;
    buf_release(&ask->path);
}

void file_ask_renew(struct file_ask *ask, struct span thread_id)
{
    const struct decider *d = ask->decider;

    if (d && d->options.checkpoint)
        ask->created_at =
            progress_get(checkpoint_progress(d->options.checkpoint), thread_id).created_at;
}

/*
 * A decision that --retry-files makes anew: not for threads with a conversation. A mapped id may
 * have been a wrong line of files.map.
 */
static bool is_retried(const struct file_ask *ask, struct span id, const struct fate *fate)
{
    const struct decider *d = ask->decider;
    size_t place;

    if (!d->options.retries || ask->created_at >= 0 || ask->is_begun ||
        (fate->kind != FATE_MISSING && fate->kind != FATE_INSIDE && fate->kind != FATE_MAPPED))
        return false;
    place = strmap_find(&d->ids, id);
    return place == SIZE_MAX || !d->candidates[place].is_decided;
}

/* What the folders say of a file; .file == NULL: nothing. */
static struct saved_found saved_of(const struct decider *d, struct span id)
{
    return d->options.saved ? saved_files_find(d->options.saved, id) : (struct saved_found){0};
}

/* The record knows their digest, the folder also what they are. */
static void bring_contents(const struct decider *d, struct span id, struct fate *fate)
{
    const struct saved_file *saved = saved_of(d, id).file;

    if (fate->kind == FATE_INSIDE && saved && saved->state == SAVED_CONTENTS &&
        fingerprint_equal(&saved->sha256, &fate->saved->sha256))
        fate->saved = saved;
}

static bool find(const struct file_ask *ask, struct span id, struct fate *fate)
{
    const struct decider *d = ask->decider;
    struct checkpoint *checkpoint = d->options.checkpoint;
    /* What a dry run decides anew comes before what is on record, as its record would. */
    const bool is_anew = ask->created_at < 0 && filebook_find(&d->tried, id, -1, fate);
    const bool is_found =
        is_anew ||
        (checkpoint && filebook_find(checkpoint_files(checkpoint), id, ask->created_at, fate) &&
         !is_retried(ask, id, fate)) ||
        filebook_find(&d->tried, id, -1, fate);

    if (!is_found)
        return false;
    bring_contents(d, id, fate);
    return true;
}

bool file_ask_find(const struct file_ask *ask, struct span id, struct fate *fate)
{
    *fate = (struct fate){.kind = FATE_KEPT};
    if (!ask->decider)
        return true;
    /* What nobody ought to have as a file id is not put on record: a line of it is bounded. */
    if (id.len > RECORDED_MAX) {
        *fate = (struct fate){.kind = ask->decider->options.same_project ? FATE_KEPT : FATE_MISSING,
                              .code = MISSING_BAD_ID};
        return true;
    }
    return find(ask, id, fate);
}

/* ---- deciding ---- */

static bool record(struct decider *d, struct span id, const struct fate *fate, struct error *err)
{
    char hex[DIGEST_HEX];
    struct record record = {
        .kind = RECORD_FILE, .file = id, .state = span_of(fate_name(fate->kind)), .id = fate->id};

    if (fate->kind == FATE_MISSING)
        record.code = span_of(missing_name(fate->code));
    if (fate->kind == FATE_INSIDE) {
        text_write_hex(hex, fate->saved->sha256.bytes, DIGEST_BYTES);
        record.sha256 = (struct span){hex, sizeof hex};
        record.bytes = fate->saved->bytes;
    }

    if (!checkpoint_add(d->options.checkpoint, &record, err))
        return false;
    d->newest = checkpoint_newest(d->options.checkpoint);
    return true;
}

static enum file_ask_step decide(struct file_ask *ask, struct span id, const struct fate *fate,
                                 struct error *err)
{
    struct decider *d = ask->decider;

    d->candidates[ask->place].is_decided = true;
    if (d->options.mode == DECIDER_RECORDS)
        return record(d, id, fate, err) ? FILE_ASK_DECIDED : FILE_ASK_FAILS;
    filebook_add(&d->tried, id, fate, 0);
    return FILE_ASK_DECIDED;
}

static void show(char name[SHOWN_MAX], struct span id)
{
    text_visible(name, SHOWN_MAX, id);
}

static enum file_ask_step fail_asking(const struct candidate *failed, struct span id,
                                      struct error *err)
{
    char name[SHOWN_MAX];

    show(name, id);
    if (failed->code == ERROR_FORBIDDEN)
        error_set(err, ERROR_FORBIDDEN,
                  "the destination does not let the key ask for files (HTTP %ld): '%s'; files.ask: "
                  "false asks nobody",
                  failed->status, name);
    else if (failed->status > 0)
        error_set(err, ERROR_SERVER_ERROR,
                  "the destination cannot say whether it knows the file '%s': HTTP %ld", name,
                  failed->status);
    else
        error_set(err, ERROR_SERVER_ERROR,
                  "the destination cannot say whether it knows the file '%s'", name);
    return FILE_ASK_FAILS;
}

static enum file_ask_step send(struct file_ask *ask, struct call *call)
{
    *call = (struct call){.side = SIDE_DESTINATION,
                          .method = CALL_GET,
                          .path = ask->path.data,
                          .asks_route = true,
                          .optional = true};
    asked(ask)->state = CANDIDATE_ASKING;
    ask->decider->asked++;
    return FILE_ASK_SENDS;
}

/* Where the destination has no such route, it knows no file: one question for all of them. */
static enum file_ask_step ask_route(struct file_ask *ask, struct call *call)
{
    ask->state = FILE_ASK_ROUTE;
    buf_clear(&ask->path);
    buf_add_text(&ask->path, "/files?limit=1");
    return send(ask, call);
}

static enum file_ask_step ask_file(struct file_ask *ask, struct span id, struct call *call)
{
    ask->state = FILE_ASK_FILE;
    buf_clear(&ask->path);
    buf_add_text(&ask->path, "/files/");
    text_add_url(&ask->path, id);
    return send(ask, call);
}

/* Step 4 of the table; FILE_ASK_DECIDED: the candidate says what came of it. */
static enum file_ask_step ask_on(struct file_ask *ask, struct span id, struct call *call,
                                 struct error *err)
{
    struct decider *d = ask->decider;
    const struct candidate *candidate = &d->candidates[ask->place];
    const struct candidate *route = &d->route;

    if (candidate->state == CANDIDATE_ASKING || route->state == CANDIDATE_ASKING)
        return FILE_ASK_WAITS;
    if (candidate->state == CANDIDATE_FAILED)
        return fail_asking(candidate, id, err);
    if (candidate->state != CANDIDATE_NEW || route->state == CANDIDATE_NOT_HAD)
        return FILE_ASK_DECIDED;
    if (route->state == CANDIDATE_FAILED)
        return fail_asking(route, id, err);
    return route->state == CANDIDATE_NEW ? ask_route(ask, call) : ask_file(ask, id, call);
}

static bool is_inside(const struct decider *d, const struct saved_file *saved)
{
    return saved && saved->state == SAVED_CONTENTS && saved->magic && saved->magic->is_picture &&
           saved->bytes <= d->options.max_bytes;
}

/* Step 2: before anything is on record they are what they were when they were saved. */
static enum file_ask_step put_inside(struct file_ask *ask, struct span id,
                                     const struct saved_file *saved, struct error *err)
{
    if (!contents_check(ask->decider->options.saved, saved, err))
        return FILE_ASK_FAILS;
    return decide(ask, id, &(struct fate){.kind = FATE_INSIDE, .saved = saved}, err);
}

/* Step 5: is it certain that the file cannot be carried, and why? */
static bool is_missing(const struct decider *d, struct span id, enum missing *code)
{
    const struct saved_found found = saved_of(d, id);
    const struct saved_file *saved = found.file;

    *code = MISSING_BAD_ID;
    if (!saved_is_file_id(id))
        return true;
    if (!saved)
        return false;
    switch (saved->state) {
    case SAVED_CONTENTS:
        *code = saved->magic && saved->magic->is_picture ? MISSING_TOO_LARGE : MISSING_NOT_AN_IMAGE;
        return true;
    case SAVED_NOT_DOWNLOADABLE:
        *code = MISSING_NOT_DOWNLOADABLE;
        break;
    case SAVED_NOT_FOUND:
        *code = MISSING_NOT_FOUND;
        break;
    case SAVED_TOO_LARGE:
        *code = MISSING_TOO_LARGE;
        break;
    case SAVED_STATES:
        return false;
    }
    return found.is_covered;
}

/* Steps 5 and 6: it is certain why the file cannot be carried, or nobody knows. */
static enum file_ask_step end(struct file_ask *ask, struct span id, struct error *err)
{
    struct fate fate = {.kind = FATE_MISSING};
    char name[SHOWN_MAX];

    if (is_missing(ask->decider, id, &fate.code))
        return decide(ask, id, &fate, err);
    show(name, id);
    error_set(err, ERROR_FILE_OPEN, "the contents of file '%s' have not been saved%s", name,
              ask->decider->candidates[ask->place].state == CANDIDATE_NOT_HAD
                  ? ", and the destination does not know it"
                  : "");
    return FILE_ASK_FAILS;
}

/* The table, from the top; before that somebody has looked whether it is decided already. */
static enum file_ask_step decide_anew(struct file_ask *ask, struct span id, struct call *call,
                                      struct error *err)
{
    const struct decider *d = ask->decider;
    const struct decider_options *options = &d->options;
    const struct saved_file *saved = saved_of(d, id).file;
    const bool may_ask = saved_is_file_id(id) && options->ask != ASK_NEVER;
    enum file_ask_step step = FILE_ASK_DECIDED;
    struct fate fate = {.kind = FATE_MAPPED};

    if (options->map)
        fate.id = file_map_find(options->map, id);
    if (fate.id.data)
        return decide(ask, id, &fate, err);
    if (is_inside(d, saved))
        return put_inside(ask, id, saved, err);
    fate.kind = FATE_KEPT;
    if (options->same_project || options->mode == DECIDER_CONVERTS)
        return decide(ask, id, &fate, err);
    if (may_ask && options->ask == ASK_LATER)
        return decide(ask, id, &(struct fate){.kind = FATE_UNKNOWN}, err);
    if (may_ask)
        step = ask_on(ask, id, call, err);
    if (step != FILE_ASK_DECIDED)
        return step;
    if (d->candidates[ask->place].state == CANDIDATE_HAD)
        return decide(ask, id, &fate, err);
    return end(ask, id, err);
}

enum file_ask_step file_ask_next(struct file_ask *ask, struct span id, struct call *call,
                                 struct error *err)
{
    struct decider *d = ask->decider;
    struct fate fate;

    if (file_ask_find(ask, id, &fate) || ask->looks_up || d->options.mode == DECIDER_LOOKS_UP)
        return FILE_ASK_DECIDED;
    ask->place = candidate_of(d, id);
    return decide_anew(ask, id, call, err);
}

/* ---- answers ---- */

static bool is_expired(const struct decider *d, const json_t *file)
{
    int64_t expires_ms;

    return source_time_ms(json_object_get(file, "expires_at"), &expires_ms) &&
           expires_ms <= d->options.wall_ms;
}

/* The file there is the one that is known here, and will be there tomorrow. */
static bool is_same_file(const struct decider *d, struct span id, const json_t *file)
{
    const struct saved_file *saved = saved_of(d, id).file;
    const json_t *bytes = json_object_get(file, "bytes");

    return !is_expired(d, file) && (!saved || saved->bytes < 0 || !json_is_integer(bytes) ||
                                    json_integer_value(bytes) == saved->bytes);
}

/* A 4xx other than those that speak of the key or of the moment. */
static bool says_no(long status)
{
    return status >= 400 && status < 500 && status != 408 && status != 409 && status != 429;
}

void file_ask_feed(struct file_ask *ask, const struct answer *answer)
{
    struct decider *d = ask->decider;
    struct candidate *candidate = asked(ask);
    const bool is_route = ask->state == FILE_ASK_ROUTE;
    const long status = answer->status;
    const struct span id = is_route ? (struct span){NULL, 0} : strmap_key(&d->ids, ask->place);

    ask->state = FILE_ASK_NONE;
    candidate->status = status;
    if (answer->kind == ANSWER_NO && (status == 401 || status == 403)) {
        /* Who may not list may ask for one all the same. */
        candidate->state = is_route ? CANDIDATE_HAD : CANDIDATE_FAILED;
        candidate->code = ERROR_FORBIDDEN;
    } else if (is_route && answer->kind == ANSWER_NO &&
               (status == 404 || status == 405 || status == 501)) {
        candidate->state = CANDIDATE_NOT_HAD;
    } else if (answer->kind == ANSWER_NO && says_no(status)) {
        candidate->state = is_route ? CANDIDATE_HAD : CANDIDATE_NOT_HAD;
    } else if (answer->kind != ANSWER_YES) {
        candidate->state = CANDIDATE_FAILED;
        candidate->code = ERROR_SERVER_ERROR;
    } else if (is_route) {
        candidate->state = CANDIDATE_HAD;
    } else if (answer_presence(answer, id) != PRESENCE_THERE) {
        candidate->state = CANDIDATE_FAILED;
        candidate->code = ERROR_SERVER_ERROR;
    } else {
        candidate->state = is_same_file(d, id, answer->json) ? CANDIDATE_HAD : CANDIDATE_NOT_HAD;
    }
}

bool file_ask_needs_sync(const struct file_ask *ask)
{
    const struct decider *d = ask->decider;

    return d && ask->created_at >= 0 && d->newest > checkpoint_durable(d->options.checkpoint);
}

void decider_count(const struct decider *d, struct file_counts *counts)
{
    if (d->options.checkpoint)
        file_counts_add(counts, checkpoint_files(d->options.checkpoint), &d->tried);
    file_counts_add(counts, &d->tried, NULL);
}

int64_t decider_asked(const struct decider *d)
{
    return d->asked;
}
