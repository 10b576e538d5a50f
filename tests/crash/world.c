#include "crash/world.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "checkpoint/checkpoint.h"
#include "crash/early.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_fsio.h"
#include "fakes/fake_http.h"
#include "fakes/fake_stop.h"
#include "json/json.h"
#include "mock/source/fixture.h"
#include "os/stop.h"
#include "run/context.h"
#include "settings/command.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define URL "http://127.0.0.1:1/v1"

enum { WORDS_MAX = 64, ID_SIZE = 32 };

static struct {
    struct mock *mock;
    size_t threads;
    int64_t grown; /* messages that came later */
    bool two_projects;
    void (*decorate)(json_t *message, size_t thread, int number);
    char kind; /* of some messages */
    struct log_options log;
} world;

static void thread_id(size_t number, char id[ID_SIZE])
{
    (void)snprintf(id, ID_SIZE, "thread_%04zu", number);
}

/* ---- the source ---- */

static json_t *make_message(size_t thread, int number, int64_t time)
{
    json_t *message;
    char id[64];
    char text[128];

    (void)snprintf(id, sizeof id, "msg_%zu_%d", thread, number);
    /* Every third text is the same, so that items can only be told apart by their place. */
    if (number % 3 == 0)
        (void)snprintf(text, sizeof text, "hello");
    else
        (void)snprintf(text, sizeof text, "message %d of thread %zu%s", number, thread,
                       world.kind == ' ' && number % 5 == 4 ? " " : "");
    if (world.kind == 'r' && number % 10 == 5)
        return json_pack("{s:s,s:s,s:I,s:s,s:[{s:s,s:s}],s:{},s:[]}", "id", id, "object",
                         "thread.message", "created_at", (json_int_t)time, "role", "assistant",
                         "content", "type", "refusal", "refusal", text, "metadata", "attachments");
    /* The NUL that ends the text is a part of it. */
    message = json_pack("{s:s,s:s,s:I,s:s,s:[{s:s,s:{s:s#,s:[]}}],s:{},s:[]}", "id", id, "object",
                        "thread.message", "created_at", (json_int_t)time, "role",
                        number % 2 == 0 ? "user" : "assistant", "content", "type", "text", "text",
                        "value", text, (int)strlen(text) + (world.kind == 'n' && number % 7 == 5),
                        "annotations", "metadata", "attachments");
    if (world.decorate)
        world.decorate(message, thread, number);
    return message;
}

int64_t world_thread_time(size_t thread)
{
    return 1699000000 + 1000 * (int64_t)thread;
}

static void load_threads(const int *messages, json_t *files)
{
    json_t *threads = json_array();
    json_t *fixture = json_pack("{s:o,s:O*}", "threads", threads, "files", files);
    struct mock_text why = {0};

    for (world.threads = 0; messages[world.threads] >= 0; world.threads++) {
        json_t *list = json_array();
        char id[ID_SIZE];

        thread_id(world.threads, id);
        for (int i = 0; i < messages[world.threads]; i++)
            json_array_append_new(
                list, make_message(world.threads, i, world_thread_time(world.threads) + i / 2));
        json_array_append_new(threads,
                              json_pack("{s:s,s:s,s:I,s:{s:s},s:o}", "id", id, "object", "thread",
                                        "created_at", (json_int_t)world_thread_time(world.threads),
                                        "metadata", "group", world.threads % 2 == 0 ? "0" : "1",
                                        "messages", list));
    }
    if (!mock_load_json(world.mock, fixture, &why))
        fprintf(stderr, "fixture: %s\n", why.data);
    json_decref(fixture);
    mock_text_release(&why);
}

void world_admin(const char *method, const char *target, json_t *body)
{
    struct mock_request request = {.method = method, .target = target};
    struct mock_reply reply = {0};
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    if (body)
        json_dump_to(&text, body, JSON_COMPACT);
    request.body = text.data;
    request.body_len = text.len;
    mock_serve(world.mock, &request, &reply);
    assert(reply.status == 200);
    mock_reply_release(&reply);
    buf_release(&text);
    json_decref(body);
}

void world_grow(size_t thread, int count)
{
    json_t *list = json_array();
    char id[ID_SIZE];

    thread_id(thread, id);
    for (int i = 0; i < count; i++) {
        int number = 1000 + (int)world.grown++;

        json_array_append_new(
            list, make_message(thread, number, world_thread_time(thread) + number - 900));
    }
    world_admin("POST", "/admin/threads", json_pack("{s:s,s:o}", "id", id, "messages", list));
}

