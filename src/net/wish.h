/*
 * The language between the machines and the loop. A machine (a reading, a
 * sink, a job) does no I/O: asked for its next wish it says what it wants, and
 * it is fed what came of it. So every machine can be tested as a conversation.
 *
 *     next(&wish) -> WISH_SEND call      ... feed(&answer); where a second read is to be sent
 *                                            beside it, both are fed before next(), in any order
 *                    WISH_SLEEP until    ... next() again at that time
 *                    WISH_WAIT           ... next() again after another machine got on
 *                    WISH_SYNC           ... next() again after the checkpoint was synced
 *                    WISH_READY          a reading: a page can be taken
 *                    WISH_MORE           a sink: wants items, or to hear that there are no more
 *                    WISH_DONE           finished well
 *                    WISH_FAIL           finished badly; wish->error says how
 */
#ifndef NET_WISH_H
#define NET_WISH_H

#include "base/error.h"
#include "base/span.h"
#include "files/body.h"
#include "http/http.h"
#include "service/profile.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum call_method { CALL_GET, CALL_POST, CALL_DELETE };

/* A request as a machine sees it: no host, no headers, no key. */
struct call {
    enum side side;
    enum call_method method;
    const char *path; /* below the base URL, encoded: "/threads/t1/messages?limit=100"; borrowed */
    struct body body; /* JSON; borrowed until the answer was fed */
    bool probe;       /* a question that a server may be unable to answer: few attempts */
    bool asks_route;  /* a 404, 405 or 501 of anybody answers it after few attempts */
    bool optional;    /* a route that servers may not have, or not for keys: no is an answer */
    int64_t valid_ms; /* it may not leave later than that after it was wished; 0: whenever */
    bool outline;     /* json_read_outline() is enough of the answer */
    bool keep_raw;    /* the answer's body is wanted byte for byte */
    bool shortens;    /* pictures in the answer are wanted by their digests alone: net/shorten.h */
    /* A 200's body goes here and is no JSON; too large for it: ANSWER_TOO_LARGE. NULL: none;
     * borrowed until the answer was fed. */
    const struct http_drain *drain;
    bool allow_shrink; /* a reply that is too large is answered with ANSWER_TOO_LARGE */
};

enum answer_kind {
    ANSWER_YES,       /* 2xx, a whole JSON document */
    ANSWER_NO,        /* refused; it had no effect and is not worth repeating */
    ANSWER_UNKNOWN,   /* CALL_POST: it may have been executed; look before sending again */
    ANSWER_TOO_LARGE, /* reads with allow_shrink: ask for less */
};

/*
 * What came of a call. The loop has dealt with everything that can be repeated without harm
 * (reads, deletes, refusals that ask for patience, requests that never left); a machine sees only
 * what it has to decide. Everything is borrowed until feed() returns.
 */
struct answer {
    enum answer_kind kind;
    long status;
    json_t *json;        /* ANSWER_YES */
    struct span raw;     /* ANSWER_YES with keep_raw */
    struct span message; /* ANSWER_NO: the server's words: may echo content, never logged */
    struct span param;   /* ANSWER_NO: "items[3].content" or .data == NULL */
    struct span code;    /* ANSWER_NO, ANSWER_UNKNOWN */
    struct span type;    /* likewise */
    uint64_t served;     /* requests that the server has granted so far */
    uint64_t written;    /* of them, those that change something */
    bool got_reply;      /* ANSWER_UNKNOWN: the server said something */
    bool is_large;       /* ANSWER_YES: more than half of what a reply may be */
    bool beside;         /* it is the answer to wish.beside */
    int64_t now_ms;
};

/* The server says that there is no such thing; servers that had one say 410. */
static inline bool answer_is_missing(const struct answer *answer)
{
    return answer->kind == ANSWER_NO && (answer->status == 404 || answer->status == 410);
}

/* What a GET of one object says of it. */
enum presence {
    PRESENCE_THERE,
    PRESENCE_GONE,    /* 404, 410 */
    PRESENCE_OTHER,   /* 2xx, and an error, or another object */
    PRESENCE_UNKNOWN, /* another refusal */
};

enum presence answer_presence(const struct answer *answer, struct span id);

/* Of a delete: 2xx, "deleted": true, and the id that was asked for. Nothing else is believed. */
bool answer_is_deleted(const struct answer *answer, struct span id);

/* Of a delete: nothing in it contradicts. An earlier attempt may have done it (404), and some
 * servers say nothing: a GET has to tell. The delete of an item names its conversation, so its id
 * is not compared ({NULL, 0}). */
bool answer_may_be_deleted(const struct answer *answer, struct span id);

/* Why it is not, as ERROR_FORBIDDEN or ERROR_REFUSED. side says in words which side it was. */
void answer_explain_kept(const struct answer *answer, const char *side, struct error *err);

enum wish_kind {
    WISH_SEND,
    WISH_SLEEP,
    WISH_WAIT,
    WISH_SYNC,
    WISH_READY,
    WISH_MORE,
    WISH_DONE,
    WISH_FAIL,
};

enum { WISH_CALLS = 2 };

struct wish {
    enum wish_kind kind;
    struct call call;   /* WISH_SEND */
    struct call beside; /* WISH_SEND: a second read; .path is NULL for none, and before next() */
    int64_t until_ms;   /* WISH_SLEEP */
    bool closing;       /* WISH_SYNC: nothing is sent after it; false before next() */
    struct error error; /* WISH_FAIL */
};

#endif
