#include "simulate/files/forms.h"

#include "crash/world.h"
#include "fakes/fake_fsio.h"
#include "json/json.h"
#include "simulate/export_file.h"
#include "simulate/files/harm.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { PAGE = 20 };

/* One archive while it is written. */
struct writing {
    struct form *form;
    const struct step *step;
    struct buf text;
    size_t harmed; /* the thread that is */
};

static void add_line(struct writing *w, json_t *line)
{
    json_dump_to(&w->text, line, JSON_COMPACT | JSON_ENCODE_ANY);
    buf_add_char(&w->text, '\n');
    json_decref(line);
}

/* The messages of a thread from one on, each with its thread's id; new. */
static json_t *messages_of(const struct picture_thread *thread, const char *id, size_t first,
                           size_t count)
{
    json_t *list = json_array();

    for (size_t i = first; i < thread->count && i < first + count; i++) {
        json_t *message = json_copy((json_t *)(uintptr_t)thread->messages[i].whole);

        (void)json_object_set_new(message, "thread_id", json_string(id));
        (void)json_array_append_new(list, message);
    }
    return list;
}

static json_t *page_of(json_t *list, bool has_more)
{
    return json_pack("{s:s,s:o,s:b}", "object", "list", "data", list, "has_more", has_more);
}

/* A stray value, or a message once more, behind the first of these. */
static void harm_list(struct writing *w, size_t thread, json_t *list)
{
    if (thread != w->harmed || json_array_size(list) < 2)
        return;
    if (w->step->choices.harm == HARM_NULL) {
        (void)json_array_insert_new(list, 1, json_null());
        w->form->unread++;
        w->form->is_whole[thread] = false;
    } else if (w->step->choices.harm == HARM_COPY) {
        (void)json_array_insert(list, 1, json_array_get(list, 0));
        w->form->duplicate++;
    }
    w->harmed = SIZE_MAX;
}

static void add_thread(struct writing *w, size_t number, const struct picture_thread *thread)
{
    const enum choice_source source = w->step->choices.source;
    char id[PICTURE_ID_SIZE];
    size_t index;
    json_t *message;
    json_t *list;

    picture_thread_id(number, id);
    w->form->is_listed[number] = thread->count > 0 || source == SOURCE_THREADS;
    w->form->is_whole[number] = w->form->is_listed[number];
    w->form->taken += thread->count;
    for (size_t i = 0; source == SOURCE_PAGES && i < thread->count; i += PAGE) {
        list = messages_of(thread, id, i, PAGE);
        harm_list(w, number, list);
        add_line(w, page_of(list, i + PAGE < thread->count));
    }
    if (source == SOURCE_PAGES)
        return;
    list = messages_of(thread, id, 0, SIZE_MAX - 1);
    harm_list(w, number, list);
    if (source == SOURCE_THREADS) {
        add_line(w,
                 json_pack("{s:s,s:s,s:I,s:{s:s},s:o}", "id", id, "object", "thread", "created_at",
                           (json_int_t)world_thread_time(number), "metadata", "group",
                           number % 2 == 0 ? "0" : "1", "messages", page_of(list, false)));
        return;
    }
    json_array_foreach(list, index, message) add_line(w, json_incref(message));
    json_decref(list);
}

/* In a file of one thread it would be that thread's. */
static bool has_several(const struct picture *picture)
{
    size_t count = 0;

    for (size_t i = 0; i < picture->thread_count; i++)
        count += picture->threads[i].count > 0;
    return count > 1;
}

/* One file; or a folder with it, and with an older one where each text is another. */
static void write_files(struct form *form, const struct step *step, struct buf *text)
{
    char path[FORMS_PATH_SIZE + 16];

    form->excludes = step->choices.excludes;
    if (!form->excludes) {
        fake_fsio_replace(form->path, buf_span(text));
        return;
    }
    (void)snprintf(path, sizeof path, "%s/a.jsonl", form->path);
    fake_fsio_replace(path, buf_span(text));
    harm_texts(text);
    (void)snprintf(path, sizeof path, "%s/old/a.jsonl", form->path);
    fake_fsio_replace(path, buf_span(text));
}

void form_write(struct form *form, const struct step *step, const struct picture *picture,
                size_t number)
{
    struct writing w = {.form = form, .step = step, .harmed = step->choices.harmed};

    *form = (struct form){.taken = 0};
    if (step->choices.source == SOURCE_LIVE)
        return;
    if (step->choices.source == SOURCE_EXPORT) {
        if (fake_fsio_content_of(EXPORT_FILE).data)
            (void)snprintf(form->path, sizeof form->path, EXPORT_FILE);
        return;
    }
    buf_init(&w.text, BUF_NO_LIMIT);
    for (size_t i = 0; i < picture->thread_count; i++)
        add_thread(&w, i, &picture->threads[i]);
    if (step->choices.harm == HARM_STRANGE) {
        add_line(&w, json_pack("{s:i}", "nothing", 1));
        form->unread++;
        form->is_strange = has_several(picture);
    }
    (void)snprintf(form->path, sizeof form->path, "/form-%zu%s", number,
                   step->choices.excludes ? "" : ".jsonl");
    write_files(form, step, &w.text);
    buf_release(&w.text);
}

void form_words(const struct form *form, const char *words[FORMS_WORDS])
{
    static char path[FORMS_PATH_SIZE + 16];

    words[0] = NULL;
    if (form->path[0] == '\0')
        return;
    (void)snprintf(path, sizeof path, "--source-path=%s", form->path);
    words[0] = "--source-type=archive";
    words[1] = path;
    words[2] = form->excludes ? "--source-exclude=[\"old\"]" : NULL;
    words[3] = NULL;
}

bool form_check_ledger(const struct form *form, struct buf *why)
{
    const char *words[FORMS_WORDS + 2] = {"inventory", "--json"};
    const json_t *ledger;
    struct buf out;
    struct buf err;
    json_t *root;
    bool ok = true;

    if (form->path[0] == '\0' || strcmp(form->path, EXPORT_FILE) == 0)
        return true;
    form_words(form, words + 2);
    buf_init(&out, BUF_NO_LIMIT);
    buf_init(&err, BUF_NO_LIMIT);
    (void)world_call(words, &out, &err);
    root = json_loadb(out.data ? out.data : "", out.len, 0, NULL);
    ledger = json_object_get(root, "ledger");
    if (json_integer_value(json_object_get(ledger, "taken")) != (json_int_t)form->taken ||
        json_integer_value(json_object_get(ledger, "duplicate")) != (json_int_t)form->duplicate ||
        json_integer_value(json_object_get(ledger, "unread")) != (json_int_t)form->unread) {
        buf_printf(why, "put in %zu + %zu + %zu, the ledger has ", form->taken, form->duplicate,
                   form->unread);
        if (ledger)
            json_dump_to(why, ledger, JSON_COMPACT);
        ok = false;
    }
    json_decref(root);
    buf_release(&out);
    buf_release(&err);
    return ok;
}

bool form_is_there(const struct form *form)
{
    for (size_t i = 0; i <= SCRIPT_THREADS; i++) {
        if (form->is_whole[i])
            return true;
    }
    return false;
}

bool form_lets_fail(const struct form *form, const struct step *step, const struct picture *picture)
{
    if (form->path[0] == '\0')
        return false;
    for (size_t i = 0; i + 1 < picture->thread_count; i++) {
        if (((step->threads >> i) & 1) != 0 && !form->is_whole[i])
            return true;
    }
    return form->unread > 0;
}
