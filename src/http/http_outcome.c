#include "http/http_transfer.h"

#include "os/clock.h"

#include <openssl/x509_vfy.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PROXY_AUTH_REQUIRED = 407, US_PER_MS = 1000 };

/* Our own words, where libcurl's are vague or begin with a capital letter. */
struct reason_row {
    CURLcode code;
    const char *text;
};

static const struct reason_row REASONS[] = {
    {CURLE_UNSUPPORTED_PROTOCOL, "the address is not allowed, or the reply was not HTTP/1.1"},
    {CURLE_COULDNT_RESOLVE_PROXY, "the proxy's name does not resolve"},
    {CURLE_COULDNT_RESOLVE_HOST, "the host name does not resolve"},
    {CURLE_WEIRD_SERVER_REPLY, "the reply was not HTTP"},
    {CURLE_PARTIAL_FILE, "the reply was cut short"},
    {CURLE_WRITE_ERROR, "the reply's head was too large"},
    {CURLE_OUT_OF_MEMORY, "a header line was too long, or memory ran out"},
    {CURLE_SSL_CONNECT_ERROR, "the TLS handshake failed"},
    {CURLE_GOT_NOTHING, "the server closed the connection without a reply"},
    {CURLE_SEND_ERROR, "the connection broke while sending"},
    {CURLE_RECV_ERROR, "the connection broke while receiving"},
    {CURLE_SEND_FAIL_REWIND, "the connection broke after the request was sent"},
    {CURLE_BAD_CONTENT_ENCODING, "the reply could not be decoded"},
    {CURLE_FILESIZE_EXCEEDED, "the reply is too large"},
    {CURLE_SSL_CACERT_BADFILE, "the file of certificate authorities cannot be read"},
    {CURLE_PROXY, "the proxy refused the connection"},
};

struct verify_row {
    long result;
    const char *text;
};

static const struct verify_row VERIFY_RESULTS[] = {
    {X509_V_ERR_CERT_NOT_YET_VALID, "the server's certificate is not yet valid"},
    {X509_V_ERR_CERT_HAS_EXPIRED, "the server's certificate has expired"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "the server's certificate is signed by itself"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "the certificate authority is unknown"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "the certificate authority is unknown"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "the certificate authority is unknown"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "the certificate authority is unknown"},
    {X509_V_ERR_CERT_REVOKED, "the server's certificate was revoked"},
    {X509_V_ERR_HOSTNAME_MISMATCH, "the server's certificate is for another host"},
    {X509_V_ERR_UNSPECIFIED, "the server's certificate is for another host"},
};

/* libcurl on GnuTLS gives its bits instead, of which the first here is told. Who signed a
 * certificate itself is to GnuTLS an authority that it does not know. */
enum {
    GNUTLS_REVOKED = 1 << 5,
    GNUTLS_SIGNER_NOT_FOUND = 1 << 6,
    GNUTLS_SIGNER_NOT_CA = 1 << 7,
    GNUTLS_NOT_ACTIVATED = 1 << 9,
    GNUTLS_EXPIRED = 1 << 10,
    GNUTLS_UNEXPECTED_OWNER = 1 << 14,
};

static const struct verify_row GNUTLS_RESULTS[] = {
    {GNUTLS_REVOKED, "the server's certificate was revoked"},
    {GNUTLS_SIGNER_NOT_FOUND | GNUTLS_SIGNER_NOT_CA, "the certificate authority is unknown"},
    {GNUTLS_NOT_ACTIVATED, "the server's certificate is not yet valid"},
    {GNUTLS_EXPIRED, "the server's certificate has expired"},
    {GNUTLS_UNEXPECTED_OWNER, "the server's certificate is for another host"},
};

static bool is_certificate_error(CURLcode code)
{
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
           code == CURLE_SSL_ISSUER_ERROR || code == CURLE_SSL_INVALIDCERTSTATUS ||
           code == CURLE_SSL_PINNEDPUBKEYNOTMATCH || code == CURLE_SSL_CRL_BADFILE;
}

static long info_long(CURL *easy, CURLINFO info)
{
    long value = 0;

    (void)curl_easy_getinfo(easy, info, &value);
    return value;
}

/* The proxy's status where it did not open the tunnel, or 0. */
static long tunnel_refusal(const struct transfer *transfer)
{
    long status = info_long(transfer->easy, CURLINFO_HTTP_CONNECTCODE);

    return status / 100 == 2 ? 0 : status;
}

/* True only where it is certain that the request had no effect. */
static bool was_not_sent(const struct transfer *transfer)
{
    if (tunnel_refusal(transfer) != 0)
        return true;
    switch (transfer->request.method) {
    case HTTP_GET:
        return !transfer->got_bytes;
    case HTTP_POST:
    case HTTP_DELETE:
        break;
    }
    if (body_length(&transfer->request.body) > 0)
        return transfer->out_left == body_length(&transfer->request.body);
    /* No body to watch: not one byte of a head has left, a CONNECT's included. */
    return info_long(transfer->easy, CURLINFO_REQUEST_SIZE) == 0;
}

static enum http_end judge_end(const struct transfer *transfer, long status)
{
    CURLcode code = transfer->code;

