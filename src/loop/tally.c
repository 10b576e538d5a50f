#include "loop/tally.h"

enum { IN_A_ROW = 20 };

bool tally_add(struct tally *tally, enum error_code code, bool source_gone, struct error *err)
{
    tally->concluded++;
    tally->gone += source_gone ? 1 : 0;
    tally->forbidden = code == ERROR_FORBIDDEN ? tally->forbidden + 1 : 0;
    tally->failed += code != ERROR_NONE ? 1 : 0;
    if (tally->gone == tally->concluded &&
        (tally->gone == IN_A_ROW || tally->gone == tally->selected)) {
        error_set(
            err, ERROR_SOURCE_GONE,
            "the source's API is gone: every thread was answered with 404 or 410\n"
            "hint: threads that were exported to files can be read with source.type: archive");
        return false;
    }
    if (tally->forbidden >= IN_A_ROW) {
        error_set(err, ERROR_AUTH, "%d threads in a row were answered with 403\nhint: %s", IN_A_ROW,
                  tally->forbidden_hint ? tally->forbidden_hint : "check the key's permissions");
        return false;
    }
    if (tally->max_errors > 0 && tally->failed >= tally->max_errors) {
        error_set(err, ERROR_STOPPED, "stopped after %lld failed threads (max_errors)",
                  (long long)tally->failed);
        return false;
    }
    return true;
}
