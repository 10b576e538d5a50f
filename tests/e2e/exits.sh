#!/bin/sh
# Each exit status of a migration, and what is left behind: the same command
# goes on from there to the same end.
. tests/e2e/lib_truth.sh

mock_start --generate "threads=30,messages=1..25,seed=2,$text" --key "$canary_key"
source_config compatible
list_ids

code()
{
    is "$1" "$(jq .exit.code "$out")" && is "$2" "$(jq .threads.selected "$out")"
}

# After whatever went wrong: once more, and everything is there once.
recovers()
{
    echo | rules
    ferry 0 migrate --threads ids && moved && ferry 0 verify
}

status_0_and_1()
{
    fresh
    ferry 0 migrate --threads ids --json && code 0 30 &&
        ferry 1 migrate --threads ids thread_none --json && code 1 31
}

status_2()
{
    fresh
    ferry 2 migrate 'bad id' && ferry 2 migrate --threads ids --no-such-option &&
        ferry 2 migrate --threads ids --concurrency 0 && ferry 2 migrate && ferry 2 verify &&
        is 0 "$(curl -sf "$MOCK/admin/stats" | jq .requests)"
}

# A server that asks for more than an hour stops the run.
status_3()
{
    fresh
    echo '{"match":{"route":"append_items","from":3},"do":"error","error":"rate_limit",
        "headers":{"Retry-After":"4000"}}' | rules
    ferry 3 migrate --threads ids --json && code 3 30 && recovers
}

# The first run waits for a reply that does not come before the second has ended.
status_10()
{
    fresh
    # Not the first one: until something was appended, one thread goes ahead of all others.
    echo '{"match":{"route":"create_conversation","nth":3},"do":"mute_before"}' | rules
    "$THREADFERRY" migrate --threads ids >first.out 2>&1 </dev/null &
    first=$!
    until_commits 1 || return 1
    ferry 10 migrate --threads ids && grep -q "$first" "$err" || return 1
    kill -9 $first
    wait $first 2>/dev/null
    orphans=32
    recovers
    status=$?
    orphans=0
    return $status
}

# Until the server has executed so many appends, ten seconds at most.
until_commits()
{
    for _ in $(seq 200); do
        [ "$(curl -sf "$MOCK/admin/stats" | jq .commits.appends)" -ge "$1" ] && return 0
        sleep 0.05
    done
    echo 'it did not begin'
    return 1
}

# A flipped byte in front of what was synced later.
status_11()
{
    fresh
    ferry 0 migrate --threads ids --limit 10
    sed '3s/"n":3/"n":7/' threadferry.checkpoint >damaged
    chmod 600 damaged
    before=$(commits; cksum damaged)
    ferry 11 migrate --threads ids --checkpoint damaged && grep -q 'line 3' "$err" &&
        is "$before" "$(commits; cksum damaged)" && recovers
}

status_12()
{
    ferry 12 migrate --threads ids --destination-project other &&
        ferry 12 migrate --threads ids --shard 1/2 &&
        grep -q 'hint: --checkpoint' "$err" &&
        ferry 12 verify --mapping-tool-calls text &&
        grep -q "hint: 'threadferry migrate --accept-mapping-change'" "$err" &&
        ferry 12 migrate --threads ids --shard 1/2 --mapping-tool-calls text &&
        grep -q 'hint: --checkpoint' "$err" &&
        ferry 12 migrate --threads ids --mapping-tool-calls text &&
        ferry 12 rollback -n --destination-project other &&
        ferry 12 prune -n --destination-project other
}

# Two folders whose messages name no thread: what a file is called says who it is in one of them.
status_12_names()
{
    fresh
    mkdir -p ann ben own
    for who in ann ben; do
        echo "[{\"id\":\"msg_$who\",\"role\":\"user\",\"content\":\"$who\"}]" >$who/messages.json
        echo "{\"id\":\"msg_$who\",\"thread_id\":\"$who\",\"role\":\"user\",\"content\":\"$who\"}" \
            >own/$who.jsonl
    done
    set -- --source-type archive --source-path
    ferry 0 migrate "$@" ann && ferry 12 migrate "$@" ben &&
        grep -q "the source is 'archive ann' there and 'archive ben' here" "$err" &&
        grep -q 'hint: .*--checkpoint' "$err" && ferry 12 migrate -n "$@" ben &&
        ferry 12 verify "$@" ben && ferry 0 migrate "$@" ann --json && is 1 "$(threads already_done)" &&
        ferry 0 verify "$@" ann && ferry 0 migrate "$@" ben --checkpoint ben.checkpoint &&
        ferry 0 migrate "$@" own/ann.jsonl --checkpoint own.checkpoint &&
        ferry 0 migrate "$@" own --checkpoint own.checkpoint --json &&
        is '1 2' "$(threads 'already_done selected')" && ferry 0 rollback -n "$@" ann
}

