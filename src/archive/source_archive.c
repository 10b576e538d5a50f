#include "archive/source_archive.h"

#include "archive/index.h"
#include "archive/load.h"
#include "archive/scan.h"
#include "base/mem.h"
#include "base/text.h"
#include "decode/inputs.h"
#include "decode/remedy.h"
#include "decode/table.h"
#include "fields/keys_guess.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

enum { NAMED_PLACES = 10 };

#define HOW_TO_GO_ON                                                                               \
    "save the messages as JSON, JSON lines or CSV with a header; printed objects of Python and "   \
    "event streams are read as well"

struct archive_source {
    struct source base;
    struct archive_options options;
    struct inputs inputs;
    struct index index;
    struct fields fields;
    json_t *assistants;
    json_t *assistant_bytes; /* see scan.h; NULL unless bytes are kept */
};

struct archive_reading {
    struct reading base;
    struct archive_source *source;
    char *thread_id;
    size_t thread_id_len;
    enum fetch_kind kind;
    size_t step_first; /* of the run that was asked for */
    size_t step_count;
    bool is_loaded;
    struct load_thread data;
    struct error error;
};

static struct load_options load_options_of(struct archive_source *source)
{
    return (struct load_options){
        .index = &source->index,
        .inputs = &source->inputs,
        .fields = &source->fields,
        .allow_truncated = source->options.allow_truncated,
        .keep_raw = source->options.keep_raw,
    };
}

/* ---- one thread ---- */

static void reading_load(struct archive_reading *r)
{
    struct archive_source *source = r->source;
    const struct load_options options = load_options_of(source);
    struct span id = {r->thread_id, r->thread_id_len};
    uint32_t thread = index_find(&source->index, id);

    r->is_loaded = true;
    if (thread == INDEX_NONE || !source->index.threads[thread].is_listed) {
        error_set(&r->error, ERROR_SOURCE_MISSING, "the thread is not in the archive");
        return;
    }
    if (!load_thread(&r->data, &options, thread, &r->error))
        load_release(&r->data);
}

static void reading_ask(struct reading *reading, enum fetch_kind kind, struct span run_id)
{
    struct archive_reading *r = (struct archive_reading *)reading;

    if (!r->is_loaded)
        reading_load(r);
    r->kind = kind;
    if (kind == FETCH_STEPS && r->error.code == ERROR_NONE)
        r->step_first = objects_of_run(&r->data.steps, run_id, &r->step_count);
}

static void reading_next(struct reading *reading, struct wish *wish)
{
    const struct archive_reading *r = (const struct archive_reading *)reading;

    *wish = (struct wish){.kind = WISH_READY};
    if (r->error.code != ERROR_NONE)
        *wish = (struct wish){.kind = WISH_FAIL, .error = r->error};
}

/* An archive never sends anything, so there are no answers. */
static void reading_feed(struct reading *reading, const struct answer *answer)
{
    (void)reading;
    (void)answer;
}

static void reading_take(struct reading *reading, struct page *page)
{
    const struct archive_reading *r = (const struct archive_reading *)reading;
    const struct objects *lists[FETCH_KINDS] = {
        [FETCH_THREAD] = &r->data.thread, [FETCH_ACTIVE_RUN] = &r->data.runs,
        [FETCH_RUNS] = &r->data.runs,     [FETCH_MESSAGES] = &r->data.messages,
        [FETCH_STEPS] = &r->data.steps,
    };
    const struct objects *list = lists[r->kind];
    size_t first = r->kind == FETCH_STEPS ? r->step_first : 0;
    size_t count = r->kind == FETCH_STEPS ? r->step_count : list->count;

    *page = (struct page){.count = count, .last = true};
    if (count > 0)
        page->objects = list->items + first;
    if (count > 0 && r->source->options.keep_raw) {
        page->raw = list->raw + first;
        page->from = list->from + first;
    }
    if (r->kind == FETCH_MESSAGES)
        page->losses = r->data.losses;
}

static void reading_close(struct reading *reading)
{
    struct archive_reading *r = (struct archive_reading *)reading;

    load_release(&r->data);
    free(r->thread_id);
    free(r);
}

