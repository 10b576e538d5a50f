#include "mock/server/server.h"

#include "mock/server/server_visit.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum { CONNECTIONS_MAX = 4000, LOOP_MAX_MS = 50 };

/* A connection that is to be closed some time after its last reply. */
struct peer {
    int socket;
    int64_t close_at_ms; /* -1: not */
    struct peer *next;
};

struct server {
    struct MHD_Daemon *daemon;
    struct mock *mock;
    struct mock_queue queue;
    struct mock_visit *unused; /* kept for the next requests, with their memory */
    struct peer *peers;
};

static void *on_request_line(void *ctx, const char *target, struct MHD_Connection *connection)
{
    struct server *server = ctx;
    struct mock_visit *visit = server->unused;

    if (visit) {
        server->unused = visit->next;
        visit->next = NULL;
    } else {
        visit = mock_alloc(1, sizeof *visit);
    }
    visit->state = MOCK_VISIT_NEW;
    visit->connection = connection;
    visit->header_count = 0;
    visit->waited = false;
    visit->sent = 0;
    visit->drip_until = 0;
    mock_text_clear(&visit->target);
    mock_text_clear(&visit->body);
    mock_text_puts(&visit->target, target);
    return visit;
}

static enum MHD_Result on_header(void *ctx, enum MHD_ValueKind kind, const char *name,
                                 const char *value)
{
    struct mock_visit *visit = ctx;

    (void)kind;
    if (visit->header_count < MOCK_SERVER_VISIT_HEADERS) {
        visit->headers[visit->header_count++] = (struct mock_header){name, value ? value : ""};
    }
    return MHD_YES;
}

static struct mock_request request_of(const struct mock_visit *visit)
{
    return (struct mock_request){
        .method = visit->method,
        .target = visit->target.data,
        .headers = visit->headers,
        .header_count = visit->header_count,
        .body = visit->body.data ? visit->body.data : "",
        .body_len = visit->body.len,
        .now_ms = mock_now_ms(),
        .wall_s = time(NULL),
    };
}

/* A client that has gone away does not wait for the reply of its POST any more. */
static void forget_deserters(struct server *server, const char *target)
{
    for (struct mock_visit *one = server->queue.first; one; one = one->next)
        if (one->call.appending && strcmp(one->target.data, target) == 0 &&
            mock_visit_deserted(one))
            mock_end(server->mock, &one->call);
}

static void begin(struct server *server, struct mock_visit *visit, const char *method)
{
    visit->method = method;
    visit->state = MOCK_VISIT_BODY;
    (void)MHD_get_connection_values(visit->connection, MHD_HEADER_KIND, on_header, visit);
    if (method[0] == 'P')
        forget_deserters(server, visit->target.data);
    struct mock_request request = request_of(visit);
    mock_begin(server->mock, &request, &visit->call);
}

static enum MHD_Result deliver(struct server *server, struct mock_visit *visit)
{
    mock_end(server->mock, &visit->call);
    switch (visit->reply.wire) {
    case MOCK_WIRE_RESET:
        mock_visit_reset(visit);
        return MHD_NO;
    case MOCK_WIRE_FIN:
        return MHD_NO;
    case MOCK_WIRE_MUTE:
        mock_visit_suspend(&server->queue, visit, INT64_MAX);
        return MHD_YES;
    case MOCK_WIRE_RAW:
        visit->state = MOCK_VISIT_RAW;
        mock_visit_suspend(&server->queue, visit, 0);
        return MHD_YES;
    case MOCK_WIRE_WHOLE:
    case MOCK_WIRE_CUT:
    case MOCK_WIRE_TORN:
    case MOCK_WIRE_STALL:
    case MOCK_WIRE_DRIP:
        break;
    }
    return mock_visit_respond(&server->queue, visit);
}

