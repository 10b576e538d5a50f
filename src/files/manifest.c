#include "files/manifest.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 4 << 20, FILE_ID_MAX = 256 };

const char *const SAVED_STATE_NAMES[SAVED_STATES] = {
    [SAVED_CONTENTS] = "saved",
    [SAVED_NOT_DOWNLOADABLE] = "not_downloadable",
    [SAVED_NOT_FOUND] = "not_found",
    [SAVED_TOO_LARGE] = "too_large",
};

void manifest_init(struct manifest *manifest)
{
    *manifest = (struct manifest){.files = NULL};
    strmap_init(&manifest->ids);
    buf_init(&manifest->line, LINE_MAX_BYTES);
}

void manifest_release(struct manifest *manifest)
{
    strmap_release(&manifest->ids);
    buf_release(&manifest->line);
    free(manifest->files);
    manifest->files = NULL;
}

bool saved_is_file_id(struct span id)
{
    if (id.len == 0 || id.len > FILE_ID_MAX)
        return false;
    for (size_t i = 0; i < id.len; i++) {
        if (!ascii_is_alnum(id.data[i]) && !span_is_one_of(id.data[i], "_-"))
            return false;
    }
    return true;
}

void saved_name(const struct saved_file *file, char name[SAVED_NAME_SIZE])
{
    char hex[DIGEST_HEX + 1] = "";

    text_write_hex(hex, file->sha256.bytes, DIGEST_BYTES);
    (void)snprintf(name, SAVED_NAME_SIZE, "%.2s/%s%s%s", hex, hex, file->magic ? "." : "",
                   file->magic ? file->magic->ext : "");
}

void manifest_note(struct manifest *manifest, struct span file_id, const struct saved_file *file)
{
    bool added;
    const size_t place = strmap_add(&manifest->ids, file_id, &added);

    if (added)
        manifest->files =
            mem_grow(manifest->files, place, &manifest->file_cap, sizeof *manifest->files);
    manifest->files[place] = *file;
}

const struct saved_file *manifest_find(const struct manifest *manifest, struct span file_id,
                                       bool *is_covered)
{
    const size_t place = strmap_find(&manifest->ids, file_id);

    if (is_covered)
        *is_covered = place < manifest->covered;
    return place == SIZE_MAX ? NULL : &manifest->files[place];
}

/* ---- its end ---- */

