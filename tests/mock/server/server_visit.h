/*
 * One request on one connection, from its first header to the last byte of its
 * reply, and the queue of those that wait for a point in time.
 */
#ifndef MOCK_SERVER_VISIT_H
#define MOCK_SERVER_VISIT_H

#include "mock/judge/mock.h"

#include <microhttpd.h>

enum { MOCK_SERVER_VISIT_HEADERS = 48 };

enum mock_visit_state {
    MOCK_VISIT_NEW,       /* the request line is there */
    MOCK_VISIT_BODY,      /* the headers are */
    MOCK_VISIT_COMMITTED, /* the reply is written, but not on its way */
    MOCK_VISIT_SENDING,
    MOCK_VISIT_RAW,  /* we write to the socket ourselves */
    MOCK_VISIT_DEAD, /* nothing more to say: the connection goes */
};

struct mock_visit {
    enum mock_visit_state state;
    struct MHD_Connection *connection; /* borrowed */
    struct mock_text target;
    const char *method;
    struct mock_header headers[MOCK_SERVER_VISIT_HEADERS]; /* borrowed from the connection */
    size_t header_count;
    struct mock_text body;
    struct mock_call call;
    struct mock_reply reply;
    size_t sent;       /* of a raw reply */
    size_t drip_until; /* how far a dripping reply may go now */
    bool waited;       /* for the commit */
    bool suspended;
    int64_t wake_ms;
    struct mock_queue *queue; /* borrowed; where a slow body waits */
    struct mock_visit *next;  /* in the queue, or among the unused */
    struct mock_visit *prev;
};

/* Suspended visits, the earliest first. Zero-initialise. */
struct mock_queue {
    struct mock_visit *first;
    struct mock_visit *last;
};

/* A clock that does not go back. */
int64_t mock_now_ms(void);

/* Suspends the connection until wake_ms (INT64_MAX: until somebody else wakes it). */
void mock_visit_suspend(struct mock_queue *queue, struct mock_visit *visit, int64_t wake_ms);

/* Takes it out of the queue and lets libmicrohttpd go on with it. */
void mock_visit_resume(struct mock_queue *queue, struct mock_visit *visit);

int mock_visit_socket(const struct mock_visit *visit);

/* RST, at once. */
void mock_visit_reset(const struct mock_visit *visit);

/* True when the client has closed its side. */
bool mock_visit_deserted(const struct mock_visit *visit);

/* Writes more of a raw reply; true when there is nothing left to do. */
bool mock_visit_push_raw(struct mock_visit *visit);

/* Queues the reply, as fast and as complete as its wire says. */
enum MHD_Result mock_visit_respond(struct mock_queue *queue, struct mock_visit *visit);

#endif
