#include "decode/foreign.h"

#include "base/text.h"
#include "decode/python.h"
#include "decode/remedy.h"

#include <string.h>
#include <strings.h>

enum { SIDE_NAMES = 7, LINES_LOOKED = 1000 };

#define AS_CSV "save the sheet as 'CSV UTF-8' and read that file"
#define AS_ROWS(program)                                                                           \
    "export the table of the messages: " program " -json FILE 'SELECT * FROM messages' "           \
    ">messages.json"
#define AS_DATA                                                                                    \
    "ask for data instead: psql --csv -c 'SELECT …' >messages.csv, mysql --batch, sqlite3 -json"
#define AS_LINES "write each message as a line: {\"thread_id\": …, \"role\": …, \"content\": …}"
#define WITH_PANDAS(reader)                                                                        \
    "with pandas: " reader "(…).to_json('messages.jsonl', orient='records', lines=True)"

/*
 * What is not text: these bytes at this offset, and the word (if any) somewhere in the head. The
 * first row that fits counts; a row without a name has that of the next one with a name. Rows with
 * an offset want a NUL byte too, so that no text is taken for something else.
 */
static const struct bytes_sign {
    size_t offset;
    const char *magic;
    size_t len;
    const char *word;
    struct foreign is;
} BYTES[] = {
    {0, "PK\3\4", 4, "xl/", {"an Excel workbook", AS_CSV, false}},
    {0,
     "PK\3\4",
     4,
     "mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
     {"a spreadsheet", AS_CSV, false}},
    {0, "PK\3\4", 4, "mimetypeapplication/", {0}},
    {0, "PK\3\4", 4, "word/", {0}},
    {0, "PK\3\4", 4, "ppt/", {"document", NULL, false}},
    {0, "PK\3\4", 4, "META-INF/MANIFEST.MF", {"program", NULL, false}},
    {0, "PK\3\4", 4, NULL, {"a zip archive", "unzip -d unzipped FILE", false}},
    {0, "PK\5\6", 4, NULL, {"an empty zip archive", "there is nothing in it: export again", false}},
    {257, "ustar", 5, NULL, {"a tar archive", "tar -xf FILE", false}},
    {0, "7z\xBC\xAF\x27\x1C", 6, NULL, {"a 7z archive", "7z x FILE", false}},
    {0, "Rar!\x1A\x07", 6, NULL, {"a RAR archive", "unrar x FILE", false}},
    {0, "\x28\xB5\x2F\xFD", 4, NULL, {"compressed with zstd", "zstd -d FILE", false}},
    {0, "\3757zXZ\0", 6, NULL, {"compressed with xz", "xz -dk FILE", false}},
    {4, "1AY&SY", 6, NULL, {"compressed with bzip2", "bzip2 -dk FILE", false}},
    {0, "\x04\x22\x4D\x18", 4, NULL, {"compressed with lz4", "lz4 -d FILE", false}},
    {0, "\x1F\x9D", 2, NULL, {"compressed with compress", "uncompress -k FILE", false}},
    {0, "SQLite format 3\0", 16, NULL, {"an SQLite database", AS_ROWS("sqlite3"), false}},
    {8, "DUCK", 4, NULL, {"a DuckDB database", AS_ROWS("duckdb"), false}},
    {0,
     "PGDMP",
     5,
     NULL,
     {"a dump of PostgreSQL",
      "restore it (pg_restore), then: psql -c '\\copy messages TO messages.csv CSV HEADER'",
      false}},
    {0, "PAR1", 4, NULL, {"a Parquet file", WITH_PANDAS("read_parquet"), false}},
    {0, "ARROW1", 6, NULL, {"an Arrow file", WITH_PANDAS("read_feather"), false}},
    {0, "Obj\1", 4, NULL, {"an Avro file", "avro-tools tojson FILE >messages.jsonl", false}},
    {0,
     "bplist00",
     8,
     NULL,
     {"a property list", "plutil -convert json -o messages.json FILE", false}},
    {0,
     "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
     8,
     NULL,
     {"an old Office file", "if it is a sheet, " AS_CSV, false}},
    {0, "\x80\x03", 2, NULL, {0}},
    {0, "\x80\x04\x95", 3, NULL, {0}},
    {0,
     "\x80\x05\x95",
     3,
     NULL,
     {"a Python pickle", "write it as JSON with the program that made it: json.dump(…)", false}},
    {0, "\xFF\xFE\0\0", 4, NULL, {0}},
    {0,
     "\0\0\xFE\xFF",
     4,
     NULL,
     {"text in UTF-32", "iconv -f UTF-32 -t UTF-8 FILE >messages.json", false}},
    {4, "\x02_id\0", 5, NULL, {0}},
    {4,
     "\x07_id\0",
     5,
     NULL,
     {"a BSON dump of MongoDB", "bsondump --outFile=messages.jsonl FILE", false}},
    {0, "\x89PNG", 4, NULL, {0}},
    {0, "\xFF\xD8\xFF", 3, NULL, {0}},
    {0, "GIF8", 4, NULL, {0}},
    {8, "WEBP", 4, NULL, {0}},
    {0, "II*\0", 4, NULL, {0}},
    {0, "MM\0*", 4, NULL, {0}},
    {0, "\0\0\1\0", 4, NULL, {0}},
    {6, "\0\0\0\0\x36\0\0\0", 8, NULL, {"image", NULL, false}},
    {0, "%PDF-", 5, NULL, {"PDF", NULL, false}},
    {0, "\177ELF", 4, NULL, {0}},
    {0, "MZ\x90\0", 4, NULL, {0}},
    {0, "\xCF\xFA\xED\xFE", 4, NULL, {0}},
    {0, "\xCA\xFE\xBA\xBE", 4, NULL, {0}},
    {0, "\0asm", 4, NULL, {0}},
    {0, "!<arch>\n", 8, NULL, {"program", NULL, false}},
    {0, "ID3\3", 4, NULL, {0}},
    {0, "ID3\4", 4, NULL, {0}},
    {0, "OggS\0", 5, NULL, {0}},
    {0, "fLaC\0", 5, NULL, {0}},
    {8, "WAVE", 4, NULL, {0}},
    {4, "ftyp", 4, NULL, {0}},
    {0, "\x1A\x45\xDF\xA3", 4, NULL, {"sound or film", NULL, false}},
    {0, "wOFF\0", 5, NULL, {0}},
    {0, "wOF2", 4, NULL, {0}},
    {0, "\0\1\0\0\0", 5, NULL, {0}},
    {0, "OTTO\0", 5, NULL, {"font", NULL, false}},
    {0, "\0\0\0\1Bud1", 8, NULL, {"folder settings", NULL, false}},
};

