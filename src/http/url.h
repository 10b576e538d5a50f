/*
 * The little that has to be known of an http(s) URL before libcurl may have
 * it. The grammar is narrower than RFC 3986 on purpose: what is understood
 * here cannot be understood differently by somebody else.
 */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

/* Everything borrowed from the URL. */
struct url {
    bool is_plain;    /* http:// */
    bool has_user;    /* user@host, which nobody may use here */
    struct span host; /* [::1] with its brackets */
    int64_t port;     /* the scheme's own where none is given */
    struct span path; /* "" or "/…", without query and fragment */
    bool has_more;    /* a query or a fragment follows */
};

/*
 * Scheme http or https in any case; host of letters, digits, '-', '.', '_' or an IPv6 literal;
 * printable ASCII without space, '"', '<', '>', '\' in the rest. False on anything else.
 */
bool url_split(struct span text, struct url *url);

/* 127.0.0.0/8 as four decimal numbers, [::1], localhost. */
bool url_is_loopback(const struct url *url);

/* Same host (case does not count) and port. */
bool url_same_host(const struct url *a, const struct url *b);

#endif
