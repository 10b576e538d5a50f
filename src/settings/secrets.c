#include "settings/secrets.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/span.h"
#include "os/keyfile.h"
#include "os/spawn.h"
#include "settings/config_read.h"

#include <stdlib.h>
#include <string.h>

enum { SECRET_MAX_BYTES = 65536, COMMAND_TIMEOUT_MS = 60000 };

/* One place that a key comes from; both sides may point at the same. */
struct key_source {
    const struct side_config *from;
    char *value; /* owned; NULL before the first use */
    unsigned generation;
};

struct secret {
    struct key_source *fetched;
    const struct secrets *all;
    const char *side;
    unsigned seen; /* the generation that this side got last */
};

struct secrets {
    const struct config *config;
    char *const *environment;
    struct key_source fetched[SIDES];
    struct secret sides[SIDES];
};

static bool same_command(char *const *a, char *const *b)
{
    size_t i = 0;

    if (!a || !b)
        return false;
    for (; a[i] && b[i]; i++) {
        if (strcmp(a[i], b[i]) != 0)
            return false;
    }
    return !a[i] && !b[i];
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

bool secrets_are_one(const struct config *config)
{
    const struct side_config *a = &config->source;
    const struct side_config *b = &config->destination;

    if (a->api_key_command || b->api_key_command)
        return same_command(a->api_key_command, b->api_key_command);
    return same_text(a->api_key_env, b->api_key_env) && same_text(a->api_key_file, b->api_key_file);
}

struct secrets *secrets_new(const struct config *config, char *const *environment)
{
    struct secrets *secrets = mem_zalloc(1, sizeof *secrets);
    struct key_source *source = &secrets->fetched[SIDE_SOURCE];
    struct key_source *destination = &secrets->fetched[SIDE_DESTINATION];
    const bool is_shared =
        same_command(config->source.api_key_command, config->destination.api_key_command);

    secrets->config = config;
    secrets->environment = environment;
    source->from = &config->source;
    destination->from = &config->destination;
    secrets->sides[SIDE_SOURCE] =
        (struct secret){.fetched = source, .all = secrets, .side = side_name(SIDE_SOURCE)};
    secrets->sides[SIDE_DESTINATION] = (struct secret){.fetched = is_shared ? source : destination,
                                                       .all = secrets,
                                                       .side = side_name(SIDE_DESTINATION)};
    return secrets;
}

void secrets_free(struct secrets *secrets)
{
    if (!secrets)
        return;
    for (int i = 0; i < SIDES; i++)
        mem_free_secret(secrets->fetched[i].value);
    free(secrets);
}

struct secret *secrets_of(struct secrets *secrets, enum side side)
{
    return &secrets->sides[side];
}

static bool is_hidden(const char *variable, const char *name)
{
    const size_t len = name ? strlen(name) : 0;

    return len > 0 && strncmp(variable, name, len) == 0 && variable[len] == '=';
}

char **secrets_environment(const struct config *config, char *const *environment)
{
    size_t count = 0;
    char **copy;

    while (environment && environment[count])
        count++;
    copy = mem_zalloc(count + 1, sizeof *copy);
    for (size_t i = 0, kept = 0; i < count; i++) {
        if (!is_hidden(environment[i], config->source.api_key_env) &&
            !is_hidden(environment[i], config->destination.api_key_env))
            copy[kept++] = environment[i];
    }
    return copy;
}

/* Prompts and warnings are for people; a key that stands in one is masked by the log. */
static void tell_said(void *ctx, struct span line)
{
    const struct secret *secret = ctx;

    log_event(LOG_WARNING, "%s.api_key_command: %.*s", secret->side, (int)line.len, line.data);
}

static bool run_command(const struct secret *secret, char *data, size_t *len, struct error *err)
{
    char **environment = secrets_environment(secret->all->config, secret->all->environment);
    const struct spawn_options options = {
        .argv = secret->fetched->from->api_key_command,
        .environment = environment,
        .timeout_ms = COMMAND_TIMEOUT_MS,
        .said = tell_said,
        .ctx = (void *)(uintptr_t)secret,
    };
    const bool ok = spawn_run(&options, data, SECRET_MAX_BYTES, len, err);

    free(environment);
    if (!ok)
        error_wrap(err, "%s.api_key_command", secret->side);
    return ok;
}

static bool read_variable(const struct secret *secret, char *data, size_t *len, struct error *err)
{
    const char *name = secret->fetched->from->api_key_env;
    const char *value = config_variable(secret->all->environment, name);

    *len = value ? strlen(value) : 0;
    if (*len == 0 || *len > SECRET_MAX_BYTES) {
        error_set(err, ERROR_USAGE,
                  "%s.api_key_env: the variable %s is %s\n"
                  "hint: export %s=…, or name another place for the key: api_key_env, "
                  "api_key_file, api_key_command",
                  secret->side, name,
                  *len > 0 ? "too long"
                  : value  ? "empty"
                           : "not set",
                  name);
        return false;
    }
    memcpy(data, value, *len);
    return true;
}

static bool read_file(const struct secret *secret, char *data, size_t *len, struct error *err)
{
    const bool ok =
        keyfile_read(secret->fetched->from->api_key_file, data, SECRET_MAX_BYTES, len, err);

    if (!ok)
        error_wrap(err, "%s.api_key_file", secret->side);
    return ok;
}

/* What is asked of it is the same for both sides. */
static const struct profile *profile_of(const struct secret *secret)
{
    return profile_get((enum service)secret->fetched->from->type, SIDE_DESTINATION);
}

static bool fetch(const struct secret *secret, char *data, size_t *len, struct error *err)
{
    const struct side_config *from = secret->fetched->from;

    *len = 0;
    if (from->api_key_command)
        return run_command(secret, data, len, err);
    if (from->api_key_file)
        return read_file(secret, data, len, err);
    if (from->api_key_env)
        return read_variable(secret, data, len, err);
    if (profile_of(secret) && profile_of(secret)->may_need_no_key)
        return true;
    error_set(err, ERROR_USAGE,
              "no key for the %s\nhint: set %s.api_key_env, api_key_file or api_key_command",
              secret->side, secret->side);
    return false;
}

/* A line end behind the key is how files and programs are; CR is worth a word. */
static size_t trimmed(const struct secret *secret, const char *data, size_t len)
{
    bool has_cr = false;

    while (len > 0 && (data[len - 1] == '\n' || data[len - 1] == '\r')) {
        has_cr = has_cr || data[len - 1] == '\r';
        len--;
    }
    if (has_cr)
        log_event(LOG_WARNING, "the key of the %s ends with CR LF: the CR is left out",
                  secret->side);
    return len;
}

const char *secret_place(const struct secret *secret)
{
    return side_key_place(secret->fetched->from);
}

static bool check(const struct secret *secret, const char *data, size_t len, struct error *err)
{
    const char *wrong = len == 0 && secret_place(secret) ? "is empty" : NULL;

    for (size_t i = 0; !wrong && i < len; i++) {
        const unsigned char c = (unsigned char)data[i];

        if (c == '\n')
            wrong = "has more than one line";
        else if (c < ' ' || c == 0x7f)
            wrong = "holds a control character";
    }
    if (wrong)
        error_set(err, ERROR_USAGE, "the key of the %s %s\nhint: it comes from %s.%s", secret->side,
                  wrong, secret->side, secret_place(secret));
    return !wrong;
}

/* Fetches a key into the place of the old one. */
static bool refresh(struct secret *secret, struct error *err)
{
    struct key_source *fetched = secret->fetched;
    char *data = mem_alloc(SECRET_MAX_BYTES);
    size_t len = 0;
    bool ok = fetch(secret, data, &len, err);

    if (ok) {
        const size_t used = trimmed(secret, data, len);

        ok = check(secret, data, used, err);
        if (ok) {
            mem_free_secret(fetched->value);
            fetched->value = mem_dup(data, used);
            fetched->generation++;
        }
    }
    mem_wipe(data, SECRET_MAX_BYTES);
    free(data);
    return ok;
}

bool secret_is_there(struct secret *secret, struct error *err)
{
    return secret->fetched->from->api_key_command || secret_key(secret, false, err);
}

static void set_refused(const struct secret *secret, struct error *err)
{
    const struct profile *profile = profile_of(secret);
    struct buf sent;

    buf_init(&sent, BUF_NO_LIMIT);
    if (secret->fetched->value[0] == '\0') {
        error_set(err, ERROR_AUTH,
                  "the %s wants a key (HTTP 401)\n"
                  "hint: set %s.api_key_env, api_key_file or api_key_command",
                  secret->side, secret->side);
        return;
    }
    config_add_auth_hint(&sent, secret->all->config, (enum side)(secret - secret->all->sides));
    /* A source of files (--files-from) has none of its own. */
    if (!profile || !profile->takes_organization)
        error_set(err, ERROR_AUTH,
                  "the %s refuses the key (HTTP 401)\n"
                  "hint: is it the right key? %s.auth says how it is sent: api-key, or bearer for "
                  "tokens",
                  secret->side, secret->side);
    else
        error_set(err, ERROR_AUTH,
                  "the %s refuses the key (HTTP 401)\n"
                  "hint: is it the right key, of the right project and organization?%s",
                  secret->side, sent.data);
    buf_release(&sent);
}

const char *secret_key(void *ctx, bool renew, struct error *err)
{
    struct secret *secret = ctx;
    struct key_source *fetched = secret->fetched;
    const bool is_stale = renew && secret->seen == fetched->generation;

    if (is_stale && fetched->value && !fetched->from->api_key_command) {
        set_refused(secret, err);
        return NULL;
    }
    if ((is_stale || !fetched->value) && !refresh(secret, err)) {
        /* There was a good one: what is wrong is not the configuration. */
        if (fetched->generation > 0 && err->code == ERROR_USAGE)
            err->code = ERROR_AUTH;
        return NULL;
    }
    secret->seen = fetched->generation;
    return fetched->value;
}
