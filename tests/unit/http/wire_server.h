/*
 * A server for tests of the HTTP seam: speaks bytes, not HTTP. It answers the
 * n-th request it has seen, on whatever connection, with the n-th step of a
 * script; the last step answers all that follow. One thread, port 0, loopback.
 */
#ifndef UNIT_WIRE_SERVER_H
#define UNIT_WIRE_SERVER_H

#include <stdbool.h>
#include <stddef.h>

/* What happens to the connection after the bytes of a step. */
enum wire_then {
    WIRE_KEEP,
    WIRE_FIN,
    WIRE_RESET,
    WIRE_SILENCE, /* stays open, nothing more is said on it */
};

struct wire_step {
    const char *text; /* sent first; "" for nothing */
    char fill;        /* then so many of these bytes … */
    size_t fill_count;
    const char *tail; /* … and this, or NULL */
    const void *data; /* or bytes that are no text */
    size_t data_len;
    enum wire_then then;
    bool at_head; /* answers as soon as the head is there, whatever the body */
};

struct wire_server;

/* New. The script is borrowed. */
struct wire_server *wire_start(const struct wire_step *steps, size_t count);
void wire_stop(struct wire_server *server);

int wire_port(const struct wire_server *server);

/* How many requests were seen, how many connections were accepted. */
size_t wire_requests(struct wire_server *server);
size_t wire_connections(struct wire_server *server);

/* Copies the bytes of the newest request, terminated. */
void wire_last_request(struct wire_server *server, char *out, size_t size);

/* A port on which nobody listens. */
int wire_dead_port(void);

#endif
