/*
 * The little that has to be known of an http(s) URL before a request goes to
 * it. It is libcurl's own parser that is asked, so the one that judges is the
 * one that connects; what parsers are known to disagree about is refused first.
 */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

enum { URL_HOST_SIZE = 256 };

struct url {
    bool is_plain;            /* http:// */
    bool has_user;            /* user@host, which nobody may use here */
    bool has_more;            /* a query or a fragment */
    char host[URL_HOST_SIZE]; /* [::1] with its brackets; addresses in their usual form */
    int64_t port;             /* the scheme's own if none is given */
};

/*
 * Scheme http or https in any case, printable ASCII without space, '"', '<', '>', '\', '^', '`',
 * '{', '|' and '}', and a host. False on anything else.
 */
bool url_read(struct span text, struct url *url);

/* 127.0.0.0/8, [::1], localhost. */
bool url_is_loopback(const struct url *url);

/* Same host (case does not count) and port. */
bool url_same_host(const struct url *a, const struct url *b);

#endif
