#!/bin/sh
# F1, P2 for ids that come from an open pipe: the process is killed at each request, write and sync
# in turn; the same ids to the next one, and nothing is there twice. Each line has one answer.
. tests/faults/lib.sh

world --generate threads=4,messages=1..45,seed=72,runs=0
forgiven=concurrent_appends
# Some come again, while they are in work and later.
{ cat ids ids && head -n 2 ids; } >lines

# stream STATUSES: all lines through one process, its answers in $out.
stream()
{
    # shellcheck disable=SC2086 # a command with its options, or nothing
    ${UNDER:-} "$THREADFERRY" migrate --threads - --format jsonl <lines >"$out" 2>"$err"
    got=$?
    look_for_leaks 'migrate --threads -'
    case "|$1|" in *"|$got|"*) return 0 ;; esac
    echo "exit status $got instead of $1"
    cat "$err"
    return 1
}

# What is said to be done stands in the checkpoint, also after a kill.
told_is_true()
{
    "$THREADFERRY" mapping --format jsonl >map.jsonl || return 1
    jq -R 'fromjson? | select(.state == "done" or .state == "already_done")' "$out" |
        jq -es --slurpfile map map.jsonl 'all(.[]; . as $a | any($map[]; .state == "done" and
            .thread_id == $a.thread_id and .conversation_id == $a.conversation_id and
            .items == $a.items))' >/dev/null && return
    echo "told what is not so:"
    cat "$out" map.jsonl
    return 1
}

all_answered()
{
    jq -es --rawfile lines lines '(map(.thread_id // empty) | sort) ==
        ($lines | split("\n") | map(select(. != "")) | sort)' "$out" >/dev/null && return
    echo "not a line each"
    cat "$out"
    return 1
}

# each OP STEP
each()
{
    number=1
    while :; do
        fresh </dev/null
        if ! shimmed "$1:$number:$number:kill" stream '0|137'; then
            echo "at $1 $number"
            return 1
        fi
        [ -s fired ] || break
        if ! { [ ! -s threadferry.checkpoint ] || told_is_true; } || ! stream 0 || ! all_answered ||
            ! same; then
            echo "after $1 $number"
            return 1
        fi
        number=$((number + $2))
    done
    [ "$number" -gt "$2" ] && echo "$1: $number"
}

check P2-demand-killed-at-each-request each send 1
check F1-demand-killed-at-each-write each write 1
check F1-demand-killed-at-each-sync each sync 2
check O9-demand no_leaks
