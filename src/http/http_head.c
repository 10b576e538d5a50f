#include "http/http_head.h"

#include "base/ascii.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

/* Numbers beyond this are taken as this: more than thirty thousand years in ms, and still far
 * enough from the end of int64_t to be added to a time. */
static const int64_t NUMBER_MAX = 1000000000000000;

enum { THOUSAND = 1000 };

void http_head_start(struct http_head *head)
{
    *head = (struct http_head){
        .hints = {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN},
        .date_ms = INT64_MIN,
        .retry_after_at = INT64_MIN,
    };
}

static void drop(struct span *text, size_t len)
{
    text->data += len;
    text->len -= len;
}

/* Digits to *number, which stays at or below NUMBER_MAX. */
static bool take_digits(struct span *text, int64_t *number)
{
    size_t len = 0;

    for (; len < text->len && ascii_is_digit(text->data[len]); len++) {
        *number = *number * 10 + (text->data[len] - '0');
        if (*number > NUMBER_MAX)
            *number = NUMBER_MAX;
    }
    drop(text, len);
    return len > 0;
}

/* "1.5" to thousandths, rounded up; without sign and exponent. */
static bool take_thousandths(struct span *text, int64_t *thousandths)
{
    int64_t whole = 0;
    int64_t unit = THOUSAND / 10;
    bool has_rest = false;

    if (!take_digits(text, &whole))
        return false;
    *thousandths = whole > NUMBER_MAX / THOUSAND ? NUMBER_MAX : whole * THOUSAND;
    if (!span_starts_with(*text, "."))
        return true;
    drop(text, 1);
    if (text->len == 0 || !ascii_is_digit(text->data[0]))
        return false;
    while (text->len > 0 && ascii_is_digit(text->data[0])) {
        *thousandths += unit * (text->data[0] - '0');
        has_rest = has_rest || (unit == 0 && text->data[0] != '0');
        unit /= 10;
        drop(text, 1);
    }
    *thousandths += has_rest;
    return true;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Seconds or a date; anything else, negative numbers too, is no answer. */
static void read_retry_after(struct http_head *head, struct span value)
{
    int64_t ms;

    if (text_parse_http_date(value, &ms)) {
        head->retry_after_at = ms;
        return;
    }
    if (take_thousandths(&value, &ms) && value.len == 0)
        head->hints.retry_after_ms = later(head->hints.retry_after_ms, ms);
}

static void read_retry_after_ms(struct http_head *head, struct span value)
{
    int64_t thousandths;

    if (take_thousandths(&value, &thousandths) && value.len == 0)
        head->hints.retry_after_ms =
            later(head->hints.retry_after_ms, (thousandths + THOUSAND - 1) / THOUSAND);
}

static void read_date(struct http_head *head, struct span value)
{
    (void)text_parse_http_date(value, &head->date_ms);
}

static void read_count(struct span value, int64_t *count)
{
    int64_t number = 0;

    if (take_digits(&value, &number) && value.len == 0)
        *count = number;
}

static void read_limit(struct http_head *head, struct span value)
{
    read_count(value, &head->hints.limit_requests);
}

static void read_remaining(struct http_head *head, struct span value)
{
    read_count(value, &head->hints.remaining_requests);
}

static void read_request_id(struct http_head *head, struct span value)
{
    text_visible(head->request_id, sizeof head->request_id, value);
}

static void read_length(struct http_head *head, struct span value)
{
    head->has_length = value.len > 0;
}

struct header_row {
    const char *name;
    void (*read)(struct http_head *head, struct span value);
};

static const struct header_row HEADERS[] = {
    {"content-length", read_length},
    {"date", read_date},
    {"retry-after", read_retry_after},
    {"retry-after-ms", read_retry_after_ms},
    {"transfer-encoding", read_length},
    {"x-ratelimit-limit-requests", read_limit},
    {"x-ratelimit-remaining-requests", read_remaining},
    {"x-request-id", read_request_id},
};

static void read_header(struct http_head *head, struct span line)
{
    const char *colon = memchr(line.data, ':', line.len);
    size_t name_len;
    struct span value;

    if (colon == NULL)
        return;
    name_len = (size_t)(colon - line.data);
    value = text_trim((struct span){colon + 1, line.len - name_len - 1});
    for (size_t i = 0; i < COUNT_OF(HEADERS); i++) {
        if (strlen(HEADERS[i].name) == name_len &&
            strncasecmp(HEADERS[i].name, line.data, name_len) == 0)
            HEADERS[i].read(head, value);
    }
}

void http_head_line(struct http_head *head, struct span line)
{
    size_t bytes = head->bytes + line.len;

    line = text_trim(line);
    if (span_starts_with(line, "HTTP/")) {
        const char *space = memchr(line.data, ' ', line.len);

        http_head_start(head);
        head->is_interim = space != NULL && space + 1 < line.data + line.len && space[1] == '1';
    } else if (line.len == 0) {
        head->complete = !head->is_interim;
    } else if (!head->complete) {
        read_header(head, line);
    }
    head->bytes = bytes;
}

void http_head_finish(const struct http_head *head, int64_t wall_ms, struct http_hints *hints)
{
    *hints = head->hints;
    hints->date_ms = head->date_ms;
    if (head->retry_after_at != INT64_MIN) {
        int64_t now = head->date_ms != INT64_MIN ? head->date_ms : wall_ms;

        /* A moment that has passed means "now". */
        hints->retry_after_ms = later(hints->retry_after_ms, later(head->retry_after_at - now, 0));
    }
}
