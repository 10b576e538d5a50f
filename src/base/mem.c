#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    EXIT_OUT_OF_MEMORY = 3,
    BLOCK_SIZE = 4096,
    FIRST_ELEMENTS = 8,
};

struct arena_block {
    struct arena_block *next;
    size_t size;
    max_align_t data[];
};

/* No stdio here: it may want memory itself. */
_Noreturn void mem_exhausted(void)
{
    static const char MESSAGE[] = "threadferry: out of memory; nothing is lost, run it again\n";
    ssize_t written = write(STDERR_FILENO, MESSAGE, sizeof MESSAGE - 1);

    (void)written;
    _exit(EXIT_OUT_OF_MEMORY);
}

void *mem_alloc(size_t size)
{
    void *data = malloc(size ? size : 1);

    if (!data)
        mem_exhausted();
    return data;
}

void *mem_zalloc(size_t count, size_t size)
{
    void *data = calloc(count ? count : 1, size ? size : 1);

    if (!data)
        mem_exhausted();
    return data;
}

void *mem_resize(void *old, size_t count, size_t size)
{
    void *data;

    if (size != 0 && count > SIZE_MAX / size)
        mem_exhausted();
    data = realloc(old, count > 0 && size > 0 ? count * size : 1);
    if (!data)
        mem_exhausted();
    return data;
}

void *mem_grow(void *old, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return old;
    *cap = *cap > 0 ? 2 * *cap : FIRST_ELEMENTS;
    return mem_resize(old, *cap, size);
}

char *mem_dup(const char *data, size_t len)
{
    char *copy;

    if (len == SIZE_MAX)
        mem_exhausted();
    copy = mem_alloc(len + 1);
    if (len > 0)
        memcpy(copy, data, len);
    copy[len] = '\0';
    return copy;
}

char *mem_strdup(const char *text)
{
    return text ? mem_dup(text, strlen(text)) : NULL;
}

char *mem_printf(const char *format, ...)
{
    va_list args;
    va_list again;
    int len;
    char *text;

    va_start(args, format);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    text = mem_alloc(len < 0 ? 1 : (size_t)len + 1);
    text[0] = '\0';
    (void)vsnprintf(text, len < 0 ? 1 : (size_t)len + 1, format, again);
    va_end(again);
    return text;
}

void mem_wipe(void *data, size_t len)
{
    if (len > 0)
        explicit_bzero(data, len);
}

void mem_free_secret(char *secret)
{
    if (!secret)
        return;
    mem_wipe(secret, strlen(secret));
    free(secret);
}

void arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    struct arena_block *block = arena->blocks;
    size_t need;
    char *data;

    if (size > SIZE_MAX - BLOCK_SIZE - align)
        mem_exhausted();
    need = (size + align - 1) / align * align;
    if (!block || block->size - arena->used < need) {
        size_t capacity = need > BLOCK_SIZE ? need : BLOCK_SIZE;

        block = mem_alloc(sizeof *block + capacity);
        block->next = arena->blocks;
        block->size = capacity;
        arena->blocks = block;
        arena->used = 0;
    }
    data = (char *)block->data + arena->used;
    arena->used += need;
    arena->total += need;
    return data;
}

char *arena_dup(struct arena *arena, const char *data, size_t len)
{
    char *copy;

    if (len == SIZE_MAX)
        mem_exhausted();
    copy = arena_alloc(arena, len + 1);
    if (len > 0)
        memcpy(copy, data, len);
    copy[len] = '\0';
    return copy;
}

void arena_reset(struct arena *arena)
{
    struct arena_block *keep = NULL;

    while (arena->blocks) {
        struct arena_block *block = arena->blocks;

        arena->blocks = block->next;
        if (!keep && block->size == BLOCK_SIZE)
            keep = block;
        else
            free(block);
    }
    if (keep)
        keep->next = NULL;
    *arena = (struct arena){.blocks = keep};
}

void arena_release(struct arena *arena)
{
    while (arena->blocks) {
        struct arena_block *block = arena->blocks;

        arena->blocks = block->next;
        free(block);
    }
    *arena = (struct arena){0};
}
