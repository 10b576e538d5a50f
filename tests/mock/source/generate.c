#include "mock/source/generate.h"

#include "mock/source/generate_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EPOCH = 1700000000, ASSISTANTS = 3 };

/* A thread while it is made. */
struct maker {
    const struct mock_generator *generator;
    struct mock_rng rng;
    struct mock_thread *thread;
    int64_t time;
    char assistant_id[32];
};

static struct mock_rng thread_rng(const struct mock_generator *generator, unsigned index,
                                  unsigned purpose)
{
    struct mock_rng rng = {generator->seed * 0x100000001b3u + index * 4u + purpose};

    (void)mock_rng_next(&rng);
    return rng;
}

static void assistant_id(const struct mock_generator *generator, unsigned number, char out[32])
{
    struct mock_rng rng = {generator->seed + 77u + number};

    (void)snprintf(out, 32, "asst_");
    mock_rng_alnum(&rng, out + 5, 24);
}

char *mock_generate_id(const struct mock_generator *generator, unsigned index)
{
    struct mock_rng rng = thread_rng(generator, index, 0);
    char id[32] = "thread_";

    mock_rng_alnum(&rng, id + 7, 24);
    return mock_strdup(id);
}

static int64_t start_time(unsigned index)
{
    return EPOCH + (int64_t)index * 61;
}

char *mock_generate_head(const struct mock_generator *generator, unsigned index)
{
    struct mock_rng rng = thread_rng(generator, index, 1);
    struct mock_text out = {0};
    char *id = mock_generate_id(generator, index);

    mock_text_printf(&out, "{\"id\":\"%s\",\"object\":\"thread\",\"created_at\":", id);
    mock_text_int(&out, start_time(index));
    mock_text_puts(&out, ",\"metadata\":{");
    if (mock_rng_chance(&rng, generator->metadata))
        mock_text_printf(&out, "\"customer\":\"c-%u\",\"topic\":\"support\"", index);
    mock_text_puts(&out, "},\"tool_resources\":{}}");
    free(id);
    return mock_text_steal(&out);
}

/* The end of the id tells what file it is: mock_files_find(). */
static void file_id(struct maker *maker, const char *kind, char id[32])
{
    mock_rng_alnum(&maker->rng, id, 22);
    memcpy(id + 19, kind, 3);
}

static void put_image(struct maker *maker, struct mock_text *out)
{
    char id[32];

    file_id(maker, "PNG", id);
    if (mock_rng_chance(&maker->rng, 50)) {
        mock_text_printf(out,
                         "{\"type\":\"image_file\",\"image_file\":{\"file_id\":\"file-%s\","
                         "\"detail\":\"auto\"}},",
                         id);
    } else {
        mock_text_printf(out,
                         "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://img.example/"
                         "%s.png\",\"detail\":\"auto\"}},",
                         id);
    }
}

/* A marker in the text and its annotation, with offsets in characters. */
static void put_citation(struct maker *maker, struct mock_text *value, struct mock_text *out)
{
    static const char marker[] = "\xe3\x80\x90"
                                 "4:0\xe2\x80\xa0"
                                 "source\xe3\x80\x91";
    size_t start = mock_utf8_length(value->data, value->len);
    size_t end = start + mock_utf8_length(marker, sizeof marker - 1);
    char id[32];

    mock_text_puts(value, marker);
    file_id(maker, "DOC", id);
    mock_text_puts(out, mock_rng_chance(&maker->rng, maker->generator->url_citations)
                            ? "{\"type\":\"url_citation\",\"text\":\""
                            : "{\"type\":\"file_citation\",\"text\":\"");
    bool url = strstr(out->data, "url_citation") != NULL;
    mock_text_printf(out, "%s\",\"start_index\":%zu,\"end_index\":%zu,", marker, start, end);
    if (url) {
        mock_text_printf(out,
                         "\"url_citation\":{\"url\":\"https://docs.example/%s\",\"title\":\"Doc "
                         "%s\"}}",
                         id, id);
    } else {
        mock_text_printf(out, "\"file_citation\":{\"file_id\":\"file-%s\"}}", id);
    }
}

