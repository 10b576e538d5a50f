#include "map/digest.h"

#include "base/text.h"

#include <string.h>

static void write_hex(const unsigned char *bytes, char hex[DIGEST_HEX + 1])
{
    text_write_hex(hex, bytes, DIGEST_BYTES);
    hex[DIGEST_HEX] = '\0';
}

void digest_init(struct digest *digest)
{
    (void)SHA256_Init(&digest->context);
}

void digest_add(struct digest *digest, struct span canonical)
{
    (void)SHA256_Update(&digest->context, canonical.data, canonical.len);
    (void)SHA256_Update(&digest->context, "\n", 1);
}

void digest_add_bytes(struct digest *digest, struct span bytes)
{
    (void)SHA256_Update(&digest->context, bytes.data, bytes.len);
}

struct fingerprint digest_fingerprint(const struct digest *digest)
{
    SHA256_CTX copy = digest->context;
    struct fingerprint print;

    (void)SHA256_Final(print.bytes, &copy);
    return print;
}

void digest_hex(const struct digest *digest, char hex[DIGEST_HEX + 1])
{
    struct fingerprint print = digest_fingerprint(digest);

    write_hex(print.bytes, hex);
}

struct fingerprint fingerprint_of(struct span canonical)
{
    struct fingerprint print;
    SHA256_CTX context;

    /* Not SHA256(): it allocates, and leaves the bytes as they were where that fails. */
    (void)SHA256_Init(&context);
    (void)SHA256_Update(&context, canonical.data, canonical.len);
    (void)SHA256_Final(print.bytes, &context);
    return print;
}

void fingerprint_hex(struct span bytes, char hex[DIGEST_HEX + 1])
{
    struct fingerprint print = fingerprint_of(bytes);

    write_hex(print.bytes, hex);
}

bool fingerprint_equal(const struct fingerprint *a, const struct fingerprint *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}
