/*
 * Whether the mock can be a bottleneck: how many small requests it answers in a
 * second of its own processor time, which a busy machine does not change.
 * Keep-alive connections are kept busy from one thread with plain sockets.
 *
 *     bench_mock                                        starts $MOCK_API, or mock-api beside it
 *     bench_mock PORT SECONDS CONNECTIONS METHOD TARGET [BODY]     loads a server that runs
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 256, BUFFER_SIZE = 262144 };

static const double REQUESTS_PER_SECOND_MIN = 15000;

struct connection {
    int socket;
    size_t got;
    char buffer[BUFFER_SIZE];
};

struct load {
    struct connection *connections;
    struct pollfd polls[CONNECTIONS_MAX];
    size_t count;
    char *request;
    size_t request_len;
    uint64_t replies;
    uint64_t refused; /* not 2xx */
};

static double seconds_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool open_connection(struct connection *connection, uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int one = 1;

    connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    connection->got = 0;
    if (connection->socket < 0 ||
        connect(connection->socket, (const struct sockaddr *)&address, sizeof address) != 0) {
        return false;
    }
    return setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0;
}

static bool send_request(const struct load *load, const struct connection *connection)
{
    return send(connection->socket, load->request, load->request_len, MSG_NOSIGNAL) ==
           (ssize_t)load->request_len;
}

/* The length of the reply in the buffer once all of it is there, else 0. */
static size_t whole_reply(const struct connection *connection)
{
    static const char name[] = "Content-Length: ";
    const char *end = memmem(connection->buffer, connection->got, "\r\n\r\n", 4);

    if (end == NULL) {
        return 0;
    }
    size_t head = (size_t)(end - connection->buffer) + 4;
    const char *length = memmem(connection->buffer, head, name, sizeof name - 1);
    size_t body = length == NULL ? 0 : (size_t)strtoul(length + sizeof name - 1, NULL, 10);
    return connection->got >= head + body ? head + body : 0;
}

static bool take_reply(struct load *load, struct connection *connection)
{
    ssize_t got = recv(connection->socket, connection->buffer + connection->got,
                       BUFFER_SIZE - connection->got, 0);

    if (got <= 0) {
        return false;
    }
    connection->got += (size_t)got;
    if (whole_reply(connection) == 0) {
        return connection->got < BUFFER_SIZE;
    }
    load->replies++;
    load->refused += connection->buffer[9] != '2';
    connection->got = 0;
    return send_request(load, connection);
}

static bool run(struct load *load, double seconds)
{
    double end = seconds_now() + seconds;

    for (size_t i = 0; i < load->count; i++) {
        load->polls[i] = (struct pollfd){.fd = load->connections[i].socket, .events = POLLIN};
        if (!send_request(load, &load->connections[i])) {
            return false;
        }
    }
    while (seconds_now() < end) {
        if (poll(load->polls, (nfds_t)load->count, 100) < 0 && errno != EINTR) {
            return false;
        }
        for (size_t i = 0; i < load->count; i++) {
            if (load->polls[i].revents != 0 && !take_reply(load, &load->connections[i])) {
                return false;
            }
        }
    }
    return true;
}

static char *make_request(const char *method, const char *target, const char *body)
{
    char *request = NULL;

    if (asprintf(&request,
                 "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer load\r\n"
                 "OpenAI-Beta: assistants=v2\r\nContent-Type: application/json\r\n"
                 "Content-Length: %zu\r\n\r\n%s",
                 method, target, strlen(body), body) < 0) {
        return NULL;
    }
    return request;
}

/* Keeps `count` connections busy; false when one breaks. */
static bool load_target(struct load *load, uint16_t port, double seconds, size_t count)
{
    load->count = count < CONNECTIONS_MAX ? count : CONNECTIONS_MAX;
    load->connections = calloc(load->count, sizeof *load->connections);
    if (load->request == NULL || load->connections == NULL) {
        free(load->connections);
        load->connections = NULL;
        return false;
    }
    load->request_len = strlen(load->request);
    bool ok = true;
    for (size_t i = 0; ok && i < load->count; i++) {
        ok = open_connection(&load->connections[i], port);
    }
    ok = ok && run(load, seconds);
    for (size_t i = 0; i < load->count; i++) {
        (void)close(load->connections[i].socket);
    }
    free(load->connections);
    free(load->request);
    return ok;
}

