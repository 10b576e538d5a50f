#include "files/contents.h"

#include "base/mem.h"
#include "os/files.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP = 3, DIGITS = 4, PIECE_GROUPS = 8192 };

struct contents_reader {
    struct saved_file saved;
    char *path; /* for errors; owned */
    struct files_file *file;
    int64_t at; /* of the file */
    struct digest digest;
    unsigned char raw[GROUP * PIECE_GROUPS];
    unsigned char text[DIGITS * PIECE_GROUPS + 1];
    size_t text_len;
    size_t text_at;
};

uint64_t contents_encoded(const struct saved_file *file)
{
    return ((uint64_t)file->bytes + GROUP - 1) / GROUP * DIGITS;
}

void contents_add_url_head(struct buf *out, const struct saved_file *file)
{
    buf_add_text(out, "data:");
    buf_add_text(out, file->magic ? file->magic->media_type : "");
    buf_add_text(out, ";base64,");
}

static void damaged(struct error *err, const char *path, const char *what)
{
    error_set(err, ERROR_FILE_DAMAGED, "the saved file '%s' %s", path, what);
}

/* The file in one of the folders; what the last of them says if it is in none. */
static struct files_file *find(const struct saved_files *files, const char *name, char **path,
                               struct error *err)
{
    struct files_file *file = NULL;
    struct error why;

    *path = mem_strdup(name);
    for (size_t i = 0; files && i < files->count && !file; i++) {
        free(*path);
        *path = mem_printf("%s/%s", files->folders[i].path, name);
        file = files_open(files->folders[i].path, name, &why);
    }
    if (!file)
        damaged(err, *path, "is not there, or is not a file that can be read");
    return file;
}

static bool has_size(const struct contents_reader *reader, struct error *err)
{
    struct files_stamp stamp;

    if (files_stamp(reader->file, &stamp, err) && stamp.size == reader->saved.bytes)
        return true;
    damaged(err, reader->path, "has not the size that it had when it was saved");
    return false;
}

struct contents_reader *contents_open(const struct saved_files *files,
                                      const struct saved_file *file, struct error *err)
{
    struct contents_reader *reader = mem_zalloc(1, sizeof *reader);
    char name[SAVED_NAME_SIZE];

    reader->saved = *file;
    digest_init(&reader->digest);
    saved_name(file, name);
    reader->file = find(files, name, &reader->path, err);
    if (reader->file && has_size(reader, err))
        return reader;
    contents_close(reader);
    return NULL;
}

/* All of it was read: is it what was saved? */
static bool check(const struct contents_reader *reader, struct error *err)
{
    const struct fingerprint print = digest_fingerprint(&reader->digest);

    if (fingerprint_equal(&print, &reader->saved.sha256))
        return true;
    damaged(err, reader->path, "is not what was saved: its bytes have changed");
    return false;
}

static bool fill(struct contents_reader *reader, struct error *err)
{
    const int64_t left = reader->saved.bytes - reader->at;
    const size_t want = left < (int64_t)sizeof reader->raw ? (size_t)left : sizeof reader->raw;
    size_t got;

    reader->text_at = 0;
    reader->text_len = 0;
    if (want == 0)
        return true;
    if (!files_read(reader->file, reader->at, reader->raw, want, &got, err) || got != want) {
        damaged(err, reader->path, "cannot be read to its end");
        return false;
    }
    digest_add_bytes(&reader->digest, (struct span){(const char *)reader->raw, got});
    reader->at += (int64_t)got;
    reader->text_len = (size_t)EVP_EncodeBlock(reader->text, reader->raw, (int)got);
    return reader->at < reader->saved.bytes || check(reader, err);
}

bool contents_read(struct contents_reader *reader, char *out, size_t size, size_t *got,
                   struct error *err)
{
    *got = 0;
    while (*got < size) {
        size_t len = reader->text_len - reader->text_at;

        if (len == 0) {
            if (!fill(reader, err))
                return false;
            len = reader->text_len;
        }
        if (len == 0)
            return true;
        if (len > size - *got)
            len = size - *got;
        memcpy(out + *got, reader->text + reader->text_at, len);
        reader->text_at += len;
        *got += len;
    }
    return true;
}

void contents_close(struct contents_reader *reader)
{
    if (!reader)
        return;
    files_close(reader->file);
    digest_release(&reader->digest);
    free(reader->path);
    free(reader);
}

bool contents_check(const struct saved_files *files, const struct saved_file *file,
                    struct error *err)
{
    struct contents_reader *reader = contents_open(files, file, err);
    bool ok = reader != NULL;

    do {
        ok = ok && fill(reader, err);
    } while (ok && reader->text_len > 0);
    contents_close(reader);
    return ok;
}
