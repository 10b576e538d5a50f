#include "simulate/claims.h"

#include "base/text.h"
#include "crash/world.h"
#include "fakes/fake_fsio.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static void copy(char to[CLAIMS_CODE_SIZE], const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    (void)snprintf(to, CLAIMS_CODE_SIZE, "%s", text ? text : "");
}

static bool take_row(struct claims *claims, const json_t *row)
{
    const int thread = picture_thread_number(json_string_value(json_object_get(row, "thread_id")));
    const char *id = json_string_value(json_object_get(row, "conversation_id"));
    struct claim *claim;

    if (thread < 0 || !id)
        return false;
    claim = &claims->threads[thread];
    claim->is_named = true;
    (void)snprintf(claim->conversation, sizeof claim->conversation, "%s", id);
    claim->items = json_integer_value(json_object_get(row, "items"));
    copy(claim->state, row, "state");
    return true;
}

static bool take_mapping(struct claims *claims)
{
    static const char *const WORDS[] = {"mapping", "--format=jsonl", NULL};
    struct buf out;
    struct buf err;
    struct span rest;
    bool ok;

    buf_init(&out, BUF_NO_LIMIT);
    buf_init(&err, BUF_NO_LIMIT);
    ok = world_call(WORDS, &out, &err) == 0;
    rest = buf_span(&out);
    while (ok && rest.len > 0) {
        json_error_t error;
        json_t *row = json_loadb(rest.data, rest.len, JSON_DISABLE_EOF_CHECK, &error);
        const size_t used = row ? (size_t)error.position + 1 : 0;

        ok = row && used <= rest.len && take_row(claims, row);
        json_decref(row);
        if (ok)
            rest = (struct span){rest.data + used, rest.len - used};
    }
    buf_release(&out);
    buf_release(&err);
    return ok;
}

static void take_failures(struct claims *claims, const json_t *list)
{
    size_t index;
    const json_t *failure;

    json_array_foreach(list, index, failure)
    {
        const int thread =
            picture_thread_number(json_string_value(json_object_get(failure, "thread_id")));

        if (thread >= 0)
            copy(claims->threads[thread].code, failure, "code");
    }
}

/* ---- what `status` counts ---- */

static bool blame(struct buf *why, const char *what, int64_t said, int64_t is)
{
    buf_printf(why, "status says %lld %s, it is %lld", (long long)said, what, (long long)is);
    return false;
}

/* The rows of the mapping in one state; without a conversation a thread has none. */
static bool check_state(const struct claims *claims, const char *state, int64_t said,
                        struct buf *why)
{
    const bool is_failure = strcmp(state, "failed") == 0 || strcmp(state, "uncertain") == 0;
    int64_t count = 0;

    for (size_t i = 0; i <= SCRIPT_THREADS; i++) {
        const struct claim *claim = &claims->threads[i];

        if (is_failure)
            count += claim->code[0] != '\0' && strcmp(claim->code, "rolling_back") != 0 &&
                     (strcmp(claim->code, "uncertain") == 0) == (state[0] == 'u');
        else
            count += claim->is_named && strcmp(claim->state, state) == 0;
    }
    return said == count || strcmp(state, "rolled_back") == 0 || blame(why, state, said, count);
}

/* The counts of `status` are those of its own list and of the mapping. */
static bool check_counts(const struct claims *claims, const json_t *status, struct buf *why)
{
    const json_t *said;
    const char *state;
    int64_t items = 0;

    json_object_foreach((json_t *)(uintptr_t)json_object_get(status, "threads"), state, said)
    {
        if (!check_state(claims, state, json_integer_value(said), why))
            return false;
    }
    for (size_t i = 0; i <= SCRIPT_THREADS; i++)
        items += claims->threads[i].is_named ? claims->threads[i].items : 0;
    return json_integer_value(json_object_get(status, "items")) == items ||
           blame(why, "items", json_integer_value(json_object_get(status, "items")), items);
}

