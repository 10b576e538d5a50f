#include "cmd/advice.h"

static const char *const ADVICE[ERROR_CODES] = {
    [ERROR_SOURCE_MISSING] = "the source has no such thread; is the id right, and the project?",
    [ERROR_SOURCE_CHANGED] =
        "the thread was changed after a part of it was written; roll it back, then migrate it",
    [ERROR_FORBIDDEN] = "the key may not touch it; see the permissions of the key's project",
    [ERROR_BAD_ID] = "an id that no service gives; mend the file",
    [ERROR_BAD_SOURCE] = "the data is damaged or contradicts itself at the place named",
    [ERROR_UNSUPPORTED] =
        "a policy refuses it; see mapping.unknown and the keys that are set to fail",
    [ERROR_TOO_LARGE] = "larger than the API takes; it cannot be carried over",
    [ERROR_ACTIVE_RUN] = "wait until its run has ended, or set mapping.active_runs: snapshot",
    [ERROR_TRUNCATED] = "the export ends before the thread does: fetch all pages (limit=100, until "
                        "has_more is false), or set mapping.truncated_archives: allow",
    [ERROR_REFUSED] = "the destination refuses an item; diff shows what would be sent",
    [ERROR_SERVER_ERROR] = "the server failed again and again; run again later",
    [ERROR_CONFLICT] = "somebody else has written to the conversation; verify shows where",
    [ERROR_GONE] =
        "somebody has deleted the conversation; rollback forgets it, migrate makes a new one",
};

const char *advice_for(enum error_code code)
{
    return code < ERROR_CODES && ADVICE[code] ? ADVICE[code] : "";
}
