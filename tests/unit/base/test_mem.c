#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void test_sizes_of_nothing_are_valid(void **state)
{
    void *alloc = mem_alloc(0);
    void *zalloc = mem_zalloc(0, 8);
    void *resize = mem_resize(NULL, 0, 8);

    (void)state;
    assert_non_null(alloc);
    assert_non_null(zalloc);
    assert_non_null(resize);
    free(alloc);
    free(zalloc);
    free(resize);
}

static void test_zalloc_zeroes_and_resize_keeps(void **state)
{
    unsigned char *data = mem_zalloc(16, 4);

    (void)state;
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(data[i], 0);
    memcpy(data, "abcd", 4);
    data = mem_resize(data, 1000, 4);
    assert_memory_equal(data, "abcd", 4);
    free(data);
}

static void test_copies(void **state)
{
    char *dup = mem_dup("a\0bc", 3);
    char *empty = mem_dup(NULL, 0);
    char *text = mem_strdup("hello");
    char *formatted = mem_printf("%s-%d", "x", 42);

    (void)state;
    assert_memory_equal(dup, "a\0b", 4);
    assert_string_equal(empty, "");
    assert_string_equal(text, "hello");
    assert_string_equal(formatted, "x-42");
    assert_null(mem_strdup(NULL));
    free(dup);
    free(empty);
    free(text);
    free(formatted);
}

static void test_wipe(void **state)
{
    char secret[] = "secret";
    static const char ZEROS[sizeof secret];

    (void)state;
    mem_wipe(secret, sizeof secret);
    assert_memory_equal(secret, ZEROS, sizeof secret);
    mem_wipe(NULL, 0);
    mem_free_secret(NULL);
    mem_free_secret(mem_strdup("secret"));
}

/* The exit status and the message of a process in which body ran out of memory. */
static int exit_status_of(void (*body)(void), char *message, size_t size)
{
    int fds[2];
    int status;
    pid_t child;
    ssize_t got;

    assert_int_equal(pipe(fds), 0);
    child = fork();
    if (child == 0) {
        dup2(fds[1], STDERR_FILENO);
        close(fds[0]);
        close(fds[1]);
        body();
        _exit(0);
    }
    close(fds[1]);
    got = read(fds[0], message, size - 1);
    message[got > 0 ? got : 0] = '\0';
    close(fds[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void resize_past_the_end(void)
{
    free(mem_resize(NULL, SIZE_MAX / 4, 8));
}

static void dup_past_the_end(void)
{
    free(mem_dup("", SIZE_MAX));
}

static void arena_past_the_end(void)
{
    struct arena arena = {0};

    (void)arena_alloc(&arena, SIZE_MAX - 8);
}

static void arena_dup_past_the_end(void)
{
    struct arena arena = {0};

    (void)arena_dup(&arena, "", SIZE_MAX);
}

static void test_out_of_memory_ends_the_process(void **state)
{
    static void (*const BODIES[])(void) = {
        resize_past_the_end,
        dup_past_the_end,
        arena_past_the_end,
        arena_dup_past_the_end,
    };
    char message[200];

    (void)state;
    for (size_t i = 0; i < sizeof BODIES / sizeof BODIES[0]; i++) {
        assert_int_equal(exit_status_of(BODIES[i], message, sizeof message), 3);
        assert_non_null(strstr(message, "out of memory"));
    }
}

static void test_arena_pieces_are_apart_and_aligned(void **state)
{
    enum { PIECES = 5000 };
    struct arena arena;
    char *pieces[PIECES];

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = arena_alloc(&arena, i % 97 + 1);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        memset(pieces[i], (int)(i % 251), i % 97 + 1);
    }
    for (size_t i = 0; i < PIECES; i++) {
        for (size_t j = 0; j < i % 97 + 1; j++)
            assert_int_equal((unsigned char)pieces[i][j], i % 251);
    }
    assert_true(arena.total >= PIECES);
    arena_release(&arena);
    arena_release(&arena);
}

static void test_arena_takes_large_pieces_between_small_ones(void **state)
{
    struct arena arena = {0};
    char *small = arena_dup(&arena, "small", 5);
    char *large = arena_alloc(&arena, 1000000);
    char *after = arena_dup(&arena, "after", 5);

    (void)state;
    memset(large, 'x', 1000000);
    assert_string_equal(small, "small");
    assert_string_equal(after, "after");
    assert_string_equal(arena_dup(&arena, NULL, 0), "");
    arena_reset(&arena);
    assert_int_equal(arena.total, 0);
    arena_release(&arena);
}

/* A job that goes from thread to thread does not go to the system for each of them. */
static void test_arena_reset_keeps_one_ordinary_block(void **state)
{
    struct arena arena = {0};
    const void *first;

    (void)state;
    for (int i = 0; i < 100; i++)
        (void)arena_alloc(&arena, 1000);
    arena_reset(&arena);
    first = arena_alloc(&arena, 1000);
    arena_reset(&arena);
    assert_ptr_equal(arena_alloc(&arena, 1000), first);
    arena_release(&arena);
    arena_reset(&arena);
    assert_null(arena.blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_of_nothing_are_valid),
        cmocka_unit_test(test_zalloc_zeroes_and_resize_keeps),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_wipe),
        cmocka_unit_test(test_out_of_memory_ends_the_process),
        cmocka_unit_test(test_arena_pieces_are_apart_and_aligned),
        cmocka_unit_test(test_arena_takes_large_pieces_between_small_ones),
        cmocka_unit_test(test_arena_reset_keeps_one_ordinary_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
