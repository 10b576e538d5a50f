#!/bin/sh
# What a file that cannot be read is told: the hint is a command, and what the command
# makes of the file is read whole. A file a row; the programs that a hint needs and that
# are not here leave it out.
. tests/e2e/lib.sh

a='{"id": "m1", "object": "thread.message", "thread_id": "thread_a", "role": "user", "content": "it'"'"'s, \"one\"", "created_at": 1}'
b='{"id": "m2", "object": "thread.message", "thread_id": "thread_a", "role": "assistant", "content": "two", "created_at": 2}'
list="[$a, $b]"
cell='{"cell_type": "code", "outputs": [{"text": ["{\"thread_id\": \"thread_a\", \"role\": \"user\", ", "\"content\": \"one\"}\n{\"thread_id\": \"thread_a\", \"role\": \"assistant\", \"content\": \"two\"}"]}]}'
message="Message(id='m1', content=[TextContentBlock(text=Text(annotations=[], value='Message(one)'), type='text')], role='user', thread_id='thread_a')"

# hint NAME [COUNT]: the file on standard input fails, and after its hint it has COUNT items (2).
hint()
{
    rm -rf "$1"
    mkdir "$1"
    cd "$1" || return 1
    cat >"it's.txt"
    "$THREADFERRY" convert --source-path "it's.txt" >"$out" 2>"$err" </dev/null && return 1
    command=$(sed -n 's/^hint: //p' "$err" | head -n 1)
    tool=${command%% *}
    if ! command -v "$tool" >/dev/null || [ "$tool" = npx ]; then
        command -v "$tool" >/dev/null || [ "$tool" = npx ] || { cat "$err"; cd ..; return 1; }
        cd ..
        return 0
    fi
    sh -c "$command" >"$out" 2>&1 || { echo "$command"; cat "$out"; cd ..; return 1; }
    rm "it's.txt"
    "$THREADFERRY" convert --source-path . >"$out" 2>"$err" </dev/null
    status=$?
    cd ..
    items=$(grep -o '"role":' "$out" | wc -l)
    threads=$(grep -o '"thread_id":"thread_a"' "$out" | wc -l)
    [ "$status $items $threads" = "0 ${2:-2} 1" ] && return
    echo "$command: status $status, $items items"
    cat "$err"
    return 1
}

row()
{
    name=$1
    shift
    check "$name" hint "$@"
}

row const-of-a-program const <<END
export const messages = $list;
END
row callback jsonp <<END
callback($list);
END
row module-exports module <<END
module.exports = {
  "thread_id": "thread_a", "messages": $list
};
END
row python-assigned python <<'END'
messages = [{'id': 'm1', 'thread_id': 'thread_a', 'role': 'user', 'content': 'one'},
            {'id': 'm2', 'thread_id': 'thread_a', 'role': 'assistant', 'content': 'two'}]
