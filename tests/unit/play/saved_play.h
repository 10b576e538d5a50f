/*
 * A folder with saved files on the real disk, for one test: made, filled,
 * spoilt, removed.
 */
#ifndef UNIT_SAVED_PLAY_H
#define UNIT_SAVED_PLAY_H

#include "files/saved_files.h"

struct saved_play {
    char root[64];
    struct saved_folder folder;
    struct saved_files files; /* that folder alone */
};

/* play is not moved after that. */
void saved_play_init(struct saved_play *play);

/* Puts bytes there, and says what is known of them: a PNG. */
struct saved_file saved_play_add(struct saved_play *play, struct span bytes);

/* Where they are. New. */
char *saved_play_path(const struct saved_play *play, const struct saved_file *file);

/* Puts other bytes in their place. */
void saved_play_spoil(const struct saved_play *play, const struct saved_file *file,
                      struct span bytes);

/* Removes it and all that is in it. */
void saved_play_release(struct saved_play *play);

#endif
