#include "archive/archive_shape.h"

#include "base/mem.h"

/* What a file is called: by the most telling kind of object in it. */
struct shape_name {
    enum shape_class class;
    const char *one;   /* a document with one of it */
    const char *many;  /* a document with several */
    const char *lines; /* one a line */
};

static const struct shape_name NAMES[] = {
    {CLASS_WRAPPED, "threadferry archive", "threadferry archive", "threadferry archive"},
    {CLASS_END, "threadferry archive", "threadferry archive", "threadferry archive"},
    {CLASS_CONTAINER, "thread with its messages", "threads with their messages",
     "JSON lines, one thread with its messages a line"},
    {CLASS_EVENT, "event", "events", "JSON lines, one event a line"},
    {CLASS_MESSAGE, "message", "messages", "JSON lines, one message a line"},
    {CLASS_STEP, "run step", "run steps", "JSON lines, one run step a line"},
    {CLASS_RUN, "run", "runs", "JSON lines, one run a line"},
    {CLASS_THREAD, "thread", "threads", "JSON lines, one thread a line"},
    {CLASS_ASSISTANT, "assistant", "assistants", "JSON lines, one assistant a line"},
    {CLASS_PAGE, "empty list page", "empty list pages", "JSON lines, empty list pages"},
};

/* Whether several of a kind stand in pages, in an array, or one behind the other. */
static char *name_document(const struct archive_visit *v, const struct shape_name *name)
{
    uint32_t pages = v->seen[CLASS_PAGE];
    bool is_many = v->seen[name->class] > 1;

    if (name->class == CLASS_PAGE)
        return mem_strdup(pages > 1 ? name->many : name->one);
    if (pages > 0)
        return mem_printf("list page%s of %s", pages > 1 ? "s" : "", name->many);
    if (v->seen_arrays > 0 && is_many)
        return mem_printf("array of %s", name->many);
    return mem_strdup(is_many ? name->many : name->one);
}

static char *name_lines(const struct archive_visit *v, const struct shape_name *name)
{
    if (v->seen[CLASS_PAGE] > 0 && name->class != CLASS_PAGE)
        return mem_printf("JSON lines, one list page of %s a line", name->many);
    if (v->seen_arrays > 0)
        return mem_printf("JSON lines, one array of %s a line", name->many);
    if (name->class == CLASS_MESSAGE && v->seen_flat == v->seen[CLASS_MESSAGE])
        return mem_strdup("JSON lines, one flat message a line");
    return mem_strdup(name->lines);
}

char *archive_shape_text(const struct archive_visit *v, const char *outer)
{
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        const struct shape_name *name = &NAMES[i];
        uint32_t whole = v->line > 1 || v->seen[name->class] > 1;

        if (v->seen[name->class] == 0 || (name->class == CLASS_PAGE && v->seen_pages_empty == 0))
            continue;
        char *text;
        if (outer)
            text = mem_strdup(outer);
        else
            text = v->is_lines && whole ? name_lines(v, name) : name_document(v, name);
        char *full = mem_printf("%s%s", text, v->seen_camel ? ", keys in camelCase" : "");
        free(text);
        return full;
    }
    if (v->seen[CLASS_ERROR] > 0)
        return mem_strdup("not recognised: an error reply of an API");
    if (v->damaged > 0)
        return mem_strdup("not recognised: damaged, and nothing in it is of a thread");
    return mem_strdup("not recognised: JSON, but no threads, messages or runs");
}
