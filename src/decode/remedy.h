/*
 * What to do about text that cannot be read, as a command where there is one. Each is run by
 * tests/e2e/hints.sh on a file that needs it.
 */
#ifndef DECODE_REMEDY_H
#define DECODE_REMEDY_H

#include "base/buf.h"
#include "base/span.h"

/* For JSON with comments, commas before closing brackets, NaN. */
#define REMEDY_PLAIN_JSON                                                                          \
    "perl -0777 -pe 's!(\"[^\"\\\\]*(?:\\\\.[^\"\\\\]*)*\")|,(?=\\s*[]}])|//[^\\n]*|/\\*.*?\\*/|"  \
    "-?\\b(NaN|Infinity)\\b!$1 // ($2 ? \"null\" : \"\")!gse' FILE >messages.json"

/* For records of {input, output}: what was asked, perhaps with the whole talk before it, and the
 * reply to it. */
#define REMEDY_ASKED                                                                               \
    "jq -cn '[inputs | .. | objects | select(has(\"input\") and has(\"output\")) | {t: "           \
    "(.sessionId // "                                                                              \
    ".session_id // .traceId // .trace_id // .id), m: ((.input | if type == \"string\" then "      \
    "[{role: \"user\", content: .}] else .messages? // . end) + [.output | if type == "            \
    "\"string\" then {role: \"assistant\", content: .} else . end])}] | group_by(.t)[] | "         \
    "{thread_id: .[0].t, messages: (reduce .[].m as $m ([]; if $m[:length] == . then $m else . + " \
    "$m end))}' FILE >threads.jsonl"

/* For a place, by what is wrong with it; NULL if the reason says it all. FILE stands for the name
 * of the file. Static. */
const char *remedy_for(const char *why);

/* Adds a hint with the name of the file in the place of FILE, as a word of a shell. */
void remedy_add(struct buf *out, const char *hint, struct span name);

#endif
