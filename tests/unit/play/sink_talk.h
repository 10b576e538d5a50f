/*
 * Talking to a sink: gives it items, answers its calls from a conversation
 * that stands in the test, and ends when the sink does. Texts are written short:
 *
 *     "u hello"    a user's text        "c name"   a function call
 *     "a hello"    an assistant's       "o text"   its output
 *     "I x"        a user's image, listed without its contents
 *     "i file-1"   a user's image       "r no"     an assistant's refusal
 *     "p bytes"    a user's image that carries these bytes
 *     "- msg"      a message that gives no item
 */
#ifndef UNIT_SINK_TALK_H
#define UNIT_SINK_TALK_H

#include "base/mem.h"
#include "checkpoint/checkpoint.h"
#include "source/sink.h"

#include <stddef.h>

enum { TALK_PAGE = 2 }; /* so that short conversations have several pages */

struct talk {
    const char *const *items;  /* what the reader gives; NULL-terminated */
    const char *const *stored; /* what the conversation holds; NULL: there is none (404) */
    struct error reader_error; /* .code set: the reader fails where the items end */
    long refuse;               /* status of every answer; 0: none is refused */

    struct arena arena;
    size_t given;
    int calls; /* that were answered */
};

void talk_init(struct talk *talk, const char *const *items, const char *const *stored);
void talk_release(struct talk *talk);

/* The whole conversation, to its end. */
void talk_run(struct talk *talk, struct sink *sink);

/* One item, in the talk's arena; "u hello" gets the source id msg_hello. */
struct item *talk_item(struct talk *talk, const char *text);

/* What the checkpoint would say: a conversation that has the first `count` of these items. */
struct thread_facts talk_facts(enum thread_state state, const char *const *items, int count);

#endif
