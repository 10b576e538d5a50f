/* What changes the whole process is tested in a child. */
#ifndef UNIT_CHILD_H
#define UNIT_CHILD_H

/* Exit status of body in a child, prepared first unless it does that itself (NULL); 0 means that
 * every one of its checks held. */
int in_child(void (*prepare)(void), int (*body)(void));

#endif
