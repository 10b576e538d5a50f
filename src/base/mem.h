/*
 * Memory. These allocators never return NULL: out of memory ends the process
 * with a message and exit status 3, which loses nothing, because stopping at
 * any point is safe by design.
 *
 * struct arena serves many small pieces that die together: a job's texts, a
 * page's items.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* Ends the process as these allocators do: for libraries that report it themselves. */
_Noreturn void mem_exhausted(void);

/* New, uninitialised; size 0 gives a valid pointer. */
void *mem_alloc(size_t size);

/* New array of count zeroed elements; ends the process on overflow. */
void *mem_zalloc(size_t count, size_t size);

/* Resizes an array to count elements (steals old, which may be NULL). */
void *mem_resize(void *old, size_t count, size_t size);

/* An array with room for one element more than count (steals old, which may be NULL): doubled, and
 * *cap with it, if it is full. */
void *mem_grow(void *old, size_t count, size_t *cap, size_t size);

/* New copy of len bytes with a NUL byte behind them. */
char *mem_dup(const char *data, size_t len);

/* New copy of a NUL-terminated string; NULL gives NULL. */
char *mem_strdup(const char *text);

/* New formatted string. */
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Overwrites secrets in a way that the compiler keeps. */
void mem_wipe(void *data, size_t len);

/* Frees a string after wiping it; NULL is allowed. */
void mem_free_secret(char *secret);

struct arena {
    struct arena_block *blocks;
    size_t used;  /* in the newest block */
    size_t total; /* bytes handed out since the last reset */
};

void arena_init(struct arena *arena);

/* Borrowed from the arena until reset or release; aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);

/* Copy of len bytes with a NUL byte behind them. */
char *arena_dup(struct arena *arena, const char *data, size_t len);

/* Forgets everything, keeps one block of ordinary size for the next use. */
void arena_reset(struct arena *arena);

/* Frees everything; a zeroed or released arena is allowed. */
void arena_release(struct arena *arena);

#endif
