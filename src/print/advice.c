#include "print/advice.h"

static const char *const ADVICE[ERROR_CODES] = {
    [ERROR_UNCERTAIN] = "a conversation with content may have been created: 'migrate "
                        "--retry-uncertain' creates it again, which may duplicate it",
    [ERROR_ROLLING_BACK] = "'rollback ID' finishes it; then migrate creates a new conversation",
    [ERROR_FILE_DAMAGED] = "the saved file was changed or is gone; put it back from a copy",
    [ERROR_FILE_OPEN] =
        "save the files: 'export --files images -o FILE' (of an archive, with --files-from "
        "SERVICE), then migrate FILE; or set mapping.user_image_files: placeholder",
    [ERROR_SOURCE_MISSING] = "the source has no such thread; check the id and the project",
    [ERROR_SOURCE_CHANGED] =
        "the thread was changed after part of it was written; roll it back, then migrate it",
    [ERROR_FORBIDDEN] = "the key has no access; check the permissions of its project",
    [ERROR_BAD_ID] = "not an id any service issues; fix the file",
    [ERROR_BAD_SOURCE] = "the data is damaged or contradictory; fix the file at the line named",
    [ERROR_UNSUPPORTED] =
        "a mapping setting refuses it; see mapping.unknown and the keys set to fail",
    [ERROR_TOO_LARGE] = "larger than the API allows; it cannot be carried over",
    [ERROR_ACTIVE_RUN] = "wait until its run has ended, or set mapping.active_runs: snapshot",
    [ERROR_TRUNCATED] =
        "the export ends before the thread does: fetch all pages (limit=100, "
        "after=LAST_ID, until has_more is false), or set mapping.truncated_archives: allow",
    [ERROR_REFUSED] = "the destination refuses an item; diff shows what would be sent",
    [ERROR_SERVER_ERROR] = "the server failed repeatedly; run again later",
    [ERROR_CONFLICT] =
        "somebody else has written to the conversation; verify shows where: leave it, "
        "or delete it with 'rollback --force ID' (or @FILE)",
    [ERROR_GONE] = "the conversation was deleted; 'rollback ID' forgets it, then migrate "
                   "creates a new one",
};

/* Where the error has no hint of its own, which knows more. */
static const char *const STOPPED_ADVICE[ERROR_CODES] = {
    [ERROR_LOCKED] = "wait until it ends, or stop it with Ctrl-C, which is safe; "
                     "'threadferry status' works meanwhile",
    [ERROR_DAMAGED] =
        "restore it from a copy; a new checkpoint would write every thread a second time",
    [ERROR_OTHER_JOB] = "'threadferry status' shows the job; --checkpoint FILE names another one",
    [ERROR_AUTH] = "fix the key or its permissions ('threadferry doctor' checks them), "
                   "then run the same command again",
    [ERROR_QUOTA] = "raise the quota or wait for its next period, then run the same command again",
    [ERROR_IO] = "fix that and run the same command again; what was acknowledged is safe",
    [ERROR_NETWORK] = "when the network is back, run the same command again; "
                      "'threadferry doctor' checks it",
};

const char *advice_to_run(enum error_code code)
{
    return code < ERROR_CODES && STOPPED_ADVICE[code] ? STOPPED_ADVICE[code] : "";
}

bool advice_time_helps(enum error_code code)
{
    return code == ERROR_SERVER_ERROR || code == ERROR_ACTIVE_RUN;
}

const char *advice_for(enum error_code code)
{
    return code < ERROR_CODES && ADVICE[code] ? ADVICE[code] : "";
}