static int load_by_hand(char **argv, const char *body)
{
    struct load load = {.request = make_request(argv[4], argv[5], body)};
    double seconds = strtod(argv[2], NULL);

    if (!load_target(&load, (uint16_t)strtoul(argv[1], NULL, 10), seconds,
                     (size_t)strtoul(argv[3], NULL, 10))) {
        (void)fputs("bench_mock: a connection broke\n", stderr);
        return 1;
    }
    (void)printf("{\"requests_per_second\":%.0f,\"replies\":%llu,\"refused\":%llu}\n",
                 (double)load.replies / seconds, (unsigned long long)load.replies,
                 (unsigned long long)load.refused);
    return 0;
}

/* Starts the mock; its port, or 0. */
static uint16_t start_mock(const char *self, pid_t *pid)
{
    const char *program = getenv("MOCK_API");
    char beside[4096];
    char line[64] = "";
    int ends[2];

    (void)snprintf(beside, sizeof beside, "%.*s/../mock-api",
                   (int)(strrchr(self, '/') != NULL ? strrchr(self, '/') - self : 0), self);
    if (pipe(ends) != 0) {
        return 0;
    }
    *pid = fork();
    if (*pid == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)execl(program != NULL ? program : beside, "mock-api", "--generate",
                    "threads=1,messages=10..10", (char *)NULL);
        _exit(127);
    }
    (void)close(ends[1]);
    FILE *out = fdopen(ends[0], "r");
    bool ok = *pid > 0 && out != NULL && fgets(line, sizeof line, out) != NULL;
    return ok ? (uint16_t)strtoul(line + strlen("PORT "), NULL, 10) : 0;
}

/* The first id with that prefix in a reply; "" when there is none. */
static void ask_id(uint16_t port, char *request, const char *prefix, char id[128])
{
    struct connection *connection = calloc(1, sizeof *connection);

    id[0] = '\0';
    if (connection != NULL && request != NULL && open_connection(connection, port) &&
        send(connection->socket, request, strlen(request), MSG_NOSIGNAL) > 0) {
        while (whole_reply(connection) == 0) {
            ssize_t got = recv(connection->socket, connection->buffer + connection->got,
                               BUFFER_SIZE - connection->got, 0);
            if (got <= 0) {
                break;
            }
            connection->got += (size_t)got;
        }
        const char *at = memmem(connection->buffer, connection->got, prefix, strlen(prefix));
        if (at != NULL) {
            (void)snprintf(id, 128, "%.*s", (int)strcspn(at, "\""), at);
        }
        (void)close(connection->socket);
    }
    free(connection);
    free(request);
}

/* Replies to four kinds of small requests, or 0 when something went wrong. */
static uint64_t load_all(uint16_t port)
{
    static const char item[] = "{\"items\":[{\"type\":\"message\",\"role\":\"user\",\"content\":[{"
                               "\"type\":\"input_text\",\"text\":\"hello world\"}]}]}";
    char thread[128];
    char conversation[128];
    char targets[4][256];
    uint64_t replies = 0;

    ask_id(port, make_request("GET", "/admin/source", ""), "thread_", thread);
    ask_id(port, make_request("POST", "/v1/conversations", "{}"), "conv_", conversation);
    (void)snprintf(targets[0], 256, "/v1/threads/%s", thread);
    (void)snprintf(targets[1], 256, "/v1/threads/%s/messages?order=asc&limit=100", thread);
    (void)snprintf(targets[2], 256, "/v1/conversations");
    (void)snprintf(targets[3], 256, "/v1/conversations/%s/items", conversation);
    for (size_t i = 0; i < 4; i++) {
        struct load load = {.request = make_request(i < 2 ? "GET" : "POST", targets[i],
                                                    i < 2    ? ""
                                                    : i == 2 ? "{}"
                                                             : item)};

        if (!load_target(&load, port, 1, 32) || load.refused > 0) {
            return 0;
        }
        replies += load.replies;
    }
    return replies;
}

static int measure(const char *self)
{
    struct rusage usage;
    pid_t pid = 0;
    int status = 0;
    uint16_t port = start_mock(self, &pid);
    uint64_t replies = port > 0 ? load_all(port) : 0;

    if (pid > 0) {
        (void)kill(pid, SIGTERM);
        (void)waitpid(pid, &status, 0);
    }
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    double seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                     (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    double rate = seconds > 0 ? (double)replies / seconds : 0;
    (void)printf("# %.0f requests a second of the processor\n%sok mock-speed\n", rate,
                 rate >= REQUESTS_PER_SECOND_MIN ? "" : "not ");
    return rate >= REQUESTS_PER_SECOND_MIN ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 1) {
        return measure(argv[0]);
    }
    if (argc < 6) {
        (void)fputs("usage: bench_mock [PORT SECONDS CONNECTIONS METHOD TARGET [BODY]]\n", stderr);
        return 2;
    }
    return load_by_hand(argv, argc > 6 ? argv[6] : "");
}