const struct foreign *foreign_bytes(struct span head)
{
    const bool has_nul = head.len > 0 && memchr(head.data, '\0', head.len);

    for (size_t i = 0; i < sizeof BYTES / sizeof BYTES[0]; i++) {
        const struct bytes_sign *sign = &BYTES[i];

        if (sign->offset + sign->len > head.len || (sign->offset > 0 && !has_nul) ||
            memcmp(head.data + sign->offset, sign->magic, sign->len) != 0 ||
            (sign->word && !span_holds(head, sign->word)))
            continue;
        while (!sign->is.name)
            sign++;
        return &sign->is;
    }
    return NULL;
}

/* ---- text ---- */

static const char BLANKS[] = " \t\r\n";

/* The first line, and of *rest what comes after it. */
static struct span take_line(struct span *rest)
{
    struct span line = {rest->data, 0};

    (void)text_next_line(rest, &line);
    return line;
}

/* Passes up to four opening brackets and the blanks after them. */
static struct span skip_brackets(struct span text, const char *brackets)
{
    for (int depth = 0; depth < 4 && text.len > 0 && span_is_one_of(text.data[0], brackets);
         depth++)
        text = span_skip_all(span_skip(text, 1), BLANKS);
    return text;
}

static bool is_upper(struct span text)
{
    return text.len > 0 && text.data[0] >= 'A' && text.data[0] <= 'Z';
}

/* The length of a name at the start: letters, digits, _ and $. */
static size_t name_length(struct span text)
{
    static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$";
    size_t len = 0;

    while (
        len < text.len &&
        span_is_one_of(text.data[len], len > 0 && text.data[len] <= '9' ? "$0123456789" : LETTERS))
        len++;
    return len;
}

static bool begins(struct span text, char c)
{
    return text.len > 0 && text.data[0] == c;
}

/* { id: …, [ { id: …, MessagesPage { options: …, Map(2) { …, <ref *1> [ … */
static bool is_node(struct span text)
{
    size_t name = name_length(text);

    if (span_starts_with(text, "<ref *") || span_starts_with(text, "Map(") ||
        span_starts_with(text, "Set("))
        return true;
    if (is_upper(text) && span_starts_with(span_skip(text, name), " {"))
        text = span_skip(text, name + 1);
    if (text.len == 0 || !span_is_one_of(text.data[0], "{["))
        return false;
    text = skip_brackets(text, "{[");
    name = name_length(text);
    return span_starts_with(text, "Object]") || span_starts_with(text, "Array]") ||
           (name > 0 && span_starts_with(span_skip(text, name), ": "));
}

