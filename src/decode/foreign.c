#include "decode/foreign.h"

#include "base/text.h"

#include <string.h>

enum thing {
    EXCEL,
    SHEET,
    DOCUMENT,
    PROGRAM,
    ZIP,
    ZIP_EMPTY,
    TAR,
    SEVEN_ZIP,
    RAR,
    ZSTD,
    XZ,
    BZIP2,
    LZ4,
    COMPRESS,
    SQLITE,
    DUCKDB,
    PG_DUMP,
    PARQUET,
    ARROW,
    AVRO,
    PLIST,
    OLD_OFFICE,
    PICKLE,
    UTF32,
    PICTURE,
    PDF,
    FILM,
    FONT,
    FOLDER,
    CHATGPT_PAGE,
    XML,
    WEB_PAGE,
    OBJECT_OBJECT,
    POWERSHELL,
    RUBY,
    GO,
    NODE,
    RECORD,
    PHP,
    VCR,
    VCR_PY,
    YAML,
    SQL,
    MARKDOWN,
    CURL_HEAD,
    CURL_LOG,
    CHATGPT,
    CLAUDE,
    HAR,
    POSTMAN,
    NOTEBOOK,
    BATCH,
    CHAT,
    RESPONSES,
    VCR_JSON,
};

static const struct foreign THINGS[] = {
    [EXCEL] = {"an Excel workbook", "save the sheet as 'CSV UTF-8' and read that file",
               FOREIGN_UNREAD},
    [SHEET] = {"a spreadsheet", "save the sheet as CSV in UTF-8 and read that file",
               FOREIGN_UNREAD},
    [DOCUMENT] = {"document", NULL, FOREIGN_OTHER},
    [PROGRAM] = {"program", NULL, FOREIGN_OTHER},
    [ZIP] = {"a zip archive", "unzip -d unzipped FILE", FOREIGN_UNREAD},
    [ZIP_EMPTY] = {"an empty zip archive", "there is nothing in it: export again", FOREIGN_UNREAD},
    [TAR] = {"a tar archive", "tar -xf FILE", FOREIGN_UNREAD},
    [SEVEN_ZIP] = {"a 7z archive", "7z x FILE", FOREIGN_UNREAD},
    [RAR] = {"a RAR archive", "unrar x FILE", FOREIGN_UNREAD},
    [ZSTD] = {"compressed with zstd", "zstd -d FILE", FOREIGN_UNREAD},
    [XZ] = {"compressed with xz", "xz -dk FILE", FOREIGN_UNREAD},
    [BZIP2] = {"compressed with bzip2", "bzip2 -dk FILE", FOREIGN_UNREAD},
    [LZ4] = {"compressed with lz4", "lz4 -d FILE", FOREIGN_UNREAD},
    [COMPRESS] = {"compressed with compress", "uncompress -k FILE", FOREIGN_UNREAD},
    [SQLITE] = {"an SQLite database",
                "export the table of the messages: sqlite3 -json FILE 'SELECT * FROM messages' "
                ">messages.json",
                FOREIGN_UNREAD},
    [DUCKDB] = {"a DuckDB database",
                "export the table of the messages: duckdb -json FILE 'SELECT * FROM messages' "
                ">messages.json",
                FOREIGN_UNREAD},
    [PG_DUMP] =
        {"a dump of PostgreSQL",
         "restore it (pg_restore), then: psql -c '\\copy messages TO messages.csv CSV HEADER'",
         FOREIGN_UNREAD},
    [PARQUET] = {"a Parquet file",
                 "with pandas: read_parquet(…).to_json('messages.json', orient='records')",
                 FOREIGN_UNREAD},
    [ARROW] = {"an Arrow file",
               "with pandas: read_feather(…).to_json('messages.json', orient='records')",
               FOREIGN_UNREAD},
    [AVRO] = {"an Avro file", "avro-tools tojson FILE >messages.jsonl", FOREIGN_UNREAD},
    [PLIST] = {"a property list", "plutil -convert json -o messages.json FILE", FOREIGN_UNREAD},
    [OLD_OFFICE] = {"an old Office file",
                    "if it is a sheet, save it as 'CSV UTF-8' and read that file", FOREIGN_UNREAD},
    [PICKLE] = {"a Python pickle", "write it as JSON with the program that made it: json.dump(…)",
                FOREIGN_UNREAD},
    [UTF32] = {"text in UTF-32", "iconv -f UTF-32 -t UTF-8 FILE >messages.json", FOREIGN_UNREAD},
    [PICTURE] = {"picture", NULL, FOREIGN_OTHER},
    [PDF] = {"PDF", NULL, FOREIGN_OTHER},
    [FILM] = {"sound or film", NULL, FOREIGN_OTHER},
    [FONT] = {"font", NULL, FOREIGN_OTHER},
    [FOLDER] = {"folder settings", NULL, FOREIGN_OTHER},
    [CHATGPT_PAGE] = {"the web page of a ChatGPT export",
                      "read conversations.json of the same export instead", FOREIGN_UNREAD},
    [XML] = {"XML", NULL, FOREIGN_OTHER},
    [WEB_PAGE] = {"web page", NULL, FOREIGN_OTHER},
    [OBJECT_OBJECT] = {"objects of JavaScript turned into text",
                       "their content is not in this file: write JSON.stringify(messages) instead",
                       FOREIGN_UNREAD},
    [POWERSHELL] = {"a print of PowerShell",
                    "… | ConvertTo-Json -Depth 20 | Out-File -Encoding utf8 messages.json",
                    FOREIGN_UNREAD},
    [RUBY] = {"a print of Ruby", "write it as JSON: File.write('messages.json', messages.to_json)",
              FOREIGN_UNREAD},
    [GO] = {"a print of Go", "write it as JSON: json.Marshal(messages)", FOREIGN_UNREAD},
    [NODE] = {"a printout of Node (console.log)",
              "print it as JSON: fs.writeFileSync('messages.json', JSON.stringify(messages)); what "
              "is printed as [Object] is not in this file",
              FOREIGN_UNREAD},
    [RECORD] =
        {"a print of Java or C# objects",
         "write them as JSON, with Jackson's writeValueAsString() or JsonSerializer.Serialize()",
         FOREIGN_UNREAD},
    [PHP] = {"a print of PHP",
             "write it as JSON: file_put_contents('messages.json', json_encode($messages))",
             FOREIGN_UNREAD},
    [VCR] = {"a cassette of VCR (YAML)",
             "yq -r '.http_interactions[].response.body.string' FILE >replies.json",
             FOREIGN_UNREAD},
    [VCR_PY] = {"a cassette of VCR.py (YAML)",
                "yq -r '.interactions[].response.body.string' FILE >replies.json", FOREIGN_UNREAD},
    [YAML] = {"YAML", "yq -o json FILE >messages.json", FOREIGN_UNREAD},
    [SQL] = {"an SQL dump",
             "load it into a database and export the table of the messages as CSV with a header, "
             "or with sqlite3 -json",
             FOREIGN_UNREAD},
    [MARKDOWN] = {"JSON in Markdown", "sed '/^```/d' FILE >messages.json", FOREIGN_UNREAD},
    [CURL_HEAD] = {"a reply with its HTTP header (curl -i)",
                   "sed '1,/^\\r*$/d' FILE >messages.json", FOREIGN_UNREAD},
    [CURL_LOG] = {"a log of curl -v", "send the request again without -v, with -o messages.json",
                  FOREIGN_UNREAD},
    [CHATGPT] = {"an export of a ChatGPT account, not of the API",
                 "jq '[.[] | {thread: {id: (\"thread_\" + .id)}, messages: [.mapping[].message | "
                 "select(.content.parts) | {id, role: .author.role, created_at: .create_time, "
                 "content: (.content.parts | map(strings) | join(\"\\n\"))}]}]' FILE >chats.json",
                 FOREIGN_JSON},
    [CLAUDE] = {"an export of Claude",
                "jq '[.[] | {thread: {id: .uuid}, messages: [.chat_messages[] | {id: .uuid, role: "
                ".sender, created_at, content: .text}]}]' FILE >chats.json",
                FOREIGN_JSON},
    [HAR] = {"a recording of a browser (HAR)",
             "jq -r '.log.entries[].response.content.text // empty' FILE >replies.json",
             FOREIGN_JSON},
    [POSTMAN] = {"a Postman collection", "save the responses themselves (Save response to file)",
                 FOREIGN_JSON},
    [NOTEBOOK] = {"a notebook",
                  "jq -r '.cells[].outputs[]? | .text // .data.\"text/plain\" // [] | if type == "
                  "\"array\" then join(\"\") else . end' FILE >output.txt",
                  FOREIGN_JSON},
    [BATCH] = {"output of the Batch API", "jq -c '.response.body' FILE >replies.jsonl",
               FOREIGN_JSON},
    [CHAT] = {"a log of Chat Completions, which have no threads",
              "write the messages of each chat as {\"thread_id\": …, \"messages\": […]}",
              FOREIGN_JSON},
    [RESPONSES] = {"objects of the Responses API",
                   "they belong to the new API already: there is nothing to migrate", FOREIGN_JSON},
    [VCR_JSON] = {"a cassette of VCR (JSON)",
                  "jq -r '.http_interactions[].response.body.string' FILE >replies.json",
                  FOREIGN_JSON},
};

