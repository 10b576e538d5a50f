/*
 * The least that a backfill can cost with libcurl: the same requests byte for
 * byte, 32 at a time on one multi handle, and nothing else - no JSON, no
 * mapping, no checkpoint. What threadferry takes is measured against this.
 *
 *     floor once|twice BASE_URL IN_FLIGHT FILE
 *
 * "once": writes are sent at most once, as they have to be: libcurl takes the
 * body from a callback that does not rewind, which costs a system call more.
 * "twice": CURLOPT_POSTFIELDS, with which libcurl may repeat a write.
 *
 * FILE has a line for each thread: id, body of the create, body of the append,
 * separated by tabs. Prints requests and seconds as JSON.
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_IN_FLIGHT = 256, URL_SIZE = 1024, ID_SIZE = 128 };

/* What is asked for each thread, in this order. */
enum step { STEP_THREAD, STEP_RUNS, STEP_MESSAGES, STEP_CREATE, STEP_APPEND, STEPS };

struct worker {
    CURL *easy;
    char *line; /* the thread in hand: id, create, append, each ended by NUL */
    char *create;
    char *append;
    char conversation[ID_SIZE];
    const char *body; /* what is left to be sent of it */
    char *reply;
    size_t reply_len;
    size_t reply_cap;
    enum step step;
};

struct floor {
    CURLM *multi;
    FILE *threads;
    bool once;
    const char *base_url;
    struct curl_slist *read_headers;
    struct curl_slist *write_headers;
    long requests;
    long refused;
    int busy;
};

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
    struct worker *worker = ctx;
    const size_t len = size * count;

    if (worker->reply_len + len + 1 > worker->reply_cap) {
        worker->reply_cap = 2 * (worker->reply_len + len + 1);
        worker->reply = realloc(worker->reply, worker->reply_cap);
        if (!worker->reply)
            abort();
    }
    memcpy(worker->reply + worker->reply_len, data, len);
    worker->reply_len += len;
    worker->reply[worker->reply_len] = '\0';
    return len;
}

static size_t on_read(char *out, size_t size, size_t count, void *ctx)
{
    struct worker *worker = ctx;
    size_t len = strlen(worker->body);

    if (len > size * count)
        len = size * count;
    memcpy(out, worker->body, len);
    worker->body += len;
    return len;
}

static int on_seek(void *ctx, curl_off_t offset, int origin)
{
    (void)ctx;
    (void)offset;
    (void)origin;
    return CURL_SEEKFUNC_FAIL;
}

