#include "decode/foreign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* A head, what it is named and the beginning of what to do about it; NULL: nothing. */
struct row {
    const char *head;
    const char *name;
    const char *hint;
};

static void check_row(const struct row *row, const struct foreign *got)
{
    const char *name = got ? got->name : "nothing";

    if (strcmp(row->name ? row->name : "nothing", name) != 0)
        fail_msg("%s: is %s", row->head, name);
    if (!got)
        return;
    if (row->hint)
        assert_true(span_starts_with(span_of(got->hint), row->hint));
    assert_true(!got->is_json || got->hint);
}

static const struct row TEXTS[] = {
    {"{\n  object: 'list',\n  data: [\n", "a printout of Node (console.log)", "npx json5"},
    {"[ { id: 'msg_1', content: [ [Object] ] } ]", "a printout of Node (console.log)",
     "print it as JSON"},
    {"MessagesPage {\n  options: {", "a printout of Node (console.log)", NULL},
    {"<ref *1> MessagesPage {", "a printout of Node (console.log)", NULL},
    {"[ [Object], [Object] ]", "a printout of Node (console.log)", NULL},
    {"[object Object],[object Object]", "objects of JavaScript turned into text", NULL},
    {"Message{id=msg_1, role=user}", "a printed object of Java or C#", NULL},
    {"Message { Id = msg_1, Role = user }", "a printed object of Java or C#", NULL},
    {"{ID:msg_1 Object:thread.message Role:user}", "a printed object of Go", NULL},
    {"{\"id\"=>\"msg_1\", \"role\"=>\"user\"}", "a printed object of Ruby", NULL},
    {"@{id=msg_1; role=user}", "a printed object of PowerShell", NULL},
    {"id         : msg_1\nobject     : thread.message\n", "a printed object of PowerShell", NULL},
    {"Array\n(\n    [id] => msg_1\n)", "a printed object of PHP", NULL},
    {"---\nhttp_interactions:\n- request:\n  recorded_at: Mon", "a cassette of VCR (YAML)", "yq"},
    {"interactions:\n- request:\n    body: null", "a cassette of VCR.py (YAML)", "yq"},
    {"object: list\ndata:\n- id: msg_1", "YAML", "python3"},
    {"-- MySQL dump 10.13\n", "an SQL dump", NULL},
    {"--\n-- PostgreSQL database dump\n--\n", "an SQL dump", NULL},
    {"PRAGMA foreign_keys=OFF;\n", "an SQL dump", NULL},
    {"```json\n{\"id\": 1}\n```\n", "JSON in Markdown", "sed"},
    {"HTTP/2 200\r\ncontent-type: application/json\r\n\r\n{",
     "a reply with its HTTP header (curl -i)", NULL},
    {"Map(2) {\n  'thread_1' => [\n", "a printout of Node (console.log)", NULL},
    {"const x = [{\"id\": 1}];", "a value in a program (const x = …, callback(…))", "sed"},
    {"module.exports = {", "a value in a program (const x = …, callback(…))", "sed"},
    {"export default [\n", "a value in a program (const x = …, callback(…))", "sed"},
    {"callback({\"data\": []})", "a value in a program (const x = …, callback(…))", "sed"},
    {"messages = [{'id': 1}]", "a value in a program (const x = …, callback(…))", "sed"},
    {"deque([{'id': 1}])", NULL, NULL},
    {"id='msg_1' object='thread.message' role='user'", "a printed object without its name",
     "write JSON"},
    {"┌────┬──────┐\n", "a table drawn for people", NULL},
    {"+----+------+\n| id | role |\n", "a table drawn for people", NULL},
    {"| id | role |\n|----|------|\n", "a table drawn for people", NULL},
    {" id | role\n----+------\n", "a table drawn for people", NULL},
    {"id  role\n--  ----\n", "a table drawn for people", NULL},
    {"row_to_json\n-------\n {\"a\": 1}\n", "a table drawn for people", NULL},
    {"        id = 1\n      role = user\n", "a table drawn for people", NULL},
    {"Notes\n-----\nDear John\n", NULL, NULL},
    {"- role: user\n  content: hi\n", "YAML", NULL},
    {"messages:\n  - role: user\n    content: hi\n", "YAML", NULL},
    {"**User:** hi\n\n**Assistant:** hello\n", "a transcript for people", NULL},
    {"## User\n\nhi\n\n## Assistant\n\nhello\n", "a transcript for people", NULL},
    {"[\n  {\n    _id: ObjectId('664b'),\n", "a printed object of the MongoDB shell",
     "mongoexport"},
    {"User: hi\n", NULL, NULL},
    {"[10:00] user: hi\n[10:01] assistant: ho\n", "a transcript for people", NULL},
    {"[2024-05-01 10:00:00] user: hi\n[2024-05-01] bot: ho\n", "a transcript for people", NULL},
    {"01/05/24, 10:00 - Anna: hi\n01/05/24, 10:01 - Ben: ho\n", "a transcript for people", NULL},
    {"[01.05.24, 10:00:00] Anna: hi\n[01.05.24, 10:00:07] Ben: ho\n", "a transcript for people",
     NULL},
    {"You said:\nhi\n\nChatGPT said:\nho\n", "a transcript for people", NULL},
    {"user [\n  {\n    type: 'text'\n  }\n]\nassistant [ { type: 'text' } ]\n",
     "a transcript for people", NULL},
    {"user > hi\nassistant > ho\n", "a transcript for people", NULL},
    {"Q: hi?\nA: ho!\n", "a transcript for people", NULL},
    {"2024-05-01 10:00:00 INFO: user: gone\n", NULL, NULL},
    {"[10, 20]", NULL, NULL},
    {"[thread]\nid = \"a\"\n\n[[thread.messages]]\nrole = \"user\"\n", "TOML", "python3"},
    {"title = \"x\"\n[[messages]]\nrole = \"user\"\n", "TOML", "python3"},
    {"[[messages]]\nrole = \"user\"\n", "TOML", "python3"},
    {"[user]\nname=x\n", NULL, NULL},
    {"id: thread_a\nmessages:\n  - role: user\n    content:\n      - type: text\n", "YAML", NULL},
    {"id: 1\ndata: {\"text\": \"my role: none, content: none\"}\n", NULL, NULL},
    {"<a><![CDATA[[{\"role\": \"user\"}]]]></a>", "JSON in XML", "perl"},
    {"<?xml version=\"1.0\"?>\n<resultset><field name=\"role\">user</field>",
     "a table of a database in XML or HTML", NULL},
    {"<?xml version=\"1.0\"?>\n<plist><key>role</key>", "a property list", "plutil"},
    {"<?xml version=\"1.0\"?>\n<t><by>user</by><by>assistant</by>", "messages in XML", NULL},
    {"<?xml version=\"1.0\"?>\n<project>", "XML", NULL},
    {"1) \"{\\\"role\\\": \\\"user\\\"}\"\n", "a reply of redis-cli", "redis-cli"},
    {"irb(main):001:0> list\n=> {\"object\"=>\"list\"}\n", "a printed object of Ruby", NULL},
    {"// of Monday\n[{\"a\": 1}]", "JSON with comments", "perl"},
    {"{\"documents\": [{\"fields\": {\"role\": {\"stringValue\": \"user\"}}}]}",
     "an export of Firestore", "jq"},
    {"{\"role\":{\"0\":\"user\"}}", "a table by columns (pandas)", "jq"},
    {"[{\"id\": 1}]", NULL, NULL},
    {"{\"traceId\": \"t\", \"input\": [], \"output\": \"x\"}",
     "traces of Langfuse or a like program", "jq"},
    {"[{\"type\": \"message\", \"client_msg_id\": \"x\", \"ts\": \"1.0\"}]", "an export of Slack",
     "jq"},
    {"[{\"id\": \"U1\", \"team_id\": \"T1\", \"real_name\": \"x\"}]",
     "the people or channels of an export of Slack", NULL},
    {"{\"conversation_parts\": {}, \"source\": {\"author\": {}}}", "an export of Intercom", "jq"},
    {"{\"tickets\": [{\"requester_id\": 1, \"comments\": []}]}", "an export of Zendesk", "jq"},
    {"{\"messages\": [{\"from_id\": \"user1\", \"text_entities\": []}]}", "an export of Telegram",
     "jq"},
    {"[{\"lc\": 1, \"type\": \"constructor\", \"kwargs\": {}}]", "messages of LangChain (dumps)",
     "jq"},
    {"[{\"chat\": {\"history\": {\"currentId\": \"a\", \"childrenIds\": []}}}]",
     "an export of Open WebUI", "jq"},
    {"{\"messages\": [{\"isCreatedByUser\": true, \"children\": []}]}",
     "an export of LibreChat as a tree", "jq"},
    {"[[\"data\",0,\"role\"],\"user\"]\n[[\"data\",0,\"text\"],\"x\"]\n",
     "the output of jq --stream", "jq"},
    {"[[1, \"t\", \"user\", \"x\"], [2, \"t\", \"assistant\", \"y\"]]",
     "a table without the names of its columns", NULL},
    {"<!DOCTYPE html>\n<html>", "web page", NULL},
    {"<html><script>var jsonData = [{\"mapping\": {", "the web page of a ChatGPT export", NULL},
    {"{\\rtf1\\ansi", "document", NULL},
    {"#!/bin/sh\n", "program", NULL},
    /* JSON keeps being read; the name is for when nothing in it is a message. */
    {"[{\"title\": \"x\", \"mapping\": {\"a\": {}}, \"current_node\": \"a\"}]",
     "an export of a ChatGPT account, not of the API", "jq"},
    {"{\"log\": {\"version\": \"1.2\", \"entries\": [{\"request\": {}}]}}",
     "a recording of a browser (HAR)", "jq"},
    {"{\"cells\": [{\"cell_type\": \"code\"}]}", "a notebook", "jq"},
    {"{\"id\": \"x\", \"object\": \"chat.completion\"}",
     "a log of Chat Completions, which have no threads", NULL},
    {"{\"id\": \"resp_1\", \"object\": \"response\", \"output\": []}",
     "objects of the Responses API", "they belong to the new API"},
    {"{\"custom_id\": \"1\", \"response\": {\"body\": {}}}", "output of the Batch API", "jq"},
    /* What a message says makes nothing foreign. */
    {"{\"content\": \"INSERT INTO x; [Object] @{a=b} ```json [object Object] "
     "http_interactions:\\n\"}",
     NULL, NULL},
    {"[{\"role\": \"user\"}]", NULL, NULL},
    {"[]", NULL, NULL},
    {"thread_id,role,content\n", NULL, NULL},
    {"{'id': 'msg_1'}", NULL, NULL},
    {"SyncCursorPage[Message](data=[])", NULL, NULL},
    {"event: thread.created\ndata: {}\n", NULL, NULL},
    {"Dear John,\nhow are you?", NULL, NULL},
    {"", NULL, NULL},
};