/*
 * What is not text: these bytes at this offset, and the word (if any) somewhere in the head. The
 * first row that fits counts. Rows with an offset want a NUL byte too, so that no text is taken
 * for something else.
 */
static const struct bytes_sign {
    size_t offset;
    const char *magic;
    size_t len;
    const char *word;
    enum thing is;
} BYTES[] = {
    {0, "PK\3\4", 4, "xl/", EXCEL},
    {0, "PK\3\4", 4, "mimetypeapplication/vnd.oasis.opendocument.spreadsheet", SHEET},
    {0, "PK\3\4", 4, "mimetypeapplication/", DOCUMENT},
    {0, "PK\3\4", 4, "word/", DOCUMENT},
    {0, "PK\3\4", 4, "ppt/", DOCUMENT},
    {0, "PK\3\4", 4, "META-INF/MANIFEST.MF", PROGRAM},
    {0, "PK\3\4", 4, NULL, ZIP},
    {0, "PK\5\6", 4, NULL, ZIP_EMPTY},
    {257, "ustar", 5, NULL, TAR},
    {0, "7z\xBC\xAF\x27\x1C", 6, NULL, SEVEN_ZIP},
    {0, "Rar!\x1A\x07", 6, NULL, RAR},
    {0, "\x28\xB5\x2F\xFD", 4, NULL, ZSTD},
    {0, "\3757zXZ\0", 6, NULL, XZ},
    {4, "1AY&SY", 6, NULL, BZIP2},
    {0, "\x04\x22\x4D\x18", 4, NULL, LZ4},
    {0, "\x1F\x9D", 2, NULL, COMPRESS},
    {0, "SQLite format 3\0", 16, NULL, SQLITE},
    {8, "DUCK", 4, NULL, DUCKDB},
    {0, "PGDMP", 5, NULL, PG_DUMP},
    {0, "PAR1", 4, NULL, PARQUET},
    {0, "ARROW1", 6, NULL, ARROW},
    {0, "Obj\1", 4, NULL, AVRO},
    {0, "bplist00", 8, NULL, PLIST},
    {0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8, NULL, OLD_OFFICE},
    {0, "\x80\x03", 2, NULL, PICKLE},
    {0, "\x80\x04\x95", 3, NULL, PICKLE},
    {0, "\x80\x05\x95", 3, NULL, PICKLE},
    {0, "\xFF\xFE\0\0", 4, NULL, UTF32},
    {0, "\0\0\xFE\xFF", 4, NULL, UTF32},
    {0, "\x89PNG", 4, NULL, PICTURE},
    {0, "\xFF\xD8\xFF", 3, NULL, PICTURE},
    {0, "GIF8", 4, NULL, PICTURE},
    {8, "WEBP", 4, NULL, PICTURE},
    {0, "II*\0", 4, NULL, PICTURE},
    {0, "MM\0*", 4, NULL, PICTURE},
    {0, "\0\0\1\0", 4, NULL, PICTURE},
    {6, "\0\0\0\0\x36\0\0\0", 8, NULL, PICTURE},
    {0, "%PDF-", 5, NULL, PDF},
    {0, "\177ELF", 4, NULL, PROGRAM},
    {0, "MZ\x90\0", 4, NULL, PROGRAM},
    {0, "\xCF\xFA\xED\xFE", 4, NULL, PROGRAM},
    {0, "\xCA\xFE\xBA\xBE", 4, NULL, PROGRAM},
    {0, "\0asm", 4, NULL, PROGRAM},
    {0, "!<arch>\n", 8, NULL, PROGRAM},
    {0, "ID3\3", 4, NULL, FILM},
    {0, "ID3\4", 4, NULL, FILM},
    {0, "OggS\0", 5, NULL, FILM},
    {0, "fLaC\0", 5, NULL, FILM},
    {8, "WAVE", 4, NULL, FILM},
    {4, "ftyp", 4, NULL, FILM},
    {0, "\x1A\x45\xDF\xA3", 4, NULL, FILM},
    {0, "wOFF\0", 5, NULL, FONT},
    {0, "wOF2", 4, NULL, FONT},
    {0, "\0\1\0\0\0", 5, NULL, FONT},
    {0, "OTTO\0", 5, NULL, FONT},
    {0, "\0\0\0\1Bud1", 8, NULL, FOLDER},
};