static const struct reading_ops READING_OPS = {
    .ask = reading_ask,
    .next = reading_next,
    .feed = reading_feed,
    .take = reading_take,
    .close = reading_close,
};

static struct reading *source_read_thread(struct source *source, struct span thread_id)
{
    struct archive_reading *r = mem_zalloc(1, sizeof *r);

    r->base.ops = &READING_OPS;
    r->source = (struct archive_source *)source;
    r->thread_id = mem_dup(thread_id.data, thread_id.len);
    r->thread_id_len = thread_id.len;
    return &r->base;
}

static void source_close_archive(struct source *source)
{
    struct archive_source *archive = (struct archive_source *)source;

    index_release(&archive->index);
    inputs_release(&archive->inputs);
    json_decref(archive->assistants);
    json_decref(archive->assistant_bytes);
    free(archive);
}

static const struct source_ops SOURCE_OPS = {
    .read = source_read_thread,
    .close = source_close_archive,
};

/* ---- opening ---- */

static void add_place_name(struct buf *out, const struct archive_source *archive,
                           const struct index_unread *place)
{
    text_add_visible(out, span_of(archive->inputs.files[place->file].path), false);
    if (place->line > 0)
        buf_printf(out, ":%u", place->line);
    if (place->path && place->path[0] && strcmp(place->path, "$") != 0) {
        buf_add_char(out, ' ');
        text_add_visible(out, span_of(place->path), false);
    }
}

/* What to do about a place; FILE in what is known in general is the place's file. */
static void add_hint(struct buf *out, const struct archive_source *archive,
                     const struct index_unread *place)
{
    const char *remedy = place->hint || !place->why ? NULL : remedy_for(place->why);

    if (place->hint)
        text_add_visible(out, span_of(place->hint), false);
    else if (remedy)
        remedy_add(out, remedy, span_of(archive->inputs.files[place->file].path));
    else
        buf_add_text(out, "correct the place, or name the file under source.exclude");
}

/* True if the hint of a place is that of a later one, up to the last that is shown. */
static bool is_said_later(const struct archive_source *archive, size_t at, size_t last)
{
    const struct index_unread *places = archive->index.unread;
    struct buf hints[2];
    bool is_same = false;

    for (size_t i = 0; i < 2; i++)
        buf_init(&hints[i], BUF_NO_LIMIT);
    add_hint(&hints[0], archive, &places[at]);
    for (size_t i = at + 1; i < last && !is_same; i++) {
        buf_clear(&hints[1]);
        add_hint(&hints[1], archive, &places[i]);
        is_same = span_equal(buf_span(&hints[0]), buf_span(&hints[1]));
    }
    for (size_t i = 0; i < 2; i++)
        buf_release(&hints[i]);
    return is_same;
}

/* The places up to `last`, each with its name and reason; each hint once, after the last place
 * that it is for. */
static void add_place(struct buf *out, const struct archive_source *archive, size_t at, size_t last,
                      const char *indent)
{
    const struct index_unread *place = &archive->index.unread[at];

    add_place_name(out, archive, place);
    buf_printf(out, ": %s", place->why);
    if (is_said_later(archive, at, last))
        return;
    buf_printf(out, "\n%shint: ", indent);
    add_hint(out, archive, place);
}

/* A word that is no role, and what would make it one. */
static void add_role(struct buf *out, const struct archive_source *archive, size_t at,
                     const char *indent)
{
    const struct strmap *roles = &archive->index.roles;
    const struct span word = strmap_key(roles, at);
    const uint64_t times = strmap_value(roles, at);

    buf_add_text(out, "unknown role '");
    text_add_visible(out, word, false);
    buf_printf(out, "': %" PRIu64 " %s\n%shint: ", times, times == 1 ? "message" : "messages",
               indent);
    keys_guess_role(word, out);
}

/* Something to know of a file, and what to do about it. */
static void add_notice(struct buf *out, const struct archive_source *archive, size_t at,
                       const char *indent)
{
    const struct index_notice *notice = &archive->index.notices[at];
    const struct span path = span_of(archive->inputs.files[notice->file].path);

    text_add_visible(out, path, false);
    buf_printf(out, ":%u: ", notice->line);
    index_notice_say(out, notice);
    buf_printf(out, "\n%shint: ", indent);
    remedy_add(out, index_notice_hint(notice->kind), path);
}