struct mock *world_mock(void)
{
    return world.mock;
}

/* ---- the life of a world ---- */

void world_begin(const struct world_plan *plan)
{
    const struct mock_config config = {
        .profile = MOCK_OPENAI,
        .quirks = plan->quirks,
        .check_file_ids = plan->checks_file_ids,
        .latency_ms = plan->latency_ms,
        .seed = 5,
        .stale_lists = plan->stale_lists,
    };
    struct mock_text why = {0};

    fake_clock_reset();
    fake_stop_reset();
    fake_fsio_reset();
    fake_http_reset();
    world.grown = 0;
    world.two_projects = plan->two_projects;
    world.decorate = plan->decorate;
    world.kind = plan->kind;
    world.mock = mock_new(&config);
    load_threads(plan->messages, plan->files);
    fake_http_use_mock(world.mock);
    early_begin();
    fake_fsio_slow_syncs(plan->sync_events);
    if (plan->prepare)
        plan->prepare(plan);
    if (plan->faults && !mock_set_faults(world.mock, plan->faults, strlen(plan->faults), &why))
        fprintf(stderr, "faults: %s\n", why.data);
    mock_text_release(&why);
}

void world_end(void)
{
    fake_http_reset();
    mock_free(world.mock);
    world.mock = NULL;
}

static int run_options(const struct options *options, bool is_told)
{
    static char key[] = "K=" WORLD_KEY;
    static char other[] = "D=" WORLD_OTHER_KEY;
    static char *environment[] = {key, other, NULL};
    const struct config_input input = {
        .flags = options->flags, .flag_count = options->flag_count, .environment = environment};
    struct config config = {0};
    const struct invocation invocation = {options, &config, environment};
    struct error err = {0};
    int status = 2;

    if (config_load(&config, &input, &err))
        status = context_run(&invocation, &err);
    /* As main does. */
    if (err.code == ERROR_STOPPED && stop_signal() != 0)
        status = EXIT_SIGNAL + stop_signal();
    if (is_told && err.code != ERROR_NONE)
        fprintf(stderr, "status %d: %s\n", status, err.text);
    config_release(&config);
    return status;
}

static int run_words(const char *const *words, enum log_level level)
{
    enum { OF_SOURCE = 3 };
    const char *const common[] = {
        "--source-type=compatible",
        "--source-base-url=" URL,
        "--source-api-key-env=K",
        "--destination-base-url=" URL,
        world.two_projects ? "--destination-api-key-env=D" : "--destination-api-key-env=K",
        "--checkpoint=" WORLD_CHECKPOINT,
        "--settle-ms=1000",
        "--progress=none",
    };
    char *argv[WORDS_MAX + 32];
    int argc = 0;
    const struct log_options outer = world.log; /* of the process that waits */
    struct options options = {0};
    struct error err = {0};
    bool has_source = false;
    FILE *heard;
    int status = 2;

    argv[argc++] = mem_strdup("threadferry");
    argv[argc++] = mem_strdup(words[0]);
    for (size_t i = 1; words[i]; i++)
        has_source |= strncmp(words[i], "--source-type=", strlen("--source-type=")) == 0;
    for (size_t i = has_source ? OF_SOURCE : 0; i < sizeof common / sizeof common[0]; i++)
        argv[argc++] = mem_strdup(common[i]);
    for (size_t i = 1; words[i]; i++)
        argv[argc++] = mem_strdup(words[i]);
    argv[argc] = NULL;
    heard = early_log(level, stderr);
    world.log = (struct log_options){.level = LOG_DEBUG, .stream = heard};
    log_open(&world.log);
    if (options_parse(&options, argc, argv, &err))
        status = run_options(&options, level > LOG_ERROR || getenv("WORLD_VERBOSE"));
    else
        fprintf(stderr, "%s\n", err.text);
    options_release(&options);
    world.log = outer.stream ? outer : (struct log_options){.level = level, .stream = stderr};
    log_open(&world.log);
    world.log = outer;
    (void)fclose(heard);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return status;
}

int world_run_with(const struct world_plan *plan, const char *command, const char *const *flags)
{
    static char ids[WORDS_MAX][ID_SIZE];
    const char *words[WORDS_MAX];
    size_t count = 0;

    (void)plan;
    words[count++] = command;
    words[count++] = "-q";
    for (size_t i = 0; flags && flags[i]; i++)
        words[count++] = flags[i];
    for (size_t i = 0; i < world.threads; i++) {
        thread_id(i, ids[i]);
        words[count++] = ids[i];
    }
    words[count] = NULL;
    return run_words(words, LOG_ERROR);
}

