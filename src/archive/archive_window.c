#include "archive/archive_window.h"

#include "base/mem.h"

#include <stdlib.h>

enum {
    FIRST_BYTES = 1 << 18,
    KEPT_BYTES = 1 << 23, /* a larger buffer is given back with its file */
};

void archive_window_init(struct archive_window *window, struct archive_files *files)
{
    memset(window, 0, sizeof *window);
    window->files = files;
}

void archive_window_release(struct archive_window *window)
{
    free(window->data);
}

bool archive_window_open(struct archive_window *window, uint32_t file)
{
    if (window->cap == 0 || window->cap > KEPT_BYTES) {
        free(window->data);
        window->cap = FIRST_BYTES;
        window->data = mem_alloc(window->cap);
    }
    window->file = file;
    window->len = 0;
    window->at = 0;
    window->offset = 0;
    window->at_end = false;
    error_clear(&window->error);
    return archive_files_stamp(window->files, file, &window->error);
}

struct span archive_window_rest(const struct archive_window *window)
{
    return (struct span){window->data + window->at, window->len - window->at};
}

/* Moves what is left to the front, and makes room behind it. */
static void make_room(struct archive_window *window)
{
    size_t left = window->len - window->at;

    if (window->at > 0 && left > 0)
        memmove(window->data, window->data + window->at, left);
    window->offset += window->at;
    window->at = 0;
    window->len = left;
    if (window->cap - left >= FIRST_BYTES / 2)
        return;
    window->cap *= 2;
    window->data = mem_resize(window->data, window->cap, 1);
}

bool archive_window_more(struct archive_window *window)
{
    if (window->at_end)
        return false;
    make_room(window);
    struct archive_room room = {window->data + window->len, window->cap - window->len, 0};
    if (!archive_files_scan(window->files, window->file, window->offset + window->len, &room,
                            &window->error)) {
        window->at_end = true;
        return false;
    }
    window->at_end = room.got < room.len;
    window->len += room.got;
    return room.got > 0;
}

void archive_window_pass(struct archive_window *window, size_t len)
{
    window->at += len;
}

uint64_t archive_window_offset(const struct archive_window *window)
{
    return window->offset + window->at;
}

enum archive_line archive_window_line(struct archive_window *window, size_t max_bytes, size_t *len)
{
    size_t looked = 0;

    for (;;) {
        struct span rest = archive_window_rest(window);
        const char *lf =
            rest.len > looked ? memchr(rest.data + looked, '\n', rest.len - looked) : NULL;

        *len = lf ? (size_t)(lf - rest.data) : rest.len;
        if (*len > max_bytes)
            return ARCHIVE_LINE_LONG;
        if (lf)
            return ARCHIVE_LINE;
        looked = rest.len;
        if (!archive_window_more(window))
            break;
    }
    if (window->error.code != ERROR_NONE || *len == 0)
        return ARCHIVE_LINE_NONE;
    return ARCHIVE_LINE_TORN;
}