static void start(struct floor *floor, struct worker *worker)
{
    const char *body = worker->step == STEP_CREATE   ? worker->create
                       : worker->step == STEP_APPEND ? worker->append
                                                     : NULL;
    char url[URL_SIZE];

    switch (worker->step) {
    case STEP_THREAD:
    case STEPS:
        (void)snprintf(url, sizeof url, "%s/threads/%s", floor->base_url, worker->line);
        break;
    case STEP_RUNS:
        (void)snprintf(url, sizeof url, "%s/threads/%s/runs?limit=1&order=desc", floor->base_url,
                       worker->line);
        break;
    case STEP_MESSAGES:
        (void)snprintf(url, sizeof url, "%s/threads/%s/messages?limit=100&order=asc",
                       floor->base_url, worker->line);
        break;
    case STEP_CREATE:
        (void)snprintf(url, sizeof url, "%s/conversations", floor->base_url);
        break;
    case STEP_APPEND:
        (void)snprintf(url, sizeof url, "%s/conversations/%s/items", floor->base_url,
                       worker->conversation);
        break;
    }
    (void)curl_easy_setopt(worker->easy, CURLOPT_URL, url);
    if (body) {
        (void)curl_easy_setopt(worker->easy, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
        (void)curl_easy_setopt(worker->easy, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(worker->easy, CURLOPT_POSTFIELDS, floor->once ? NULL : body);
        (void)curl_easy_setopt(worker->easy, CURLOPT_HTTPHEADER, floor->write_headers);
    } else {
        (void)curl_easy_setopt(worker->easy, CURLOPT_HTTPGET, 1L);
        (void)curl_easy_setopt(worker->easy, CURLOPT_HTTPHEADER, floor->read_headers);
    }
    worker->body = body;
    worker->reply_len = 0;
    (void)curl_multi_add_handle(floor->multi, worker->easy);
}

/* The next thread of the file; false at its end. */
static bool take_thread(struct floor *floor, struct worker *worker)
{
    size_t cap = 0;

    free(worker->line);
    worker->line = NULL;
    if (getline(&worker->line, &cap, floor->threads) <= 0)
        return false;
    worker->line[strcspn(worker->line, "\n")] = '\0';
    worker->create = strchr(worker->line, '\t');
    worker->append = worker->create ? strchr(worker->create + 1, '\t') : NULL;
    if (!worker->append)
        return false;
    *worker->create++ = '\0';
    *worker->append++ = '\0';
    worker->step = STEP_THREAD;
    return true;
}

/* The id of the new conversation, found without reading JSON. */
static void note_conversation(struct worker *worker)
{
    const char *id = strstr(worker->reply, "conv_");

    (void)snprintf(worker->conversation, sizeof worker->conversation, "%.*s",
                   id ? (int)strcspn(id, "\"") : 0, id ? id : "");
}

static void ended(struct floor *floor, CURLMsg *message)
{
    struct worker *worker = NULL;
    CURL *easy = message->easy_handle;
    const CURLcode code = message->data.result;
    long status = 0;
    bool more = true;

    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&worker);
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_multi_remove_handle(floor->multi, easy);
    floor->requests++;
    if (code != CURLE_OK || status != 200)
        floor->refused++;
    else if (worker->step == STEP_CREATE)
        note_conversation(worker);
    worker->step++;
    if (worker->step == STEPS)
        more = take_thread(floor, worker);
    if (more)
        start(floor, worker);
    else
        floor->busy--;
}

static void run(struct floor *floor)
{
    while (floor->busy > 0) {
        CURLMsg *message;
        int left;

        (void)curl_multi_poll(floor->multi, NULL, 0, 1000, NULL);
        (void)curl_multi_perform(floor->multi, &left);
        message = curl_multi_info_read(floor->multi, &left);
        while (message) {
            ended(floor, message);
            message = curl_multi_info_read(floor->multi, &left);
        }
    }
}

static void open_worker(struct floor *floor, struct worker *worker)
{
    worker->easy = curl_easy_init();
    (void)curl_easy_setopt(worker->easy, CURLOPT_PRIVATE, worker);
    (void)curl_easy_setopt(worker->easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(worker->easy, CURLOPT_WRITEDATA, worker);
    (void)curl_easy_setopt(worker->easy, CURLOPT_READFUNCTION, on_read);
    (void)curl_easy_setopt(worker->easy, CURLOPT_READDATA, worker);
    (void)curl_easy_setopt(worker->easy, CURLOPT_SEEKFUNCTION, on_seek);
    (void)curl_easy_setopt(worker->easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(worker->easy, CURLOPT_USERAGENT, "threadferry/1.0.0");
    (void)curl_easy_setopt(worker->easy, CURLOPT_ACCEPT_ENCODING, "");
    if (!take_thread(floor, worker))
        return;
    floor->busy++;
    start(floor, worker);
}

static double seconds(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct curl_slist *headers(const char *beta, bool with_body)
{
    struct curl_slist *list = curl_slist_append(NULL, "Accept: application/json");

    if (with_body)
        list = curl_slist_append(list, "Content-Type: application/json");
    if (beta)
        list = curl_slist_append(list, beta);
    list = curl_slist_append(list, "Authorization: Bearer k");
    return with_body ? curl_slist_append(list, "Expect:") : list;
}

static bool open_floor(struct floor *floor, char **argv)
{
    floor->once = strcmp(argv[1], "once") == 0;
    floor->base_url = argv[2];
    floor->threads = fopen(argv[4], "r");
    if (!floor->threads)
        return false;
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    floor->multi = curl_multi_init();
    floor->read_headers = headers("OpenAI-Beta: assistants=v2", false);
    floor->write_headers = headers(NULL, true);
    return true;
}

static void close_floor(struct floor *floor)
{
    curl_slist_free_all(floor->read_headers);
    curl_slist_free_all(floor->write_headers);
    (void)curl_multi_cleanup(floor->multi);
    curl_global_cleanup();
    (void)fclose(floor->threads);
}

int main(int argc, char **argv)
{
    static struct worker workers[MOST_IN_FLIGHT];
    struct floor floor = {0};
    const double begun = seconds(CLOCK_MONOTONIC);
    int count = argc == 5 ? (int)strtol(argv[3], NULL, 10) : 0;

    if (count < 1 || count > MOST_IN_FLIGHT || !open_floor(&floor, argv))
        return 2;
    (void)curl_multi_setopt(floor.multi, CURLMOPT_MAXCONNECTS, (long)count);
    for (int i = 0; i < count; i++)
        open_worker(&floor, &workers[i]);
    run(&floor);
    printf("{\"requests\":%ld,\"refused\":%ld,\"seconds\":%.6f,\"cpu\":%.6f}\n", floor.requests,
           floor.refused, seconds(CLOCK_MONOTONIC) - begun, seconds(CLOCK_PROCESS_CPUTIME_ID));
    for (int i = 0; i < count; i++) {
        curl_easy_cleanup(workers[i].easy);
        free(workers[i].line);
        free(workers[i].reply);
    }
    close_floor(&floor);
    return floor.refused > 0 ? 1 : 0;
}