/* The request is complete, or one of its waits is over. */
static enum MHD_Result go_on(struct server *server, struct mock_visit *visit)
{
    if (visit->state == MOCK_VISIT_DEAD)
        return MHD_NO;
    if (visit->state == MOCK_VISIT_BODY) {
        struct mock_request request = request_of(visit);

        if (visit->call.commit_delay_ms > 0 && !visit->waited) {
            visit->waited = true;
            mock_visit_suspend(&server->queue, visit, request.now_ms + visit->call.commit_delay_ms);
            return MHD_YES;
        }
        mock_commit(server->mock, &visit->call, &request, &visit->reply);
        visit->state = MOCK_VISIT_COMMITTED;
        if (visit->reply.delay_ms > 0) {
            mock_visit_suspend(&server->queue, visit, request.now_ms + visit->reply.delay_ms);
            return MHD_YES;
        }
    }
    return deliver(server, visit);
}

/* The parameters are libmicrohttpd's. NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_len, void **visit_ctx)
{
    struct server *server = ctx;
    struct mock_visit *visit = *visit_ctx;

    (void)connection;
    (void)url;
    (void)version;
    if (visit->state == MOCK_VISIT_NEW) {
        begin(server, visit, method);
        if (visit->call.reset_early) {
            mock_visit_reset(visit);
            return MHD_NO;
        }
        return MHD_YES;
    }
    if (*data_len > 0) {
        mock_text_add(&visit->body, data, *data_len);
        *data_len = 0;
        return MHD_YES;
    }
    return go_on(server, visit);
}

static struct peer *peer_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void on_completed(void *ctx, struct MHD_Connection *connection, void **visit_ctx,
                         enum MHD_RequestTerminationCode code)
{
    struct server *server = ctx;
    struct mock_visit *visit = *visit_ctx;

    (void)code;
    if (!visit)
        return;
    *visit_ctx = NULL;
    if (visit->state != MOCK_VISIT_NEW) {
        mock_end(server->mock, &visit->call);
        struct peer *peer = peer_of(connection);
        if (peer && visit->call.close_after_ms >= 0)
            peer->close_at_ms = mock_now_ms() + visit->call.close_after_ms;
    }
    visit->next = server->unused;
    server->unused = visit;
}

static void forget_peer(struct server *server, struct peer *peer)
{
    struct peer **at = &server->peers;

    while (*at != peer)
        at = &(*at)->next;
    *at = peer->next;
    free(peer);
}

static void on_connection(void *ctx, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *server = ctx;

    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        forget_peer(server, *socket_context);
        return;
    }
    struct peer *peer = mock_alloc(1, sizeof *peer);
    peer->socket =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    peer->close_at_ms = -1;
    peer->next = server->peers;
    server->peers = peer;
    *socket_context = peer;
}

/* Wakes what is due; lets go of connections whose client has left. */
static void wake(struct server *server, int64_t now)
{
    for (struct mock_visit *one = server->queue.first; one && one->wake_ms <= now;) {
        struct mock_visit *next = one->next;

        if (one->state != MOCK_VISIT_RAW || mock_visit_push_raw(one)) {
            one->state = one->state == MOCK_VISIT_RAW ? MOCK_VISIT_DEAD : one->state;
            mock_visit_resume(&server->queue, one);
        }
        one = next;
    }
}

static void let_deserters_go(struct server *server)
{
    for (struct mock_visit *one = server->queue.first; one;) {
        struct mock_visit *next = one->next;

        if (mock_visit_deserted(one)) {
            one->state = MOCK_VISIT_DEAD;
            mock_visit_resume(&server->queue, one);
        }
        one = next;
    }
}

static void close_idle_peers(struct server *server, int64_t now)
{
    for (struct peer *one = server->peers; one; one = one->next) {
        if (one->close_at_ms >= 0 && one->close_at_ms <= now) {
            one->close_at_ms = -1;
            (void)shutdown(one->socket, SHUT_RDWR);
        }
    }
}

