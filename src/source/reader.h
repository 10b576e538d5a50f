/*
 * The reader: one thread's source objects in, its items out, in order. It asks
 * its reading for the lists it needs, joins run steps to messages if the
 * policies want tool calls, and maps.
 *
 * A page is mapped whole before its first item is handed out, so an archive's
 * thread, which is one page, is known to be mappable before anything is
 * written. Items are valid until the page's last item was taken and
 * reader_next() is called again.
 */
#ifndef SOURCE_READER_H
#define SOURCE_READER_H

#include "map/item.h"
#include "map/losses.h"
#include "map/map.h"
#include "map/policy.h"
#include "net/wish.h"
#include "source/decider.h"
#include "source/source.h"

#include <stdbool.h>

struct reader;

struct reader_options {
    struct source *source;       /* borrowed; NULL: for sinks that read nothing */
    const struct policy *policy; /* borrowed */
    struct decider *files;       /* borrowed; NULL: file ids are kept */
    bool files_on_record;        /* what is not decided yet stays so */
    bool keep_skipped;           /* hand out ITEM_SKIPPED too */
    bool heads_only;             /* no items: the thread object and when it was created */
};

/* New. thread_id is copied. */
struct reader *reader_new(const struct reader_options *options, struct span thread_id);
void reader_free(struct reader *reader);

/* WISH_SEND, WISH_READY (items can be taken; none if all of a page's are skipped), WISH_WAIT or
 * WISH_SYNC (a file of the page is being decided), WISH_DONE (there are no more) or WISH_FAIL. */
void reader_next(struct reader *reader, struct wish *wish);
void reader_feed(struct reader *reader, const struct answer *answer);

/* The call of the last WISH_SEND will never be answered: the thread has failed. */
void reader_give_up(struct reader *reader);

/* Who only says what a run would do: it would have begun the conversation by now. */
void reader_is_begun(struct reader *reader);

/* The next item of the page, or NULL when it is used up. */
struct item *reader_take(struct reader *reader);

/* The conversation's metadata; valid from the first WISH_READY or WISH_DONE on. */
const struct metadata *reader_metadata(const struct reader *reader);

/* The thread object, or NULL; borrowed. From WISH_DONE on. */
const json_t *reader_thread(const struct reader *reader);

/* When the thread was created, or its first message; INT64_MIN if nobody says. The same. */
int64_t reader_created_ms(const struct reader *reader);

/* The id of the newest message that was read; "" if there is none. Borrowed. */
struct span reader_newest(const struct reader *reader);

/* What was lost in all that is mapped: whole pages, so more than was taken. */
const struct losses *reader_losses(const struct reader *reader);

/* What was lost up to the item that was taken last: in it, in those before it, in the messages
 * before it that gave none, and in the thread itself. Where the page is used up: in all of it. */
const struct losses *reader_taken(const struct reader *reader);

/* About how many bytes it holds. */
size_t reader_weight(const struct reader *reader);

#endif
