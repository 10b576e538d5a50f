/*
 * One line of the checkpoint: text <-> struct. A line is
 *
 *   crc32c SP json LF
 *
 * with the CRC-32C (RFC 3720) in eight lower-case hex digits over the job's
 * name followed by the json bytes (the header: over the json alone). Members
 * are in a fixed order without white space, so that there is one way to write
 * a record and reading is a small scanner.
 */
#ifndef CHECKPOINT_RECORD_H
#define CHECKPOINT_RECORD_H

#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum record_kind {
    RECORD_HEADER,
    RECORD_PINS,
    RECORD_RUN,
    RECORD_CREATING,
    RECORD_CREATED,
    RECORD_NOT_CREATED, /* the newest `creating` had no effect */
    RECORD_APPENDED,
    RECORD_DONE,
    RECORD_FAILED,
    RECORD_UNCERTAIN,
    RECORD_ROLLING_BACK, /* its conversation is about to be deleted, item by item */
    RECORD_ROLLED_BACK,
    RECORD_PRUNING,    /* its source thread is about to be deleted */
    RECORD_NOT_PRUNED, /* that had no effect: done as before */
    RECORD_PRUNED,
    RECORD_SELECTION, /* how many threads the run has selected */
    RECORD_ENDED,     /* how the run ended */
    RECORD_FILE,      /* what was decided about a file id */
    RECORD_UNKNOWN,   /* a lower-case kind of a newer version: skipped */
    RECORD_KINDS
};

enum {
    RECORD_DIGEST_LEN = 64,
    RECORD_FORMAT = 2,
    RECORD_LINE_MAX = 32768, /* LF included; a longer line is not a record */
};

/* What a run may not change; see checkpoint_open(). Texts as configured, "" for none. */
struct pins {
    struct span destination_type;
    struct span base_url;
    struct span organization;
    struct span project;
    struct span shard;   /* "3/8" or "" */
    struct span mapping; /* hex digest of the pinned policies */
    /* Not recorded but held against the header's source: the source in words, where its threads are
     * named after its files; else .data == NULL. */
    struct span named_after;
};

/* Only the members of the kind are set; spans are borrowed from the line or from the caller. */
struct record {
    enum record_kind kind;
    uint64_t n;
    uint64_t b;
    int64_t format;     /* header */
    struct span job;    /* header */
    struct span tool;   /* header: "threadferry 1.0" */
    struct span source; /* header: type and place of the source, without secrets */
    struct pins pins;   /* header; of `pins` only .mapping */
    int64_t pid;        /* run */
    struct span host;   /* run */
    int64_t time;       /* run: seconds since 1970 */
    struct span thread;
    struct span conversation; /* created */
    int64_t items;            /* creating, appended, done */
    struct span last;         /* appended, done: .data == NULL if unknown */
    struct span digest;       /* appended, done */
    struct span code;         /* failed; file: why it is missing, or .data == NULL */
    struct span detail;       /* failed */
    bool settled;             /* failed: no outcome of the thread is unknown */
    int64_t threads;          /* selection */
    int64_t exit;             /* ended: the exit status */
    struct span file;         /* file: its id at the source */
    struct span state;        /* file: kept, mapped, inside or missing */
    struct span id;           /* file: the new id of a mapped one, or .data == NULL */
    int64_t bytes;            /* file: of the contents inside, or 0 */
    struct span sha256;       /* file: of the contents inside, or .data == NULL */
    struct span kind_name;    /* RECORD_UNKNOWN */
    struct span needs;        /* RECORD_UNKNOWN, foreign: the version that reads it, or NULL */
};

/* The name in the member "k"; "unknown" for RECORD_UNKNOWN. */
const char *record_kind_name(enum record_kind kind);

/*
 * Adds the whole line, LF included. job is "" for the header. Texts are escaped as JSON; an
 * absent or empty text is written as null if the kind allows that. Numbers are not negative.
 */
void record_write(struct buf *out, const struct record *record, struct span job);

enum record_parse {
    RECORD_VALID,
    RECORD_INVALID, /* does not parse, or the CRC differs */
    RECORD_FOREIGN, /* of another version: a kind that starts with an upper-case letter, or a
                     * header of another format */
};

/*
 * Reads one line (without its LF). No allocation; spans point into line. Strings stay as they are
 * in the file: record_text() takes their escapes away. Of a foreign record, n, b and kind are set,
 * and what names the version needed: kind_name and needs, or format and perhaps tool.
 */
enum record_parse record_read(struct record *record, struct span line, struct span job);

/*
 * Adds the record that was read from line under other numbers; everything after them stays byte
 * by byte.
 */
void record_renumber(struct buf *out, struct span line, const struct record *numbers,
                     struct span job);

/* Adds a string of a record without its escapes. False if an escape is not one that
 * record_write() makes, or the buffer is full. */
bool record_text(struct buf *out, struct span raw);

#endif
