/*
 * load: how many small requests a second a server answers. It keeps a number of
 * keep-alive connections busy from one thread with plain sockets, so that it
 * takes less of the machine than what it measures.
 *
 *     load PORT SECONDS CONNECTIONS METHOD TARGET [BODY]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 256, BUFFER_SIZE = 262144 };

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

int main(int argc, char **argv)
{
    struct load load = {.count = 0};

    if (argc < 6) {
        (void)fputs("usage: load PORT SECONDS CONNECTIONS METHOD TARGET [BODY]\n", stderr);
        return 2;
    }
    size_t wanted = (size_t)strtoul(argv[3], NULL, 10);
    double seconds = strtod(argv[2], NULL);
    load.count = wanted < CONNECTIONS_MAX ? wanted : CONNECTIONS_MAX;
    load.connections = calloc(load.count, sizeof *load.connections);
    load.request = make_request(argv[4], argv[5], argc > 6 ? argv[6] : "");
    if (load.connections == NULL || load.request == NULL) {
        return 2;
    }
    load.request_len = strlen(load.request);
    for (size_t i = 0; i < load.count; i++) {
        if (!open_connection(&load.connections[i], (uint16_t)strtoul(argv[1], NULL, 10))) {
            perror("load: cannot connect");
            return 2;
        }
    }
    if (!run(&load, seconds)) {
        (void)fputs("load: a connection broke\n", stderr);
        return 1;
    }
    (void)printf("{\"requests_per_second\":%.0f,\"replies\":%llu,\"refused\":%llu}\n",
                 (double)load.replies / seconds, (unsigned long long)load.replies,
                 (unsigned long long)load.refused);
    return 0;
}