static void put_text_part(struct maker *maker, bool assistant, struct mock_text *out)
{
    const struct mock_generator *generator = maker->generator;
    struct mock_text value = {0};
    struct mock_text annotations = {0};

    mock_generate_text(&maker->rng, mock_rng_chance(&maker->rng, generator->unicode), &value);
    if (mock_rng_chance(&maker->rng, generator->nul))
        mock_text_add(&value, "a\0b", 3);
    if (assistant && mock_rng_chance(&maker->rng, generator->annotations))
        put_citation(maker, &value, &annotations);
    mock_text_puts(out, "{\"type\":\"text\",\"text\":{\"value\":");
    mock_text_json_string(out, value.data, value.len);
    mock_text_puts(out, ",\"annotations\":[");
    mock_text_add(out, annotations.data, annotations.len);
    mock_text_puts(out, "]}}");
    mock_text_release(&value);
    mock_text_release(&annotations);
}

static void put_attachments(struct maker *maker, bool assistant, struct mock_text *out)
{
    char id[32];

    mock_text_puts(out, ",\"attachments\":[");
    if (!assistant && mock_rng_chance(&maker->rng, maker->generator->attachments)) {
        file_id(maker, "DOC", id);
        mock_text_printf(out, "{\"file_id\":\"file-%s\",\"tools\":[{\"type\":\"file_search\"}]}",
                         id);
    }
    mock_text_puts(out, "],\"metadata\":{}}");
}

static void add_message(struct maker *maker, const char *id, const char *run_id, bool assistant)
{
    struct mock_object *object = mock_alloc(1, sizeof *object);
    struct mock_text out = {0};

    mock_text_room(&out, 512);
    mock_text_printf(&out, "{\"id\":\"%s\",\"object\":\"thread.message\",\"created_at\":%lld,", id,
                     (long long)maker->time);
    if (run_id)
        mock_text_printf(&out, "\"assistant_id\":\"%s\",", maker->assistant_id);
    else
        mock_text_puts(&out, "\"assistant_id\":null,");
    mock_text_printf(&out, "\"thread_id\":\"%s\",\"run_id\":", maker->thread->object.id);
    mock_text_printf(&out, run_id ? "\"%s\"" : "null%s", run_id ? run_id : "");
    mock_text_printf(&out, ",\"role\":\"%s\",\"content\":[", assistant ? "assistant" : "user");
    if (!mock_rng_chance(&maker->rng, maker->generator->empty)) {
        if (!assistant && mock_rng_chance(&maker->rng, maker->generator->images))
            put_image(maker, &out);
        put_text_part(maker, assistant, &out);
    }
    mock_text_putc(&out, ']');
    put_attachments(maker, assistant, &out);
    object->id = mock_strdup(id);
    object->run_id = run_id ? mock_strdup(run_id) : NULL;
    object->time = maker->time;
    object->json = mock_text_steal(&out);
    mock_objects_add(&maker->thread->messages, object);
}

static void make_message(struct maker *maker, unsigned number, bool last_active)
{
    bool assistant = number % 2 == 1;
    char id[32] = "msg_";
    char run_id[32] = "run_";

    mock_rng_alnum(&maker->rng, id + 4, 24);
    mock_rng_alnum(&maker->rng, run_id + 4, 24);
    if (!assistant || !mock_rng_chance(&maker->rng, maker->generator->runs)) {
        add_message(maker, id, NULL, assistant);
        return;
    }
    struct mock_run_plan plan = {
        .id = run_id,
        .thread_id = maker->thread->object.id,
        .assistant_id = maker->assistant_id,
        .message_id = id,
        .time = maker->time,
        .active = last_active,
        .tools = mock_rng_chance(&maker->rng, maker->generator->tools),
    };
    mock_generate_run(&plan, &maker->rng, maker->thread);
    add_message(maker, id, run_id, true);
}

void mock_generate_thread(const struct mock_generator *generator, unsigned index,
                          struct mock_thread *thread)
{
    struct maker maker = {
        .generator = generator,
        .rng = thread_rng(generator, index, 2),
        .thread = thread,
        .time = start_time(index),
    };
    unsigned count = mock_rng_between(&maker.rng, generator->messages_lo, generator->messages_hi);
    bool active = mock_rng_chance(&maker.rng, generator->active);

