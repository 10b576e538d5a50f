#include "archive/index.h"

#include "base/mem.h"
#include "base/text.h"
#include "decode/remedy.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEY_MAX_BYTES = 1040 };

void index_init(struct index *index)
{
    memset(index, 0, sizeof *index);
    strmap_init(&index->ids);
    strmap_init(&index->passed);
    strmap_init(&index->other);
    strmap_init(&index->roles);
    strmap_init(&index->totals);
}

void index_release(struct index *index)
{
    for (size_t i = 0; i < index->fault_count; i++)
        free(index->faults[i].text);
    for (size_t i = 0; i < index->unread_kept; i++) {
        free(index->unread[i].path);
        free(index->unread[i].why);
        free(index->unread[i].hint);
        free(index->unread[i].keys);
    }
    strmap_release(&index->ids);
    strmap_release(&index->passed);
    strmap_release(&index->other);
    strmap_release(&index->roles);
    strmap_release(&index->totals);
    free(index->notices);
    free(index->said);
    free(index->threads);
    free(index->lists);
    free(index->places);
    free(index->faults);
    free(index->tallies);
}

void index_files(struct index *index, size_t count)
{
    index->tallies = mem_zalloc(count, sizeof *index->tallies);
}

uint32_t index_thread(struct index *index, struct span id)
{
    bool is_good = text_is_archive_id(id);
    bool added;
    char key[KEY_MAX_BYTES];

    if (id.len > KEY_MAX_BYTES)
        id.len = KEY_MAX_BYTES;
    if (!is_good && id.len > 0) {
        memcpy(key, id.data, id.len);
        for (size_t i = 0; i < id.len; i++)
            key[i] = key[i] ? key[i] : '\1'; /* not good either */
        id.data = key;
    }
    size_t at = strmap_add(&index->ids, id, &added);
    if (!added)
        return (uint32_t)strmap_value(&index->ids, at);
    index->threads =
        mem_grow(index->threads, index->thread_count, &index->thread_cap, sizeof *index->threads);
    uint32_t thread = (uint32_t)index->thread_count++;
    index->threads[thread] = (struct index_thread){
        .key = (uint32_t)at,
        .first_list = INDEX_NONE,
        .last_list = INDEX_NONE,
        .fault = INDEX_NONE,
        .doubt = INDEX_NONE,
        .named_by = INDEX_NONE,
    };
    strmap_set_value(&index->ids, at, thread);
    if (!is_good)
        index_fail(index, thread, ERROR_BAD_ID,
                   "the thread's id is not a text of 1 to 256 characters without control "
                   "characters");
    return thread;
}

uint32_t index_find(const struct index *index, struct span id)
{
    size_t at = id.len <= KEY_MAX_BYTES ? strmap_find(&index->ids, id) : SIZE_MAX;

    return at == SIZE_MAX ? INDEX_NONE : (uint32_t)strmap_value(&index->ids, at);
}

struct span index_id(const struct index *index, uint32_t thread)
{
    return strmap_key(&index->ids, index->threads[thread].key);
}

uint32_t index_list(struct index *index, const struct index_list *list)
{
    if (index->list_count == index->list_cap) {
        index->list_cap = index->list_cap ? index->list_cap + index->list_cap / 2 : 64;
        index->lists = mem_resize(index->lists, index->list_cap, sizeof *index->lists);
    }
    uint32_t at = (uint32_t)index->list_count++;
    index->lists[at] = *list;
    index->lists[at].thread = INDEX_NONE;
    index->lists[at].next = INDEX_NONE;
    index->lists[at].first = INDEX_NONE;
    index->lists[at].last = INDEX_NONE;
    if (list->thread != INDEX_NONE)
        index_give(index, at, list->thread);
    return at;
}

static void count_messages(struct index *index, uint32_t thread, uint32_t more)
{
    struct index_thread *t = &index->threads[thread];

    t->messages += more;
    if (t->messages > index->most_messages)
        index->most_messages = t->messages;
}

void index_give(struct index *index, uint32_t list, uint32_t thread)
{
    struct index_thread *t = &index->threads[thread];

    index->lists[list].thread = thread;
    if (t->last_list == INDEX_NONE)
        t->first_list = list;
    else
        index->lists[t->last_list].next = list;
    t->last_list = list;
    t->is_listed = t->is_listed || index->lists[list].messages > 0;
    count_messages(index, thread, index->lists[list].messages);
}

