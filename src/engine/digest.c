#include "engine/digest.h"

#include <assert.h>
#include <openssl/evp.h>
#include <string.h>

/* libcrypto's SHA-256 fails only where the library itself is broken. */
static void must(int result)
{
    assert(result == 1);
}

static void write_hex(const unsigned char *bytes, char hex[DIGEST_HEX + 1])
{
    static const char DIGITS[] = "0123456789abcdef";

    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        hex[2 * i] = DIGITS[bytes[i] >> 4];
        hex[2 * i + 1] = DIGITS[bytes[i] & 15];
    }
    hex[DIGEST_HEX] = '\0';
}

void digest_init(struct digest *digest)
{
    digest->context = EVP_MD_CTX_new();
    assert(digest->context);
    must(EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL));
}

void digest_release(struct digest *digest)
{
    EVP_MD_CTX_free(digest->context);
    digest->context = NULL;
}

void digest_add(struct digest *digest, struct span canonical)
{
    must(EVP_DigestUpdate(digest->context, canonical.data, canonical.len));
    must(EVP_DigestUpdate(digest->context, "\n", 1));
}

void digest_hex(const struct digest *digest, char hex[DIGEST_HEX + 1])
{
    unsigned char bytes[DIGEST_BYTES];
    EVP_MD_CTX *copy = EVP_MD_CTX_new();

    assert(copy);
    must(EVP_MD_CTX_copy_ex(copy, digest->context));
    must(EVP_DigestFinal_ex(copy, bytes, NULL));
    EVP_MD_CTX_free(copy);
    write_hex(bytes, hex);
}

struct fingerprint fingerprint_of(struct span canonical)
{
    struct fingerprint print;

    must(EVP_Digest(canonical.data, canonical.len, print.bytes, NULL, EVP_sha256(), NULL));
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
