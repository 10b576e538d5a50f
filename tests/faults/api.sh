#!/bin/sh
# A: what servers do to conversations and threads while they are being written and read.
. tests/faults/lib.sh

world --generate threads=5,messages=22..60,seed=61
one=$(sed -n 2p ids)

# ---- A1, A2, A3 ----

# With nothing stored and the same 500 each time it would be final: see A16.
for count in 0 1 7 19; do
    check A1-first-$count-of-a-batch exactly <<END
$(on append_items '"every":2' partial "\"count\":$count,\"status\":$((count > 0 ? 500 : 503))")
END
    check A1-first-$count-and-html exactly <<END
$(on append_items '"nth":[1,4]' partial "\"count\":$count,\"error\":\"html\",\"status\":502")
END
done
check A1-again-and-again exactly <<END
$(on append_items '"per":"id","first":3' partial '"count":3')
END

check A2-visible-after-1-s exactly --settle-ms 1100 <<END
$(on append_items '"nth":[2,5]' commit_later '"ms":1000,"error":"html","status":504')
END
check A2-visible-between-two-looks exactly --settle-ms 700 <<END
$(on append_items '"nth":[2,5]' commit_later '"ms":1000')
END

check A3-stale-after-a-lost-reply exactly --timeout-ms 400 <<END
$(on append_items '"nth":[1,3]' latency '"ms":900')
$(on append_items '"nth":[1,3]' stale '"count":1')
END
check A3-stale-after-every-reply exactly <<END
$(on append_items '"every":1' stale '"count":2')
END

# ---- A5 ----

