#include "archive/scan.h"

#include "archive/shelf.h"
#include "archive/walk.h"
#include "base/mem.h"
#include "decode/decode.h"
#include "decode/parse.h"
#include "decode/remedy.h"
#include "fields/keys_guess.h"
#include "fields/keys_seen.h"
#include "fields/presets.h"
#include "json/json.h"
#include "os/stop.h"

#include <stdlib.h>
#include <strings.h>

enum {
    SIGN_OBJECTS = 1000,  /* that are held against the signs of presets */
    SIGN_BYTES = 1 << 20, /* the longest of them */
    KEYS_SHOWN = 24,
    KEYS_FILES = 10, /* of which they are kept */
};

/* All files on their way. */
struct pass {
    const struct scan *scan;
    struct parse parse;
    struct walk walk;
    struct shelf shelf;
    struct walk trial; /* looks for a message without telling anybody */
    struct fields fields;
    const struct preset *preset; /* that an object of the file has the sign of */
    size_t signs;
    struct keys_seen *seen;
    size_t keys_files; /* whose keys were kept */
    struct buf guess;  /* what to try for the file in hand */
    size_t pieces;
};

static void on_passed(void *ctx, const char *path, const char *kind)
{
    (void)path;
    index_count(&((const struct scan *)ctx)->index->passed, kind);
}

bool scan_find(const struct scan *scan, const char *path, const char *const *exclude,
               struct error *err)
{
    if (!inputs_find(scan->inputs, path, exclude, on_passed, (void *)(uintptr_t)scan, err))
        return false;
    index_files(scan->index, scan->inputs->count);
    return true;
}

/* ---- is there a message, and if not, what is there? ---- */

static void ignore_record(void *ctx, const struct sighting *s)
{
    (void)ctx;
    (void)s;
}

static uint32_t ignore_list(void *ctx, const struct walk_list *list)
{
    (void)ctx;
    (void)list;
    return 1;
}

static void ignore_end(void *ctx, uint32_t list)
{
    (void)ctx;
    (void)list;
}

static void ignore_beside(void *ctx, uint32_t list, uint32_t other)
{
    (void)ctx;
    (void)list;
    (void)other;
}

static void ignore_other(void *ctx, const char *kind)
{
    (void)ctx;
    (void)kind;
}

/* Holds an object against the signs of the presets. */
static void look_for_sign(void *ctx, const struct tape *tape, uint32_t object)
{
    struct pass *pass = ctx;
    struct span raw = tape_raw(tape, object);
    struct error ignored = {.code = ERROR_NONE};
    json_t *built;

    if (pass->preset || pass->signs >= SIGN_OBJECTS || raw.len > SIGN_BYTES)
        return;
    pass->signs++;
    built = json_read_object(raw, &ignored);
    if (built)
        pass->preset = preset_by_sign(built);
    json_decref(built);
}

static const struct walk_ops TRIAL_OPS = {
    .record = ignore_record,
    .unread = ignore_record,
    .begin_list = ignore_list,
    .end_list = ignore_end,
    .beside = ignore_beside,
    .other = ignore_other,
    .unknown = look_for_sign,
};

static void see_keys(struct pass *pass, const struct piece *piece)
{
    struct error ignored = {.code = ERROR_NONE};
    json_t *value;

    if (!piece->tape || piece->tape->values[0].len > SIGN_BYTES)
        return;
    value = json_read(tape_raw(piece->tape, 0), &ignored);
    if (value)
        keys_seen_add(pass->seen, value);
    json_decref(value);
}

/* What to try goes to the unread places that are kept; the keys to the first files. */
static void keep_keys(struct pass *pass, struct input *input)
{
    const bool is_kept = pass->keys_files < KEYS_FILES;
    struct buf text;

    if (keys_seen_count(pass->seen) == 0 ||
        (!is_kept && pass->scan->index->unread_kept == INDEX_PLACES_MAX))
        return;
    if (!pass->shelf.unknown_hint) {
        buf_clear(&pass->guess);
        if (keys_guess(pass->seen, &pass->guess))
            pass->shelf.unknown_hint = pass->guess.data;
    }
    if (!is_kept)
        return;
    buf_init(&text, BUF_NO_LIMIT);
    keys_seen_write(pass->seen, KEYS_SHOWN, &text);
    input->keys = buf_steal(&text);
    buf_release(&text);
    input->guess = pass->shelf.unknown_hint ? mem_strdup(pass->shelf.unknown_hint) : NULL;
    pass->keys_files++;
}

/* ---- one file ---- */

/* The names that are asked for whatever is in the file: the user's own, or those of a preset. */
static bool choose_fields(struct pass *pass, const struct preset *preset)
{
    const struct scan *scan = pass->scan;

    fields_init(&pass->fields, preset, scan->own_fields, scan->own_roles);
    pass->walk.fields = fields_are_set(&pass->fields) ? &pass->fields : NULL;
    return pass->walk.fields != NULL;
}