END
row labelled-prints labelled <<END
Thread thread_a: $message
Thread thread_a (2): $(echo "$message" | sed 's/m1/m2/')
END
row labelled-json labelled_json <<END
[INFO] 10:00:00 message $a
[INFO] 10:00:01 message $b
END
row labelled-document document <<END
10:00:00 INFO $(echo "$list" | jq .)
10:00:01 INFO done
END
row documents-after-lines after_lines <<END
=== thread_a ===
$(echo "$list" | jq .)
END
row recording-in-base64 base64 <<END
{"log": {"entries": [{"request": {}, "response": {"content": {"encoding": "base64", "text": "$(echo "$list" | base64 -w 0)"}}}]}}
END
row comma-before-bracket comma <<END
[$a, $b,]
END
row comments comments <<END
// of Monday
[$a, /* the answer, */ $b] // all
END
row not-a-number nan <<END
[$a, {"score": NaN, ${b#?}]
END
row comma-after-a-line commas <<END
$a,
$b
END
row escaped-quotes escaped <<END
$(echo "$list" | sed 's/\\/\\\\/g; s/"/\\"/g')
END
row backslashes-in-a-table backslashes <<'END'
"id","thread_id","role","content"
"1","thread_a","user","said \"one\"\
and, more"
"2","thread_a","assistant","c:\\"
END
row title-above-a-table title <<'END'
Export of Monday

id,thread_id,role,content
1,thread_a,user,one
2,thread_a,assistant,two
END
row other-lines lines <<END
Starting the server
$a
$b
END
row markdown markdown <<END
\`\`\`json
$list
\`\`\`
END
row yaml yaml <<'END'
- role: user
  thread_id: thread_a
  content: one
- role: assistant
  thread_id: thread_a
  content: two
END
row progress-of-curl progress <<END
  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current
100  1000  100  1000    0     0   1000      0  0:00:01  0:00:01 --:--:--  1000
$list
END
row headers-of-http headers <<END
HTTP/2 200
content-type: application/json

$a
HTTP/2 200

$b
END
row doubled-backslashes doubled <<END
$(echo "$a" | sed 's/\\/\\\\/g')
$b
END
row other-text-behind-values behind <<END
$a took=3ms
$b took=4ms
END
row json-in-xml cdata <<END
<?xml version="1.0"?>
<export><thread><![CDATA[$list]]></thread></export>
END
row toml toml <<'END'
thread_id = "thread_a"

[[messages]]
role = "user"
content = "one"

[[messages]]
role = "assistant"
content = "two"
END
row traces traces <<'END'
[{"sessionId": "thread_a", "input": {"messages": [{"role": "user", "content": "one"}]}, "output": "two"}]
END
row traces-with-all-before traces_before 4 <<'END'
{"sessionId": "thread_a", "input": "one", "output": "two"}
{"sessionId": "thread_a", "input": [{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}, {"role": "user", "content": "three"}], "output": "four"}
END
row slack slack <<'END'
[{"client_msg_id": "x", "type": "message", "user": "U1", "text": "one", "ts": "1.1", "thread_ts": "thread_a"},
 {"type": "message", "subtype": "bot_message", "bot_id": "B1", "text": "two", "ts": "2.1", "thread_ts": "thread_a"}]
END
row intercom intercom <<'END'
{"type": "conversation", "id": "thread_a", "created_at": 1, "source": {"body": "one", "author": {"type": "user"}},
 "conversation_parts": {"conversation_parts": [{"id": "1", "body": "two", "created_at": 2, "author": {"type": "bot"}}]}}
END
row zendesk zendesk <<'END'
{"tickets": [{"id": "thread_a", "requester_id": 1, "comments": [{"id": 1, "author_id": 1, "body": "one"}, {"id": 2, "author_id": 2, "body": "two"}]}]}
END
row langchain langchain <<'END'
{"thread_id": "thread_a", "messages": [
 {"lc": 1, "type": "constructor", "id": ["langchain_core", "messages", "HumanMessage"], "kwargs": {"content": "one"}},
 {"lc": 1, "type": "constructor", "id": ["langchain_core", "messages", "AIMessage"], "kwargs": {"content": "two"}}]}
END
row librechat-tree librechat <<'END'
{"conversationId": "thread_a", "messages": [{"messageId": "1", "isCreatedByUser": true, "text": "one",
 "children": [{"messageId": "2", "isCreatedByUser": false, "text": "two", "children": []}]}]}
END
row open-webui webui <<'END'
[{"id": "thread_a", "chat": {"history": {"currentId": "b-2", "messages": {
 "a-1": {"id": "a-1", "parentId": null, "childrenIds": ["b-2", "c-3"], "role": "user", "content": "one", "timestamp": 1},
 "b-2": {"id": "b-2", "parentId": "a-1", "childrenIds": [], "role": "assistant", "content": "two", "timestamp": 2},
 "c-3": {"id": "c-3", "parentId": "a-1", "childrenIds": [], "role": "assistant", "content": "other", "timestamp": 3}}}}}]
END
row jq-stream stream <<END
$(echo "$list" | jq -c --stream .)
END
row header-of-http header <<END
HTTP/2 200
content-type: application/json

$list
END
row notebook notebook <<END
{"cells": [$cell]}
END
row dynamodb dynamodb <<'END'
{"Items": [{"thread_id": {"S": "thread_a"}, "role": {"S": "user"}, "content": {"S": "one"}, "created_at": {"N": "1"}},
  {"thread_id": {"S": "thread_a"}, "role": {"S": "assistant"}, "content": {"S": "two"}, "created_at": {"N": "2"}}]}
END
row firestore firestore <<'END'
{"documents": [{"fields": {"thread_id": {"stringValue": "thread_a"}, "role": {"stringValue": "user"}, "content": {"stringValue": "one"}}},
  {"fields": {"thread_id": {"stringValue": "thread_a"}, "role": {"stringValue": "assistant"}, "content": {"stringValue": "two"}}}]}
END
row graphql graphql <<'END'
{"data": {"threads": {"edges": [{"node": {"id": "thread_a", "messages": {"pageInfo": {"hasNextPage": false}, "edges": [
  {"node": {"role": "user", "content": "one"}}, {"node": {"role": "assistant", "content": "two"}}]}}}]}}}
END
row columns columns <<'END'
{"thread_id":{"0":"thread_a","1":"thread_a"},"role":{"0":"user","1":"assistant"},"content":{"0":"one","1":"two"}}
END
row columns-as-lists columns_lists <<'END'
{"thread_id": ["thread_a", "thread_a"], "role": ["user", "assistant"], "content": ["one", "two"]}
END
row columns-apart split <<'END'
{"columns": ["thread_id", "role", "content"], "index": [0, 1], "data": [["thread_a", "user", "one"], ["thread_a", "assistant", "two"]]}
END
row chatgpt chatgpt <<'END'
[{"id": "a", "current_node": "n3", "mapping": {
 "n0": {"id": "n0", "message": null, "parent": null},
 "n2": {"id": "n2", "parent": "n1", "message": {"id": "n2", "author": {"role": "assistant"}, "create_time": 2, "content": {"parts": ["not taken"]}}},
 "n3": {"id": "n3", "parent": "n1", "message": {"id": "n3", "author": {"role": "assistant"}, "create_time": 3, "content": {"parts": ["two"]}}},
 "n1": {"id": "n1", "parent": "n0", "message": {"id": "n1", "author": {"role": "user"}, "create_time": 1, "content": {"parts": ["one"]}}}}}]
END
row claude claude <<'END'
[{"uuid": "thread_a", "chat_messages": [{"uuid": "1", "sender": "human", "text": "one", "created_at": "2025-01-01T10:00:00Z"},
  {"uuid": "2", "sender": "assistant", "text": "two", "created_at": "2025-01-01T10:00:01Z"}]}]
END

# tried NAME THREADS [ALSO]: the file on standard input is read whole with the line to try, as
# many threads with two items each; what else could be meant is named.
tried()
{
    cat >"$1.json"
    "$THREADFERRY" inventory --source-path "$1.json" >"$out" 2>"$err" </dev/null || return 1
    hint=$(sed -n 's/^ *hint: //p' "$out" | head -n 1)
    case $hint in
    "${3-try }"*) ;;
    *) echo "$hint"; return 1 ;;
    esac
    eval "set -- \"\$1\" \"\$2\" ${hint#*try }"
    saved=$1.json
    count=$2
    shift 2
    "$THREADFERRY" convert --source-path "$saved" "$@" >"$out" 2>"$err" </dev/null &&
        [ "$(jq -c '.items | length' "$out" | tr '\n' ' ')" = "$(yes 2 | head -n "$count" | tr '\n' ' ')" ] &&
        [ "$(jq -r .thread_id "$out" | tr '\n' ' ')" = "$(seq -s ' ' 17 $((16 + count))) " ]
}
said='[{"by": "visitor", "say": "one two"}, {"by": "robot", "say": "three four"}]'

check try-id-in-an-object tried nested 1 <<END
{"case": {"no": 17}, "turns": $said}
END
check try-id-of-each-list tried each 2 <<END
[{"case": {"no": 17}, "seen": [1], "talk": {"my turns": $said}}, {"case": {"no": 18}, "talk": {"my turns": $said}}]
END
check try-list-in-a-string tried string 1 <<END
{"meta": {"ticketNo": "17"}, "turns": $(printf %s "$said" | jq -R .)}
END
check try-one-of-several tried several 2 'the thread id could also be under ref; otherwise try ' <<END
[{"caseNo": 17, "ref": "a", "turns": $said}, {"caseNo": 18, "ref": "b", "turns": $said}]
END
check try-beside-another-list tried beside 1 'there could also be messages in drafts; otherwise try ' <<END
{"case": {"no": 17}, "turns": $said, "drafts": $said}
END
check try-in-a-map tried map 2 "the thread id could also be under '\$key'; otherwise try " <<END
{"x-100": {"case": {"no": 17}, "turns": $said}, "x-200": {"case": {"no": 18}, "turns": $said}}
END
