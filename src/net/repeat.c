#include "net/repeat.h"

enum { FINAL_COUNT = 3 };

/* FNV-1a, with a mark behind each text. */
static uint64_t add_text(uint64_t hash, struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * 0x100000001b3U;
    return (hash ^ 0xff) * 0x100000001b3U;
}

bool repeat_is_final(struct repeat *repeat, const struct answer *answer)
{
    const uint64_t words = add_text(add_text(0xcbf29ce484222325U, answer->code), answer->type);
    const bool counts = answer->status == 409 || answer->status == 500 || answer->status == 501;

    if (!counts) {
        *repeat = (struct repeat){0};
        return false;
    }
    if (repeat->status != answer->status || repeat->words != words)
        *repeat = (struct repeat){.status = answer->status, .words = words};
    if (repeat->count == 0 || answer->served > repeat->served)
        repeat->count++;
    repeat->served = answer->served;
    return repeat->count >= FINAL_COUNT;
}