    assistant_id(generator, index % ASSISTANTS, maker.assistant_id);
    for (unsigned i = 0; i < count; i++) {
        /* Half of them share the second of the one before. */
        maker.time += mock_rng_between(&maker.rng, 0, 1) * mock_rng_between(&maker.rng, 1, 9);
        make_message(&maker, i, active && i + 2 >= count);
    }
}

void mock_generate_assistants(const struct mock_generator *generator,
                              struct mock_objects *assistants)
{
    for (unsigned i = 0; i < ASSISTANTS; i++) {
        struct mock_object *object = mock_alloc(1, sizeof *object);
        struct mock_text out = {0};
        char id[32];

        assistant_id(generator, i, id);
        mock_text_printf(&out,
                         "{\"id\":\"%s\",\"object\":\"assistant\",\"created_at\":%u,\"name\":"
                         "\"Assistant %u\",\"description\":null,\"model\":\"gpt-4o\","
                         "\"instructions\":\"You are assistant number %u.\",\"tools\":[{\"type\":"
                         "\"code_interpreter\"}],\"tool_resources\":{},\"metadata\":{},"
                         "\"temperature\":1.0,\"top_p\":1.0,\"response_format\":\"auto\"}",
                         id, EPOCH + i, i + 1, i + 1);
        object->id = mock_strdup(id);
        object->time = EPOCH + i;
        object->json = mock_text_steal(&out);
        mock_objects_add(assistants, object);
    }
}

struct mock_generator mock_generator_default(void)
{
    return (struct mock_generator){
        .messages_lo = 2,
        .messages_hi = 12,
        .seed = 1,
        .images = 10,
        .annotations = 10,
        .attachments = 10,
        .runs = 90,
        .tools = 20,
        .metadata = 50,
        .unicode = 15,
    };
}

static bool read_range(char *text, struct mock_generator *generator)
{
    char *dots = strstr(text, "..");
    uint64_t lo = 0;
    uint64_t hi = 0;

    if (dots)
        *dots = '\0';
    if (!mock_unsigned(text, 1000000, &lo) ||
        !mock_unsigned(dots ? dots + 2 : text, 1000000, &hi) || lo > hi)
        return false;
    generator->messages_lo = (unsigned)lo;
    generator->messages_hi = (unsigned)hi;
    return true;
}

static bool read_generator_pair(char *pair, struct mock_generator *generator)
{
    const struct {
        const char *name;
        unsigned *out;
    } numbers[] = {
        {"threads", &generator->threads},
        {"images", &generator->images},
        {"annotations", &generator->annotations},
        {"url_citations", &generator->url_citations},
        {"attachments", &generator->attachments},
        {"runs", &generator->runs},
        {"tools", &generator->tools},
        {"active", &generator->active},
        {"metadata", &generator->metadata},
        {"unicode", &generator->unicode},
        {"nul", &generator->nul},
        {"empty", &generator->empty},
    };
    char *value = strchr(pair, '=');
    uint64_t number = 0;

    if (!value)
        return false;
    *value++ = '\0';
    if (strcmp(pair, "messages") == 0)
        return read_range(value, generator);
    if (!mock_unsigned(value, UINT32_MAX, &number))
        return false;
    if (strcmp(pair, "seed") == 0) {
        generator->seed = number;
        return true;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(numbers[i].name, pair) == 0) {
            *numbers[i].out = (unsigned)number;
            return true;
        }
    }
    return false;
}

bool mock_generator_parse(const char *text, struct mock_generator *generator,
                          struct mock_text *error)
{
    char *copy = mock_strdup(text);
    bool ok = true;

    *generator = mock_generator_default();
    for (char *pair = copy; ok && pair;) {
        char *next = strchr(pair, ',');

        if (next)
            *next++ = '\0';
        ok = read_generator_pair(pair, generator);
        if (!ok)
            mock_text_printf(error, "cannot understand '%s' of --generate", pair);
        pair = next;
    }
    free(copy);
    return ok;
}
