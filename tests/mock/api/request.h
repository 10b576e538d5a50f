/* A request as it came in, from whatever brought it. */
#ifndef MOCK_REQUEST_H
#define MOCK_REQUEST_H

#include <stddef.h>
#include <stdint.h>

struct mock_header {
    const char *name;
    const char *value;
};

/* All pointers are borrowed for the call. */
struct mock_request {
    const char *method;
    const char *target; /* path and query, as on the request line */
    const struct mock_header *headers;
    size_t header_count;
    const char *body;
    size_t body_len;
    int64_t now_ms; /* any clock that does not go back */
    int64_t wall_s;
};

/* The value of a header, or NULL. */
const char *mock_request_header(const struct mock_request *request, const char *name);

/* The presented key, however it travels, or NULL. */
const char *mock_request_key(const struct mock_request *request);

#endif