static bool holds(struct span text, const char *word)
{
    return text.len > 0 && memmem(text.data, text.len, word, strlen(word));
}

const struct foreign *foreign_bytes(struct span head)
{
    const bool has_nul = head.len > 0 && memchr(head.data, '\0', head.len);

    for (size_t i = 0; i < sizeof BYTES / sizeof BYTES[0]; i++) {
        const struct bytes_sign *sign = &BYTES[i];

        if (sign->offset + sign->len <= head.len && (sign->offset == 0 || has_nul) &&
            memcmp(head.data + sign->offset, sign->magic, sign->len) == 0 &&
            (!sign->word || holds(head, sign->word)))
            return &THINGS[sign->is];
    }
    return NULL;
}

static struct span skip(struct span text, size_t len)
{
    return (struct span){text.data + len, text.len - len};
}

static bool is_one_of(char c, const char *bytes)
{
    return c != '\0' && strchr(bytes, c);
}

static struct span skip_blank(struct span text)
{
    size_t at = 0;

    while (at < text.len && is_one_of(text.data[at], " \t\r\n"))
        at++;
    return skip(text, at);
}

/* Passes up to four opening brackets and the blanks after them. */
static struct span skip_brackets(struct span text, const char *brackets)
{
    for (int depth = 0; depth < 4 && text.len > 0 && is_one_of(text.data[0], brackets); depth++)
        text = skip_blank(skip(text, 1));
    return text;
}