void index_add(struct index *index, uint32_t list, const struct index_place *place, uint64_t at)
{
    struct index_list *l = &index->lists[list];
    bool is_message = place->kind == OBJECT_MESSAGE || place->kind == OBJECT_DELTA;

    if (index->place_count == index->place_cap) {
        index->place_cap = index->place_cap ? index->place_cap + index->place_cap / 2 : 256;
        index->places = mem_resize(index->places, index->place_cap, sizeof *index->places);
    }
    uint32_t n = (uint32_t)index->place_count++;
    index->places[n] = *place;
    index->places[n].next = INDEX_NONE;
    if (l->last == INDEX_NONE) {
        l->first = n;
        l->first_at = at;
    } else {
        index->places[l->last].next = n;
    }
    l->last = n;
    l->last_at = at > l->last_at ? at : l->last_at;
    l->messages += is_message;
    l->runs += place->kind == OBJECT_RUN;
    l->steps += place->kind == OBJECT_STEP;
    if (l->thread == INDEX_NONE)
        return;
    if (is_message)
        count_messages(index, l->thread, 1);
    if (is_message || place->kind == OBJECT_THREAD)
        index->threads[l->thread].is_listed = true;
}

__attribute__((format(printf, 3, 0))) static uint32_t
add_fault(struct index *index, enum error_code code, const char *format, va_list args)
{
    char text[ERROR_TEXT_SIZE];

    index->faults =
        mem_grow(index->faults, index->fault_count, &index->fault_cap, sizeof *index->faults);
    (void)vsnprintf(text, sizeof text, format, args);
    index->faults[index->fault_count] = (struct index_fault){code, mem_strdup(text)};
    return (uint32_t)index->fault_count++;
}

void index_fail(struct index *index, uint32_t thread, enum error_code code, const char *format, ...)
{
    va_list args;

    index->threads[thread].is_listed = true;
    if (index->threads[thread].fault != INDEX_NONE)
        return;
    va_start(args, format);
    index->threads[thread].fault = add_fault(index, code, format, args);
    va_end(args);
}

void index_doubt(struct index *index, uint32_t thread, const char *format, ...)
{
    va_list args;

    if (index->threads[thread].doubt != INDEX_NONE)
        return;
    va_start(args, format);
    index->threads[thread].doubt = add_fault(index, ERROR_TRUNCATED, format, args);
    va_end(args);
}

void index_count(struct strmap *counts, const char *kind)
{
    bool added;
    size_t at = strmap_add(counts, span_of(kind), &added);

    strmap_set_value(counts, at, strmap_value(counts, at) + 1);
}

void index_role(struct index *index, struct span word)
{
    bool added;
    size_t at = strmap_find(&index->roles, word);

    if (at == SIZE_MAX && (index->roles.count == INDEX_ROLES_MAX || word.len > KEY_MAX_BYTES))
        return;
    at = strmap_add(&index->roles, word, &added);
    strmap_set_value(&index->roles, at, strmap_value(&index->roles, at) + 1);
}

size_t index_unread(struct index *index, uint32_t file, uint32_t line)
{
    index->unread_count++;
    index->tallies[file].unread++;
    if (index->unread_kept == INDEX_PLACES_MAX)
        return SIZE_MAX;
    index->unread[index->unread_kept] =
        (struct index_unread){.file = file, .line = line, .thread = INDEX_NONE};
    return index->unread_kept++;
}

/* ---- notices ---- */

static const struct {
    const char *says;
    const char *hint;
} ROWS[NOTICES] = {
    [NOTICE_ASKED] = {"only in what was asked (input, request) beside a reply, and not read",
                      REMEDY_ASKED},
    [NOTICE_THREADS] = {"a list of threads says that more follows, which is not here",
                        "fetch the pages after it too; all threads that are here are read"},
    [NOTICE_RUNS] = {"a list of runs says that more follows, which is not here",
                     "fetch the pages after it too, or leave runs out"},
    [NOTICE_STEPS] = {"a list of run steps says that more follows, which is not here",
                      "fetch the pages after it too, or leave run steps out"},
    [NOTICE_TOTAL] = {"a number beside a list says that there are more than are here",
                      "look whether other pages are missing"},
    [NOTICE_ENCODING] = {"not UTF-8 (perhaps of Windows): what cannot be read becomes U+FFFD",
                         "iconv -f WINDOWS-1252 -t UTF-8 FILE >converted"},
    [NOTICE_ESCAPES] = {"cells have \\n or \\t as two characters, as mysql --batch and COPY write "
                        "line ends and tabs: they are kept",
                        "perl -lne 'print join \",\", map { s/^\\\\N$//; s/\\\\(.)/{n=>\"\\n\","
                        "t=>\"\\t\"}->{$1} \\/\\/ $1/ge; s/\"/\"\"/g; qq(\"$_\") } split /\\t/, "
                        "$_, -1' FILE >messages.csv"},
    [NOTICE_MIXED] = {"texts that are lists of parts in JSON are taken as they are, because others "
                      "are not",
                      "look for texts that are cut or damaged; with those out, parts are read"},
    [NOTICE_OPEN] = {"the last row has no line end: the file may be cut in it",
                     "look whether its last cell is whole"},
    [NOTICE_PAGE] = {"messages of a thread are as many as a page of the API has, and no thread has "
                     "more",
                     "look whether the next page is missing"},
};

