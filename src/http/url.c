#include "http/url.h"

#include "base/mem.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const char PLAIN[] = "http://";
static const char SECURE[] = "https://";

static bool is_printable(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~' || strchr("\"<>\\^`{|}", text.data[i]))
            return false;
    }
    return true;
}

/* Short of memory is no verdict on a URL. */
static bool is_well(CURLUcode code)
{
    if (code == CURLUE_OUT_OF_MEMORY)
        mem_exhausted();
    return code == CURLUE_OK;
}

/* Host and port as libcurl sees them. */
static bool read_authority(const char *text, struct url *url)
{
    CURLU *parts = curl_url();
    char *host = NULL;
    char *port = NULL;
    bool ok;

    if (!parts)
        mem_exhausted();
    ok = is_well(curl_url_set(parts, CURLUPART_URL, text, 0)) &&
         is_well(curl_url_get(parts, CURLUPART_HOST, &host, 0)) &&
         is_well(curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT)) &&
         strlen(host) < sizeof url->host;

    if (ok) {
        (void)snprintf(url->host, sizeof url->host, "%s", host);
        ok = text_to_int(span_of(port), &url->port) && url->port > 0;
    }
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
    return ok;
}

bool url_read(struct span text, struct url *url)
{
    char *copy = mem_dup(text.data, text.len);
    const bool is_plain = strncasecmp(copy, PLAIN, strlen(PLAIN)) == 0;
    const bool is_secure = strncasecmp(copy, SECURE, strlen(SECURE)) == 0;
    const char *authority = copy + (is_plain ? strlen(PLAIN) : is_secure ? strlen(SECURE) : 0);
    bool ok = authority != copy && is_printable(text) && *authority != '/';

    if (ok) {
        *url = (struct url){
            .is_plain = is_plain,
            .has_user = memchr(authority, '@', strcspn(authority, "/?#")) != NULL,
            .has_more = strpbrk(authority, "?#") != NULL,
        };
        ok = read_authority(copy, url);
    }
    free(copy);
    return ok;
}

bool url_is_loopback(const struct url *url)
{
    struct in_addr address;

    if (strcasecmp(url->host, "localhost") == 0 || strcmp(url->host, "[::1]") == 0)
        return true;
    return inet_pton(AF_INET, url->host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

bool url_same_host(const struct url *a, const struct url *b)
{
    return a->port == b->port && strcasecmp(a->host, b->host) == 0;
}
