#include "http/authorities.h"

#include <curl/curl.h>
#include <unistd.h>

static const char *const FILES[] = {
    "/etc/ssl/certs/ca-certificates.crt",                /* Debian, Ubuntu, Arch, Alpine, Gentoo */
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* Fedora, Red Hat; Arch too */
    "/etc/pki/tls/certs/ca-bundle.crt",                  /* older Fedora, CentOS, Amazon Linux */
    "/etc/ssl/ca-bundle.pem",                            /* SUSE */
    "/etc/ssl/cert.pem",                                 /* Alpine without its package */
};

const char *authorities_find(const char *const *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (access(files[i], R_OK) == 0)
            return files[i];
    }
    return NULL;
}

const char *authorities_default(void)
{
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);

    if (curl->age >= CURLVERSION_SEVENTH && (curl->cainfo || curl->capath))
        return NULL;
    return authorities_find(FILES, sizeof FILES / sizeof FILES[0]);
}
