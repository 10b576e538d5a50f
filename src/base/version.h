/*
 * The version of the program, as it stands in --version, in the User-Agent and
 * in the checkpoint.
 */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define THREADFERRY_VERSION "1.0.0"

#endif
