#include "mock/source/generate.h"

static const char *const words[] = {
    "the",     "order",   "invoice",  "shipping", "address", "please",      "could",    "report",
    "summary", "quarter", "figures",  "table",    "chart",   "refund",      "customer", "account",
    "reset",   "answer",  "question", "contract", "clause",  "deadline",    "meeting",  "agenda",
    "weather", "ticket",  "error",    "version",  "update",  "install",     "server",   "config",
    "budget",  "travel",  "flight",   "hotel",    "recipe",  "canarygrass", "music",    "history",
    "and",     "with",    "for",      "about",    "without", "because",     "when",     "after",
};

static const char *const specials[] = {
    "\xf0\x9f\x98\x80",                             /* grinning face */
    "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", /* joined by ZWJ */
    "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa",             /* a flag of two */
    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",             /* Hebrew */
    "\xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7",     /* Arabic */
    "\xe4\xbd\xa0\xe5\xa5\xbd",                     /* Chinese */
    "\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4",         /* Korean */
    "e\xcc\x81t\xc3\xa9",                           /* decomposed and composed */
    "line one\r\nline two",
    "tab\tand \"quotes\" and \\ and </script>",
    "  padded  ",
    "\xe2\x80\xae"
    "bidi"
    "\xe2\x80\xac",
    "\x1b[31mred\x1b[0m",
    "\xf0\x9d\x94\x98\xf0\x9d\x94\xab", /* letters beyond 16 bits */
};

void mock_generate_text(struct mock_rng *rng, bool unicode, struct mock_text *out)
{
    unsigned count = mock_rng_between(rng, 4, 24);
    unsigned special = mock_rng_between(rng, 0, count - 1);

    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            mock_text_putc(out, ' ');
        if (unicode && i == special) {
            unsigned last = sizeof specials / sizeof specials[0] - 1;
            mock_text_puts(out, specials[mock_rng_between(rng, 0, last)]);
        } else {
            unsigned last = sizeof words / sizeof words[0] - 1;
            mock_text_puts(out, words[mock_rng_between(rng, 0, last)]);
        }
    }
    mock_text_putc(out, '.');
}