status_13()
{
    fresh
    TEST_KEY=wrong ferry 13 migrate --threads ids --json && is 30 "$(threads remaining)" || return 1
    echo '{"match":{"route":"get_thread"},"do":"error","error":"forbidden"}' | rules
    ferry 13 migrate --threads ids --json && code 13 30 && is 0 "$(threads done)" &&
        grep -q 'hint: .* It is sent as Authorization: Bearer; source.auth: api-key changes that (beside ' "$err" &&
        recovers
}

# H8: fewer than twenty in a row are threads that failed.
forbidden_some()
{
    fresh
    head -n 19 ids >some
    echo '{"match":{"route":"get_thread","first":19},"do":"error","error":"forbidden"}' | rules
    ferry 1 migrate --threads ids --concurrency 1 --json && is '11 19' "$(threads 'done failed')" &&
        ferry 0 status --json && is forbidden "$(jq -r '.failures[0].code' "$out")" && recovers
}

status_14()
{
    fresh
    echo '{"match":{"route":"append_items","from":5},"do":"error","error":"quota"}' | rules
    ferry 14 migrate --threads ids --json && code 14 30 && recovers
}

# H9: gone for good, as 404 and as 410, with every route of the API; a thread that is missing is no
# such thing, nor are threads where the API has something else. Of a compatible server, which may
# have a part of the API only, a 404 says nothing.
gone_as()
{
    status=$1 path=$2
    echo "{\"match\":{\"method\":\"GET\",\"path\":\"$path\"},\"do\":\"error\",\"status\":$status}" | rules
    shift 2
    ferry "$@"
}
status_15()
{
    fresh
    gone_as 410 /v1/ 15 migrate --threads ids --json && code 15 30 && is 0 "$(commits)" &&
        grep -q 'source.type: archive' "$err" &&
        gone_as 404 /v1/ 15 migrate --threads ids --source-type openai --json &&
        grep -q 'source.type: archive' "$err" &&
        gone_as 404 /threads/ 1 migrate --threads ids --source-type openai --json &&
        is 30 "$(threads failed)" && gone_as 410 /threads/ 1 migrate --threads ids --json &&
        gone_as 404 /v1/ 1 migrate --threads ids --json && is 0 "$(commits)" || return 1
    recovers && printf 'thread_none_%s\n' $(seq 25) >none &&
        ferry 1 migrate --threads none --json && is 25 "$(threads failed)"
}

status_16()
{
    fresh
    ln -s elsewhere link
    ferry 16 migrate --threads ids --checkpoint link && ferry 16 migrate --threads ids --checkpoint . &&
        ferry 16 migrate --threads ids --checkpoint no/such/folder && is 0 "$(commits)"
}

status_17()
{
    fresh
    ferry 17 migrate --threads ids --max-attempts 2 --source-base-url http://127.0.0.1:9/v1 --json &&
        code 17 30 && is 30 "$(threads remaining)" || return 1
    fresh
    ferry 17 migrate --threads ids --max-attempts 2 --destination-base-url http://127.0.0.1:9/v1 \
        --json && code 17 30 && rm threadferry.checkpoint && recovers
}

# P1: what is in flight is finished, and then the run ends. A create that was on record and had not
# left yet is none.
signalled()
{
    fresh
    echo '{"match":{"route":"append_items"},"do":"latency","ms":150}' | rules
    "$THREADFERRY" migrate --threads ids --concurrency 2 --json >"$out" 2>"$err" </dev/null &
    run=$!
    until_commits 3 || return 1
    kill "-$1" $run
    wait $run
    is "$2" $? && code "$2" 30 && is 0 "$(threads failed)" && [ "$(threads remaining)" -gt 0 ] &&
        [ "$(jq .possible_empty_orphans "$out")" -le 2 ] && recovers
}

check 0-and-1 status_0_and_1
check 2-usage status_2
check 3-held-too-long status_3
check 10-locked status_10
check 11-damaged status_11
check 12-other-job status_12
check 12-other-names status_12_names
check 13-key status_13
check H8-forbidden-some forbidden_some
check 14-quota status_14
check 15-gone status_15
check 16-checkpoint status_16
check 17-network status_17
check P1-130-interrupted signalled INT 130
check P1-143-terminated signalled TERM 143