/* Has the last run in the file a line about its end? */
static bool has_end(struct span file)
{
    struct span line;
    bool has = false;

    while (text_next_line(&file, &line)) {
        if (memmem(line.data, line.len, "\"k\":\"run\"", 9))
            has = false;
        has = has || memmem(line.data, line.len, "\"k\":\"ended\"", 11);
    }
    return has;
}

/* A run that was killed has not ended, however the one before it did. */
static bool take_exit(struct claims *claims, const json_t *status, const struct buf *err,
                      struct span file, struct buf *why)
{
    const json_t *last = json_object_get(json_object_get(status, "last_run"), "exit");
    const bool is_torn = err->len > 0 && memmem(err->data, err->len, "unfinished write", 16);

    claims->exit = json_is_integer(last) ? json_integer_value(last) : CLAIMS_NO_EXIT;
    return is_torn || json_is_integer(last) == has_end(file) ||
           blame(why, "is the exit status of the last run, the file has one", claims->exit,
                 has_end(file));
}

/* They are said of the checkpoint alone: as long as it is what it was, so are they. */
static bool is_said(const struct claims *claims, struct span file)
{
    return claims->file.data && file.data && claims->file.len == file.len &&
           memcmp(claims->file.data, file.data, file.len) == 0;
}

void claims_release(struct claims *claims)
{
    buf_release(&claims->file);
    json_decref(claims->files);
    claims->files = NULL;
}

static bool fits(const struct claims *claims, const json_t *row, int64_t *counts)
{
    const int thread = picture_thread_number(json_string_value(json_object_get(row, "thread_id")));
    const char *id = json_string_value(json_object_get(row, "conversation_id"));
    const json_t *index = json_object_get(row, "index");

    if (thread < 0 || !id || strcmp(id, claims->threads[thread].conversation) != 0)
        return false;
    return !json_is_integer(index) || json_integer_value(index) == counts[thread]++;
}

bool claims_fit_items(const struct claims *claims, struct span rows, int status, struct buf *why)
{
    int64_t counts[SCRIPT_THREADS + 1] = {0};
    bool ok = true;
    struct span line;

    while (ok && text_next_line(&rows, &line) && line.len > 0) {
        json_t *row = json_loadb(line.data, line.len, JSON_ALLOW_NUL, NULL);

        ok = fits(claims, row, counts);
        json_decref(row);
    }
    for (size_t i = 0; status == 0 && i < SCRIPT_THREADS; i++)
        ok = ok && (strcmp(claims->threads[i].state, "done") != 0 ||
                    counts[i] == claims->threads[i].items);
    if (!ok)
        buf_add_text(why, "mapping --items does not fit the mapping");
    return ok;
}

bool claims_take(struct claims *claims, struct buf *why)
{
    const struct span file = fake_fsio_content_of(WORLD_CHECKPOINT);
    static const char *const WORDS[] = {"status", "--json", NULL};
    struct buf out;
    struct buf err;
    json_t *root;
    bool ok = true;

    if (is_said(claims, file))
        return true;
    claims_release(claims);
    *claims = (struct claims){.taken = claims->taken + 1, .has_file = file.data != NULL};
    buf_init(&claims->file, BUF_NO_LIMIT);
    buf_init(&out, BUF_NO_LIMIT);
    buf_init(&err, BUF_NO_LIMIT);
    claims->status = world_call(WORDS, &out, &err);
    root = json_loadb(out.data ? out.data : "", out.len, 0, NULL);
    claims->files = json_incref(json_object_get(root, "files"));
    if (claims->status == 0) {
        claims->orphans = json_integer_value(json_object_get(root, "possible_empty_orphans"));
        take_failures(claims, json_object_get(root, "failures"));
        ok = root && take_mapping(claims);
        if (!ok)
            buf_add_text(why, "status or mapping cannot be read");
        ok = ok && check_counts(claims, root, why) && take_exit(claims, root, &err, file, why);
    } else if (claims->has_file || claims->status != 2) {
        buf_printf(why, "status ends with %d: %.*s", claims->status, (int)err.len,
                   err.data ? err.data : "");
        ok = false;
    }
    if (ok && claims->status == 0)
        buf_add_span(&claims->file, file);
    json_decref(root);
    buf_release(&out);
    buf_release(&err);
    return ok;
}
