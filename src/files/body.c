#include "files/body.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void holes_add(struct holes *holes, size_t at, const struct saved_file *file)
{
    holes->all = mem_grow(holes->all, holes->count, &holes->cap, sizeof *holes->all);
    holes->all[holes->count++] = (struct hole){.at = at, .file = *file};
}

void holes_drop(struct holes *holes, size_t count)
{
    if (count == 0)
        return;
    holes->count -= count;
    memmove(holes->all, holes->all + count, holes->count * sizeof *holes->all);
}

void holes_release(struct holes *holes)
{
    free(holes->all);
    *holes = (struct holes){0};
}

uint64_t holes_encoded(const struct holes *holes, size_t first)
{
    uint64_t bytes = 0;

    for (size_t i = first; i < holes->count; i++)
        bytes += contents_encoded(&holes->all[i].file);
    return bytes;
}

struct body body_of(struct span bytes)
{
    return (struct body){.bytes = bytes};
}

uint64_t body_length(const struct body *body)
{
    uint64_t length = body->bytes.len;

    for (size_t i = 0; i < body->hole_count; i++)
        length += contents_encoded(&body->holes[i].file);
    return length;
}

struct body_reader {
    const struct body *body;
    size_t at;                        /* of its bytes */
    size_t hole;                      /* the next one, or the one that is open */
    struct contents_reader *contents; /* of the open one, or NULL */
};

struct body_reader *body_open(const struct body *body)
{
    struct body_reader *reader = mem_zalloc(1, sizeof *reader);

    reader->body = body;
    return reader;
}

void body_close(struct body_reader *reader)
{
    if (!reader)
        return;
    contents_close(reader->contents);
    free(reader);
}

/* The bytes up to the next hole. */
static size_t copy_bytes(struct body_reader *reader, char *out, size_t size)
{
    const struct body *body = reader->body;
    const size_t end =
        reader->hole < body->hole_count ? body->holes[reader->hole].at : body->bytes.len;
    const size_t len = end - reader->at < size ? end - reader->at : size;

    if (len > 0)
        memcpy(out, body->bytes.data + reader->at, len);
    reader->at += len;
    return len;
}

/* What is in the hole; none at its end, which is then passed. */
static bool copy_contents(struct body_reader *reader, char *out, size_t size, size_t *got,
                          struct error *err)
{
    const struct body *body = reader->body;

    *got = 0;
    if (!reader->contents)
        reader->contents = contents_open(body->files, &body->holes[reader->hole].file, err);
    if (!reader->contents || !contents_read(reader->contents, out, size, got, err))
        return false;
    if (*got == 0) {
        contents_close(reader->contents);
        reader->contents = NULL;
        reader->hole++;
    }
    return true;
}

bool body_read(struct body_reader *reader, char *out, size_t size, size_t *got, struct error *err)
{
    *got = 0;
    while (*got < size) {
        size_t len = copy_bytes(reader, out + *got, size - *got);

        if (len == 0 && reader->hole == reader->body->hole_count)
            return true;
        if (len == 0 && !copy_contents(reader, out + *got, size - *got, &len, err))
            return false;
        *got += len;
    }
    return true;
}

bool body_add_to(struct buf *out, const struct body *body, struct error *err)
{
    struct body_reader *reader = body_open(body);
    char piece[16384];
    size_t got = 0;
    bool ok;

    do {
        ok = body_read(reader, piece, sizeof piece, &got, err);
        buf_add(out, piece, ok ? got : 0);
    } while (ok && got == sizeof piece);
    body_close(reader);
    return ok;
}
