/*
 * The parts of the shelf (shelf.h) that are files of their own, for its use
 * alone: places that cannot be read (unread.c) and messages that name no thread
 * (nameless.c).
 */
#ifndef ARCHIVE_SHELF_PARTS_H
#define ARCHIVE_SHELF_PARTS_H

#include "archive/shelf.h"

#include <stdbool.h>
#include <stdint.h>

/* True for an id or key that says itself that it is a thread's. */
static inline bool shelf_is_thread_key(struct span key)
{
    return key.data && span_starts_with(key, "thread_");
}

/* The thread that a record itself names; .data == NULL: none. Borrowed from its tape or the shelf's
 * scratch. */
struct span shelf_own_thread(struct shelf *shelf, const struct sighting *s);

/* ---- unread.c ---- */

/* A new place in this file. Valid until the next one. */
struct shelf_unread *unread_add(struct shelf *shelf, uint32_t line);

/* What is said of it, if it is among those that are kept. Steals keys, a JSON array. */
void unread_explain(struct shelf *shelf, const struct shelf_unread *unread, struct span path,
                    const char *why, const char *hint, char *keys);

/* Fails a thread for it. */
void unread_own(struct shelf *shelf, struct shelf_unread *unread, uint32_t thread);

/* A place as the walker tells it: fails the threads that it, or what is around it, names. */
void unread_tell(void *ctx, const struct sighting *s);

/* At the end of a file: whose those places are that nothing in them or around them tells. */
void unread_settle(struct shelf *shelf);

/* Of the walker's operations: what was asked, and the end of an object with records. */
void notice_asked(void *ctx, const struct sighting *s);
void notice_around(void *ctx, const struct sighting *s);

/* Looks whether a message is text at all. */
void notice_message(struct shelf *shelf, const struct sighting *s);

/* At the end of a file. */
void notice_settle(struct shelf *shelf);

/* ---- nameless.c ---- */

/* Takes note of what could tell a message of the list from the others. */
void nameless_look(struct shelf *shelf, struct shelf_list *list, const struct tape *tape,
                   uint32_t message, bool is_user);

/* The messages of a list that nobody claims are unread, each of them. */
void nameless_refuse(struct shelf *shelf, const struct shelf_list *list, const char *why,
                     const char *hint);

/* True if the messages of a list that an id or key claims, of whatever, name several talks: they
 * are unread then. */
bool nameless_are_talks(struct shelf *shelf, const struct shelf_list *list);

/* Keeps a list until the end of the file; and one that was kept, or NULL. */
void nameless_hold(struct shelf *shelf, const struct shelf_list *list);
struct shelf_list *nameless_find(struct shelf *shelf, uint32_t number);

/* The name that the file gives to messages without one: a folder's that is called by a thread's id,
 * or its own. */
void nameless_name_of(const struct shelf *shelf, struct buf *out);

/* True if such a folder holds both that file and the one in hand, or they are the same file. */
bool nameless_same_folder(const struct shelf *shelf, uint32_t file);

/* At the end of a file: names the lists that were kept after it, or refuses them. */
void nameless_name(struct shelf *shelf);

#endif
