#include "loop/tally.h"

enum { IN_A_ROW = 20 };

bool tally_doubts_source(const struct tally *tally)
{
    return !tally->is_there && tally->gone > 0 &&
           (tally->gone >= IN_A_ROW || tally->concluded == tally->selected);
}

bool tally_add(struct tally *tally, enum error_code code, enum tally_kind kind, struct error *err)
{
    tally->concluded++;
    tally->failed += code != ERROR_NONE ? 1 : 0;
    tally->gone += kind == TALLY_GONE ? 1 : 0;
    if (kind == TALLY_REFUSED || code == ERROR_NONE)
        tally->is_there = true;
    if (code == ERROR_FORBIDDEN)
        tally->forbidden++;
    else if (kind != TALLY_GRANTED || code == ERROR_NONE)
        tally->forbidden = 0;
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
