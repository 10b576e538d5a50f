/*
 * Plays the writer as conversations with a destination: what it asks, what it
 * is answered, what it puts on record. Items are written as in sink_talk.h. A
 * script is a row of wishes, parted by " | ", and behind " => " what becomes
 * of each:
 *
 *     create      create 2       a create without items, and with two
 *     append 2                   a batch of two
 *     list        list i2        a look from the beginning, or behind i2
 *     tip                        which item is the last one?
 *     sync        sleep 30000    no answer; time passes as asked
 *     wait                       another writer goes ahead; then it is through
 *     back off 500               so much, and up to a quarter more, after the outcome was lost
 *     done        fail CODE: TEXT
 *
 *     id conv_1                  YES with that id      ids i1 i2    YES with these items
 *     no 400      no 400 items[1]    NO, perhaps naming a parameter
 *     lost        broken         UNKNOWN, without and with a reply
 *     broken 404                 with that status and not 500; 0: cut before it
 *     large                      the reply was too large
 *     i3=u 3;i4=a 4              YES, a page of items; "+" for more, "." for none
 */
#ifndef UNIT_WRITER_PLAY_H
#define UNIT_WRITER_PLAY_H

#include "checkpoint/checkpoint.h"

#include <stdbool.h>

struct story {
    const char *name;
    int messages;            /* how many of "u 1", "a 2", "u 3", "a 4", "u 5" the thread has */
    enum thread_state state; /* at the beginning; THREAD_NEW: nothing is known */
    int written;             /* items on record then */
    bool create_inline;
    bool settled;        /* state failed: no outcome is unknown */
    bool first;          /* the job has no conversation yet */
    bool unproven;       /* it has, but no item in one */
    bool another;        /* another writer goes ahead */
    bool unsent;         /* behind the script the run ends, and the call never leaves */
    bool settles_soon;   /* outcomes settle within 20 ms and not 30 s */
    bool alike;          /* all messages say "u 1" */
    const char *changed; /* what the first message says now, or NULL */
    const char *other;   /* the conversation of another thread, or NULL */
    const char *script;
    const char *records; /* that were added: "creating created appended:2 done:5" */
};

/* Batches have two items, three attempts are made, outcomes settle for 30 s. */
void writer_play(const struct story *story);

#endif