static bool starts_upper(struct span text)
{
    return text.len > 0 && text.data[0] >= 'A' && text.data[0] <= 'Z';
}

/* The length of a name at the start: letters, digits, _ and $. */
static size_t name_length(struct span text)
{
    size_t len = 0;

    while (len < text.len && ((text.data[len] >= 'a' && text.data[len] <= 'z') ||
                              (text.data[len] >= 'A' && text.data[len] <= 'Z') ||
                              (len > 0 && text.data[len] >= '0' && text.data[len] <= '9') ||
                              text.data[len] == '_' || text.data[len] == '$'))
        len++;
    return len;
}

/* { id: …, [ { id: …, MessagesPage { options: …, <ref *1> [ … */
static bool is_node(struct span text)
{
    size_t name = name_length(text);

    if (span_starts_with(text, "<ref *"))
        return true;
    if (name > 0 && starts_upper(text) && name + 1 < text.len && text.data[name] == ' ' &&
        text.data[name + 1] == '{')
        text = skip(text, name + 1);
    if (text.len == 0 || !is_one_of(text.data[0], "{["))
        return false;
    text = skip_brackets(text, "{[");
    if (span_starts_with(text, "Object]") || span_starts_with(text, "Array]"))
        return true;
    name = name_length(text);
    return name > 0 && name + 1 < text.len && text.data[name] == ':' && text.data[name + 1] == ' ';
}

