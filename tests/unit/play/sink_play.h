/*
 * Plays a sink as a conversation that stands in a script: a row of wishes,
 * parted by " | ", and behind " => " what becomes of each:
 *
 *     list        list i2        the conversation's items from the beginning, or behind i2
 *     tip                        which item is the last one?
 *     delete i1                  an item, a conversation, a thread
 *     look                       the conversation's own object
 *     thread      newest         the source's thread object, its newest message
 *     delete i1 within 500       not later than that
 *     sync        sleep until 25 no answer
 *     done        fail CODE: TEXT
 *
 *     yes                        YES, it was deleted
 *     empty                      YES, with nothing in it
 *     kept        wrong          YES to a deletion that says no: "deleted": false; an error
 *     no 400      no 400 after   NO, perhaps naming a parameter
 *     no thread                  NO, 404 in the words of the Assistants API
 *     is m2                      YES, the object with this id, which newest finds in a list
 *     unknown                    UNKNOWN
 *     i3=u 3;i4=a 4              YES, a page of items; "+" for more, "." for none
 *
 * Items are written as in sink_talk.h; those that the sink asks for are the
 * talk's. The thread is thread_1, its conversation conv_1, its items i1, i2, …
 */
#ifndef UNIT_SINK_PLAY_H
#define UNIT_SINK_PLAY_H

#include "base/buf.h"
#include "checkpoint/checkpoint.h"
#include "source/sink.h"
#include "unit/play/sink_talk.h"

#include <stddef.h>

struct sink_play {
    const char *name; /* told where the script is not followed */
    struct talk *talk;
    struct checkpoint *checkpoint;
};

/* Plays it to the end of the script; the sink's failure sets its outcome. */
void sink_play(const struct sink_play *play, struct sink *sink, const char *script);

/* The talk's facts of these items, with ids as they are in scripts. */
struct thread_facts play_facts(enum thread_state state, const char *const *items, int count);

/* On a fresh fake disk, with thread_1 as these facts have it. New. */
struct checkpoint *play_checkpoint(const struct thread_facts *facts);

/* Adds "appended:2 failed:open", the records behind the offset; what waits is synced first. A
 * failure is open as long as an outcome of the thread is unknown. */
void play_records(struct buf *seen, struct checkpoint *checkpoint, size_t offset);

/* A page of items. New reference. */
json_t *play_page(struct talk *talk, const char *text);

/* "no 400 after", which is borrowed. */
struct answer play_refusal(const char *reply);

/* Cuts the next piece off a text, up to `end`; NULL where there is none. New. */
char *play_cut(const char **text, const char *end);

#endif
