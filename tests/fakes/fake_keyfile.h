/*
 * The fake side of os/keyfile.h: one key file in memory, whatever the path.
 */
#ifndef FAKES_FAKE_KEYFILE_H
#define FAKES_FAKE_KEYFILE_H

/* What the file holds; NULL: it cannot be read. Borrowed. */
void fake_keyfile_set(const char *content);

#endif