/* The first places by name, and how many more there are. */
static void note_unread(const struct archive_source *archive, archive_note note, void *ctx)
{
    const struct index *index = &archive->index;
    struct buf line;

    buf_init(&line, BUF_NO_LIMIT);
    const size_t last = index->unread_kept < NAMED_PLACES ? index->unread_kept : NAMED_PLACES;
    for (size_t i = 0; i < last; i++) {
        buf_clear(&line);
        buf_add_text(&line, "unread: ");
        add_place(&line, archive, i, last, "");
        note(ctx, line.data);
    }
    if (index->unread_count > NAMED_PLACES) {
        buf_clear(&line);
        buf_printf(&line,
                   "unread: %" PRIu64 " more places\n"
                   "hint: threadferry inventory --json lists the first %d",
                   index->unread_count - NAMED_PLACES, INDEX_PLACES_MAX);
        note(ctx, line.data);
    }
    for (size_t i = 0; i < index->roles.count; i++) {
        buf_clear(&line);
        add_role(&line, archive, i, "");
        note(ctx, line.data);
    }
    for (size_t i = 0; i < index->notice_count && i < NAMED_PLACES; i++) {
        buf_clear(&line);
        add_notice(&line, archive, i, "");
        note(ctx, line.data);
    }
    buf_release(&line);
}

/* Why there is no thread: what the only file is, or how many there are. */
static void explain_nothing(const struct archive_source *archive, const char *path,
                            struct error *err)
{
    const struct inputs *inputs = &archive->inputs;
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    if (archive->index.unread_kept > 0)
        add_place(&text, archive, 0, 1, "");
    else if (inputs->count == 1 && inputs->files[0].shape)
        buf_printf(&text,
                   archive->index.tallies[0].is_passed ? "of another kind (%s)\nhint: " HOW_TO_GO_ON
                                                       : "%s\nhint: " HOW_TO_GO_ON,
                   inputs->files[0].shape);
    else
        buf_printf(&text, "%zu files were looked at\nhint: " HOW_TO_GO_ON, inputs->count);
    error_set(err, ERROR_USAGE, "cannot find a thread in '%s': %s",
              inputs->count == 1 && archive->index.unread_kept == 0 ? inputs->files[0].path : path,
              text.data);
    buf_release(&text);
}

struct source *source_archive_open(const struct archive_options *options, archive_note note,
                                   void *ctx, struct error *err)
{
    struct archive_source *archive = mem_zalloc(1, sizeof *archive);
    bool ok;

    archive->base = (struct source){.ops = &SOURCE_OPS, .is_archive = true};
    archive->options = *options;
    archive->assistants = json_array();
    archive->assistant_bytes = options->keep_raw ? json_array() : NULL;
    inputs_init(&archive->inputs);
    index_init(&archive->index);
    fields_init(&archive->fields, NULL, options->fields, options->roles);
    const struct scan scan = {
        .inputs = &archive->inputs,
        .index = &archive->index,
        .assistants = archive->assistants,
        .assistant_bytes = archive->assistant_bytes,
        .own_fields = options->fields,
        .own_roles = options->roles,
        .preset = options->preset,
        .keeps_from = options->keep_raw,
    };
    ok = scan_find(&scan, options->path, options->exclude, err) && scan_all(&scan, err);
    if (ok && !options->lists_files && source_archive_count(&archive->base) == 0 &&
        json_array_size(archive->assistants) == 0 &&
        !(options->lists_files && archive->index.unread_count > 0)) {
        explain_nothing(archive, options->path, err);
        ok = false;
    }
    if (ok) {
        if (!options->lists_files)
            note_unread(archive, note, ctx);
        return &archive->base;
    }
    source_close_archive(&archive->base);
    return NULL;
}

/* ---- what is in it ---- */

