/*
 * Inside the translator of printed Python: the text as far as it is in memory,
 * the JSON of the print at hand, and the atoms that both are made of. Only
 * python*.c include it.
 */
#ifndef DECODE_PYTHON_STATE_H
#define DECODE_PYTHON_STATE_H

#include "base/buf.h"
#include "decode/python.h"

enum {
    PYTHON_LOOK_BYTES = 1 << 10, /* how far ahead is looked; names and dates are shorter */
};

/* What is open: a bracket, a call, an enum's <…>. */
enum python_kind {
    PYTHON_LIST,   /* [ */
    PYTHON_PAIRS,  /* [ of (key, value), in OrderedDict(…) */
    PYTHON_BRACE,  /* { of which nothing is known yet */
    PYTHON_DICT,   /* { with a colon */
    PYTHON_SET,    /* { without */
    PYTHON_PAREN,  /* ( around one value */
    PYTHON_TUPLE,  /* ( with a comma */
    PYTHON_PAIR,   /* ( of PYTHON_PAIRS */
    PYTHON_CALL,   /* Name( around one value or none */
    PYTHON_FIELDS, /* Name( with field=value */
    PYTHON_ENUM,   /* <Name.MEMBER: value> */
};

struct python_frame {
    enum python_kind kind;
    size_t open;        /* where in the JSON its bracket is, or a blank in its place */
    size_t item;        /* where in the JSON its newest item begins */
    unsigned items;     /* begun so far: 0, 1, more (does not count beyond 3) */
    bool is_ordered;    /* OrderedDict: a list in it is one of pairs */
    bool is_empty_list; /* without anything in it, it is [] and not {} */
    bool wants_factory; /* defaultdict: what comes first is not a part of the value */
    bool has_key;       /* the item's key has been read */
    bool at_item;       /* an item may begin, or the frame end */
};

struct python {
    const struct python_stream *stream;
    struct error *err;
    bool failed; /* a function of the stream did; *err says why */

    char *data; /* of the text: what is not passed begins at `at` */
    size_t at;
    size_t len;
    bool at_end;   /* nothing follows data[len] */
    uint64_t line; /* of data[at] */

    struct buf json;    /* not yet written */
    uint64_t json_line; /* of its end */
    uint64_t written;   /* bytes of JSON before it */

    bool is_next;    /* the print has ended because another one begins on this line */
    const char *why; /* the first thing in this print that makes it unread */
    unsigned depth;
    struct python_frame frames[PYTHON_MAX_DEPTH];
};

/* What comes next: PYTHON_LOOK_BYTES, or all that is left. */
struct span python_look(struct python *p);

/* The next byte, or -1 at the end. */
int python_peek(struct python *p);

/* Passes bytes that are visible and hold no line end. */
void python_pass(struct python *p, size_t len);

/* Passes one line end. */
void python_pass_line(struct python *p);

/* The length of a name at the start: letters, digits, _ and what is beyond ASCII. */
size_t python_name(struct span text);

/* The length of Name( or a.Name[Other]( at the start, or 0. */
size_t python_call(struct span text);

/* The length of a prefix and quote that begin a string ("rb'" is 3), or 0. */
size_t python_quote(struct span text);

/* Passes blanks, inside brackets line ends too; false if a print ends because another one begins
 * at the start of a line. */
bool python_space(struct python *p, const char **why);

/*
 * Atoms: each passes what it reads and adds it to the JSON. False where the text cannot go on like
 * this; *why then says what is wrong. A value that can be passed and not be had sets p->why.
 */
bool python_string(struct python *p, const char **why);
bool python_number(struct python *p, const char **why);

/* The length of the arguments of datetime( or date( with the closing bracket, and the time as a
 * JSON string in out; 0 where they are not understood. */
size_t python_time(struct span arguments, struct buf *out);

/* Reads one value, to the end of it. False as above. */
bool python_value(struct python *p, const char **why);

/* Says, if nothing was said before, why this print is unread. */
void python_spoil(struct python *p, const char *why);

#endif