void index_notice_say(struct buf *out, const struct index_notice *notice)
{
    const char *says = ROWS[notice->kind].says;

    switch (notice->kind) {
    case NOTICE_ASKED:
    case NOTICE_ENCODING:
        buf_printf(out, "%" PRIu64 " %s %s", notice->count,
                   notice->count == 1 ? "message is" : "messages are", says);
        break;
    case NOTICE_PAGE:
        buf_printf(out, "%" PRIu64 " %s", notice->count, says);
        break;
    case NOTICE_MIXED:
    case NOTICE_TOTAL:
        buf_printf(out, "%s: %" PRIu64 " of %" PRIu64, says, notice->count, notice->total);
        break;
    case NOTICE_THREADS:
    case NOTICE_RUNS:
    case NOTICE_STEPS:
    case NOTICE_ESCAPES:
    case NOTICE_OPEN:
    case NOTICES:
        buf_add_text(out, says);
    }
}

const char *index_notice_hint(enum notice_kind kind)
{
    return ROWS[kind].hint;
}

void index_tell(struct index *index, const struct index_notice *notice)
{
    for (size_t i = index->notice_count; i-- > 0 && index->notices[i].file == notice->file;) {
        if (index->notices[i].kind == notice->kind)
            return;
    }
    if (index->notice_count == INDEX_PLACES_MAX)
        return;
    index->notices =
        mem_grow(index->notices, index->notice_count, &index->notice_cap, sizeof *index->notices);
    index->notices[index->notice_count++] = *notice;
}

bool index_is_one_page(const struct index *index, const struct index_list *list)
{
    static const uint32_t SIZES[] = {20, 100};

    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        if (list->more == MORE_ABSENT && list->messages == SIZES[i] &&
            index->most_messages <= SIZES[i])
            return true;
    }
    return false;
}

void index_end(struct index *index)
{
    for (int kind = NOTICE_THREADS; kind <= NOTICE_STEPS; kind++) {
        const struct index_said *page = &index->pages[kind];

        if (page->goes_on)
            index_tell(index, &(struct index_notice){.kind = (enum notice_kind)kind,
                                                     .file = page->file,
                                                     .line = page->line,
                                                     .count = 1});
    }
    for (size_t i = 0; i < index->totals.count; i++) {
        const struct index_said *said = &index->said[i];

        if (said->count < said->total)
            index_tell(index, &(struct index_notice){.kind = NOTICE_TOTAL,
                                                     .file = said->file,
                                                     .line = said->line,
                                                     .count = said->count,
                                                     .total = said->total});
    }
    for (size_t i = 0; i < index->list_count; i++) {
        const struct index_list *list = &index->lists[i];

        if (list->form == LIST_ROWS && index_is_one_page(index, list))
            index_tell(index, &(struct index_notice){.kind = NOTICE_PAGE,
                                                     .file = list->file,
                                                     .line = list->line,
                                                     .count = list->messages});
    }
}

/* ---- our own archive ---- */

/* Of two beginnings of a thread in one file the later counts if it has an end, or if the earlier
 * has none and no more messages. */
static bool counts_more(const struct index_list *later, const struct index_list *earlier)
{
    return later->is_closed || (!earlier->is_closed && later->messages >= earlier->messages);
}

void index_mark_old(struct index *index, uint32_t thread)
{
    struct index_list *best = NULL;

    for (uint32_t at = index->threads[thread].first_list; at != INDEX_NONE;
         at = index->lists[at].next) {
        struct index_list *list = &index->lists[at];

        if (list->form != LIST_ARCHIVE)
            continue;
        list->is_old = false;
        if (best && best->file != list->file)
            best = NULL;
        if (best && !counts_more(list, best)) {
            list->is_old = true;
            continue;
        }
        if (best)
            best->is_old = true;
        best = list;
    }
}