# Somebody writes into a conversation while its outcome is unknown: a conflict, nothing touched.
foreign()
{
    fails_one conflict "!$one" "" --timeout-ms 400 && [ "$(stats .commits.items_deleted)" -eq 0 ]
}
foreign_rollback()
{
    fresh && ferry 1 migrate --threads ids --timeout-ms 400 && ferry 1 rollback --yes --json || return 1
    curl -sf "$MOCK/admin/dump" | jq -e --arg one "$one" '
        [.conversations[] | select(.deleted | not)] | length == 1 and
        (.[0].metadata.source_thread_id == $one) and
        (.[0].items | any(.content[0].text == "foreign item"))' >/dev/null
}
for test in A5-foreign-item-is-a-conflict:foreign A5-rollback-leaves-it-alone:foreign_rollback; do
    check ${test%:*} ${test#*:} <<END
{"match":{"route":"append_items","metadata":"$one","nth":2},"do":"latency","ms":900}
{"match":{"route":"append_items","metadata":"$one","nth":2},"do":"insert_item"}
END
done

# ---- A6 ----

check A6-deleted-before-an-append fails_one gone "!$one" <<END
{"match":{"route":"append_items","metadata":"$one","nth":2},"do":"delete_conversation"}
END
check A6-deleted-while-unknown fails_one gone "!$one" <<END
{"match":{"route":"append_items","metadata":"$one","nth":2},"do":"error"}
{"match":{"route":"list_items","metadata":"$one"},"do":"delete_conversation"}
END

# ---- A7, A8: these change the source, so each has one of its own ----

# As the source is now: the saved result against a later undisturbed run.
same_as_source_now()
{
    for file in dump.json map.jsonl status.json; do mv $file seen.$file; done
    calm
    for file in dump.json map.jsonl status.json; do mv seen.$file $file; done
    same_collected
}
grows_while_read()
{
    fresh && ferry 0 migrate --threads ids --source-page-size 10 && collect && same_as_source_now
}
check A7-grows-during-the-read grows_while_read <<END
{"match":{"route":"list_messages","path":"$one","nth":2},"do":"grow_thread","count":25}
END
grows_after_done()
{
    fresh </dev/null && ferry 0 migrate --threads ids || return 1
    echo "{\"id\":\"$one\",\"grow\":23}" | add_threads
    ferry 0 migrate --threads ids --json && jq -e '.threads.topped_up == 0' "$out" >/dev/null &&
        ferry 0 migrate --threads ids --json --top-up &&
        jq -e '.threads.topped_up == 1 and .items.written > 0' "$out" >/dev/null && collect &&
        same_as_source_now
}
check A7-topped-up-by-the-next-run grows_after_done
topped_up_with_faults()
{
    fresh </dev/null && ferry 0 migrate --threads ids || return 1
    echo "{\"id\":\"$one\",\"grow\":23}" | add_threads
    faults && resume --top-up && collect && same_as_source_now
}
check A7-topped-up-with-lost-replies topped_up_with_faults <<END
$(on append_items '"every":2' reset_after)
END

source_deleted()
{
    fails_one source_missing "$one" "" --source-page-size 10 || return 1
    jq -es --arg one "$one" 'map(select(.thread_id == $one)) | length == 1 and
        (.[0].conversation_id | startswith("conv_")) and .[0].items >= 10 and .[0].state == "failed"' \
        map.jsonl >/dev/null
}
check A8-deleted-during-the-read source_deleted <<END
{"match":{"route":"list_messages","path":"$one","nth":5},"do":"delete_thread"}
END

# ---- A4, A12: what a server makes of items shows in verify ----

altered_by()
{
    quirk=$1 kind=$2
    mock_stop
    world --generate threads=4,messages=30..60,seed=62,unicode=80 --quirk "$quirk"
    ferry '1' verify --json && jq -es --arg kind "$kind" \
        '[.[].differences // [] | .[].kind] | index($kind) != null' "$out" >/dev/null
}
check A4-server-alters-text altered_by alter_text text
check A12-server-reorders altered_by reorder moved
check A12-ogx altered_by ogx moved

# A list that is not in the order of writing can hide from a look what has arrived: what is then
# sent again, verify finds. Whatever it calls the same holds each item once.
hidden_by_order()
{
    mock_stop
    world --generate threads=12,messages=3..60,seed=64 --quirk ogx
    fresh <<END && ferry '0|1' migrate --threads ids && collect && ferry 1 verify --json || return 1
$(on append_items '"every":2' reset_after)
END
    jq -en --slurpfile calm calm.json --slurpfile dump dump.json --slurpfile seen "$out" '
        ($dump[0].conversations | INDEX(.id)) as $at | [$seen[] | select(.result == "same")] |
        length > 0 and all(($at[.conversation_id].items | sort) == ($calm[0][.thread_id].items | sort))' >/dev/null
}
check A12-ogx-lost-replies hidden_by_order

# ---- A9, A10, A11 ----

# What is stored against what the source holds, without any run of the program in between.
as_source()
{
    curl -sf "$MOCK/admin/source" | jq '[.threads[] | {key: .id, value: [.messages[] | {role,
        text: .content[0].text.value}]}] | from_entries' >wanted.json
    jq -n --slurpfile dump dump.json --slurpfile map map.jsonl '
        ($dump[0].conversations | INDEX(.id)) as $at |
        [$map[] | {key: .thread_id, value: [$at[.conversation_id].items[] |
        {role, text: .content[0].text}]}] | from_entries' >stored.json
    jq -e -n --slurpfile wanted wanted.json --slurpfile stored stored.json \
        '$wanted[0] == $stored[0]' >/dev/null
}
sizes()
{
    mock_stop
    mock_start --key "$canary_key" --generate threads=0
    config <"$faults/world.yaml"
    for size in 0 1 19 20 21 40 100 101 10000; do
        plain_thread thread_of_$size $size | add_threads
    done
    calm
    as_source && [ "$(jq 'length' stored.json)" -eq 9 ]
}
check A9-threads-of-all-sizes sizes
check A9-with-lost-replies survives <<END
$(on append_items '"every":7' reset_after)
$(on list_messages '"every":5' reset_after)
END