/* What goes to a stream of the program's is added to the buffer. */
struct capture {
    FILE *program; /* its stream, to be put back */
    char *text;
    size_t len;
};

static FILE *capture_begin(struct capture *capture, FILE *stream)
{
    FILE *memory = open_memstream(&capture->text, &capture->len);

    assert(memory);
    capture->program = stream;
    return memory;
}

static FILE *capture_end(struct capture *capture, FILE *memory, struct buf *out)
{
    fclose(memory);
    buf_add(out, capture->text, capture->len);
    free(capture->text);
    return capture->program;
}

int world_call(const char *const *words, struct buf *out, struct buf *err)
{
    struct capture captured_out;
    struct capture captured_err;
    int status;

    stdout = capture_begin(&captured_out, stdout);
    stderr = capture_begin(&captured_err, stderr);
    status = run_words(words, LOG_INFO);
    stdout = capture_end(&captured_out, stdout, out);
    stderr = capture_end(&captured_err, stderr, err);
    return status;
}

int world_run(const struct world_plan *plan)
{
    return world_run_with(plan, plan->command, plan->flags);
}

/* ---- cuts ---- */

/* The process has died at the server's side: nothing reaches the disk any more. */
static void stop_disk(void *ctx)
{
    (void)ctx;
    fake_fsio_plan(
        &(struct fake_fsio_plan){.at = 1, .fault = FAKE_FSIO_STOP_BEFORE, .for_ever = true});
}

void world_cut_at(enum world_cut cut, uint64_t number)
{
    static const enum fake_fsio_fault DISK[WORLD_CUTS] = {
        [WORLD_DISK_BEFORE] = FAKE_FSIO_STOP_BEFORE,
        [WORLD_DISK_HALF] = FAKE_FSIO_STOP_HALF,
        [WORLD_DISK_HANG] = FAKE_FSIO_HANG,
        [WORLD_DISK_AFTER] = FAKE_FSIO_STOP_AFTER,
    };
    struct fake_fsio_plan disk = {0};
    struct fake_http_plan server = {0};

    if (cut <= WORLD_DISK_AFTER) {
        disk = (struct fake_fsio_plan){.at = number, .fault = DISK[cut]};
    } else {
        server = (struct fake_http_plan){
            .at = number,
            .writes_only = true,
            .cut = cut == WORLD_SERVER_BEFORE ? FAKE_HTTP_STOP_BEFORE : FAKE_HTTP_STOP_AFTER,
            .stopped = stop_disk,
        };
    }
    fake_fsio_plan(&disk);
    fake_http_plan(&server);
}

static struct {
    void (*deed)(void *ctx);
    void *ctx;
} other;

static void run_other(void *ctx)
{
    (void)ctx;
    fake_fsio_other_begins();
    other.deed(other.ctx);
    fake_fsio_other_ends();
}

void world_meanwhile(uint64_t requests, void (*deed)(void *ctx), void *ctx)
{
    other.deed = deed;
    other.ctx = ctx;
    fake_http_meanwhile(requests, run_other, NULL);
}

bool world_has_died(void)
{
    return fake_fsio_is_stopped() || fake_http_is_stopped();
}

uint64_t world_operations(enum world_cut cut)
{
    return cut <= WORLD_DISK_AFTER ? fake_fsio_operations() : fake_http_writes();
}

void world_restart(void)
{
    fake_fsio_restart();
    fake_http_restart();
    fake_fsio_plan(&(struct fake_fsio_plan){0});
    fake_http_plan(&(struct fake_http_plan){0});
}

/* ---- what is there ---- */

struct census {
    struct buf *out;
    json_t *conversations; /* of the dump */
};

/* Position of a conversation in the dump, or where there is none the length of the list. */
static size_t find_conversation(const json_t *conversations, const char *id)
{
    size_t i = 0;

    while (i < json_array_size(conversations) &&
           !span_is(json_get_text(json_array_get(conversations, i), "id"), id))
        i++;
    return i;
}