static int compare_ids(const void *a, const void *b)
{
    const struct span *x = a;
    const struct span *y = b;
    const int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* Over the first count ids, sorted, each with LF. */
static struct fingerprint digest_of_ids(const struct manifest *manifest, size_t count)
{
    struct span *ids = mem_zalloc(count + 1, sizeof *ids);
    struct fingerprint print;
    struct digest digest;

    for (size_t i = 0; i < count; i++)
        ids[i] = strmap_key(&manifest->ids, i);
    qsort(ids, count, sizeof *ids, compare_ids);
    digest_init(&digest);
    for (size_t i = 0; i < count; i++)
        digest_add(&digest, ids[i]);
    print = digest_fingerprint(&digest);
    digest_release(&digest);
    free(ids);
    return print;
}

void manifest_taken(struct manifest *manifest)
{
    const struct fingerprint print = digest_of_ids(manifest, manifest->end_ids);

    manifest->is_end_wrong |=
        manifest->has_end && !fingerprint_equal(&print, &manifest->end_sha256);
    manifest->covered = manifest->has_end && !manifest->is_end_wrong ? manifest->end_ids : 0;
}

/* ---- reading ---- */

static bool read_state(const json_t *object, enum saved_state *state)
{
    const struct span name = json_get_text(object, "state");
    int at = 0;

    while (at < SAVED_STATES && !span_is(name, SAVED_STATE_NAMES[at]))
        at++;
    *state = (enum saved_state)at;
    return at < SAVED_STATES;
}

static bool take_file(struct manifest *manifest, const json_t *object)
{
    const struct span file_id = json_get_text(object, "file_id");
    const struct span ext = json_get_text(object, "ext");
    const json_t *bytes = json_object_get(object, "bytes");
    struct saved_file file = {.bytes = -1};

    if (!saved_is_file_id(file_id) || !read_state(object, &file.state))
        return false;
    if (file.state == SAVED_CONTENTS) {
        file.bytes = json_integer_value(bytes);
        file.magic = magic_named(ext);
        if (!json_is_integer(bytes) || file.bytes < 0 || (ext.data && !file.magic) ||
            !fingerprint_read(&file.sha256, json_get_text(object, "sha256")))
            return false;
    } else {
        bytes = json_object_get(json_object_get(object, "object"), "bytes");
        file.bytes = json_is_integer(bytes) ? json_integer_value(bytes) : -1;
    }
    manifest_note(manifest, file_id, &file);
    return true;
}

static bool take_end(struct manifest *manifest, const json_t *object)
{
    const json_t *ids = json_object_get(object, "ids");

    if (!json_is_integer(ids) ||
        !fingerprint_read(&manifest->end_sha256, json_get_text(object, "sha256")))
        return false;
    manifest->has_end = true;
    manifest->end_ids = manifest->ids.count;
    manifest->is_end_wrong = json_integer_value(ids) != (json_int_t)manifest->ids.count;
    return true;
}

static bool take_line(struct manifest *manifest)
{
    struct error ignored;
    json_t *object =
        manifest->line.overflow ? NULL : json_read_object(buf_span(&manifest->line), &ignored);
    const struct span kind = json_get_text(object, "kind");
    const bool ok = span_is(kind, "file")
                        ? take_file(manifest, object)
                        : span_is(kind, "files_end") && take_end(manifest, object);

    json_decref(object);
    return ok;
}

bool manifest_take(struct manifest *manifest, struct span bytes, const char *path,
                   struct error *err)
{
    while (bytes.len > 0) {
        const char *feed = memchr(bytes.data, '\n', bytes.len);
        const size_t len = feed ? (size_t)(feed - bytes.data) : bytes.len;

        buf_add(&manifest->line, bytes.data, len);
        bytes = span_skip(bytes, len + (feed ? 1 : 0));
        if (!feed)
            break;
        manifest->lines++;
        if (!take_line(manifest)) {
            error_set(err, ERROR_USAGE,
                      "'%s' is not a list that export wrote (line %lld)\n"
                      "hint: put back the list that belongs to this folder, or move the folder "
                      "away and save the files again",
                      path, (long long)manifest->lines);
            return false;
        }
        buf_clear(&manifest->line);
    }
    return true;
}

/* ---- writing ---- */

static void write_hex(struct buf *out, const struct fingerprint *print)
{
    char hex[DIGEST_HEX];

    text_write_hex(hex, print->bytes, DIGEST_BYTES);
    buf_add_text(out, ",\"sha256\":\"");
    buf_add(out, hex, sizeof hex);
    buf_add_char(out, '"');
}

void manifest_write_file(struct buf *out, struct span file_id, const struct saved_file *file,
                         struct span object)
{
    buf_add_text(out, "{\"kind\":\"file\",\"file_id\":\"");
    buf_add_span(out, file_id);
    buf_printf(out, "\",\"state\":\"%s\"", SAVED_STATE_NAMES[file->state]);
    if (file->state == SAVED_CONTENTS) {
        buf_printf(out, ",\"bytes\":%lld", (long long)file->bytes);
        write_hex(out, &file->sha256);
        if (file->magic)
            buf_printf(out, ",\"ext\":\"%s\"", file->magic->ext);
    }
    buf_add_text(out, ",\"object\":");
    /* Line feeds between its members become blanks; inside of strings there are none. */
    for (size_t i = 0; i < object.len; i++)
        buf_add_char(out, span_is_one_of(object.data[i], "\r\n") ? ' ' : object.data[i]);
    buf_add_text(out, object.data ? "}\n" : "null}\n");
}

void manifest_write_end(struct buf *out, struct manifest *manifest)
{
    manifest->end_sha256 = digest_of_ids(manifest, manifest->ids.count);
    manifest->end_ids = manifest->covered = manifest->ids.count;
    manifest->has_end = true;
    manifest->is_end_wrong = false;
    buf_printf(out, "{\"kind\":\"files_end\",\"ids\":%zu", manifest->ids.count);
    write_hex(out, &manifest->end_sha256);
    buf_add_text(out, "}\n");
}