/* The same where nothing is left out, named or a cycle. */
static bool is_json5(struct span text)
{
    return begins(skip_brackets(text, "["), '{') && is_node(text) &&
           !span_holds(text, "[Object]") && !span_holds(text, "[Array]") &&
           !span_holds(text, " more item") && !span_holds(text, "[Circular");
}

/* Message{id=…, of Java and Kotlin; Message { Id = …, of C#. */
static bool is_record(struct span text)
{
    struct span rest = span_skip_all(span_skip(text, name_length(text)), BLANKS);

    if (!is_upper(text) || !begins(rest, '{'))
        return false;
    rest = span_skip_all(span_skip(rest, 1), BLANKS);
    const size_t name = name_length(rest);
    return name > 0 && begins(span_skip_all(span_skip(rest, name), BLANKS), '=');
}

/* {ID:msg_1 Object:thread.message …}, of Go. */
static bool is_go(struct span text)
{
    const struct span rest = skip_brackets(text, "&{[");

    return rest.len < text.len && is_upper(rest) &&
           begins(span_skip(rest, name_length(rest)), ':') && span_holds(rest, " Role:");
}

/* {"id"=>"msg_1"}, {:id=>…}, #<OpenAI::…> of Ruby. */
static bool is_ruby(struct span text)
{
    struct span line = take_line(&text);

    while (span_starts_with(line, "irb(") && text.len > 0)
        line = take_line(&text);
    if (span_starts_with(line, "=> "))
        line = span_skip(line, 3);

    return line.len > 0 && span_is_one_of(line.data[0], "{[#") &&
           (span_holds(line, "\"=>") || span_starts_with(line, "{:") ||
            span_starts_with(line, "[{:") || span_starts_with(line, "#<OpenAI::"));
}

/* id      : msg_1, of PowerShell: a name, blanks, a colon between blanks. */
static bool is_format_list(struct span text)
{
    const struct span rest = span_skip(text, name_length(text));
    const struct span colon = span_skip_all(rest, " ");

    return rest.len < text.len && colon.len < rest.len && span_starts_with(colon, ": ") &&
           (span_holds(text, "thread.message") || span_holds(text, "@{") ||
            span_holds(text, "msg_"));
}

/* const x = […, export default {…, module.exports = …, callback({…, x = {'…: a name, then = or (
 * and a bracket. Prints of Python begin like that too. */
static bool is_assignment(struct span text)
{
    static const char *const WORDS[] = {"export ", "default ", "const ", "let ", "var ", "return "};
    bool has_word = false;

    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (!span_starts_with(text, WORDS[i]))
            continue;
        text = span_skip_all(span_skip(text, strlen(WORDS[i])), " ");
        has_word = true;
    }
    const struct span name = text;
    while (name_length(text) > 0 || begins(text, '.'))
        text = span_skip(text, name_length(text) + begins(span_skip(text, name_length(text)), '.'));
    const struct span sign = span_skip_all(text, " ");
    if (begins(sign, '=') || begins(sign, '('))
        text = span_skip_all(span_skip(sign, 1), BLANKS);
    else if (!has_word)
        return false;
    return (text.len < name.len || has_word) && text.len > 0 &&
           span_is_one_of(text.data[0], "{[") && !python_begins(name);
}

/* id='msg_1' content=[…], of Pydantic. */
static bool is_fields(struct span text)
{
    return begins(span_skip(text, name_length(text)), '=');
}

/* A line that draws: dashes with +, | or blanks between them. */
static bool is_rule(struct span line)
{
    const struct span dashes = span_skip_all(line, "+|-: ");

    return dashes.len == 0 && span_holds(line, "--") &&
           (span_holds(line, "-+-") || span_holds(line, "-|") || span_holds(line, "- "));
}

/* A table as psql, mysql and sqlite3 draw it for people. */
static bool is_drawn(struct span text)
{
    struct span rest = text;
    const struct span first = take_line(&rest);
    const struct span second = take_line(&rest);

    if (first.len == 0)
        return false;
    return is_rule(first) || is_rule(second) ||
           /* psql with one column */
           (second.len > 2 && span_skip_all(second, "-").len == 0 && begins(rest, ' '));
}