static int32_t time_to_wait(const struct server *server, int64_t now)
{
    int64_t wait = LOOP_MAX_MS;

    if (server->queue.first && server->queue.first->wake_ms < now + wait)
        wait = server->queue.first->wake_ms - now;
    for (const struct peer *one = server->peers; one; one = one->next)
        if (one->close_at_ms >= 0 && one->close_at_ms < now + wait)
            wait = one->close_at_ms - now;
    return wait > 0 ? (int32_t)wait : 1;
}

#if MHD_VERSION < 0x00097206
/* What newer ones have. */
static enum MHD_Result MHD_run_wait(struct MHD_Daemon *daemon, int32_t wait_ms)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd ready = {.fd = info->epoll_fd, .events = POLLIN};
    MHD_UNSIGNED_LONG_LONG own_ms;

    if (MHD_get_timeout(daemon, &own_ms) == MHD_YES && own_ms < (unsigned)wait_ms)
        wait_ms = (int32_t)own_ms;
    (void)poll(&ready, 1, wait_ms);
    return MHD_run(daemon);
}
#endif

static void loop(struct server *server, const volatile sig_atomic_t *stop)
{
    int64_t swept_ms = 0;

    while (!*stop) {
        int64_t now = mock_now_ms();

        wake(server, now);
        close_idle_peers(server, now);
        mock_tick(server->mock, now);
        if (now - swept_ms >= LOOP_MAX_MS) {
            let_deserters_go(server);
            swept_ms = now;
        }
        (void)MHD_run_wait(server->daemon, time_to_wait(server, now));
    }
}

static void stop_daemon(struct server *server)
{
    while (server->queue.first) {
        server->queue.first->state = MOCK_VISIT_DEAD;
        mock_visit_resume(&server->queue, server->queue.first);
    }
    (void)MHD_run_wait(server->daemon, 0);
    MHD_stop_daemon(server->daemon);
    while (server->unused) {
        struct mock_visit *visit = server->unused;

        server->unused = visit->next;
        mock_text_release(&visit->target);
        mock_text_release(&visit->body);
        mock_reply_release(&visit->reply);
        free(visit);
    }
}

static bool read_tls(const struct mock_options *options, struct mock_text *cert,
                     struct mock_text *key, struct mock_text *error)
{
    if (!options->tls_cert && !options->tls_key)
        return true;
    if (!options->tls_cert || !options->tls_key || !mock_text_read_file(cert, options->tls_cert) ||
        !mock_text_read_file(key, options->tls_key)) {
        mock_text_puts(error, "cannot read the files of --tls-cert and --tls-key");
        return false;
    }
    return true;
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool start(struct server *server, const struct mock_options *options,
                  struct mock_text *error)
{
    struct mock_text cert = {0};
    struct mock_text key = {0};
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)options->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };

    if (read_tls(options, &cert, &key, error)) {
        bool tls = cert.len > 0;

        server->daemon = MHD_start_daemon(
            MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (tls ? MHD_USE_TLS : 0u), 0, NULL, NULL,
            on_request, server, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_URI_LOG_CALLBACK,
            on_request_line, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
            MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_CONNECTION_TIMEOUT,
            options->idle_s, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
            MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u, tls ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END,
            cert.data, MHD_OPTION_HTTPS_MEM_KEY, key.data, MHD_OPTION_END);
        if (!server->daemon)
            mock_text_printf(error, "cannot listen on 127.0.0.1 port %u", options->port);
    }
    mock_text_release(&cert);
    mock_text_release(&key);
    return server->daemon;
}

bool mock_server_run(struct mock *mock, const struct mock_options *options,
                     const volatile sig_atomic_t *stop, struct mock_text *error)
{
    struct server server = {.mock = mock};

    raise_descriptor_limit();
    if (!start(&server, options, error))
        return false;
    (void)printf("PORT %u\n",
                 (unsigned)MHD_get_daemon_info(server.daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    (void)fflush(stdout);
    loop(&server, stop);
    stop_daemon(&server);
    return true;
}
