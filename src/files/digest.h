/*
 * SHA-256: the running digest of a conversation or of contents, and the
 * fingerprint of one item by which two items are compared.
 */
#ifndef FILES_DIGEST_H
#define FILES_DIGEST_H

#include "base/span.h"

#include <openssl/ossl_typ.h>
#include <stdbool.h>
#include <stddef.h>

enum { DIGEST_BYTES = 32, DIGEST_HEX = 64 };

/* Two items are the same exactly when their fingerprints are. */
struct fingerprint {
    unsigned char bytes[DIGEST_BYTES];
};

/* The digest over a sequence of items: each canonical form followed by LF. */
struct digest {
    EVP_MD_CTX *context; /* owned */
};

void digest_init(struct digest *digest);

/* A zeroed or released digest is allowed. */
void digest_release(struct digest *digest);

/* Adds one item's canonical form and its LF. */
void digest_add(struct digest *digest, struct span canonical);

/* Adds bytes as they are. */
void digest_add_bytes(struct digest *digest, struct span bytes);

/* The digest so far; more may be added afterwards. */
struct fingerprint digest_fingerprint(const struct digest *digest);

/* The digest so far in lower-case hex; more may be added afterwards. */
void digest_hex(const struct digest *digest, char hex[DIGEST_HEX + 1]);

struct fingerprint fingerprint_of(struct span canonical);
/* SHA-256 of any bytes in lower-case hex. */
void fingerprint_hex(struct span bytes, char hex[DIGEST_HEX + 1]);
/* Of hex digits; false if they are not those of a digest. */
bool fingerprint_read(struct fingerprint *print, struct span hex);
bool fingerprint_equal(const struct fingerprint *a, const struct fingerprint *b);

#endif