full_metadata()
{
    mock_stop
    mock_start --key "$canary_key" --generate threads=0
    config <"$faults/world.yaml"
    plain_thread thread_full 3 | jq '.threads[0].metadata = ([range(16) | {key: "clé-\(.)-ключ",
        value: ("é" * 512)}] | from_entries)' | add_threads
    plain_thread thread_nearly 3 | jq '.threads[0].metadata = ([range(15) | {key: ("k" * 60 + "\(.)"),
        value: "\(.)"}] | from_entries)' | add_threads
    calm
    jq -e '.thread_full.metadata | length == 16 and all(. == "é" * 512)' calm.json >/dev/null &&
        jq -e '.thread_nearly.metadata | length == 16 and has("source_thread_id")' calm.json >/dev/null &&
        ferry 0 diff --threads ids --format jsonl
}
check A10-sixteen-pairs full_metadata
beyond_limits()
{
    plain_thread thread_beyond 3 | jq '.threads[0].metadata = {long: ("é" * 513), ("k" * 65): "x",
        fits: "yes"}' | add_threads
    echo thread_beyond >ids
    fresh </dev/null && ferry 0 migrate --threads ids --json && collect &&
        jq -e '.losses.metadata == 2' "$out" >/dev/null &&
        jq -e '.conversations[0].metadata | length == 3 and .fits == "yes"' dump.json >/dev/null
}
check A10-pairs-beyond-the-limits beyond_limits

listed_twice()
{
    mock_stop
    world --generate threads=6,messages=1..30,seed=63 --quirk lists_threads
    cp ids once
    cat once once >ids
    fresh </dev/null && ferry 0 migrate --json --threads ids && cp once ids && same &&
        jq -e '.threads.duplicates == 7 and .threads.selected == 7' "$out" >/dev/null
}
lists_overlap()
{
    head -n 4 once >ids
    # shellcheck disable=SC2046 # ids are words
    fresh </dev/null && ferry 0 migrate --json --threads ids $(tail -n 5 once) && cp once ids && same &&
        jq -e '.threads.duplicates == 2' "$out" >/dev/null
}
pages_overlap()
{
    fresh && ferry 0 migrate --json --all --source-page-size 3 && same &&
        jq -e '.threads.selected == 7' "$out" >/dev/null
}
check A11-ids-twice listed_twice
check A11-two-lists-overlap lists_overlap
check A11-pages-of-threads-overlap pages_overlap <<'END'
{"match":{"route":"list_threads","nth":[2]},"do":"page","how":"overlap"}
END

# ---- A17: 200, and not what was asked for ----

# Of the thread nothing is written, and nothing of another one's anywhere.
wrong_object()
{
    fails_one bad_source "$one" "$1" && [ "$(stats .commits.conversations_created)" -eq $((threads - 1)) ] ||
        return 1
    for command in 'diff --format jsonl' convert inventory; do
        # shellcheck disable=SC2086 # a command with its options
        ferry '0|1' $command --threads ids && grep -qF "$1" "$out" "$err" || return 1
    done
    ferry 1 export --threads ids -o wrong.jsonl && ! grep -qF "$one" wrong.jsonl
}
mock_stop
world --generate threads=5,messages=3..60,seed=66,metadata=100,runs=100,tools=50
one=$(sed -n 2p ids)
other=$(sed -n 3p ids)
check A17-error-for-the-thread wrong_object 'HTTP 200 with an error' <<END
{"match":{"route":"get_thread","path":"$one"},"do":"edit","body":{"error":{"message":"no such thread"}}}
END
check A17-thread-without-id wrong_object 'it has no id' <<END
{"match":{"route":"get_thread","path":"$one"},"do":"edit","body":{"object":"thread","metadata":{"a":"b"}}}
END
check A17-another-thread wrong_object "it is '$other'" <<END
{"match":{"route":"get_thread","path":"$one"},"do":"edit","edits":[["$one","$other"]]}
END
check A17-error-for-messages wrong_object 'HTTP 200 with an error' <<END
{"match":{"route":"list_messages","path":"$one"},"do":"edit","body":{"error":"no","data":[],"has_more":false}}
END
check A17-messages-of-another-thread wrong_object 'names another thread' <<END
{"match":{"route":"list_messages","path":"$one"},"do":"edit","edits":[["$one","$other"]]}
END
check A17-runs-of-another-thread wrong_object 'names another thread' <<END
{"match":{"route":"list_runs","path":"$one"},"do":"edit","edits":[["$one","$other"]]}
END

check O9-api no_leaks
