#include "run/assistant_file.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"
#include "map/assistant.h"
#include "files/digest.h"
#include "os/stream.h"

#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX_BYTES = 16 << 20, CHUNK_BYTES = 1 << 16, SUFFIX = 1 + 12 };

/* Not the first: the file would be hidden. */
static bool is_plain(struct span id, size_t at)
{
    const struct span one = {id.data + at, 1};

    return text_is_thread_id(one) && id.data[at] != ':' && !(id.data[at] == '.' && at == 0);
}

void assistant_file_name(char name[ASSISTANT_FILE_NAME_SIZE], struct span id)
{
    const size_t most = ASSISTANT_FILE_NAME_SIZE - sizeof ".json";
    bool same = id.len <= most;
    char digest[DIGEST_HEX + 1];
    size_t len = 0;

    for (; len < id.len && len < most; len++) {
        name[len] = is_plain(id, len) ? id.data[len] : '_';
        same = same && name[len] == id.data[len];
    }
    if (same) {
        (void)snprintf(name + len, ASSISTANT_FILE_NAME_SIZE - len, ".json");
        return;
    }
    /* "~" stands in no plain id, so that no other one gives this name. */
    if (len > most - SUFFIX)
        len = most - SUFFIX;
    fingerprint_hex(id, digest);
    (void)snprintf(name + len, ASSISTANT_FILE_NAME_SIZE - len, "~%.*s.json", SUFFIX - 1, digest);
}

static bool read_all(const char *path, struct buf *out)
{
    struct error ignored = {.code = ERROR_NONE};
    FILE *stream = stream_open_input(path, &ignored);
    char chunk[CHUNK_BYTES];
    size_t got = 1;
    bool ok = stream != NULL;

    while (ok && got > 0) {
        got = fread(chunk, 1, sizeof chunk, stream);
        buf_add(out, chunk, got);
        ok = !out->overflow && !ferror(stream);
    }
    if (stream)
        (void)fclose(stream);
    return ok;
}

bool assistant_file_equals(const char *directory, const json_t *mapped)
{
    char name[ASSISTANT_FILE_NAME_SIZE];
    struct error ignored;
    struct buf text;
    char *path;
    char *live_text = assistant_write(mapped);
    json_t *saved = NULL;
    json_t *live;
    bool equal;

    assistant_file_name(name, assistant_id(mapped));
    path = mem_printf("%s/%s", directory, name);
    buf_init(&text, FILE_MAX_BYTES);
    if (read_all(path, &text))
        saved = json_read_object(buf_span(&text), &ignored);
    /* The live one goes through the same text, so that numbers are rounded alike. */
    live = json_read_object(span_of(live_text), &ignored);
    equal = saved && live && json_equal(saved, live);
    json_decref(saved);
    json_decref(live);
    buf_release(&text);
    free(path);
    free(live_text);
    return equal;
}
