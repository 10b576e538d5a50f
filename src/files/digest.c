#include "files/digest.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "base/text.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

/* libcrypto fails here for want of memory only. */
static void must(int result)
{
    if (result != 1)
        mem_exhausted();
}

/* What every digest starts as: looked up once, then only copied. */
static const EVP_MD_CTX *prepared(void)
{
    static EVP_MD_CTX *context;

    if (!context) {
        /* What it begins with fails without a word if memory is short, and crashes later. */
        must(OPENSSL_init_crypto(0, NULL));
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
        must(OSSL_LIB_CTX_get0_global_default() != NULL);
#endif
        context = EVP_MD_CTX_new();
        must(context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL));
    }
    return context;
}

static void add(EVP_MD_CTX *context, struct span bytes)
{
    must(EVP_DigestUpdate(context, bytes.data, bytes.len));
}

void digest_init(struct digest *digest)
{
    digest->context = EVP_MD_CTX_new();
    must(digest->context != NULL && EVP_MD_CTX_copy_ex(digest->context, prepared()));
}

void digest_release(struct digest *digest)
{
    EVP_MD_CTX_free(digest->context);
    digest->context = NULL;
}

void digest_add(struct digest *digest, struct span canonical)
{
    add(digest->context, canonical);
    add(digest->context, span_of("\n"));
}

void digest_add_bytes(struct digest *digest, struct span bytes)
{
    add(digest->context, bytes);
}

/* The fingerprint of what was added to a context and of the rest; the context can go on. */
static struct fingerprint finish(const EVP_MD_CTX *from, struct span rest)
{
    static EVP_MD_CTX *scratch;
    struct fingerprint print;

    if (!scratch)
        scratch = EVP_MD_CTX_new();
    must(scratch != NULL && EVP_MD_CTX_copy_ex(scratch, from));
    add(scratch, rest);
    must(EVP_DigestFinal_ex(scratch, print.bytes, NULL));
    return print;
}

struct fingerprint digest_fingerprint(const struct digest *digest)
{
    return finish(digest->context, span_of(""));
}

struct fingerprint fingerprint_of(struct span canonical)
{
    return finish(prepared(), canonical);
}

static void write_hex(const struct fingerprint *print, char hex[DIGEST_HEX + 1])
{
    text_write_hex(hex, print->bytes, DIGEST_BYTES);
    hex[DIGEST_HEX] = '\0';
}

void digest_hex(const struct digest *digest, char hex[DIGEST_HEX + 1])
{
    const struct fingerprint print = digest_fingerprint(digest);

    write_hex(&print, hex);
}

void fingerprint_hex(struct span bytes, char hex[DIGEST_HEX + 1])
{
    const struct fingerprint print = fingerprint_of(bytes);

    write_hex(&print, hex);
}

bool fingerprint_read(struct fingerprint *print, struct span hex)
{
    if (hex.len != DIGEST_HEX)
        return false;
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        const int high = ascii_hex_value(hex.data[2 * i]);
        const int low = ascii_hex_value(hex.data[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        print->bytes[i] = (unsigned char)(high * 16 + low);
    }
    return true;
}

bool fingerprint_equal(const struct fingerprint *a, const struct fingerprint *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}
