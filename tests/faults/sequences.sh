#!/bin/sh
# Q1 to Q5, A18: commands one after the other, killed at any place. Each thread is whole at its source
# or in its conversation, always; what diff and dry runs promise is what migrate does.
. tests/faults/lib.sh

world --generate threads=4,messages=1..30,seed=171 --log requests.log
one=$(sed -n 2p ids)
curl -sf "$MOCK/admin/dump" | jq -r '.conversations[] | "\(.metadata.source_thread_id) \(.items | length)"' |
    sort >counts
curl -sf "$MOCK/admin/source" >source.json

is()
{
    [ "$1" = "$2" ] || { echo "'$2' instead of '$1'"; return 1; }
}

# The world as it was before anything, migrated.
migrated()
{
    rm -f threadferry.checkpoint
    curl -sf -X POST "$MOCK/admin/reset" >/dev/null && faults </dev/null && at_source >alive &&
        jq --rawfile alive alive '{threads: [.threads[] | select(.id as $id | $alive | contains($id) | not)]}' \
            source.json | add_threads && ferry 0 migrate --threads ids
}

at_source()
{
    curl -sf "$MOCK/admin/source" | jq -r '.threads[] | select(.deleted | not) | .id'
}

# Every thread is at the source, or all of it is in a conversation that is there.
whole()
{
    at_source >alive
    curl -sf "$MOCK/admin/dump" | jq -r '.conversations[] | select(.deleted | not) |
        "\(.metadata.source_thread_id) \(.items | length)"' >over
    while read -r id count; do
        grep -qx "$id" alive || grep -qx "$id $count" over || { echo "nowhere whole: $id"; return 1; }
    done <counts
}

# What anybody may do next, in an order that the turn decides.
anything()
{
    case $(($1 % 3)) in
    0) set -- 'rollback --yes --all' 'verify' 'prune --yes --with-losses' 'migrate --threads ids' ;;
    1) set -- 'migrate --threads ids' 'prune --yes --with-losses' 'rollback --yes --all' 'migrate --threads ids --top-up' ;;
    2) set -- 'prune --yes --with-losses' 'rollback --yes' 'migrate --threads ids --top-up' 'verify --against checkpoint' ;;
    esac
    for command; do
        # shellcheck disable=SC2086 # a command with its options
        ferry '0|1' $command && whole || { echo "after $command"; return 1; }
    done
}

# each OP ACTION STEP COMMAND…: the command, killed at call after call, and then anything.
each()
{
    op=$1 action=$2 step=$3
    shift 3
    number=1
    while :; do
        migrated && [ -z "${rules:-}" ] || echo "$rules" | faults
        if ! shimmed "$op:$number:$number:$action" ferry '0|1|137' "$@" || ! whole; then
            echo "at $op $number"
            return 1
        fi
        [ -s fired ] || break
        faults </dev/null && anything "$number" || { echo "after $op $number"; return 1; }
        number=$((number + step))
    done
    [ "$number" -gt "$step" ]
}

check Q1-prune-killed-at-each-write each write kill 1 prune --yes --with-losses --threads ids
check Q1-prune-killed-after-each-sync each sync after 1 prune --yes --with-losses --threads ids
check Q1-prune-killed-after-requests each send after 3 prune --yes --with-losses --threads ids
rules='{"match":{"route":"delete_thread","every":2},"do":"reset_after"}'
check Q1-prune-killed-with-lost-replies each sync kill 1 prune --yes --with-losses --threads ids
rules=

# What was committed without a record of it is found out by the next run.
found_out()
{
    migrated && echo '{"match":{"route":"delete_thread","every":1},"do":"reset_after"}' | faults &&
        ferry '1|17' prune --yes --with-losses --max-attempts 1 "$one" && faults </dev/null &&
        ferry 0 status --json && is 1 "$(jq .threads.pruning "$out")" && ferry 1 rollback --yes "$one" && whole &&
        ferry 0 prune --yes --with-losses && ferry 0 status --json && is "$threads" "$(jq .threads.pruned "$out")" && whole
}
check Q1-prune-asks-what-became-of-it found_out

