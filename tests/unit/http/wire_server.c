#include "unit/http/wire_server.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 32, CHUNK = 65536 };

struct peer {
    int fd; /* -1: free */
    struct buf in;
    bool is_silent;
};

struct wire_server {
    const struct wire_step *steps;
    size_t step_count;
    int listener;
    int stop_pipe[2];
    int port;
    pthread_t thread;
    struct peer peers[CONNECTIONS_MAX];
    pthread_mutex_t lock; /* guards what follows */
    size_t requests;
    size_t connections;
    struct buf last;
};

static int listen_anywhere(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert(fd >= 0);
    assert(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    assert(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
    *port = ntohs(address.sin_port);
    return fd;
}

int wire_dead_port(void)
{
    int port;
    int fd = listen_anywhere(&port);

    (void)close(fd);
    return port;
}

static void send_all(int fd, const void *data, size_t len)
{
    const char *at = data;

    while (len > 0) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

        if (n <= 0)
            return; /* the client has had enough */
        at += n;
        len -= (size_t)n;
    }
}

static void send_fill(int fd, char fill, size_t count)
{
    char block[CHUNK];

    memset(block, fill, sizeof block);
    while (count > 0) {
        size_t len = count < sizeof block ? count : sizeof block;

        send_all(fd, block, len);
        count -= len;
    }
}

static void hang_up(struct peer *peer, bool is_reset)
{
    struct linger linger = {.l_onoff = 1};

    if (is_reset)
        (void)setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    (void)close(peer->fd);
    peer->fd = -1;
    buf_release(&peer->in);
}

static void answer(struct peer *peer, const struct wire_step *step)
{
    send_all(peer->fd, step->text, strlen(step->text));
    send_fill(peer->fd, step->fill, step->fill_count);
    if (step->tail != NULL)
        send_all(peer->fd, step->tail, strlen(step->tail));
    send_all(peer->fd, step->data, step->data_len);
    if (step->then == WIRE_FIN || step->then == WIRE_RESET)
        hang_up(peer, step->then == WIRE_RESET);
    else
        peer->is_silent = step->then == WIRE_SILENCE;
}

/* Value of Content-Length in a head, 0 where there is none. */
static size_t content_length(struct span head)
{
    static const char NAME[] = "Content-Length:";
    struct span line;
    int64_t length;

    while (text_next_line(&head, &line)) {
        if (line.len <= strlen(NAME) || strncasecmp(line.data, NAME, strlen(NAME)) != 0)
            continue;
        line = (struct span){line.data + strlen(NAME), line.len - strlen(NAME)};
        if (text_to_int(text_trim(line), &length))
            return (size_t)length;
    }
    return 0;
}

/* Length of the first request in the buffer, or 0 while it is not complete. */
static size_t request_length(const struct peer *peer, bool at_head)
{
    const char *end = memmem(peer->in.data, peer->in.len, "\r\n\r\n", 4);
    size_t head;
    size_t whole;

    if (end == NULL)
        return 0;
    head = (size_t)(end - peer->in.data) + 4;
    if (at_head)
        return peer->in.len;
    whole = head + content_length((struct span){peer->in.data, head});
    return peer->in.len >= whole ? whole : 0;
}

static void serve(struct wire_server *server, struct peer *peer)
{
    size_t number =
        server->requests < server->step_count ? server->requests : server->step_count - 1;
    const struct wire_step *step = &server->steps[number];
    size_t len = request_length(peer, step->at_head);

    if (len == 0)
        return;
    pthread_mutex_lock(&server->lock);
    server->requests++;
    buf_clear(&server->last);
    buf_add(&server->last, peer->in.data, len);
    pthread_mutex_unlock(&server->lock);
    buf_consume(&peer->in, len);
    answer(peer, step);
}

static void receive(struct wire_server *server, struct peer *peer)
{
    char chunk[4096];
    ssize_t n = recv(peer->fd, chunk, sizeof chunk, 0);

    if (n <= 0) {
        hang_up(peer, false);
        return;
    }
    buf_add(&peer->in, chunk, (size_t)n);
    if (!peer->is_silent)
        serve(server, peer);
}

static void accept_peer(struct wire_server *server)
{
    int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);

    assert(fd >= 0);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        struct peer *peer = &server->peers[i];

        if (peer->fd >= 0)
            continue;
        *peer = (struct peer){.fd = fd};
        buf_init(&peer->in, BUF_NO_LIMIT);
        pthread_mutex_lock(&server->lock);
        server->connections++;
        pthread_mutex_unlock(&server->lock);
        return;
    }
    (void)close(fd);
}

static void *run(void *ctx)
{
    struct wire_server *server = ctx;

    for (;;) {
        struct pollfd fds[CONNECTIONS_MAX + 2] = {
            {.fd = server->stop_pipe[0], .events = POLLIN},
            {.fd = server->listener, .events = POLLIN},
        };

        for (size_t i = 0; i < CONNECTIONS_MAX; i++)
            fds[i + 2] = (struct pollfd){.fd = server->peers[i].fd, .events = POLLIN};
        if (poll(fds, CONNECTIONS_MAX + 2, -1) < 0 || fds[0].revents != 0)
            return NULL;
        for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
            if (fds[i + 2].revents != 0)
                receive(server, &server->peers[i]);
        }
        if (fds[1].revents != 0)
            accept_peer(server);
    }
}

struct wire_server *wire_start(const struct wire_step *steps, size_t count)
{
    struct wire_server *server = mem_zalloc(1, sizeof *server);

    server->steps = steps;
    server->step_count = count;
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        server->peers[i].fd = -1;
    buf_init(&server->last, BUF_NO_LIMIT);
    server->listener = listen_anywhere(&server->port);
    assert(listen(server->listener, CONNECTIONS_MAX) == 0);
    assert(pipe(server->stop_pipe) == 0);
    assert(pthread_mutex_init(&server->lock, NULL) == 0);
    assert(pthread_create(&server->thread, NULL, run, server) == 0);
    return server;
}

void wire_stop(struct wire_server *server)
{
    (void)close(server->stop_pipe[1]);
    (void)pthread_join(server->thread, NULL);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        if (server->peers[i].fd >= 0)
            hang_up(&server->peers[i], false);
    }
    (void)close(server->stop_pipe[0]);
    (void)close(server->listener);
    (void)pthread_mutex_destroy(&server->lock);
    buf_release(&server->last);
    free(server);
}

int wire_port(const struct wire_server *server)
{
    return server->port;
}

static size_t locked_count(struct wire_server *server, const size_t *count)
{
    size_t value;

    pthread_mutex_lock(&server->lock);
    value = *count;
    pthread_mutex_unlock(&server->lock);
    return value;
}

size_t wire_requests(struct wire_server *server)
{
    return locked_count(server, &server->requests);
}

size_t wire_connections(struct wire_server *server)
{
    return locked_count(server, &server->connections);
}

void wire_last_request(struct wire_server *server, char *out, size_t size)
{
    pthread_mutex_lock(&server->lock);
    assert(server->last.len < size);
    memcpy(out, server->last.data, server->last.len + 1);
    pthread_mutex_unlock(&server->lock);
}