/* A record as lines of "name = value". */
static bool is_vertical(struct span text)
{
    const struct span line = take_line(&text);

    return name_length(line) > 0 &&
           span_starts_with(span_skip_all(span_skip(line, name_length(line)), " "), "= ") &&
           span_holds(text, " role = ");
}

/* One of the first lines begins, after blanks and a dash, like this. */
static bool has_line(struct span text, const char *key)
{
    for (int i = 0; i < LINES_LOOKED && text.len > 0; i++) {
        if (span_starts_with(span_skip_all(take_line(&text), " -"), key))
            return true;
    }
    return false;
}

/* - role: user, or a key alone on its line and a role below it. */
static bool is_yaml(struct span text)
{
    struct span rest = text;
    const struct span line = take_line(&rest);
    const struct span key =
        span_starts_with(line, "- ") ? span_skip_all(span_skip(line, 1), " ") : line;
    const size_t name = name_length(key);
    const struct span after = span_skip(key, name);

    return name > 0 && begins(after, ':') && (after.len == 1 || after.data[1] == ' ') &&
           has_line(text, "role: ") && (has_line(text, "content:") || has_line(text, "text:"));
}

/* [thread], [[messages]], role = "user": a table's name or a value, alone on its line. */
static bool is_toml(struct span text)
{
    const struct span line = text_trim(take_line(&text));
    const struct span name = skip_brackets(line, "[");

    return name_length(name) > 0 &&
           (name.len < line.len ? line.data[line.len - 1] == ']'
                                : span_starts_with(span_skip(name, name_length(name)), " = ")) &&
           (span_starts_with(text, "role = ") || span_holds(text, "\nrole = "));
}

/* 01/05/24, 10:00 - Anna: …, [01.05.24, 10:00:00] Anna: …, of WhatsApp. */
static bool is_chat_line(struct span line)
{
    const struct span date = span_skip_all(line, "[0123456789/.-");
    struct span rest;

    if (date.len == line.len || !span_starts_with(date, ", "))
        return false;
    rest = span_skip_all(span_skip(date, 2), "0123456789:");
    if (date.len - rest.len < 6)
        return false;
    if (span_starts_with(rest, " AM") || span_starts_with(rest, " PM"))
        rest = span_skip(rest, 3);
    return (span_starts_with(rest, " - ") || span_starts_with(rest, "] ")) &&
           span_holds(rest, ": ");
}

/* User: …, **Assistant:** …, ## User, [10:00] user: …, user [ { type: 'text' …: both sides speak,
 * each from the start of a line. */
static bool is_transcript(struct span text)
{
    static const char *const SIDES[2][SIDE_NAMES] = {
        {"user", "human", "you", "customer", "you said", "q", "question"},
        {"assistant", "ai", "bot", "chatgpt", "chatgpt said", "a", "answer"}};
    bool speaks[2] = {false, false};
    int lines = 0;

    while (text.len > 0 && lines++ < LINES_LOOKED) {
        const struct span whole = take_line(&text);
        const struct span line = span_skip_all(whole, "*#> \t-[]0123456789:/.,TZ+");

        if (is_chat_line(whole)) {
            speaks[1] = speaks[0];
            speaks[0] = true;
        }

        for (size_t i = 0; i < 2 * (size_t)SIDE_NAMES; i++) {
            const char *who = SIDES[i / SIDE_NAMES][i % SIDE_NAMES];
            const size_t len = strlen(who);

            if (line.len < len || strncasecmp(line.data, who, len) != 0)
                continue;
            const struct span after = span_skip_all(span_skip(line, len), "* ");
            if (after.len == 0 || span_is_one_of(after.data[0], ":>[|="))
                speaks[i / SIDE_NAMES] = true;
        }
    }
    return speaks[0] && speaks[1];
}

/* [["data",0,"id"],"msg_1"]: a path and a value. */
static bool is_jq_line(struct span line)
{
    const char *end = span_starts_with(line, "[[") ? memmem(line.data, line.len, "],", 2) : NULL;

    return end && !memchr(end, '[', line.len - (size_t)(end - line.data));
}

static bool is_jq_stream(struct span text)
{
    return is_jq_line(take_line(&text)) && is_jq_line(take_line(&text));
}

