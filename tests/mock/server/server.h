/*
 * The mock behind a real socket: libmicrohttpd on one thread, with waits,
 * resets and torn replies done on the connection itself.
 */
#ifndef MOCK_SERVER_H
#define MOCK_SERVER_H

#include "mock/server/options.h"

#include <signal.h>

/*
 * Listens on 127.0.0.1, prints "PORT n" as the first line of stdout and serves
 * until *stop is set. False with a reason when it cannot start.
 */
bool mock_server_run(struct mock *mock, const struct mock_options *options,
                     const volatile sig_atomic_t *stop, struct mock_text *error);

#endif
