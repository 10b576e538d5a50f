#include "checkpoint/crc32c.h"

#include "base/word.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

/*
 * Row 0: the CRC of each single byte. Row s: the same byte followed by s zero bytes. Computed at
 * first use.
 */
static uint32_t table[WORD_BYTES][256];

static void compute_table(void)
{
    const uint32_t polynomial = 0x82f63b78; /* reflected */

    for (unsigned byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;

        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
        table[0][byte] = crc;
    }
    for (int row = 1; row < WORD_BYTES; row++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            uint32_t crc = table[row - 1][byte];

            table[row][byte] = crc >> 8 ^ table[0][crc & 0xff];
        }
    }
}

/* Slicing by eight: eight independent look-ups per word instead of eight dependent ones. */
uint32_t crc32c_portable(uint32_t crc, const void *data, size_t len)
{
    const unsigned char *bytes = data;

    if (table[0][1] == 0)
        compute_table();
    crc = ~crc;
    for (; len >= WORD_BYTES; bytes += WORD_BYTES, len -= WORD_BYTES) {
        const uint64_t word = word_load(bytes) ^ crc;

        crc = 0;
        for (int i = 0; i < WORD_BYTES; i++)
            crc ^= table[WORD_BYTES - 1 - i][word >> (8 * i) & 0xff];
    }
    for (; len > 0; bytes++, len--)
        crc = crc >> 8 ^ table[0][(crc ^ *bytes) & 0xff];
    return ~crc;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) static uint32_t
crc32c_sse42(uint32_t crc, const unsigned char *bytes, size_t len)
{
    uint64_t wide = ~crc;

    for (; len >= WORD_BYTES; bytes += WORD_BYTES, len -= WORD_BYTES)
        wide = _mm_crc32_u64(wide, word_load(bytes));
    crc = (uint32_t)wide;
    for (; len > 0; bytes++, len--)
        crc = _mm_crc32_u8(crc, *bytes);
    return ~crc;
}

uint32_t crc32c(uint32_t crc, const void *data, size_t len)
{
    if (__builtin_cpu_supports("sse4.2"))
        return crc32c_sse42(crc, data, len);
    return crc32c_portable(crc, data, len);
}

#else

uint32_t crc32c(uint32_t crc, const void *data, size_t len)
{
    return crc32c_portable(crc, data, len);
}

#endif