/* Message{id=…, of Java and Kotlin; Message { Id = …, of C#. */
static bool is_record(struct span text)
{
    struct span rest = skip_blank(skip(text, name_length(text)));
    size_t name;

    if (!starts_upper(text) || rest.len == 0 || rest.data[0] != '{')
        return false;
    rest = skip_blank(skip(rest, 1));
    name = name_length(rest);
    rest = skip_blank(skip(rest, name));
    return name > 0 && rest.len > 0 && rest.data[0] == '=';
}

/* {ID:msg_1 Object:thread.message …}, of Go. */
static bool is_go(struct span text)
{
    const struct span rest = skip_brackets(text, "&{[");
    const size_t name = name_length(rest);

    return rest.len < text.len && starts_upper(rest) && name < rest.len && rest.data[name] == ':' &&
           holds(rest, " Role:");
}

/* {"id"=>"msg_1"}, {:id=>…}, #<OpenAI::…> of Ruby. */
static bool is_ruby(struct span text)
{
    const char *end = text.len > 0 ? memchr(text.data, '\n', text.len) : NULL;
    const struct span line = {text.data, end ? (size_t)(end - text.data) : text.len};

    return line.len > 0 && is_one_of(line.data[0], "{[#") &&
           (holds(line, "\"=>") || span_starts_with(line, "{:") || span_starts_with(line, "[{:") ||
            span_starts_with(line, "#<OpenAI::"));
}

/* id      : msg_1, of PowerShell: a name, blanks, a colon between blanks. */
static bool is_format_list(struct span text)
{
    const size_t name = name_length(text);
    size_t at = name;

    while (at < text.len && text.data[at] == ' ')
        at++;
    return name > 0 && at > name && at + 1 < text.len && text.data[at] == ':' &&
           text.data[at + 1] == ' ' &&
           (holds(text, "thread.message") || holds(text, "@{") || holds(text, "msg_"));
}

/* Brackets, and after them what JSON has there. */
static bool is_json(struct span text)
{
    const struct span rest = skip_brackets(text, "{[");
    const struct span word = {rest.data, name_length(rest)};

    if (rest.len == text.len || is_ruby(text))
        return false;
    return rest.len == 0 || is_one_of(rest.data[0], "{[\"]}-0123456789") || span_is(word, "null") ||
           span_is(word, "true") || span_is(word, "false");
}

/*
 * What is text: it begins like this (after blanks), a function says so, and the words are in it.
 * Rows of the class FOREIGN_JSON are asked only of JSON and the others never: what a message says
 * makes no archive something else.
 */
