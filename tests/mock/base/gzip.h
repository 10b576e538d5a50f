/* gzip streams: one that is small on the wire and large when it is unpacked, and plain ones. */
#ifndef MOCK_GZIP_H
#define MOCK_GZIP_H

#include "mock/base/text.h"

/* Adds a stream of about `size` blanks (RFC 1951, RFC 1952). */
void mock_gzip_bomb(struct mock_text *out, uint64_t size);

/* Adds a stream of these bytes, which it does not make smaller. */
void mock_gzip_store(struct mock_text *out, const char *data, size_t len);

#endif
