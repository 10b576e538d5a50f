/*
 * Eight bytes of text looked at as one number, so that long plain text is
 * passed in an eighth of the steps. The tests mark bytes by their highest bit;
 * the lowest mark is right, those above it may be borrowed, so that
 * word_first() of a result is exact, and so is "no mark at all".
 */
#ifndef BASE_WORD_H
#define BASE_WORD_H

#include <endian.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { WORD_BYTES = 8 };

#define WORD_ONES UINT64_C(0x0101010101010101)
#define WORD_MARKS (WORD_ONES * 0x80)

/* The first of them is the lowest, whatever the machine. */
static inline uint64_t word_load(const void *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return le64toh(word);
}

/* Marks bytes beyond ASCII. */
static inline uint64_t word_wide(uint64_t word)
{
    return word & WORD_MARKS;
}

/* Marks bytes below c, which is at most 0x80. */
static inline uint64_t word_below(uint64_t word, unsigned char c)
{
    return (word - WORD_ONES * c) & ~word & WORD_MARKS;
}

/* Marks bytes that are c. */
static inline uint64_t word_is(uint64_t word, unsigned char c)
{
    return word_below(word ^ (WORD_ONES * c), 1);
}

/* Index of the first marked byte; marks is not 0. */
static inline size_t word_first(uint64_t marks)
{
    return (size_t)__builtin_ctzll(marks) / CHAR_BIT;
}

#endif