static void test_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++)
        check_row(&TEXTS[i], foreign_text(span_of(TEXTS[i].head)));
}

static void test_bytes(void **state)
{
    static const struct {
        const char *head;
        size_t len;
        const char *name;
    } ROWS[] = {
        {"PK\3\4\24\0\0\0messages.json", 21, "a zip archive"},
        {"PK\3\4\24\0\0\0[Content_Types].xml xl/workbook.xml", 43, "an Excel workbook"},
        {"PK\3\4\24\0\0\0[Content_Types].xml word/document.xml", 45, "document"},
        {"SQLite format 3\0\20\0", 18, "an SQLite database"},
        {"PAR1\25\4", 6, "a Parquet file"},
        {"\3757zXZ\0\0", 7, "compressed with xz"},
        {"BZh91AY&SY\0", 11, "compressed with bzip2"},
        {"\x28\xB5\x2F\xFD", 4, "compressed with zstd"},
        {"\x89PNG\r\n", 6, "image"},
        {"%PDF-1.7", 8, "PDF"},
        {"\177ELF\2", 5, "program"},
        {"\xFF\xFE\0\0{\0\0\0", 8, "text in UTF-32"},
        {"\xFF\xFE{\0\n\0\0", 6, NULL},
        {"BZh91AY&SY", 10, NULL}, /* with no byte that text has not */
        {"{\"a\":1}", 7, NULL},
        {"PK", 2, NULL},
        {"", 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const struct row row = {ROWS[i].head, ROWS[i].name, NULL};

        check_row(&row, foreign_bytes((struct span){ROWS[i].head, ROWS[i].len}));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_bytes),
    };

    return cmocka_run_group_tests_name("foreign", tests, NULL, NULL);
}