void source_archive_each(struct source *source, source_each each, void *ctx)
{
    const struct index *index = &((struct archive_source *)source)->index;

    for (uint32_t i = 0; i < index->thread_count; i++) {
        if (index->threads[i].is_listed && !each(ctx, index_id(index, i)))
            return;
    }
}

size_t source_archive_count(const struct source *source)
{
    const struct index *index = &((const struct archive_source *)source)->index;
    size_t count = 0;

    for (size_t i = 0; i < index->thread_count; i++)
        count += index->threads[i].is_listed;
    return count;
}

bool source_archive_names_threads(const struct source *source)
{
    const struct index *index = &((const struct archive_source *)source)->index;

    for (size_t i = 0; i < index->thread_count; i++) {
        if (index->threads[i].is_listed && index->threads[i].named_by != INDEX_NONE)
            return true;
    }
    return false;
}

bool source_archive_is_nameless(const struct source *source, struct span thread_id)
{
    const struct index *index = &((const struct archive_source *)source)->index;
    uint32_t thread = index_find(index, thread_id);

    return thread != INDEX_NONE && index->threads[thread].named_by != INDEX_NONE;
}

static uint64_t taken_in(const struct index_tally *tally)
{
    return (uint64_t)tally->messages - tally->states - tally->duplicates;
}

void source_archive_each_file(struct source *source,
                              bool (*each)(void *ctx, const struct archive_file_facts *file),
                              void *ctx)
{
    const struct archive_source *archive = (const struct archive_source *)source;

    for (size_t i = 0; i < archive->inputs.count; i++) {
        const struct index_tally *tally = &archive->index.tallies[i];
        const struct archive_file_facts facts = {
            .path = archive->inputs.files[i].path,
            .shape = archive->inputs.files[i].shape,
            .taken = taken_in(tally),
            .duplicate = tally->duplicates,
            .unread = tally->unread,
        };

        if (!tally->is_passed && !each(ctx, &facts))
            return;
    }
}

static struct span text_of(const json_t *text)
{
    return (struct span){json_string_value(text), json_string_length(text)};
}

void source_archive_each_assistant(struct source *source, archive_assistant each, void *ctx)
{
    const struct archive_source *archive = (const struct archive_source *)source;

    for (size_t i = 0; i < json_array_size(archive->assistants); i++) {
        const json_t *bytes = json_array_get(archive->assistant_bytes, i);
        const struct archive_assistant_facts facts = {
            .object = json_array_get(archive->assistants, i),
            .raw = text_of(json_array_get(bytes, 0)),
            .from = text_of(json_array_get(bytes, 1)),
        };

        if (!each(ctx, &facts))
            return;
    }
}

bool source_archive_holds(const struct source *source, const char *path)
{
    const struct inputs *inputs = &((const struct archive_source *)source)->inputs;
    struct error ignored = {.code = ERROR_NONE};
    struct files_file *file = files_open(NULL, path, &ignored);
    struct files_stamp stamp;
    bool holds = false;

    if (file && files_stamp(file, &stamp, &ignored)) {
        for (size_t i = 0; i < inputs->count && !holds; i++)
            holds = inputs->files[i].stamp.device == stamp.device &&
                    inputs->files[i].stamp.inode == stamp.inode;
    }
    files_close(file);
    return holds;
}

/* ---- the ledger ---- */

bool source_archive_has_unread(const struct source *source)
{
    return ((const struct archive_source *)source)->index.unread_count > 0;
}

uint64_t source_archive_unread(const struct source *source, struct span thread_id)
{
    const struct index *index = &((const struct archive_source *)source)->index;
    uint32_t thread;

    if (!thread_id.data)
        return index->unread_count - index->unread_known;
    thread = index_find(index, thread_id);
    return thread == INDEX_NONE ? 0 : index->threads[thread].unread;
}

/* Reads the threads that were not read yet: their duplicates count. */
static void count_all(struct archive_source *archive)
{
    const struct load_options options = load_options_of(archive);

    for (uint32_t i = 0; i < archive->index.thread_count; i++) {
        struct load_thread data;
        struct error ignored = {.code = ERROR_NONE};

        if (archive->index.threads[i].is_counted || !archive->index.threads[i].is_listed)
            continue;
        (void)load_thread(&data, &options, i, &ignored);
        load_release(&data);
    }
}