static bool tell_thread(void *ctx, struct span id, const struct thread_facts *facts)
{
    struct census *census = ctx;
    size_t index = find_conversation(census->conversations, facts->conversation);
    const json_t *conversation = json_array_get(census->conversations, index);

    buf_printf(census->out, "%.*s %s %s %lld %s ", (int)id.len, id.data,
               thread_state_name(facts->state), error_code_name(facts->code),
               (long long)facts->items, facts->digest);
    if (!conversation) {
        if (facts->conversation[0] != '\0')
            buf_add_text(census->out, "BROKEN: the conversation was never made\n");
        return true;
    }
    if (json_get_bool(conversation, "deleted", false))
        buf_add_text(census->out, "deleted ");
    json_dump_to(census->out, json_object_get(conversation, "items"), JSON_COMPACT);
    buf_add_char(census->out, '\n');
    json_array_remove(census->conversations, index);
    return true;
}

static int compare_lines(const void *a, const void *b)
{
    const struct span *left = a;
    const struct span *right = b;
    size_t len = left->len < right->len ? left->len : right->len;
    int order = memcmp(left->data, right->data, len);

    return order != 0 ? order : (left->len > right->len) - (left->len < right->len);
}

/* The lines in order; they come as threads were begun, which a resumed run may do in another. */
static char *sorted(struct span content)
{
    struct span *lines = mem_zalloc(content.len + 1, sizeof *lines);
    size_t count = 0;
    struct buf out;

    buf_init(&out, BUF_NO_LIMIT);
    while (text_next_line(&content, &lines[count]))
        count++;
    qsort(lines, count, sizeof *lines, compare_lines);
    for (size_t i = 0; i < count; i++) {
        buf_add_span(&out, lines[i]);
        buf_add_char(&out, '\n');
    }
    free(lines);
    return buf_steal(&out);
}

/* What no thread names must be empty, and no more than the checkpoint admits. */
static void tell_orphans(struct census *census, uint64_t admitted)
{
    uint64_t orphans = 0;
    size_t index;
    json_t *conversation;

    json_array_foreach(census->conversations, index, conversation)
    {
        if (json_array_size(json_object_get(conversation, "items")) > 0)
            buf_add_text(census->out, "BROKEN: items in a conversation nobody names\n");
        if (!json_get_bool(conversation, "deleted", false))
            orphans++;
    }
    if (orphans > admitted)
        buf_printf(census->out, "BROKEN: %llu orphans, %llu admitted\n",
                   (unsigned long long)orphans, (unsigned long long)admitted);
}

char *world_state(void)
{
    struct mock_text dump = {0};
    struct checkpoint_opening opening = {0};
    struct checkpoint *checkpoint;
    struct error err = {0};
    struct buf out;
    json_t *root;

    buf_init(&out, BUF_NO_LIMIT);
    mock_dump(world.mock, true, &dump);
    root = json_loadb(dump.data, dump.len, JSON_ALLOW_NUL, NULL);
    assert(root);
    checkpoint = checkpoint_open_reader(WORLD_CHECKPOINT, &opening, &err);
    if (checkpoint) {
        struct census census = {&out, json_object_get(root, "conversations")};
        char *lines;

        if (!checkpoint_each(checkpoint, tell_thread, &census, &err))
            buf_printf(&out, "BROKEN: %s\n", err.text);
        lines = sorted(buf_span(&out));
        buf_clear(&out);
        buf_add_text(&out, lines);
        free(lines);
        tell_orphans(&census, checkpoint_orphans(checkpoint));
        checkpoint_close(checkpoint);
    } else {
        buf_printf(&out, "BROKEN: %s\n", err.text);
    }
    json_decref(root);
    mock_text_release(&dump);
    return buf_steal(&out);
}

/* A thread line begins its thread anew: is the same beginning in the rest? */
static bool is_begun_anew(struct span line, struct span rest)
{
    const char *end = memmem(line.data, line.len, ",\"object\":", 10);

    return end && memmem(rest.data, rest.len, line.data, (size_t)(end - line.data)) != NULL;
}

char *world_archive(void)
{
    static const char THREAD[] = "{\"kind\":\"thread\",";
    struct span rest = fake_fsio_content();
    bool counts = true;
    struct buf out;
    char *lines;

    buf_init(&out, BUF_NO_LIMIT);
    while (rest.len > 0) {
        const char *feed = memchr(rest.data, '\n', rest.len);
        struct span line = {rest.data, feed ? (size_t)(feed - rest.data) + 1 : rest.len};

        rest = (struct span){line.data + line.len, rest.len - line.len};
        if (span_starts_with(line, THREAD))
            counts = !is_begun_anew(line, rest);
        if (counts)
            buf_add_span(&out, line);
    }
    lines = sorted(buf_span(&out));
    buf_release(&out);
    return lines;
}