static const struct text_sign {
    const char *begins;
    bool (*fits)(struct span text);
    const char *words[3];
    enum thing is;
} TEXTS[] = {
    {"{\\rtf", NULL, {NULL}, DOCUMENT},
    {"<?xml", NULL, {"<svg"}, PICTURE},
    {"<svg", NULL, {NULL}, PICTURE},
    {"<", NULL, {"var jsonData = [", "\"mapping\""}, CHATGPT_PAGE},
    {"<?xml", NULL, {NULL}, XML},
    {"<!DOCTYPE", NULL, {NULL}, WEB_PAGE},
    {"<!doctype", NULL, {NULL}, WEB_PAGE},
    {"<html", NULL, {NULL}, WEB_PAGE},
    {"#!/", NULL, {NULL}, PROGRAM},
    {"[object Object]", NULL, {NULL}, OBJECT_OBJECT},
    {"@{", NULL, {NULL}, POWERSHELL},
    {NULL, is_format_list, {NULL}, POWERSHELL},
    {NULL, is_ruby, {NULL}, RUBY},
    {NULL, is_go, {NULL}, GO},
    {NULL, is_node, {NULL}, NODE},
    {NULL, is_record, {NULL}, RECORD},
    {"Array\n(", NULL, {" => "}, PHP},
    {"stdClass Object", NULL, {NULL}, PHP},
    {"array(", NULL, {"=>"}, PHP},
    {"object(", NULL, {"=>"}, PHP},
    {NULL, NULL, {"http_interactions:\n", "recorded_at:"}, VCR},
    {"interactions:", NULL, {"- request:"}, VCR_PY},
    {"---", NULL, {"object: thread"}, YAML},
    {"- ", NULL, {"object: thread.message"}, YAML},
    {"object: ", NULL, {"\ndata:"}, YAML},
    {"data:\n", NULL, {"object: thread"}, YAML},
    {"-- MySQL dump", NULL, {NULL}, SQL},
    {"-- MariaDB dump", NULL, {NULL}, SQL},
    {"/*!", NULL, {"INSERT INTO"}, SQL},
    {"--", NULL, {"PostgreSQL database dump"}, SQL},
    {"--", NULL, {"INSERT INTO"}, SQL},
    {"--", NULL, {"CREATE TABLE"}, SQL},
    {"PRAGMA ", NULL, {NULL}, SQL},
    {"BEGIN TRANSACTION;", NULL, {NULL}, SQL},
    {"INSERT INTO ", NULL, {NULL}, SQL},
    {"CREATE TABLE", NULL, {NULL}, SQL},
    {"DROP TABLE", NULL, {NULL}, SQL},
    {"COPY ", NULL, {"FROM stdin"}, SQL},
    {"SET ", NULL, {"INSERT INTO"}, SQL},
    {"```json", NULL, {NULL}, MARKDOWN},
    {"```\n{", NULL, {NULL}, MARKDOWN},
    {"```\n[", NULL, {NULL}, MARKDOWN},
    {"HTTP/", NULL, {"{"}, CURL_HEAD},
    {"* ", NULL, {"< HTTP/"}, CURL_LOG},
    {NULL, NULL, {"\"mapping\"", "\"current_node\""}, CHATGPT},
    {NULL, NULL, {"\"chat_messages\"", "\"sender\""}, CLAUDE},
    {NULL, NULL, {"\"log\"", "\"entries\"", "\"request\""}, HAR},
    {NULL, NULL, {"\"_postman_id\""}, POSTMAN},
    {NULL, NULL, {"\"cells\"", "\"cell_type\""}, NOTEBOOK},
    {NULL, NULL, {"\"custom_id\"", "\"response\""}, BATCH},
    {NULL, NULL, {"\"chat.completion"}, CHAT},
    {NULL, NULL, {"\"choices\"", "\"finish_reason\""}, CHAT},
    {NULL, NULL, {"\"resp_", "\"output\""}, RESPONSES},
    {NULL, NULL, {"\"http_interactions\"", "\"recorded_at\""}, VCR_JSON},
};

static bool fits(const struct text_sign *sign, struct span text)
{
    if ((sign->begins && !span_starts_with(text, sign->begins)) ||
        (sign->fits && !sign->fits(text)))
        return false;
    for (size_t i = 0; i < sizeof sign->words / sizeof sign->words[0] && sign->words[i]; i++)
        if (!holds(text, sign->words[i]))
            return false;
    return true;
}

const struct foreign *foreign_text(struct span head)
{
    const struct span text = skip_blank(head);
    const bool json = is_json(text);

    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++)
        if (json == (THINGS[TEXTS[i].is].class == FOREIGN_JSON) && fits(&TEXTS[i], text))
            return &THINGS[TEXTS[i].is];
    return NULL;
}

/* Needs no quotes in a shell. */
static bool is_plain(struct span name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((name_length(skip(name, i)) == 0 && !is_one_of(name.data[i], "0123456789-./:@%+,")) ||
            name.data[i] == '$')
            return false;
    return name.len > 0;
}

static void add_quoted(struct span name, struct buf *out)
{
    const bool plain = is_plain(name);
    size_t at = 0;

    buf_add_text(out, plain ? "" : "'");
    buf_add_text(out, span_starts_with(name, "-") ? "./" : "");
    while (at < name.len) {
        const char *quote = memchr(name.data + at, '\'', name.len - at);
        const size_t len = quote ? (size_t)(quote - name.data) - at : name.len - at;

        text_add_visible(out, (struct span){name.data + at, len}, false);
        buf_add_text(out, quote ? "'\\''" : "");
        at += len + (quote != NULL);
    }
    buf_add_text(out, plain ? "" : "'");
}

void foreign_hint(const char *hint, struct span name, struct buf *out)
{
    static const char WORD[] = "FILE";

    for (const char *at = strstr(hint, WORD); at; at = strstr(hint, WORD)) {
        buf_add(out, hint, (size_t)(at - hint));
        add_quoted(name, out);
        hint = at + sizeof WORD - 1;
    }
    buf_add_text(out, hint);
}
