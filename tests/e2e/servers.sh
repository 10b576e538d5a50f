#!/bin/sh
# What servers that people run were seen to do, a row each: what a migration
# comes to without any setting and with the one that helps, and what doctor
# --live says of that server before. tests/mock/README.md says what each quirk is.
. tests/e2e/lib_truth.sh

# id COUNT REST-OF-THE-LAST-MESSAGE'S-CONTENT
thread()
{
    jq -cn --arg id "$1" --argjson count "$2" --argjson last "$3" '{id: $id, object: "thread",
        created_at: 1700000000, metadata: {}, messages: [range($count) | {id: "msg_\($id)_\(.)",
        object: "thread.message", created_at: (1700000000 + .), thread_id: $id,
        role: (if . % 2 == 0 then "user" else "assistant" end), metadata: {}, attachments: [],
        content: (if . == $count - 1 then $last else [{type: "text", text: {value: "text \(.)",
        annotations: []}}] end)}]}'
}

said='[{"type":"text","text":{"value":"end","annotations":[]}}]'
{
    thread thread_20 20 "$said"
    thread thread_60 60 "$said"
    thread thread_130 130 "$said"
    thread thread_nul 3 '[{"type":"text","text":{"value":"a\u0000b","annotations":[]}}]'
    thread thread_refusal 4 '[{"type":"refusal","refusal":"No."}]'
} | jq -s '{threads: .}' >world.json

# behaves QUIRK FLAGS FAILED VERIFIED: FAILED is "ID code" of each thread that fails, the others are
# done; verify ends with VERIFIED for them. Nothing is there twice, whatever failed.
behaves()
{
    latency=0
    # Only where others are answered meanwhile is a 500 the thread's own.
    [ "$1" != missing_500 ] || latency=100
    mock_start --fixtures world.json --quirk "$1" --latency-ms $latency
    source_config compatible
    list_ids
    case $1 in *404 | *500) sed -i '1i thread_lost' ids ;; esac
    rm -f threadferry.checkpoint
    status=0
    [ -z "$3" ] || status=1
    # shellcheck disable=SC2086 # flags are words
    ferry $status migrate --threads ids $2 && ferry 0 status --json &&
        is "$3" "$(jq -r '[.failures[] | "\(.thread_id) \(.code)"] | sort | join(", ")' "$out")" &&
        ferry 0 mapping --format jsonl && jq -r 'select(.state == "done") | .thread_id' "$out" >done.ids &&
        is "$(wc -l <ids)" "$(($(wc -l <done.ids) + $(echo "$3" | grep -o thread_ | wc -l)))" &&
        ferry "$4" verify --threads done.ids $2 && nothing_twice
    result=$?
    mock_stop
    return $result
}

# Of no message more than one item.
nothing_twice()
{
    curl -sf "$MOCK/admin/dump" | jq -e 'all(.conversations[] | select(.deleted | not) |
        [.items[] | .role + .content[0].text | select(startswith("user") or startswith("assistant"))];
        length == (unique | length))' >/dev/null
}

# doctor_says QUIRK FLAGS STATUS TEXT: and its canary is gone afterwards.
doctor_says()
{
    mock_start --quirk "$1"
    source_config compatible
    # shellcheck disable=SC2086 # flags are words
    ferry "$3" doctor --live --destination-type compatible $2 && grep -qF -e "$4" "$out" &&
        is '[1,true]' "$(curl -sf "$MOCK/admin/stats" |
            jq -c '.commits | [.conversations_deleted, .items_deleted == .items_stored]')"
    result=$?
    [ $result -eq 0 ] || cat "$out"
    mock_stop
    return $result
}

# quirk, flags, threads that fail, status of verify
while IFS='|' read -r quirk flags failed verified; do
    check "servers-$quirk${flags:+$(echo " $flags" | tr -s ' -' -)}" behaves "$quirk" "$flags" "$failed" "$verified"
done <<'END'
plain_404||thread_lost source_missing|0
missing_500|--concurrency 1|thread_lost source_missing|0
false_end|||0
false_end|--source-page-size 10||0
twice|||0
no_nul||thread_nul server_error|0
no_nul|--mapping-nul replace||0
no_refusals||thread_refusal refused|0
no_refusals|--mapping-refusals text||0
full||thread_130 refused, thread_60 refused|0
ogx|||1
ogx|--batch-items 1||0
sglang|||0
sglang|--create inline --settle-ms 10||0
END

# quirk, flags, status, text
while IFS='|' read -r quirk flags status text; do
    check "doctor-$quirk${flags:+$(echo " $flags" | tr -s ' -' -)}" doctor_says "$quirk" "$flags" "$status" "$text"
done <<'END'
plain_404||0|ok    source          the source server answers
missing_500||0|ok    source          the source server answers
twice||0|ok    round trip      created, appended, read back, compared, deleted
no_nul||0|-> mapping.nul: replace
no_nul|--mapping-nul replace|0|a NUL in text is refused: HTTP 500; mapping.nul: replace is set
no_refusals||0|-> mapping.refusals: text
no_refusals|--mapping-refusals text|0|a refusal part is refused: HTTP 400; mapping.refusals: text is set
ogx||1|-> batch_items: 1, with destination.requests_per_minute: 60
ogx|--batch-items 1|0|ok    round trip      created, appended, read back, compared, deleted
ogx_old||1|the items came back in another order
sglang||0|ok    round trip      created, appended, read back, compared, deleted
sglang|--create inline|0|-> create: empty
full||0|ok    round trip      created, appended, read back, compared, deleted
alter_text||1|-> verify would find the items of a migration different
lists_threads|--create inline|0|created, appended, read back, compared, deleted
lists_threads|--batch-bytes 200000|0|skip  round trip      not tried: a request of 1.2 MB
END
