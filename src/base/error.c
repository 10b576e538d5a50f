#include "base/error.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct code_row {
    const char *name;
    int exit_status;
};

static const struct code_row CODES[ERROR_CODES] = {
    [ERROR_NONE] = {"none", 0},
    [ERROR_UNCERTAIN] = {"uncertain", 1},
    [ERROR_ROLLING_BACK] = {"rolling_back", 1},
    [ERROR_FILE_DAMAGED] = {"damaged", 1},
    [ERROR_FILE_OPEN] = {"file_open", 1},
    [ERROR_SOURCE_MISSING] = {"source_missing", 1},
    [ERROR_SOURCE_CHANGED] = {"source_changed", 1},
    [ERROR_FORBIDDEN] = {"forbidden", 1},
    [ERROR_BAD_ID] = {"bad_id", 1},
    [ERROR_BAD_SOURCE] = {"bad_source", 1},
    [ERROR_UNSUPPORTED] = {"unsupported", 1},
    [ERROR_TOO_LARGE] = {"too_large", 1},
    [ERROR_ACTIVE_RUN] = {"active_run", 1},
    [ERROR_TRUNCATED] = {"truncated", 1},
    [ERROR_REFUSED] = {"refused", 1},
    [ERROR_SERVER_ERROR] = {"server_error", 1},
    [ERROR_CONFLICT] = {"conflict", 1},
    [ERROR_GONE] = {"gone", 1},
    [ERROR_USAGE] = {"usage", 2},
    [ERROR_STOPPED] = {"stopped", 3},
    [ERROR_LOCKED] = {"locked", 10},
    [ERROR_DAMAGED] = {"damaged", 11},
    [ERROR_OTHER_JOB] = {"other_job", 12},
    [ERROR_AUTH] = {"auth", 13},
    [ERROR_QUOTA] = {"quota", 14},
    [ERROR_SOURCE_GONE] = {"source_gone", 15},
    [ERROR_IO] = {"io", 16},
    [ERROR_NETWORK] = {"network", 17},
};

void error_set(struct error *err, enum error_code code, const char *format, ...)
{
    va_list args;

    err->code = code;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    /* What was typed in the wrong place comes back in such errors. */
    text_mask_keys(err->text, code == ERROR_USAGE);
}

void error_wrap(struct error *err, const char *format, ...)
{
    char inner[ERROR_TEXT_SIZE];
    size_t used;
    va_list args;

    memcpy(inner, err->text, sizeof inner);
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    used = strlen(err->text);
    (void)snprintf(err->text + used, sizeof err->text - used, ": %s", inner);
    text_mask_keys(err->text, err->code == ERROR_USAGE);
}

void error_clear(struct error *err)
{
    err->code = ERROR_NONE;
    err->text[0] = '\0';
}

bool error_stops_run(const struct error *err)
{
    return err->code >= ERROR_USAGE;
}

void error_widen(struct error *err)
{
    if (err->code == ERROR_NONE || error_stops_run(err))
        return;
    err->code = err->code == ERROR_FORBIDDEN ? ERROR_AUTH : ERROR_STOPPED;
}

const char *error_code_name(enum error_code code)
{
    return code < ERROR_CODES ? CODES[code].name : "unknown";
}

enum error_code error_code_from_name(const char *name, unsigned long len)
{
    for (int code = 0; code < ERROR_CODES; code++) {
        if (strlen(CODES[code].name) == len && memcmp(CODES[code].name, name, len) == 0)
            return (enum error_code)code;
    }
    return ERROR_NONE;
}

int error_exit_status(enum error_code code)
{
    return code < ERROR_CODES ? CODES[code].exit_status : CODES[ERROR_STOPPED].exit_status;
}
