#include "simulate/text/shrink.h"

#include "simulate/text/script_text.h"

#include <ctype.h>
#include <string.h>

struct shrinker {
    struct script *script; /* the shortest so far */
    struct buf kind;       /* of its failure */
    shrink_play plays;
};

/* What was wrong, without the step and without numbers. */
static void kind_of(struct span why, struct buf *kind)
{
    const char *end = why.len > 5 && memcmp(why.data, "step ", 5) == 0
                          ? memmem(why.data, why.len, ": ", 2)
                          : NULL;
    const size_t from = end ? (size_t)(end - why.data) : 0;

    buf_clear(kind);
    for (size_t i = from; i < why.len; i++) {
        if (!isdigit((unsigned char)why.data[i]))
            buf_add_char(kind, why.data[i]);
        else if (i + 1 == why.len || !isdigit((unsigned char)why.data[i + 1]))
            buf_add_char(kind, '#');
    }
}

static bool try(struct shrinker *s, const struct script *less)
{
    struct buf why;
    struct buf kind;
    bool is_same;

    buf_init(&why, BUF_NO_LIMIT);
    buf_init(&kind, BUF_NO_LIMIT);
    is_same = !s->plays(less, &why);
    kind_of(buf_span(&why), &kind);
    is_same = is_same && kind.len == s->kind.len && memcmp(kind.data, s->kind.data, kind.len) == 0;
    if (is_same)
        *s->script = *less;
    buf_release(&why);
    buf_release(&kind);
    return is_same;
}

static bool drop_steps(struct shrinker *s)
{
    bool any = false;

    for (size_t i = s->script->count; i-- > 0;) {
        struct script less = *s->script;

        memmove(&less.steps[i], &less.steps[i + 1], (less.count - i - 1) * sizeof less.steps[0]);
        less.count--;
        any |= try(s, &less);
    }
    return any;
}

static unsigned without_bit(unsigned bits, size_t bit)
{
    const unsigned below = bits & ((1U << bit) - 1);
    const unsigned rest = below | (bits >> (bit + 1)) << bit;

    return rest > 0 ? rest : 1;
}

static bool drop_threads(struct shrinker *s)
{
    bool any = false;

    for (size_t i = s->script->threads; i-- > 0 && s->script->threads > 1;) {
        struct script less = *s->script;

        memmove(&less.messages[i], &less.messages[i + 1],
                (less.threads - i - 1) * sizeof less.messages[0]);
        less.threads--;
        script_end_threads(&less);
        for (size_t k = 0; k < less.count; k++)
            less.steps[k].threads = without_bit(less.steps[k].threads, i);
        any |= try(s, &less);
    }
    return any;
}

static bool drop_messages(struct shrinker *s)
{
    bool any = false;

    for (size_t i = 0; i < s->script->threads; i++) {
        const int counts[] = {0, 1, s->script->messages[i] / 2, s->script->messages[i] - 1};

        for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
            struct script less = *s->script;

            less.messages[i] = counts[k];
            if (counts[k] < 0 || counts[k] >= s->script->messages[i])
                continue;
            if (try(s, &less)) {
                any = true;
                break;
            }
        }
    }
    return any;
}

static bool lessen_numbers(struct shrinker *s)
{
    bool any = false;

    for (size_t i = 0;; i++) {
        struct script least = *s->script;
        struct script half = *s->script;
        bool is_less;

        if (!script_lessen(&least, i, false, &is_less))
            return any;
        if (is_less && try(s, &least))
            any = true;
        else if (script_lessen(&half, i, true, &is_less) && is_less)
            any |= try(s, &half);
    }
}

void shrink(struct script *script, struct span why, shrink_play plays)
{
    struct shrinker s = {.script = script, .plays = plays};
    bool any = true;

    buf_init(&s.kind, BUF_NO_LIMIT);
    kind_of(why, &s.kind);
    while (any) {
        any = drop_steps(&s);
        any |= drop_threads(&s);
        any |= drop_messages(&s);
        any |= lessen_numbers(&s);
    }
    buf_release(&s.kind);
}
