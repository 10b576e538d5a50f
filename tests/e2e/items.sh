#!/bin/sh
# mapping --items: which item each message became, told only of threads that fit. What it says is
# held against what stands at both sides.
. tests/e2e/lib.sh

mock_start --key "$TEST_KEY" --generate threads=8,messages=0..120,seed=19,empty=20,images=10,tools=30,runs=40
source_config compatible 'mapping: {tool_calls: text}'
list_ids
one=$(sed -n 1p ids)

# Rows as the mock has it: each message once and in order, each item with its place.
is_true()
{
    curl -sf "$MOCK/admin/source" >source.json && curl -sf "$MOCK/admin/dump" >dump.json &&
        jq -es --slurpfile source source.json --slurpfile dump dump.json '
        . as $rows | ($dump[0].conversations | map(select(.deleted | not))) as $all |
        all($source[0].threads[]; .id as $id | .messages as $messages |
            [$rows[] | select(.thread_id == $id)] as $own |
            ($all[] | select(.metadata.source_thread_id == $id)) as $conversation |
            all($own[]; .conversation_id == $conversation.id) and
            [$own[] | .message_id // empty] == ($messages | map(.id)) and
            [$own[] | select(.message_id) | .created_at] == ($messages | map(.created_at)) and
            [$own[] | .item_id // empty] == ($conversation.items[:($own | map(select(.index != null)) | length)] | map(.id)) and
            [$own[] | .index // empty] == [range($own | map(select(.index != null)) | length)])' \
            rows.jsonl >/dev/null && return
    echo 'not what is there'
    head -n 5 rows.jsonl
    return 1
}

tells()
{
    ferry 0 migrate --threads ids && ferry 0 mapping --items --format jsonl && cp "$out" rows.jsonl &&
        is_true && jq -es 'any(.[]; .item_id == null) and any(.[]; .message_id == null)' rows.jsonl >/dev/null
}

in_csv()
{
    ferry 0 mapping --items || return 1
    jq -r '[.thread_id, .message_id, .created_at, .conversation_id, .item_id, .index] |
        map(. // "" | tostring) | join(",")' rows.jsonl | {
        echo thread_id,message_id,created_at,conversation_id,item_id,index
        cat
    } | cmp - "$out"
}

conversation_of()
{
    "$THREADFERRY" mapping | sed -n "s/^$1,\([^,]*\),.*/\1/p"
}

# What a user has said since changes nothing.
goes_on()
{
    curl -sf -X POST "$MOCK/admin/conversations/$(conversation_of "$one")/items" -d '{"items":[{"type":"message",
        "role":"user","content":[{"type":"input_text","text":"went on"}]}]}' >/dev/null
    ferry 0 mapping --items --format jsonl && cmp rows.jsonl "$out"
}

# A thread that has grown, or is gone, gives no row and is named; all others are told.
names()
{
    two=$(sed -n 2p ids) three=$(sed -n 3p ids)
    jq -n --arg id "$two" --slurpfile source source.json '{threads: [$source[0].threads[] | select(.id == $id) |
        .messages = [{id: "msg_new", object: "thread.message", created_at: 1999999999, thread_id: $id,
        role: "user", content: [{type: "text", text: {value: "new", annotations: []}}],
        attachments: [], metadata: {}}]]}' | curl -sf --data-binary @- "$MOCK/admin/threads" >/dev/null
    curl -sf -X DELETE -H "Authorization: Bearer $TEST_KEY" -H 'OpenAI-Beta: assistants=v2' \
        "$MOCK/v1/threads/$three" >/dev/null
    ferry 1 mapping --items --format jsonl && grep -q "$two.*source_changed" "$err" &&
        grep -q "$three.*source_missing" "$err" &&
        jq -c --arg two "$two" --arg three "$three" \
            'select(.thread_id != $two and .thread_id != $three)' rows.jsonl | cmp - "$out"
}

# All shards at once.
of_shards()
{
    for shard in 1 2; do
        ferry 0 migrate --threads ids --shard $shard/2 --checkpoint $shard.checkpoint || return 1
    done
    ferry 0 mapping --items --format jsonl 1.checkpoint 2.checkpoint && cp "$out" rows.jsonl && is_true &&
        ferry 2 mapping --items 1.checkpoint nowhere.checkpoint && [ ! -s "$out" ] &&
        curl -sf -X POST "$MOCK/admin/reset" >/dev/null
}

refused()
{
    ferry 2 mapping --items --format sql --table t && ferry 2 mapping --items --table t &&
        ferry 12 mapping --items --mapping-annotations strip 1.checkpoint
}

check items-of-shards of_shards
check items-told tells
check items-csv in_csv
check items-go-on goes_on
check items-names names
check items-refused refused
