/*
 * The head of a reply, line by line, and the same bytes as a URL: hints are
 * never negative nor near the end of their type, and what is kept of the head
 * can be shown on a terminal.
 */
#include "base/text.h"
#include "http/http_head.h"
#include "http/url.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WALL_MS = 1000000 };

static void check_hint(int64_t value)
{
    assert(value == INT64_MIN || (value >= 0 && value < INT64_MAX / 2));
}

static void check_url(struct span text)
{
    struct url url;

    if (!url_read(text, &url))
        return;
    assert(url.host[0] != '\0' && url.port > 0 && url.port < 65536);
    assert(url_same_host(&url, &url));
    if (url_is_loopback(&url))
        assert(url.host[0] == '1' || (url.host[0] | 0x20) == 'l' || url.host[0] == '[');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = {(const char *)data, size};
    struct http_hints hints;
    struct http_head head;
    struct span line;

    check_url(rest);
    http_head_start(&head);
    while (text_next_line(&rest, &line))
        http_head_line(&head, line);
    http_head_finish(&head, WALL_MS, &hints);
    check_hint(hints.retry_after_ms);
    check_hint(hints.limit_requests);
    check_hint(hints.remaining_requests);
    assert(head.bytes <= size);
    for (const char *c = head.request_id; *c != '\0'; c++)
        assert((unsigned char)*c >= ' ' && *c != 0x7f);
    return 0;
}
