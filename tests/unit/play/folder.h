/*
 * A folder of its own for a test of real files: entered before it, and removed afterwards with all
 * that is in it. They are the setup and teardown of a group.
 */
#ifndef UNIT_PLAY_FOLDER_H
#define UNIT_PLAY_FOLDER_H

int folder_enter(void **state);
int folder_leave(void **state);

/* 0, or not if something stayed. */
int folder_remove(const char *path);

#endif
