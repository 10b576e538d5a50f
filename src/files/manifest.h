/*
 * The list of a folder of saved contents, FILE.files/MANIFEST: JSON lines that
 * are only ever added to.
 *
 *     {"kind":"file","file_id":"file-abc","state":"saved","bytes":9,"sha256":"…","ext":"png",
 *      "object":{…as the server sent it…}}
 *     {"kind":"file","file_id":"file-def","state":"not_downloadable","object":{…}}
 *     {"kind":"files_end","ids":2,"sha256":"…"}
 *
 * A files_end closes a pass that left nothing open. It covers the ids that have a line before it:
 * its digest is over them, sorted, each with LF. An end that says something else closes nothing.
 * Contents are named by their own digest: "ab/SHA256.EXT" below the folder.
 *
 *     manifest_init, manifest_take for all bytes, manifest_taken, …, manifest_release
 */
#ifndef FILES_MANIFEST_H
#define FILES_MANIFEST_H

#include "base/buf.h"
#include "base/error.h"
#include "base/strmap.h"
#include "files/digest.h"
#include "files/magic.h"

#include <stdbool.h>
#include <stdint.h>

#define MANIFEST_NAME "MANIFEST"

enum saved_state {
    SAVED_CONTENTS,
    SAVED_NOT_DOWNLOADABLE, /* the service does not give it back */
    SAVED_NOT_FOUND,
    SAVED_TOO_LARGE,
    SAVED_STATES
};

/* As the list spells them. */
extern const char *const SAVED_STATE_NAMES[SAVED_STATES];

/* What is known of one file. */
struct saved_file {
    enum saved_state state;
    int64_t bytes;             /* as saved, else as its object says; -1: nothing says it */
    struct fingerprint sha256; /* this and what follows: of SAVED_CONTENTS */
    const struct magic *magic; /* NULL: nothing that we know */
};

struct manifest {
    struct strmap ids;        /* in the order of their first lines */
    struct saved_file *files; /* owned; one for each of them: what its newest line says */
    size_t file_cap;
    size_t covered;  /* the first so many ids are covered by an end */
    struct buf line; /* what follows the last LF: a line whose writer was stopped */
    int64_t lines;
    size_t end_ids; /* of the newest files_end: the ids before it, and its digest */
    struct fingerprint end_sha256;
    bool has_end;
    bool is_end_wrong; /* it does not say what is before it */
};

void manifest_init(struct manifest *manifest);
void manifest_release(struct manifest *manifest);

/* Takes the next bytes of the list. ERROR_USAGE for a whole line that export did not write; path
 * is for that message. */
bool manifest_take(struct manifest *manifest, struct span bytes, const char *path,
                   struct error *err);

/* There are no more bytes: judges the newest end. */
void manifest_taken(struct manifest *manifest);

/* NULL: no line. *is_covered (may be NULL): by an end. Borrowed until the next line. */
const struct saved_file *manifest_find(const struct manifest *manifest, struct span file_id,
                                       bool *is_covered);

/* Notes a file as if its line had been taken. */
void manifest_note(struct manifest *manifest, struct span file_id, const struct saved_file *file);

/* Writes the line of a file. object: as the server sent it; .data NULL: none. */
void manifest_write_file(struct buf *out, struct span file_id, const struct saved_file *file,
                         struct span object);

/* Writes the end that covers all ids, and notes it. */
void manifest_write_end(struct buf *out, struct manifest *manifest);

/* A file id that can go into a URL: [A-Za-z0-9_-]{1,256}. */
bool saved_is_file_id(struct span id);

enum { SAVED_NAME_SIZE = 3 + DIGEST_HEX + 8 };

/* Where the contents are, below the folder: "ab/SHA256.EXT". */
void saved_name(const struct saved_file *file, char name[SAVED_NAME_SIZE]);

#endif
