/*
 * The head of a reply, read line by line: what the pacer wants to know and
 * the request id. Pure; both sides of the HTTP seam use it.
 *
 *     http_head_start(&head)             before each transfer
 *     http_head_line(&head, line)        each line as it comes, blank lines too
 *     http_head_finish(&head, wall_ms, &hints)
 */
#ifndef HTTP_HTTP_HEAD_H
#define HTTP_HTTP_HEAD_H

#include "base/span.h"
#include "http/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_head {
    bool complete;   /* the blank line of a final reply was seen; what follows are trailers */
    bool has_length; /* the body says where it ends, other than by the connection */
    bool is_interim;
    char request_id[64];
    struct http_hints hints;
    int64_t date_ms;        /* Date, or INT64_MIN */
    int64_t retry_after_at; /* Retry-After as a date, or INT64_MIN */
    size_t bytes;           /* of all lines, to be bounded by the caller */
};

void http_head_start(struct http_head *head);

/* A status line begins anew, so that an interim reply (1xx) leaves nothing behind. Lines that
 * mean nothing here are only counted. */
void http_head_line(struct http_head *head, struct span line);

/* Fills *hints. A Retry-After date counts from the reply's own Date; wall_ms is only for replies
 * that have none. Of several answers to "when" the latest counts. */
void http_head_finish(const struct http_head *head, int64_t wall_ms, struct http_hints *hints);

#endif