/* Settles where things are in a file when its first message was looked for. False if what was
 * looked at has to be read anew for it. */
static bool settle_fields(struct pass *pass, struct input *input, bool is_own)
{
    if (pass->scan->preset && strcmp(pass->scan->preset, PRESET_NONE) != 0) {
        const struct preset *named = preset_by_name(pass->scan->preset, NULL);

        if (pass->preset && named && strcmp(pass->preset->name, named->name) == 0)
            named = pass->preset;
        (void)choose_fields(pass, named);
        return false;
    }
    if (pass->trial.messages > 0)
        return true;
    if (is_own && pass->preset) {
        buf_clear(&pass->guess);
        buf_printf(&pass->guess,
                   "source.fields is set, so that the preset of this file does not apply: leave it "
                   "out, or add --source-preset %s",
                   pass->preset->name);
        pass->shelf.unknown_hint = pass->guess.data;
    } else if (!pass->scan->preset && pass->preset) {
        (void)choose_fields(pass, pass->preset);
        input->preset = pass->preset->name;
    }
    if (!input->preset)
        keep_keys(pass, input);
    return true;
}

/*
 * Reads a file. Until a message is recognised its values are only looked at: without one, a preset
 * may apply, or the keys are what is told. The first piece that has one is read at once, if it is
 * the file's first; else all begins anew.
 */
static void read_file(struct pass *pass, struct input *input, const struct files_file *file,
                      uint64_t start)
{
    struct piece piece;
    bool is_first = true;

    pass->preset = NULL;
    pass->signs = 0;
    pass->pieces = 0;
    parse_open(&pass->parse, file, start);
    /* Roles alone say nothing about where things are: that may still be a preset's to say. */
    const bool is_own =
        choose_fields(pass, NULL) && fields_name_places(&pass->fields) && !pass->scan->preset;
    pass->trial.fields = pass->walk.fields;
    pass->seen = keys_seen_new();
    pass->trial.messages = 0;
    while (parse_next(&pass->parse, &piece)) {
        walk_piece(&pass->trial, &piece);
        if (pass->trial.messages > 0)
            break;
        see_keys(pass, &piece);
        is_first = false;
    }
    is_first = settle_fields(pass, input, is_own) && is_first;
    keys_seen_free(pass->seen);
    if (pass->trial.messages > 0 && is_first) {
        walk_piece(&pass->walk, &piece);
        pass->pieces++;
    } else {
        parse_open(&pass->parse, file, start);
    }
    for (; parse_next(&pass->parse, &piece); pass->pieces++)
        walk_piece(&pass->walk, &piece);
}

static char *shape_text(const struct pass *pass, uint32_t file)
{
    const struct index_tally *tally = &pass->scan->index->tallies[file];
    const struct input *input = &pass->scan->inputs->files[file];
    static const char *const NAMES[] = {
        [PARSE_EMPTY] = "empty", [PARSE_UNKNOWN] = "not recognised",
        [PARSE_JSON] = "JSON",   [PARSE_EVENTS] = "event stream (the assistant's side only)",
        [PARSE_CSV] = "CSV",
    };
    const char *format = NAMES[pass->parse.format];

    if (pass->shelf.is_own)
        return mem_strdup("threadferry archive");
    if (pass->parse.format == PARSE_JSON && pass->pieces > 1)
        format = "JSON lines";

    if (input->preset)
        return mem_printf("%s, preset %s", format, input->preset);
    if (tally->messages > 0 || pass->parse.format == PARSE_EMPTY)
        return mem_strdup(format);
    return mem_printf("%s, no message recognised", format);
}

static void keep_table(struct pass *pass, struct input *input)
{
    if (pass->parse.format != PARSE_CSV)
        return;
    input->table = mem_alloc(sizeof *input->table);
    *input->table = pass->parse.table;
    table_init(&pass->parse.table);
}

/* A part of a print that cannot be read. */
static void on_print(void *ctx, const struct python_place *place)
{
    struct pass *pass = ctx;
    struct shelf_unread *unread =
        shelf_note(&pass->shelf, (uint32_t)place->line, place->why, place->hint, place->bytes);

    unread->offset = place->at;
    unread->is_cut = place->is_end;
}

