#include "http/url.h"

#include "base/text.h"

#include <strings.h>

enum { PORT_HTTP = 80, PORT_HTTPS = 443, PORT_MAX = 65535, OCTET_MAX = 255 };

static bool is_host_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

static bool is_ipv6_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
           c == '.';
}

static bool is_url_char(char c)
{
    switch (c) {
    case '"':
    case '<':
    case '>':
    case '\\':
    case '^':
    case '`':
    case '{':
    case '|':
    case '}':
        return false;
    }
    return c > ' ' && c < 0x7f;
}

static struct span from(struct span text, size_t start)
{
    return (struct span){text.data + start, text.len - start};
}

static size_t length_until(struct span text, const char *stops)
{
    for (; *stops != '\0'; stops++) {
        const char *stop = memchr(text.data, *stops, text.len);

        if (stop)
            text.len = (size_t)(stop - text.data);
    }
    return text.len;
}

static bool same_text(struct span a, struct span b)
{
    return a.len == b.len && strncasecmp(a.data, b.data, a.len) == 0;
}

static bool take_scheme(struct span *text, bool *is_plain)
{
    static const char PLAIN[] = "http://";
    static const char SECURE[] = "https://";

    *is_plain = text->len >= strlen(PLAIN) && strncasecmp(text->data, PLAIN, strlen(PLAIN)) == 0;
    if (*is_plain) {
        *text = from(*text, strlen(PLAIN));
        return true;
    }
    if (text->len < strlen(SECURE) || strncasecmp(text->data, SECURE, strlen(SECURE)) != 0)
        return false;
    *text = from(*text, strlen(SECURE));
    return true;
}

static size_t host_length(struct span text)
{
    size_t len = 0;

    if (text.len > 0 && text.data[0] == '[') {
        len = 1;
        while (len < text.len && is_ipv6_char(text.data[len]))
            len++;
        return len > 1 && len < text.len && text.data[len] == ']' ? len + 1 : 0;
    }
    while (len < text.len && is_host_char(text.data[len]))
        len++;
    return len;
}

static bool take_port(struct span text, int64_t *port)
{
    if (text.len == 0)
        return true;
    if (text.data[0] != ':' || text.len > sizeof ":65535" - 1)
        return false;
    return text_to_int(from(text, 1), port) && *port > 0 && *port <= PORT_MAX;
}

bool url_split(struct span text, struct url *url)
{
    struct span authority;
    size_t user;
    size_t len;

    for (size_t i = 0; i < text.len; i++) {
        if (!is_url_char(text.data[i]))
            return false;
    }
    *url = (struct url){0};
    if (!take_scheme(&text, &url->is_plain))
        return false;
    url->port = url->is_plain ? PORT_HTTP : PORT_HTTPS;
    authority = (struct span){text.data, length_until(text, "/?#")};
    text = from(text, authority.len);
    user = length_until(authority, "@");
    url->has_user = user < authority.len;
    if (url->has_user)
        authority = from(authority, user + 1);
    len = host_length(authority);
    url->host = (struct span){authority.data, len};
    if (len == 0 || !take_port(from(authority, len), &url->port))
        return false;
    url->path = (struct span){text.data, length_until(text, "?#")};
    url->has_more = url->path.len < text.len;
    return true;
}

/* Four decimal numbers, the first of them 127. Shorter forms ("127.1") mean the same to some
 * resolvers, but not to all. */
static bool is_loopback_v4(struct span host)
{
    for (int i = 0; i < 4; i++) {
        size_t len = length_until(host, ".");
        int64_t number;

        if (len == 0 || len > 3 || !text_to_int((struct span){host.data, len}, &number))
            return false;
        if (number < 0 || number > OCTET_MAX || (len > 1 && host.data[0] == '0'))
            return false;
        if (i == 0 && number != 127)
            return false;
        if ((i < 3) != (len < host.len))
            return false;
        host = from(host, i < 3 ? len + 1 : len);
    }
    return true;
}

bool url_is_loopback(const struct url *url)
{
    if (same_text(url->host, span_of("localhost")) || span_is(url->host, "[::1]"))
        return true;
    return is_loopback_v4(url->host);
}

bool url_same_host(const struct url *a, const struct url *b)
{
    return a->port == b->port && same_text(a->host, b->host);
}
