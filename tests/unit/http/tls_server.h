/*
 * openssl's own test server with a certificate made for the occasion, so that
 * certificates can be wrong in each way that matters.
 */
#ifndef UNIT_TLS_SERVER_H
#define UNIT_TLS_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

struct tls_server {
    pid_t pid;
    int port;
    char directory[64];
    char *certificate; /* its file; signed by itself */
    char *key;
};

/* Starts a server on loopback whose certificate names this host and ends so many seconds from now.
 * False where there is no openssl(1). Stop it in any case. */
bool tls_server_start(struct tls_server *server, const char *host, long expires_in_s);
void tls_server_stop(struct tls_server *server);

#endif