static void scan_text(struct pass *pass, uint32_t file, const struct files_file *open,
                      const struct decode *decode)
{
    struct input *input = &pass->scan->inputs->files[file];
    bool is_spooled = decode->verdict == DECODE_SPOOLED;

    pass->shelf.is_decoded = is_spooled;
    if (decode->looks_like) {
        buf_clear(&pass->guess);
        remedy_add(&pass->guess, decode->looks_like->hint, span_of(input->path));
        pass->shelf.unknown_why = decode->looks_like->name;
        pass->shelf.unknown_hint = pass->guess.data;
    }
    read_file(pass, input, is_spooled ? decode->spool : open, decode->start);
    if (pass->parse.format == PARSE_UNKNOWN)
        (void)shelf_note(&pass->shelf, 1, "not JSON, an event stream or CSV with a header",
                         "save it as JSON, JSON lines or CSV with a header",
                         (struct span){NULL, 0});
    if (pass->parse.error.code != ERROR_NONE)
        (void)shelf_note(&pass->shelf, pass->parse.line, pass->parse.error.text,
                         "copy the file again from where it came from", (struct span){NULL, 0});
    if (pass->parse.format == PARSE_CSV && pass->parse.table.has_line_ends)
        index_tell(pass->scan->index,
                   &(struct index_notice){.kind = NOTICE_ESCAPES, .file = file, .line = 1});
    if (pass->parse.format == PARSE_CSV && pass->parse.table.is_open)
        index_tell(
            pass->scan->index,
            &(struct index_notice){.kind = NOTICE_OPEN, .file = file, .line = pass->parse.line});
    input->shape = shape_text(pass, file);
    keep_table(pass, input);
}

/* True for a file that has a thread's id as its name and was to be that thread, but is nothing or
 * what a server says when it fails. */
static bool is_lost(const struct pass *pass, const struct input *input, const char *kind)
{
    const char *ending = strrchr(input->path, '.');
    bool is_page = ending && strncasecmp(ending, ".htm", 4) == 0;

    return (strcmp(kind, "empty") == 0 || (strcmp(kind, "web page") == 0 && !is_page)) &&
           shelf_is_of_thread(&pass->shelf);
}

static bool scan_open(struct pass *pass, uint32_t file, const struct files_file *open,
                      struct error *err)
{
    struct input *input = &pass->scan->inputs->files[file];
    const struct python_places places = {on_print, pass};
    struct decode decode;
    bool ok = decode_open(&decode, open, span_of(input->path), &places, err);

    if (ok) {
        switch (decode.verdict) {
        case DECODE_PLAIN:
        case DECODE_SPOOLED:
            scan_text(pass, file, open, &decode);
            break;
        case DECODE_UNREAD:
            (void)shelf_note(&pass->shelf, 1, decode.why, decode.hint, (struct span){NULL, 0});
            input->shape = mem_strdup(decode.why);
            break;
        case DECODE_FOREIGN:
            input->shape = mem_strdup(decode.kind);
            if (is_lost(pass, input, decode.kind)) {
                (void)shelf_note(&pass->shelf, 1, "not the thread that the file is called by",
                                 "fetch the thread again", (struct span){NULL, 0});
                break;
            }
            index_count(&pass->scan->index->passed, decode.kind);
            pass->scan->index->tallies[file].is_passed = true;
            break;
        }
    }
    decode_release(&decode);
    return ok;
}

static bool scan_file(struct pass *pass, uint32_t file, struct error *err)
{
    const struct files_file *open;
    struct error problem = {.code = ERROR_NONE};
    bool ok = true;

    shelf_open(&pass->shelf, file);
    open = inputs_open(pass->scan->inputs, file, &problem);
    if (open)
        ok = scan_open(pass, file, open, err);
    else
        (void)shelf_note(&pass->shelf, 0, problem.text, "make the file readable",
                         (struct span){NULL, 0});
    shelf_close(&pass->shelf);
    if (ok)
        (void)stop_is_asked(&pass->shelf.error);
    if (ok && pass->shelf.error.code != ERROR_NONE)
        *err = pass->shelf.error;
    return ok && pass->shelf.error.code == ERROR_NONE;
}

bool scan_all(const struct scan *scan, struct error *err)
{
    struct pass pass = {.scan = scan};
    bool ok = true;

    parse_init(&pass.parse);
    buf_init(&pass.guess, BUF_NO_LIMIT);
    shelf_init(&pass.shelf, scan->index, scan->inputs);
    walk_init(&pass.walk, &SHELF_OPS, &pass.shelf);
    walk_init(&pass.trial, &TRIAL_OPS, &pass);
    pass.shelf.fields = &pass.fields;
    pass.shelf.assistants = scan->assistants;
    pass.shelf.assistant_bytes = scan->assistant_bytes;
    pass.shelf.keeps_from = scan->keeps_from;
    pass.shelf.is_alone = scan->inputs->count == 1;
    for (size_t i = 0; i < scan->inputs->count && ok; i++)
        ok = scan_file(&pass, (uint32_t)i, err);
    index_end(scan->index);
    walk_release(&pass.walk);
    walk_release(&pass.trial);
    shelf_release(&pass.shelf);
    buf_release(&pass.guess);
    parse_release(&pass.parse);
    return ok;
}