struct sums {
    uint64_t files;
    uint64_t taken;
    uint64_t duplicate;
};

static struct sums sum_up(const struct archive_source *archive)
{
    struct sums sums = {0};

    for (size_t i = 0; i < archive->inputs.count; i++) {
        const struct index_tally *tally = &archive->index.tallies[i];

        sums.files += !tally->is_passed;
        sums.taken += taken_in(tally);
        sums.duplicate += tally->duplicates;
    }
    return sums;
}

static void write_counts(struct buf *out, const struct strmap *counts)
{
    buf_add_char(out, '{');
    for (size_t i = 0; i < counts->count; i++) {
        buf_add_text(out, i > 0 ? ",\"" : "\"");
        text_add_json(out, strmap_key(counts, i));
        buf_printf(out, "\":%" PRIu64, strmap_value(counts, i));
    }
    buf_add_char(out, '}');
}

static void write_member(struct buf *out, const char *key, const char *text)
{
    buf_printf(out, ",\"%s\":", key);
    if (!text) {
        buf_add_text(out, "null");
        return;
    }
    buf_add_char(out, '"');
    text_add_json(out, span_of(text));
    buf_add_char(out, '"');
}

static void write_place(struct buf *out, const struct archive_source *archive,
                        const struct index_unread *place)
{
    buf_add_text(out, "{\"file\":\"");
    text_add_json(out, span_of(archive->inputs.files[place->file].path));
    buf_printf(out, "\",\"line\":%u", place->line);
    write_member(out, "path", place->path);
    write_member(out, "why", place->why);
    buf_add_text(out, ",\"thread\":");
    if (place->thread == INDEX_NONE) {
        buf_add_text(out, "null");
    } else {
        buf_add_char(out, '"');
        text_add_json(out, index_id(&archive->index, place->thread));
        buf_add_char(out, '"');
    }
    buf_printf(out, ",\"keys\":%s}", place->keys ? place->keys : "[]");
}

static void write_notice(struct buf *out, const struct archive_source *archive, size_t at)
{
    const struct index_notice *notice = &archive->index.notices[at];
    struct buf says;

    buf_init(&says, BUF_NO_LIMIT);
    index_notice_say(&says, notice);
    buf_add_text(out, at > 0 ? ",{\"file\":\"" : "{\"file\":\"");
    text_add_json(out, span_of(archive->inputs.files[notice->file].path));
    buf_printf(out, "\",\"line\":%u", notice->line);
    write_member(out, "says", says.data);
    buf_add_char(out, '}');
    buf_release(&says);
}

void source_archive_write_ledger(struct source *source, struct buf *out)
{
    struct archive_source *archive = (struct archive_source *)source;
    const struct index *index = &archive->index;

    count_all(archive);
    const struct sums sums = sum_up(archive);
    buf_printf(out,
               "{\"files\":%" PRIu64 ",\"taken\":%" PRIu64 ",\"duplicate\":%" PRIu64
               ",\"unread\":%" PRIu64 ",\"passed_over\":",
               sums.files, sums.taken, sums.duplicate, index->unread_count);
    write_counts(out, &index->passed);
    buf_add_text(out, ",\"other\":");
    write_counts(out, &index->other);
    buf_add_text(out, ",\"places\":[");
    for (size_t i = 0; i < index->unread_kept; i++) {
        if (i > 0)
            buf_add_char(out, ',');
        write_place(out, archive, &index->unread[i]);
    }
    buf_add_text(out, index->notice_count > 0 ? "],\"notices\":[" : "]");
    for (size_t i = 0; i < index->notice_count; i++)
        write_notice(out, archive, i);
    buf_add_text(out, index->notice_count > 0 ? "]}" : "}");
}

/* The sums of files of one shape. */
struct shape_row {
    const char *shape;
    uint64_t files;
    uint64_t taken;
    uint64_t duplicate;
    uint64_t unread;
};

