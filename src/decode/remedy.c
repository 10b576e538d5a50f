#include "decode/remedy.h"

#include "base/text.h"
#include "decode/parse.h"

#include <string.h>

#define AS_CSV_AGAIN                                                                               \
    "export it again with texts in quotes: psql --csv, sqlite3 -csv -header, or as JSON; if the "  \
    "first line is a title: tail -n +2 FILE >messages.csv"
#define COPY_AGAIN "a part of the file is missing: copy or export it again"

static const struct {
    const char *why;
    const char *hint;
} REMEDIES[] = {
    {"a comma is before a closing bracket", REMEDY_PLAIN_JSON},
    {"NaN and Infinity are not JSON", REMEDY_PLAIN_JSON},
    {"comments are not JSON", REMEDY_PLAIN_JSON},
    {"a key is not in double quotes", "npx json5 FILE >messages.json"},
    {"quotes are escaped although they are in no string",
     "sed -e 's/^/\"/' -e 's/$/\"/' FILE >messages.json"},
    {"a line ends inside of a string", "in a text, a line end has to be \\n: export it again"},
    {"a NUL byte", "restore the file from a backup; without them: tr -d '\\000' <FILE >repaired"},
    {PARSE_CUT, COPY_AGAIN},
    {TABLE_CUT, COPY_AGAIN},
    {"three dots are in the place of a value", COPY_AGAIN},
    {"the data of an event ends too early", COPY_AGAIN},
    {PARSE_OTHER_TEXT, "grep '^[][{}[:space:]]' FILE >messages.jsonl"},
    {"a value is followed by other text", "perl -pe 's/[^]}\\n]*$//' FILE >messages.jsonl"},
    {"the text of a message is a printed object, not text",
     "write the content as JSON: json.dumps(content) for str(content), JSON.stringify(content)"},
    {PARSE_COMMA_AFTER, "sed 's/,[[:space:]]*$//' FILE >messages.jsonl"},
    {PARSE_DOUBLED, "sed 's/\\\\\\\\/\\\\/g' FILE >messages.jsonl"},
    {PARSE_TOO_LARGE, "make a line of each record: jq -c '.[]' FILE >messages.jsonl"},
    {TABLE_NO_HEADER, "export it again with a header: \\copy (SELECT …) TO 'messages.csv' CSV "
                      "HEADER, mysql without --skip-column-names"},
    {TABLE_ROUNDED_ID,
     "export it again, and do not save it with a spreadsheet: what the id was is lost"},
    {TABLE_BACKSLASHES, "perl -pe 's/\\\\(.)/$1 eq q(\") ? q(\"\") : $1 eq \"N\" ? \"\\\\N\" : "
                        "$1/gse' FILE >messages.csv"},
    {TABLE_FEWER_CELLS, AS_CSV_AGAIN},
    {TABLE_MORE_CELLS, AS_CSV_AGAIN},
    {TABLE_OPEN_QUOTE, AS_CSV_AGAIN},
    {"an error reply, not what was asked for", "ask the server again for what it refused"},
    {"an element of a list of records that is not one", "take it out of the list"},
    {"nothing in it is recognised",
     "name the keys of thread, role and text ('threadferry inventory' shows those seen): "
     "--source-fields-thread KEY --source-fields-role KEY --source-fields-text KEY"},
};

const char *remedy_for(const char *why)
{
    for (size_t i = 0; i < sizeof REMEDIES / sizeof REMEDIES[0]; i++)
        if (strcmp(why, REMEDIES[i].why) == 0)
            return REMEDIES[i].hint;
    return NULL;
}

void remedy_add(struct buf *out, const char *hint, struct span name)
{
    static const char WORD[] = "FILE";

    for (const char *at = strstr(hint, WORD); at; at = strstr(hint, WORD)) {
        buf_add(out, hint, (size_t)(at - hint));
        buf_add_text(out, span_starts_with(name, "-") ? "./" : "");
        text_add_shell(out, name);
        hint = at + sizeof WORD - 1;
    }
    buf_add_text(out, hint);
}
