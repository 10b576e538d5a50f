/*
 * What differs between the services that threads are read from and written to:
 * headers, URLs, capabilities. One row for each service and side; everybody
 * else asks the row and knows no service by name.
 *
 * struct endpoint is one configured side: it builds URLs and header lists.
 */
#ifndef SERVICE_PROFILE_H
#define SERVICE_PROFILE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

/* What a side of the configuration can be: files (a source only), then servers. */
enum service {
    SERVICE_ARCHIVE,
    SERVICE_OPENAI,
    SERVICE_AZURE,
    SERVICE_FOUNDRY,
    SERVICE_COMPATIBLE,
    SERVICES,
    SERVICE_LIVE = SERVICE_OPENAI, /* the first that is a server */
};

/* "archive", "openai" … by service; NULL-terminated. */
extern const char *const SERVICE_NAMES[SERVICES + 1];

enum side { SIDE_SOURCE, SIDE_DESTINATION, SIDES };

/* "source" or "destination". */
const char *side_name(enum side side);

/* How a key travels. */
enum auth {
    AUTH_AUTO,    /* as the profile says; what a key command prints is a token: bearer */
    AUTH_BEARER,  /* Authorization: Bearer KEY */
    AUTH_API_KEY, /* api-key: KEY */
};

enum profile_listing {
    LISTING_NO,
    LISTING_YES,
    LISTING_MAYBE, /* nobody knows before it was tried */
};

struct profile {
    enum service service;
    const char *name;             /* for messages: "Azure OpenAI" */
    const char *default_base_url; /* NULL: must be configured */
    const char *default_key_env;  /* variable that holds the key; NULL: must be configured */
    const char *api_version;      /* default of the query parameter; NULL: none is sent */
    /* What a new configuration has for people to change; NULL for nothing. */
    const char *suggested_path;
    const char *suggested_base_url;
    const char *suggested_key_env;
    const char *suggested_key_command;
    const char *beta;             /* value of OpenAI-Beta, or NULL */
    const char *forbidden_hint;   /* what a 403 wants, in words for people; never NULL */
    enum auth auth;               /* what AUTH_AUTO means; never AUTH_AUTO itself */
    enum profile_listing listing; /* of threads; sources only */
    bool is_archive;              /* files: no requests, no key */
    bool is_switched_off;         /* its API for threads has come to an end */
    bool may_need_no_key;
    bool is_partial;         /* servers of a part of the API: a 404 speaks of its route alone */
    bool has_more_may_lie;   /* servers that cap pages and call each of them the last */
    bool takes_organization; /* OpenAI-Organization, OpenAI-Project */
};

/* Static; NULL for SERVICE_ARCHIVE as a destination. */
const struct profile *profile_get(enum service service, enum side side);

/* ERROR_USAGE: the server says that it has no such route, so base_url is not the API's root. */
void profile_explain_lost(const struct profile *profile, struct error *err);

/* ERROR_SOURCE_GONE: the server says so of the whole API. */
void profile_explain_gone(const struct profile *profile, long status, struct error *err);

/* One configured side. Texts are borrowed and were checked by the configuration; NULL where nothing
 * is configured. */
struct endpoint {
    const struct profile *profile;
    const char *base_url;    /* NULL: the profile's default */
    const char *api_version; /* NULL: the profile's default */
    const char *organization;
    const char *project;
    enum auth auth;
    const char *forbidden_hint; /* what a 403 wants there; NULL: the profile's */
};

/* What a 403 of it wants, in words for people; never NULL. */
const char *endpoint_forbidden_hint(const struct endpoint *endpoint);

/* How the endpoint's key travels: never AUTH_AUTO. */
enum auth endpoint_auth(const struct endpoint *endpoint);

/* Adds the base URL, without slashes at its end. */
void endpoint_add_base(struct buf *out, const struct endpoint *endpoint);

/* Adds base URL + path + api-version. path starts with '/', is encoded, may have a query. */
void endpoint_add_url(struct buf *out, const struct endpoint *endpoint, const char *path);

/* "Name: value" lines of requests, NULL-terminated. */
struct header_list {
    char **lines; /* owned; one of them holds the key */
    size_t count;
};

/* Every header of requests to this endpoint; with_body adds the content type. An empty key adds no
 * authorisation. */
void header_list_init(struct header_list *list, const struct endpoint *endpoint, struct span key,
                      bool with_body);

/* Wipes and frees; a zeroed or released list is allowed. */
void header_list_release(struct header_list *list);

/* True where both base URLs name the same host and port, however they are written. */
bool endpoint_same_host(const struct endpoint *a, const struct endpoint *b);

/* True where both are one project of one service, so that a file has the same id on either side:
 * the base URL (of Azure and Foundry host and project), organization and project are equal. */
bool endpoint_same_project(const struct endpoint *a, const struct endpoint *b);

#endif
