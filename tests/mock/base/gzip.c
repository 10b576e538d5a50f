#include "mock/base/gzip.h"

enum { MATCH_LENGTH = 258, STORED_MAX = 0xffff };

static const char head[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03";

struct bits {
    struct mock_text *out;
    unsigned held;
    unsigned count;
};

static void put_bit(struct bits *bits, unsigned bit)
{
    bits->held |= bit << bits->count;
    if (++bits->count == 8) {
        mock_text_putc(bits->out, (char)bits->held);
        bits->held = 0;
        bits->count = 0;
    }
}

/* Huffman codes go out with their highest bit first. */
static void put_code(struct bits *bits, unsigned code, unsigned length)
{
    while (length > 0)
        put_bit(bits, code >> --length & 1u);
}

static void make_crc_table(uint32_t table[256])
{
    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (unsigned k = 0; k < 8; k++)
            table[i] = (table[i] & 1u) != 0 ? table[i] >> 1 ^ 0xedb88320u : table[i] >> 1;
    }
}

static uint32_t crc_of_blanks(uint64_t count)
{
    uint32_t table[256];
    uint32_t crc = 0xffffffffu;

    make_crc_table(table);
    for (uint64_t i = 0; i < count; i++)
        crc = table[(crc ^ ' ') & 0xFFu] ^ crc >> 8;
    return ~crc;
}

static uint32_t crc_of(const char *data, size_t len)
{
    uint32_t table[256];
    uint32_t crc = 0xffffffffu;

    make_crc_table(table);
    for (size_t i = 0; i < len; i++)
        crc = table[(crc ^ (unsigned char)data[i]) & 0xFFu] ^ crc >> 8;
    return ~crc;
}

static void put_little_endian(struct mock_text *out, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        mock_text_putc(out, (char)(value >> (8 * i) & 0xFFu));
}

void mock_gzip_bomb(struct mock_text *out, uint64_t size)
{
    struct bits bits = {.out = out};
    uint64_t matches = size / MATCH_LENGTH;
    uint64_t real_size = 1 + matches * MATCH_LENGTH;

    mock_text_add(out, head, sizeof head - 1);
    put_bit(&bits, 1); /* the last block */
    put_bit(&bits, 1); /* with the fixed codes */
    put_bit(&bits, 0);
    put_code(&bits, 0x30 + ' ', 8);
    for (uint64_t i = 0; i < matches; i++) {
        put_code(&bits, 0xC5, 8); /* 258 bytes … */
        put_code(&bits, 0, 5);    /* … from one byte back */
    }
    put_code(&bits, 0, 7); /* the end */
    while (bits.count > 0)
        put_bit(&bits, 0);
    put_little_endian(out, crc_of_blanks(real_size));
    put_little_endian(out, (uint32_t)real_size);
}

void mock_gzip_store(struct mock_text *out, const char *data, size_t len)
{
    size_t at = 0;

    mock_text_add(out, head, sizeof head - 1);
    do {
        size_t block = len - at < STORED_MAX ? len - at : STORED_MAX;
        uint32_t size = (uint32_t)block;

        mock_text_putc(out, at + block == len ? 1 : 0);
        put_little_endian(out, (~size & 0xffffu) << 16 | size);
        mock_text_add(out, data + at, block);
        at += block;
    } while (at < len);
    put_little_endian(out, crc_of(data, len));
    put_little_endian(out, (uint32_t)len);
}