    /* Of contents that end with the connection nobody knows whether it was the end. */
    if (code == CURLE_OK && transfer->request.drain && status == 200 && !transfer->head.has_length)
        return HTTP_BROKEN;
    /* libcurl is content with a head that was cut off by the end of the connection; we are not. */
    if (code == CURLE_OK && transfer->head.complete && status != PROXY_AUTH_REQUIRED)
        return HTTP_REPLY;
    if (transfer->out_error.code != ERROR_NONE)
        return HTTP_UNREADABLE;
    if (transfer->too_large || code == CURLE_FILESIZE_EXCEEDED)
        return HTTP_TOO_LARGE;
    if (is_certificate_error(code))
        return HTTP_REFUSED_TLS;
    return was_not_sent(transfer) ? HTTP_NOT_SENT : HTTP_BROKEN;
}

static const char *certificate_reason(CURL *easy)
{
    const char *tls = curl_version_info(CURLVERSION_NOW)->ssl_version;
    const bool has_bits = tls && span_starts_with(span_of(tls), "GnuTLS");
    const long result = info_long(easy, CURLINFO_SSL_VERIFYRESULT);

    /* libcurl compares the host itself, after the verdict or before it asks for one. */
    if (result == X509_V_OK)
        return "the server's certificate is for another host";
    for (size_t i = 0; has_bits && i < COUNT_OF(GNUTLS_RESULTS); i++) {
        if (GNUTLS_RESULTS[i].result & result)
            return GNUTLS_RESULTS[i].text;
    }
    for (size_t i = 0; !has_bits && i < COUNT_OF(VERIFY_RESULTS); i++) {
        if (VERIFY_RESULTS[i].result == result)
            return VERIFY_RESULTS[i].text;
    }
    return "the server's certificate was refused";
}

static const char *connect_reason(CURL *easy)
{
    switch (info_long(easy, CURLINFO_OS_ERRNO)) {
    case ECONNREFUSED:
        return "connection refused";
    case EHOSTUNREACH:
    case ENETUNREACH:
        return "no route to the host";
    default:
        return "connection refused or host unreachable";
    }
}

static const char *code_reason(CURLcode code)
{
    for (size_t i = 0; i < COUNT_OF(REASONS); i++) {
        if (REASONS[i].code == code)
            return REASONS[i].text;
    }
    return curl_easy_strerror(code);
}

static void write_timeout(const struct transfer *transfer, struct http_reply *reply)
{
    curl_off_t elapsed_us = 0;
    const char *what = "timed out";

    (void)curl_easy_getinfo(transfer->easy, CURLINFO_TOTAL_TIME_T, &elapsed_us);
    if (info_long(transfer->easy, CURLINFO_REQUEST_SIZE) == 0)
        what = "connecting timed out";
    (void)snprintf(reply->reason, sizeof reply->reason, "%s after %" PRId64 " ms", what,
                   (int64_t)elapsed_us / US_PER_MS);
}

static void write_reason(const struct transfer *transfer, struct http_reply *reply)
{
    long proxy_status = tunnel_refusal(transfer);
    const char *text;

    if (reply->end == HTTP_REPLY)
        return;
    if (reply->end == HTTP_UNREADABLE) {
        (void)snprintf(reply->reason, sizeof reply->reason, "%.*s", (int)sizeof reply->reason - 1,
                       transfer->out_error.text);
        return;
    }
    if (transfer->code == CURLE_OPERATION_TIMEDOUT) {
        write_timeout(transfer, reply);
        return;
    }
    if (transfer->code == CURLE_OK && reply->status == PROXY_AUTH_REQUIRED)
        proxy_status = PROXY_AUTH_REQUIRED;
    if (proxy_status != 0) {
        (void)snprintf(reply->reason, sizeof reply->reason, "the proxy answered with status %ld",
                       proxy_status);
        return;
    }
    if (transfer->too_large)
        text = code_reason(CURLE_FILESIZE_EXCEEDED);
    else if (transfer->code == CURLE_OK)
        text = code_reason(CURLE_PARTIAL_FILE);
    else if (transfer->code == CURLE_PEER_FAILED_VERIFICATION)
        text = certificate_reason(transfer->easy);
    else if (transfer->code == CURLE_COULDNT_CONNECT)
        text = connect_reason(transfer->easy);
    else
        text = code_reason(transfer->code);
    (void)snprintf(reply->reason, sizeof reply->reason, "%s", text);
}

void transfer_judge(struct transfer *transfer, struct http_reply *reply)
{
    long status = info_long(transfer->easy, CURLINFO_RESPONSE_CODE);

    /* Only proxies say 407: these bytes were not the server's. */
    if (status == PROXY_AUTH_REQUIRED)
        transfer->got_bytes = false;
    *reply = (struct http_reply){
        .end = judge_end(transfer, status),
        .status = status,
        .reached = info_long(transfer->easy, CURLINFO_REQUEST_SIZE) > 0,
        .got_bytes = transfer->got_bytes,
        .timed_out = transfer->code == CURLE_OPERATION_TIMEDOUT,
        .owner = transfer->request.owner,
        .transfer = transfer,
    };
    http_head_finish(&transfer->head, clock_wall_ms(), &reply->hints);
    write_reason(transfer, reply);
    if (reply->end == HTTP_REPLY) {
        reply->body = buf_span(&transfer->body);
        reply->is_large = transfer->in_bytes > transfer->request.max_reply_bytes / 2;
        memcpy(reply->request_id, transfer->head.request_id, sizeof reply->request_id);
    } else if (reply->end != HTTP_TOO_LARGE) {
        reply->status = 0;
    }
}