# Nothing to prune is no reason to stumble.
nothing_to_do()
{
    migrated && ferry 0 rollback --yes && ferry 0 prune --yes --threads ids && ferry 0 prune --yes
}
check Q1-nothing-to-prune nothing_to_do

# ---- Q2 ----

# diff, the dry run and migrate say the same of every thread, and end alike.
one_plan()
{
    ferry '0|1' diff --threads ids --json
    jq -r 'select(.action == "fail") | "\(.thread_id) \(.code)"' "$out" | sort >promised
    diffed=$got
    ferry '0|1' migrate --threads ids --dry-run --json
    rehearsed=$got planned=$(jq -c '[.threads, .items, .losses]' "$out")
    ferry '0|1' migrate --threads ids --json || return 1
    is "$got $got" "$diffed $rehearsed" && is "$planned" "$(jq -c '[.threads, .items, .losses]' "$out")" &&
        ferry 0 status --json && jq -r '.failures[] | "\(.thread_id) \(.code)"' "$out" | sort | cmp - promised
}

rolled_back_partly()
{
    number=1
    while :; do
        migrated && shimmed "sync:$number:$number:$1" ferry '0|1|137' rollback --yes || return 1
        [ -s fired ] || break
        one_plan && ferry 0 rollback --yes && ferry 0 migrate --threads ids && ferry 0 verify || {
            echo "after sync $number"
            return 1
        }
        number=$((number + 1))
    done
    [ "$number" -gt 2 ]
}
check Q2-rollback-killed-before-each-sync rolled_back_partly kill
check Q2-rollback-killed-after-each-sync rolled_back_partly after

# All that is missing is the end on record: that is something to do, and everybody says so.
only_its_end()
{
    migrated && sed '/"k":"done"/,$d' threadferry.checkpoint >cut && chmod 600 cut && mv cut threadferry.checkpoint &&
        ferry 1 diff --threads ids --json --exit-code && jq -r 'select(.conversation_id).action' "$out" | sort -u >actions &&
        is append "$(cat actions)" && one_plan && ferry 0 verify
}
check Q2-only-the-end-is-missing only_its_end

# ---- Q3 ----

put_together()
{
    migrated && mv threadferry.checkpoint first && ferry 0 migrate --threads ids --limit 2 && mv threadferry.checkpoint second &&
        cat first second >threadferry.checkpoint && chmod 600 threadferry.checkpoint && cp threadferry.checkpoint both &&
        sent=$(stats .requests) && for command in 'migrate --threads ids' 'rollback --yes' 'status' 'verify'; do
        # shellcheck disable=SC2086 # a command with its options
        ferry 11 $command && says 'another checkpoint begins there' && cmp both threadferry.checkpoint || return 1
    done && is "$sent" "$(stats .requests)" && ! ls threadferry.checkpoint.torn-* 2>/dev/null
}
check Q3-two-checkpoints-put-together put_together

# An older copy knows less; the server knows the rest.
from_backup()
{
    migrated && head -n 8 threadferry.checkpoint >older && chmod 600 older && mv older threadferry.checkpoint &&
        resume && ferry 0 verify && ! ls threadferry.checkpoint.torn-* 2>/dev/null
}
check Q3-an-older-copy from_backup

# It does not know that the conversations are the only copies; the source does, under any name.
from_before_prune()
{
    migrated && cp -p threadferry.checkpoint older && ferry 0 prune --yes --with-losses --threads ids && cp -p older threadferry.checkpoint &&
        ferry 1 rollback --dry-run --all && says 'may be the only copy' && ferry 1 rollback --yes --all &&
        says 'may be the only copy' && whole &&
        ferry 1 rollback --yes --all --source-base-url "http://localhost:${MOCK##*:}/v1" && whole && ferry 0 status --json && is 0 "$(jq .threads.rolled_back "$out")" &&
        ferry 0 rollback --yes --force "$one" && ! grep -qx "$one" alive
}
check Q3-a-copy-from-before-a-prune from_before_prune

