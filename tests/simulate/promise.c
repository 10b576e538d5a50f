#include "simulate/promise.h"

#include "crash/world.h"
#include "json/json.h"

#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static bool take_rows(struct promise *promise, struct span rest)
{
    while (rest.len > 0) {
        json_error_t error;
        json_t *row =
            json_loadb(rest.data, rest.len, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &error);
        const int thread = picture_thread_number(text_of(row, "thread_id"));
        const size_t used = row ? (size_t)error.position + 1 : 0;

        if (thread < 0 || used > rest.len) {
            json_decref(row);
            return false;
        }
        json_decref(promise->rows[thread]);
        promise->rows[thread] = row;
        rest = (struct span){rest.data + used, rest.len - used};
    }
    return true;
}

/* words after the command, with another command in front. */
static int ask(const char *command, const char *flag, const char *const *words, struct buf *out)
{
    const char *all[PROMISE_WORDS + 2] = {command, flag};
    struct buf err;
    int status;

    for (size_t i = 1; words[i]; i++)
        all[i + 1] = words[i];
    buf_init(&err, BUF_NO_LIMIT);
    status = world_call(all, out, &err);
    buf_release(&err);
    return status;
}

bool promise_take(struct promise *promise, const char *const *words, const struct picture *picture,
                  struct buf *why)
{
    struct buf out;
    bool ok;

    *promise = (struct promise){.was_given = true};
    for (size_t i = 0; i < picture->thread_count; i++) {
        const struct picture_conversation *one = picture_newest_of(picture, i);

        promise->newest[i] = one ? one - picture->conversations : -1;
        promise->ours[i] = one ? one->ours : 0;
    }
    buf_init(&out, BUF_NO_LIMIT);
    promise->diff_status = ask("diff", "--format=jsonl", words, &out);
    ok = take_rows(promise, buf_span(&out));
    buf_clear(&out);
    promise->dry_status = ask("migrate", "--dry-run", words, &out);
    promise->dry = json_loadb(out.data ? out.data : "", out.len, 0, NULL);
    ok = ok && promise->dry;
    buf_release(&out);
    if (!ok)
        buf_add_text(why, "the diff or the dry run cannot be read");
    return ok;
}

void promise_release(struct promise *promise)
{
    json_decref(promise->dry);
    for (size_t i = 0; i <= SCRIPT_THREADS; i++)
        json_decref(promise->rows[i]);
    *promise = (struct promise){.was_given = false};
}

/* ---- was it kept? ---- */

static bool compare(const char *name, const json_t *promised, const json_t *done, struct buf *why)
{
    if (json_equal(promised, done))
        return true;
    buf_printf(why, "the dry run promised %s ", name);
    if (promised)
        json_dump_to(why, promised, JSON_COMPACT);
    buf_add_text(why, ", migrate made it ");
    if (done)
        json_dump_to(why, done, JSON_COMPACT);
    return false;
}

static bool fails(const json_t *row)
{
    return strcmp(text_of(row, "action"), "fail") == 0;
}

/* What precedes a file that is not at hand, or a page that cannot be read, is written; how far it
 * is mapped is a matter of time. */
static bool is_midway(const char *code)
{
    static const char *const CODES[] = {"file_open", "damaged", "bad_source"};
    bool is_one = false;

    for (size_t i = 0; i < sizeof CODES / sizeof CODES[0]; i++)
        is_one = is_one || strcmp(code, CODES[i]) == 0;
    return is_one;
}

static bool stops_midway(const json_t *row)
{
    return is_midway(text_of(row, "code"));
}

/* Where a server says 500 for what is missing, what it means shows when it answers for another. Of
 * two reasons, one in the conversation and one in the source, the one that is met first counts. */
static bool is_same_code(const char *promised, const char *code)
{
    return strcmp(promised, code) == 0 ||
           (strcmp(promised, "server_error") == 0 && strcmp(code, "source_missing") == 0) ||
           (strcmp(promised, "conflict") == 0 && is_midway(code));
}

static bool check_row(const struct promise *promise, size_t thread, const struct picture *picture,
                      const struct claims *claims, struct buf *why)
{
    const json_t *row = promise->rows[thread];
    const struct claim *claim = &claims->threads[thread];
    const struct picture_conversation *one = picture_newest_of(picture, thread);
    const size_t ours = one ? one->ours : 0;
    const char *action = text_of(row, "action");
    bool kept = true;

    if (strcmp(action, "create") == 0)
        kept =
            one && one - picture->conversations > promise->newest[thread] && claim->code[0] == '\0';
    else if (strcmp(action, "append") == 0)
        kept = one && claim->code[0] == '\0' && ours >= promise->ours[thread];
    else if (strcmp(action, "none") == 0)
        kept = ours == promise->ours[thread] && claim->code[0] == '\0';
    else if (fails(row))
        kept = stops_midway(row) ? ours >= promise->ours[thread] : ours == promise->ours[thread];
    if (kept && json_is_string(json_object_get(row, "code")) && claim->code[0] != '\0')
        kept = is_same_code(text_of(row, "code"), claim->code);
    if (!kept)
        buf_printf(why, "diff promised %s %s for thread %zu: %zu items, now %zu, %s", action,
                   text_of(row, "code"), thread, promise->ours[thread], ours,
                   claim->code[0] != '\0' ? claim->code : "no failure");
    return kept;
}

static bool has_row(const struct promise *promise, bool (*is_one)(const json_t *row))
{
    bool has_one = false;

    for (size_t i = 0; i <= SCRIPT_THREADS; i++)
        has_one = has_one || is_one(promise->rows[i]);
    return has_one;
}

bool promise_was_kept(const struct promise *promise, int status, const struct buf *out,
                      const struct picture *picture, const struct claims *claims, struct buf *why)
{
    json_t *done = json_loadb(out->data ? out->data : "", out->len, 0, NULL);
    bool ok = compare("threads", json_object_get(promise->dry, "threads"),
                      json_object_get(done, "threads"), why) &&
              compare("items", json_object_get(promise->dry, "items"),
                      json_object_get(done, "items"), why);

    if (ok && !has_row(promise, stops_midway))
        ok = compare("losses", json_object_get(promise->dry, "losses"),
                     json_object_get(done, "losses"), why);
    /* Whether the files of a thread that fails are counted depends on what is asked first. */
    if (ok && !has_row(promise, fails))
        ok = compare("files", json_object_get(promise->dry, "files"),
                     json_object_get(done, "files"), why);
    json_decref(done);
    if (ok && (promise->dry_status != status || promise->diff_status != status)) {
        buf_printf(why, "diff ended with %d, the dry run with %d, migrate with %d",
                   promise->diff_status, promise->dry_status, status);
        ok = false;
    }
    for (size_t i = 0; ok && i + 1 < picture->thread_count; i++) {
        if (promise->rows[i])
            ok = check_row(promise, i, picture, claims, why);
    }
    return ok;
}