static void print_row(struct buf *out, const char *name, const struct shape_row *row)
{
    buf_add_text(out, "  ");
    text_add_visible(out, span_of(name), false);
    buf_printf(out, ": %" PRIu64 " taken", row->taken);
    if (row->duplicate > 0)
        buf_printf(out, ", %" PRIu64 " duplicate", row->duplicate);
    if (row->unread > 0)
        buf_printf(out, ", %" PRIu64 " unread", row->unread);
    buf_add_char(out, '\n');
}

static void print_files(const struct archive_source *archive, bool each_file, struct buf *out)
{
    struct strmap shapes;
    struct shape_row *rows = NULL;

    strmap_init(&shapes);
    for (size_t i = 0; i < archive->inputs.count; i++) {
        const struct index_tally *tally = &archive->index.tallies[i];
        const char *shape = archive->inputs.files[i].shape;
        struct shape_row one = {shape ? shape : "", 1, taken_in(tally), tally->duplicates,
                                tally->unread};
        bool added;

        if (tally->is_passed)
            continue;
        if (each_file) {
            char *name = mem_printf("%s  %s", archive->inputs.files[i].path, one.shape);

            print_row(out, name, &one);
            free(name);
            continue;
        }
        size_t at = strmap_add(&shapes, span_of(one.shape), &added);
        if (added) {
            rows = mem_resize(rows, shapes.count, sizeof *rows);
            rows[at] = one;
            continue;
        }
        assert(rows);
        rows[at].files++;
        rows[at].taken += one.taken;
        rows[at].duplicate += one.duplicate;
        rows[at].unread += one.unread;
    }
    for (size_t i = 0; rows && i < shapes.count; i++) {
        char *name = mem_printf("%" PRIu64 " %s, %s", rows[i].files,
                                rows[i].files == 1 ? "file" : "files", rows[i].shape);

        print_row(out, name, &rows[i]);
        free(name);
    }
    free(rows);
    strmap_release(&shapes);
}

/* The keys of files in which no message was recognised, and what to try. */
static void print_keys(const struct archive_source *archive, bool all, struct buf *out)
{
    size_t shown = 0;

    for (size_t i = 0; i < archive->inputs.count && (all || shown < NAMED_PLACES); i++) {
        const struct input *input = &archive->inputs.files[i];

        if (!input->keys)
            continue;
        shown++;
        buf_add_text(out, "  keys seen in ");
        text_add_visible(out, span_of(input->path), false);
        buf_add_text(out, ": ");
        text_add_visible(out, span_of(input->keys), false);
        buf_add_char(out, '\n');
        if (input->guess)
            buf_printf(out, "    hint: %s\n", input->guess);
    }
}

static void print_counts(struct buf *out, const char *label, const struct strmap *counts)
{
    if (counts->count == 0)
        return;
    buf_printf(out, "  %s", label);
    for (size_t i = 0; i < counts->count; i++) {
        buf_printf(out, "%s%" PRIu64 " ", i > 0 ? ", " : ": ", strmap_value(counts, i));
        text_add_visible(out, strmap_key(counts, i), false);
    }
    buf_add_char(out, '\n');
}

void source_archive_print_ledger(struct source *source, bool each_file, struct buf *out)
{
    struct archive_source *archive = (struct archive_source *)source;
    const struct index *index = &archive->index;

    count_all(archive);
    print_files(archive, each_file, out);
    print_counts(out, "passed over", &index->passed);
    print_counts(out, "other records", &index->other);
    const size_t last =
        each_file || index->unread_kept < NAMED_PLACES ? index->unread_kept : NAMED_PLACES;
    for (size_t i = 0; i < last; i++) {
        buf_add_text(out, "  unread ");
        add_place(out, archive, i, last, "    ");
        buf_add_char(out, '\n');
    }
    for (size_t i = 0; i < index->roles.count; i++) {
        buf_add_text(out, "  ");
        add_role(out, archive, i, "    ");
        buf_add_char(out, '\n');
    }
    for (size_t i = 0; i < index->notice_count && (each_file || i < NAMED_PLACES); i++) {
        buf_add_text(out, "  ");
        add_notice(out, archive, i, "    ");
        buf_add_char(out, '\n');
    }
    print_keys(archive, each_file, out);
}