kept()
{
    migrated && printf 'half a li' >>threadferry.checkpoint && ferry 0 migrate --threads ids && says 'torn-1' &&
        is 'half a li' "$(cat threadferry.checkpoint.torn-1)" && is 600 "$(stat -c %a threadferry.checkpoint.torn-1)" &&
        printf 'another' >>threadferry.checkpoint && ferry 0 migrate --threads ids &&
        is 'half a li another' "$(cat threadferry.checkpoint.torn-1) $(cat threadferry.checkpoint.torn-2)"
}
check F2-what-is-cut-is-kept kept
rm -f threadferry.checkpoint.torn-*

# ---- Q4 ----

# refused OPTION FILE COMMAND…: nothing is created, nothing is asked.
refused()
{
    option=$1 file=$2
    shift 2
    rm -f threadferry.checkpoint
    ls -A >before.list
    ferry 2 "$@" "$option" "$file" && says 'which is not overwritten' && ls -A | diff before.list - >changed.list
}
: >before.list
: >changed.list
check Q4-log-file refused --log-file threadferry.checkpoint migrate --threads ids
check Q4-log-file-by-another-name refused --log-file ././threadferry.checkpoint migrate --threads ids
check Q4-log-file-is-the-list refused --log-file ./ids migrate --threads ids
check Q4-report refused --report other.json migrate --threads ids --checkpoint ./other.json
check Q4-output refused -o ./threadferry.checkpoint diff --threads ids --format html

# ---- Q5 ----

never_pruned()
{
    ferry 0 status --json && is "0 $1" "$(jq -r '.threads | "\(.pruned) \(.pruning)"' "$out")" && whole
}

reading_key()
{
    migrated && echo '{"match":{"route":"delete_thread"},"do":"error","status":403}' | faults &&
        ferry '1|13' prune --yes --with-losses --threads ids && never_pruned 0 && faults </dev/null && ferry 0 rollback --yes
}
check Q5-prune-with-a-reading-key reading_key

elsewhere()
{
    migrated && ferry 12 prune --yes --with-losses --source-base-url "$MOCK/v1/" --source-type openai &&
        says 'belongs to another source' && never_pruned 0
}
check Q5-prune-at-another-source elsewhere

# Begun and not known; then the API is gone: nobody is taken for deleted.
api_gone()
{
    migrated && echo '{"match":{"route":"delete_thread","every":1},"do":"reset_after"}' | faults
    ferry '1|17' prune --yes --with-losses --max-attempts 1 --threads ids
    echo '{"match":{"route":["get_thread","list_messages","list_runs","delete_thread","list_assistants"]},"do":"error","status":404,"body":{"error":{"message":"Unknown request URL","code":null}}}' | faults
    ferry '1|15' prune --yes --with-losses --threads ids && ferry 0 status --json && is 0 "$(jq .threads.pruned "$out")" &&
        faults </dev/null && whole && ferry 0 prune --yes --with-losses && whole
}
check Q5-prune-with-the-api-gone api_gone

# ---- A18 ----

metadata()
{
    migrated && conversation=$("$THREADFERRY" mapping | sed -n "s/^$one,\([^,]*\),.*/\1/p") && ferry 0 verify &&
        curl -sf -X POST "$MOCK/v1/conversations/$conversation" -H "Authorization: Bearer $canary_key" \
            -H 'Content-Type: application/json' -d "$1" >/dev/null && ferry "$2" verify --json && ferry 0 verify --against checkpoint
}
check A18-metadata-wiped metadata '{"metadata":{}}' 1

check O9-sequences no_leaks
