#include "checkpoint/checkpoint_lines.h"

#include "base/mem.h"
#include "checkpoint/record.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_SIZE = 1 << 20 };

bool lines_open(struct lines *lines, struct fsio_file *file, struct error *err)
{
    *lines = (struct lines){.file = file};
    if (!fsio_size(file, &lines->size, err))
        return false;
    lines->capacity = lines->size < CHUNK_SIZE ? (size_t)lines->size + 1 : CHUNK_SIZE;
    lines->chunk = mem_alloc(lines->capacity);
    return true;
}

void lines_close(struct lines *lines)
{
    free(lines->chunk);
    lines->chunk = NULL;
}

/* Moves what is unread to the front and reads behind it; *got is 0 at the end. */
static bool fill(struct lines *lines, size_t *got, struct error *err)
{
    const size_t kept = lines->to - lines->from;
    const int64_t end = lines->at + (int64_t)kept;
    size_t room = lines->capacity - kept;

    if ((int64_t)room > lines->size - end)
        room = (size_t)(lines->size - end);
    memmove(lines->chunk, lines->chunk + lines->from, kept);
    lines->from = 0;
    lines->to = kept;
    *got = 0;
    if (room > 0 && !fsio_read(lines->file, end, lines->chunk + kept, room, got, err))
        return false;
    lines->to += *got;
    return true;
}

bool lines_next(struct lines *lines, struct line *line, bool *found, struct error *err)
{
    bool is_long = false;
    size_t got = 1;

    *line = (struct line){.at = lines->at};
    while (got > 0) {
        const size_t len = lines->to - lines->from;
        const char *start = lines->chunk + lines->from;
        const char *lf = len > 0 ? memchr(start, '\n', len) : NULL;
        size_t taken = len;

        if (lf) {
            taken = (size_t)(lf - start) + 1;
            line->is_whole = true;
            line->text = (struct span){start, taken - 1};
        } else if (len < RECORD_LINE_MAX) {
            if (!fill(lines, &got, err))
                return false;
            if (got > 0)
                continue;
            line->text = (struct span){lines->chunk + lines->from, taken};
        } else {
            is_long = true;
        }
        lines->from += taken;
        lines->at += (int64_t)taken;
        if (line->is_whole)
            break;
    }
    if (is_long || line->text.len >= RECORD_LINE_MAX)
        line->text = (struct span){NULL, 0};
    line->next = lines->at;
    *found = line->next > line->at;
    return true;
}