/* Brackets, and after them what JSON has there. */
static bool is_json(struct span text)
{
    const struct span rest = skip_brackets(text, "{[");
    const struct span word = {rest.data, name_length(rest)};
    struct span line = text;

    if (rest.len == text.len || is_ruby(text) || is_chat_line(take_line(&line)))
        return false;
    /* [10:00] is a time. */
    if (rest.len > 0 && rest.data[0] >= '0' && rest.data[0] <= '9')
        return !begins(span_skip_all(rest, "0123456789"), ':') &&
               !begins(span_skip_all(rest, "0123456789"), '/') &&
               !begins(span_skip_all(rest, "0123456789"), '-');
    return rest.len == 0 || span_is_one_of(rest.data[0], "{[\"]}-") || span_is(word, "null") ||
           span_is(word, "true") || span_is(word, "false");
}

/*
 * What is text: it begins like this (after blanks), a function says so, and the words are in it. A
 * row without a name has that of the next one with a name. Rows that are JSON are asked only of
 * JSON and the others never: what a message says makes no archive something else.
 */
static const struct text_sign {
    const char *begins;
    bool (*fits)(struct span text);
    const char *words[3];
    struct foreign is;
} TEXTS[] = {
    {.begins = "{\\rtf", .is = {"document", NULL, false}},
    {.begins = "<?xml", .words = {"<svg"}},
    {.begins = "<svg", .is = {"image", NULL, false}},
    {.begins = "<",
     .words = {"var jsonData = [", "\"mapping\""},
     .is = {"the web page of a ChatGPT export",
            "read conversations.json of the same export instead", false}},
    {.begins = "<",
     .words = {"<![CDATA[", "\"role\""},
     .is = {"JSON in XML",
            "perl -0777 -ne 'print \"$1\\n\" while /<!\\[CDATA\\[(.*?)\\]\\]>/gs' FILE "
            ">messages.json",
            false}},
    {.begins = "<?xml", .words = {"<resultset", "name=\"role\""}},
    {.begins = "<TR><TH>", .is = {"a table of a database in XML or HTML", AS_DATA, false}},
    {.begins = "<?xml",
     .words = {"<plist", "<key>role</key>"},
     .is = {"a property list", "plutil -convert json -o messages.json FILE", false}},
    {.begins = "<?xml", .words = {">user<", ">assistant<"}},
    {.begins = "<", .words = {"<message", "role="}, .is = {"messages in XML", AS_LINES, false}},
    {.begins = "<?xml", .is = {"XML", NULL, false}},
    {.begins = "<!DOCTYPE"},
    {.begins = "<!doctype"},
    {.begins = "<html", .is = {"web page", NULL, false}},
    {.begins = "#!/", .is = {"program", NULL, false}},
    {.begins = "[object Object]",
     .is = {"objects of JavaScript turned into text",
            "their content is not in this file: write JSON.stringify(messages) instead", false}},
    {.begins = "@{"},
    {.fits = is_format_list,
     .is = {"a printed object of PowerShell",
            "… | ConvertTo-Json -Depth 20 | Out-File -Encoding utf8 messages.json", false}},
    {.fits = is_ruby,
     .is = {"a printed object of Ruby",
            "write it as JSON: File.write('messages.json', messages.to_json)", false}},
    {.fits = is_go,
     .is = {"a printed object of Go", "write it as JSON: json.Marshal(messages)", false}},
    {.fits = is_node,
     .words = {"ObjectId("},
     .is = {"a printed object of the MongoDB shell",
            "mongoexport --db DB --collection messages --out messages.jsonl", false}},
    {.fits = is_json5,
     .is = {"a printout of Node (console.log)", "npx json5 FILE >messages.json", false}},
    {.fits = is_node,
     .is =
         {"a printout of Node (console.log)",
          "print it as JSON: fs.writeFileSync('messages.json', JSON.stringify(messages)); what is "
          "printed as [Object] is not in this file",
          false}},
    {.fits = is_record,
     .is = {"a printed object of Java or C#",
            "write them as JSON, with Jackson's writeValueAsString() or "
            "JsonSerializer.Serialize()",
            false}},
    {.begins = "Array\n(", .words = {" => "}},
    {.begins = "stdClass Object"},
    {.begins = "array(", .words = {"=>"}},
    {.begins = "object(",
     .words = {"=>"},
     .is = {"a printed object of PHP",
            "write it as JSON: file_put_contents('messages.json', json_encode($messages))", false}},
    {.words = {"http_interactions:\n", "recorded_at:"},
     .is = {"a cassette of VCR (YAML)",
            "yq -r '.http_interactions[].response.body.string' FILE >replies.json", false}},
    {.begins = "interactions:",
     .words = {"- request:"},
     .is = {"a cassette of VCR.py (YAML)",
            "yq -r '.interactions[].response.body.string' FILE >replies.json", false}},
    {.begins = "---", .words = {"object: thread"}},
    {.begins = "- ", .words = {"object: thread.message"}},
    {.begins = "object: ", .words = {"\ndata:"}},
    {.begins = "data:\n", .words = {"object: thread"}},
    {.fits = is_yaml,
     .is = {"YAML",
            "python3 -c 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout, "
            "default=str)' <FILE >messages.json",
            false}},
    {.fits = is_toml,
     .words = {"role = \""},
     .is = {"TOML",
            "python3 -c 'import json, sys, tomllib; json.dump(tomllib.load(sys.stdin.buffer), "
            "sys.stdout, default=str)' <FILE >messages.json",
            false}},
    {.begins = "-- MySQL dump"},
    {.begins = "-- MariaDB dump"},
    {.begins = "/*!", .words = {"INSERT INTO"}},
    {.begins = "--", .words = {"PostgreSQL database dump"}},
    {.begins = "--", .words = {"INSERT INTO"}},
    {.begins = "--", .words = {"CREATE TABLE"}},
    {.begins = "PRAGMA "},
    {.begins = "BEGIN TRANSACTION;"},
    {.begins = "INSERT INTO "},
    {.begins = "CREATE TABLE"},
    {.begins = "DROP TABLE"},
    {.begins = "COPY ", .words = {"FROM stdin"}},
    {.begins = "SET ",
     .words = {"INSERT INTO"},
     .is = {"an SQL dump",
            "load it into a database and export the table of the messages as CSV with a header, or "
            "with sqlite3 -json",
            false}},
    {.begins = "\u250c"}, /* ┌ ╭ ┏ */
    {.begins = "\u256d"},
    {.begins = "\u250f"},
    {.begins = "*************************** 1. row"},
    {.begins = "-[ RECORD 1 ]"},
    {.begins = "'", .words = {"','", "\n1,'"}},
    {.fits = is_vertical},
    {.fits = is_drawn, .is = {"a table drawn for people", AS_DATA, false}},
    {.begins = "1) \"",
     .words = {"{\\\"", "role"},
     .is = {"a reply of redis-cli", "redis-cli --raw LRANGE KEY 0 -1 >messages.jsonl", false}},
    {.begins = "```json"},
    {.begins = "```\n{"},
    {.begins = "```\n[", .is = {"JSON in Markdown", "sed '/^```/d' FILE >messages.json", false}},
    {.begins = "HTTP/",
     .words = {"{"},
     .is = {"a reply with its HTTP header (curl -i)",
            "sed '/^HTTP\\//,/^\\r*$/d' FILE >messages.json", false}},
    {.begins = "% Total",
     .words = {"% Xferd"},
     .is = {"a reply after the progress of curl", "sed -n '/^[[{]/,$p' FILE >messages.json",
            false}},
    {.begins = "* ",
     .words = {"< HTTP/"},
     .is = {"a log of curl -v", "send the request again without -v, with -o messages.json", false}},
    {.begins = "//", .words = {"{"}},
    {.begins = "/*", .words = {"{"}, .is = {"JSON with comments", REMEDY_PLAIN_JSON, false}},
    {.fits = is_assignment,
     .is = {"a value in a program (const x = …, callback(…))",
            "sed -e '1s/^[^[{]*//' -e '$s/[^]}]*$//' FILE >messages.json", false}},
    {.fits = is_fields,
     .words = {" role='", " object='thread.message'"},
     .is = {"a printed object without its name",
            "write JSON in place of a print: message.model_dump_json()", false}},
    {.fits = is_transcript, .is = {"a transcript for people", AS_LINES, false}},
    {.words = {"\"mapping\"", "\"author\"", "\"parts\""}},
    {.words = {"\"mapping\"", "\"current_node\""},
     .is = {"an export of a ChatGPT account, not of the API",
            "jq '[.[] | . as $c | {thread: {id: (\"thread_\" + (.conversation_id // .id))}, "
            "messages: [[.current_node // (.mapping | "
            "keys_unsorted | last) | "
            "recurse($c.mapping[.].parent // empty)] | reverse[] | $c.mapping[.].message // empty "
            "| select(.content.parts) | {id, role: .author.role, created_at: .create_time, "
            "content: (.content.parts | map(strings) | join(\"\\n\"))}]}]' FILE >chats.json",
            true}},
    {.words = {"\"chat_messages\"", "\"sender\""},
     .is = {"an export of Claude",
            "jq '[.[] | {thread: {id: .uuid}, messages: [.chat_messages[] | {id: .uuid, role: "
            ".sender, created_at, content: .text}]}]' FILE >chats.json",
            true}},
    {.words = {"\"log\"", "\"entries\"", "\"request\""},
     .is = {"a recording of a browser (HAR)",
            "jq -r '.log.entries[].response.content | select(.text) | if .encoding == \"base64\" "
            "then .text | @base64d else .text end' FILE >replies.json",
            true}},
    {.words = {"\"_postman_id\""},
     .is = {"a Postman collection", "save the responses themselves (Save response to file)", true}},
    {.words = {"\"cells\"", "\"cell_type\""},
     .is = {"a notebook",
            "jq -r '.cells[].outputs[]? | .text // .data.\"text/plain\" // [] | if type == "
            "\"array\" then join(\"\") else . end' FILE >output.txt",
            true}},
    {.words = {"\"traceId\"", "\"input\"", "\"output\""}},
    {.words = {"\"sessionId\"", "\"input\"", "\"output\""},
     .is = {"traces of Langfuse or a like program", REMEDY_ASKED, true}},
    {.words = {"\"llm.input_messages", "\"llm.output_messages"},
     .is = {"spans of OpenTelemetry", AS_LINES, true}},
    {.words = {"\"client_msg_id\"", "\"ts\""}},
    {.words = {"\"thread_ts\"", "\"text\""},
     .is =
         {"an export of Slack",
          "jq -c '.[] | select(.type == \"message\" and .text) | {thread_id: (.thread_ts // .ts), "
          "role: (if .bot_id then \"assistant\" else \"user\" end), content: .text, created_at: "
          "(.ts | tonumber)}' FILE >messages.jsonl",
          true}},
    {.words = {"\"team_id\"", "\"real_name\""}},
    {.words = {"\"members\"", "\"topic\"", "\"creator\""},
     .is = {"the people or channels of an export of Slack",
            "there is nothing to migrate in it: name the file under source.exclude", true}},
    {.words = {"\"conversation_parts\"", "\"author\""},
     .is =
         {"an export of Intercom",
          "jq -c '(if type == \"array\" then . else .conversations // [.] end)[] | {thread_id: "
          ".id, "
          "messages: [(.source + {created_at}), .conversation_parts.conversation_parts[] | "
          "select(.body) | {id, created_at, role: (if .author.type == \"user\" or .author.type == "
          "\"lead\" then \"user\" else \"assistant\" end), content: .body}]}' FILE >threads.jsonl",
          true}},
    {.words = {"\"comments\"", "\"requester_id\""},
     .is =
         {"an export of Zendesk",
          "jq -c '(if type == \"array\" then . else .tickets // [.] end)[] | .requester_id as $u | "
          "{thread_id: .id, messages: [.comments[] | {id, created_at, role: (if .author_id == $u "
          "then \"user\" else \"assistant\" end), content: (.plain_body // .body)}]}' FILE "
          ">threads.jsonl",
          true}},
    {.words = {"\"from_id\"", "\"text_entities\""},
     .is = {"an export of Telegram",
            "jq -c '(.chats.list // [.])[] | .id as $c | {thread_id: $c, messages: [.messages[] | "
            "select(.type == \"message\" and .text_entities != []) | {id, created_at: .date, role: "
            "(if .from_id == \"user\\($c)\" then \"user\" else \"assistant\" end), content: "
            "([.text_entities[].text] | add)}]}' FILE >threads.jsonl",
            true}},
    {.words = {"\"lc\"", "\"constructor\"", "\"kwargs\""},
     .is =
         {"messages of LangChain (dumps)",
          "jq 'walk(if type == \"object\" and has(\"lc\") and has(\"kwargs\") then {role: (.id[-1] "
          "| if startswith(\"Human\") then \"user\" elif startswith(\"AI\") then \"assistant\" "
          "else "
          "\"system\" end), content: .kwargs.content} else . end)' FILE >messages.json",
          true}},
    {.words = {"\"childrenIds\"", "\"currentId\""},
     .is = {"an export of Open WebUI",
            "jq -c '.[] | .chat.history as $h | {thread_id: .id, messages: [$h.currentId | "
            "recurse($h.messages[.].parentId // empty) | $h.messages[.] | {id, role, content, "
            "created_at: .timestamp}] | reverse}' FILE >threads.jsonl",
            true}},
    {.words = {"\"isCreatedByUser\"", "\"children\""},
     .is = {"an export of LibreChat as a tree",
            "jq -c '.conversationId as $c | .messages | .. | objects | "
            "select(has(\"isCreatedByUser\"))"
            " | {thread_id: $c, id: .messageId, created_at: .createdAt, role: (if .isCreatedByUser "
            "then \"user\" else \"assistant\" end), content: .text}' FILE >messages.jsonl",
            true}},
    {.fits = is_jq_stream,
     .is = {"the output of jq --stream", "jq -cn 'fromstream(inputs)' FILE >messages.jsonl", true}},
    {.begins = "[[",
     .words = {"\"user\"", "\"assistant\""},
     .is = {"a table without the names of its columns",
            "export it with names: df.to_json('messages.jsonl', orient='records', lines=True)",
            true}},
    {.words = {"\"custom_id\"", "\"response\""},
     .is = {"output of the Batch API", "jq -c '.response.body' FILE >replies.jsonl", true}},
    {.words = {"\"chat.completion"}},
    {.words = {"\"choices\"", "\"finish_reason\""},
     .is = {"a log of Chat Completions, which have no threads",
            "write the messages of each chat as {\"thread_id\": …, \"messages\": […]}", true}},
    {.words = {"\"resp_", "\"output\""},
     .is = {"objects of the Responses API",
            "they belong to the new API already: there is nothing to migrate", true}},
    {.words = {"\"http_interactions\"", "\"recorded_at\""},
     .is = {"a cassette of VCR (JSON)",
            "jq -r '.http_interactions[].response.body.string' FILE >replies.json", true}},
    {.words = {"{\"S\":"}},
    {.words = {"\"S\": \""},
     .is = {"an export of DynamoDB",
            "jq -c 'def u: if has(\"S\") then .S elif has(\"N\") then .N elif has(\"BOOL\") then "
            ".BOOL elif has(\"L\") then [.L[] | u] elif has(\"M\") then .M | map_values(u) else "
            "null end; (.Items // [.Item // .])[] | map_values(u)' FILE >messages.jsonl",
            true}},
    {.words = {"\"stringValue\"", "\"fields\""},
     .is = {"an export of Firestore",
            "jq -c 'def u: if has(\"mapValue\") then .mapValue.fields // {} | map_values(u) elif "
            "has(\"arrayValue\") then [.arrayValue.values[]? | u] else .[] end; (.documents // "
            "map(.document // empty))[].fields | map_values(u)' FILE >messages.jsonl",
            true}},
    {.words = {"\"edges\"", "\"node\""},
     .is = {"a reply of GraphQL",
            "jq 'walk(if type == \"object\" and has(\"edges\") then {data: [.edges[].node], "
            "has_more: .pageInfo.hasNextPage} else . end)' FILE >messages.json",
            true}},
    {.words = {"\"columns\"", "\"data\"", "\"role\""},
     .is = {"a table in two parts (pandas, orient='split')",
            "jq -c '.columns as $c | .data[] | [$c, .] | transpose | map({key: .[0], value: .[1]}) "
            "| from_entries' FILE >messages.jsonl",
            true}},
    {.begins = "{", .words = {"\"role\":{\"0\":"}},
    {.begins = "{", .words = {"\"role\": {\"0\":"}},
    {.begins = "{", .words = {"\"role\":[\""}},
    {.begins = "{",
     .words = {"\"role\": [\""},
     .is = {"a table by columns (pandas)",
            "jq -c 'to_entries as $c | range(0; $c[0].value | length) as $i | reduce $c[] as $e "
            "({}; .[$e.key] = ($e.value | if type == \"object\" then .[$i | tostring] else .[$i] "
            "end))' FILE >messages.jsonl",
            true}},
};

static bool fits(const struct text_sign *sign, struct span text)
{
    if ((sign->begins && !span_starts_with(text, sign->begins)) ||
        (sign->fits && !sign->fits(text)))
        return false;
    for (size_t i = 0; i < sizeof sign->words / sizeof sign->words[0] && sign->words[i]; i++)
        if (!span_holds(text, sign->words[i]))
            return false;
    return true;
}

const struct foreign *foreign_text(struct span head)
{
    const struct span text = span_skip_all(head, BLANKS);
    const bool json = is_json(text);

    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        const struct text_sign *named = &TEXTS[i];

        while (!named->is.name)
            named++;
        if (json == named->is.is_json && fits(&TEXTS[i], text))
            return &named->is;
    }
    return NULL;
}
