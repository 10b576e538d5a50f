#include "map/fate.h"

static const char *const KINDS[FATE_KINDS] = {
    [FATE_KEPT] = "kept",       [FATE_MAPPED] = "mapped",   [FATE_INSIDE] = "inside",
    [FATE_MISSING] = "missing", [FATE_UNKNOWN] = "unknown",
};

static const char *const CODES[MISSING_CODES] = {
    [MISSING_BAD_ID] = "bad_id",
    [MISSING_NOT_AN_IMAGE] = "not_an_image",
    [MISSING_NOT_DOWNLOADABLE] = "not_downloadable",
    [MISSING_NOT_FOUND] = "not_found",
    [MISSING_TOO_LARGE] = "too_large",
};

const char *fate_name(enum fate_kind kind)
{
    return KINDS[kind];
}

const char *missing_name(enum missing code)
{
    return CODES[code];
}

static bool find(const char *const *names, int count, struct span name, int *place)
{
    for (*place = 0; *place < count; ++*place) {
        if (span_is(name, names[*place]))
            return true;
    }
    return false;
}

bool fate_find(struct span name, enum fate_kind *kind)
{
    int place;
    const bool found = find(KINDS, FATE_KINDS, name, &place);

    *kind = found ? (enum fate_kind)place : FATE_UNKNOWN;
    return found;
}

bool missing_find(struct span name, enum missing *code)
{
    int place;
    const bool found = find(CODES, MISSING_CODES, name, &place);

    *code = found ? (enum missing)place : MISSING_NOT_FOUND;
    return found;
}
