#include "unit/http/tls_server.h"

#include "base/mem.h"
#include "base/text.h"

#include <assert.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DAY_S = 86400, VERSION_3 = 2 };

static X509 *new_certificate(EVP_PKEY *key, const char *host, long expires_in_s)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    char *names = mem_printf("DNS:%s", host);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);

    assert(extension != NULL);
    (void)X509_set_version(certificate, VERSION_3);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    (void)X509_gmtime_adj(X509_getm_notBefore(certificate), -2 * DAY_S);
    (void)X509_gmtime_adj(X509_getm_notAfter(certificate), expires_in_s);
    (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)host, -1, -1,
                                     0);
    (void)X509_set_issuer_name(certificate, name);
    (void)X509_set_pubkey(certificate, key);
    (void)X509_add_ext(certificate, extension, -1);
    assert(X509_sign(certificate, key, EVP_sha256()) > 0);
    X509_EXTENSION_free(extension);
    free(names);
    return certificate;
}

/* Also for OpenSSL 1.1, which has no call for it. */
static EVP_PKEY *new_key(void)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);

    assert(maker != NULL && EVP_PKEY_keygen_init(maker) > 0);
    assert(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(maker, NID_X9_62_prime256v1) > 0);
    assert(EVP_PKEY_keygen(maker, &key) > 0);
    EVP_PKEY_CTX_free(maker);
    return key;
}

static void write_files(const struct tls_server *server, const char *host, long expires_in_s)
{
    EVP_PKEY *key = new_key();
    X509 *certificate = new_certificate(key, host, expires_in_s);
    FILE *key_file = fopen(server->key, "we");
    FILE *certificate_file = fopen(server->certificate, "we");

    assert(key_file != NULL && certificate_file != NULL);
    assert(PEM_write_PrivateKey(key_file, key, NULL, NULL, 0, NULL, NULL) == 1);
    assert(PEM_write_X509(certificate_file, certificate) == 1);
    (void)fclose(key_file);
    (void)fclose(certificate_file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* The port in the line "ACCEPT 127.0.0.1:PORT", which a new server prints. */
static int read_port(int fd)
{
    FILE *stream = fdopen(fd, "r");
    char line[256];
    int64_t port = 0;

    assert(stream != NULL);
    while (port == 0 && fgets(line, sizeof line, stream) != NULL) {
        const char *colon = strrchr(line, ':');

        if (strncmp(line, "ACCEPT", 6) == 0 && colon != NULL)
            (void)text_to_int(text_trim(span_of(colon + 1)), &port);
    }
    (void)fclose(stream);
    return (int)port;
}

static void spawn(struct tls_server *server)
{
    int ends[2];

    assert(pipe2(ends, O_CLOEXEC) == 0);
    server->pid = fork();
    assert(server->pid >= 0);
    if (server->pid == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        (void)execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert",
                     server->certificate, "-key", server->key, "-www", (char *)NULL);
        _exit(127);
    }
    (void)close(ends[1]);
    server->port = read_port(ends[0]);
}

bool tls_server_start(struct tls_server *server, const char *host, long expires_in_s)
{
    *server = (struct tls_server){.directory = "/tmp/tls-test-XXXXXX"};
    assert(mkdtemp(server->directory) != NULL);
    server->certificate = mem_printf("%s/certificate", server->directory);
    server->key = mem_printf("%s/key", server->directory);
    write_files(server, host, expires_in_s);
    spawn(server);
    return server->port != 0;
}

void tls_server_stop(struct tls_server *server)
{
    (void)kill(server->pid, SIGKILL);
    (void)waitpid(server->pid, NULL, 0);
    (void)unlink(server->certificate);
    (void)unlink(server->key);
    (void)rmdir(server->directory);
    free(server->certificate);
    free(server->key);
}
