#!/bin/sh
# Destinations that do not keep what they are given: it shows when it is
# compared, and nothing is doubled on the way, also where outcomes are unknown.
. tests/e2e/lib_truth.sh

# keeps MOCK-OPTIONS…: an empty job against a server that has its own ways.
keeps()
{
    [ -z "${mock_pid:-}" ] || mock_stop
    mock_start --generate "threads=4,messages=30..60,seed=9,unicode=80,$text" "$@"
    source_config compatible
    list_ids
    rm -f threadferry.checkpoint
}

# Each message has as many items as it should: one.
nothing_twice()
{
    at_source | of_threads ids | jq -r '.[0]' | uniq -c >want.counts
    at_destination | jq -cn '[inputs] | group_by(.[0])[][]' | jq -r '.[0]' | uniq -c >have.counts
    cmp want.counts have.counts
}

# differs KIND: all of it arrives, once, but not as it was.
differs()
{
    ferry 0 migrate --threads ids && nothing_twice && ferry 1 verify --json &&
        grep -q "\"kind\":\"$1\"" "$out" &&
        ferry 1 verify --against checkpoint --json &&
        is 0 "$(tail -n 1 "$out" | jq '.summary.missing + .summary.error')" &&
        ferry 0 migrate --threads ids --json && is 4 "$(threads already_done)" && nothing_twice
}

# Replies to appends are lost; what the server shows then is not what was sent.
alters_and_loses()
{
    keeps --quirk "$1"
    echo '{"match":{"route":"append_items","every":2},"do":"reset_after"}' | rules
    "$THREADFERRY" migrate --threads ids --json --settle-ms 10 >"$out" 2>"$err" </dev/null
    is 0 "$(threads remaining)" && ferry 0 status --json &&
        is 0 "$(jq '[.failures[] | select(.code != "conflict")] | length' "$out")" || return 1
    # No item more often than its message.
    at_source | tr -d ' ' | sed 's/\\[rnt]//g' | sort | uniq -c >most
    at_destination | tr -d ' ' | sed 's/\\[rnt]//g' | sort | uniq -c |
        awk 'NR == FNR { most[$2] = $1; next } $1 > most[$2] { print substr($0, 1, 100); bad = 1 } END { exit bad }' \
            most -
}

# The items of a create are ignored, and its answer says yes: a list tells, and they are appended.
sglang()
{
    keeps --quirk sglang
    ferry 0 migrate --threads ids && moved && ferry 0 verify || return 1
    fresh
    ferry 0 migrate --threads ids --create inline --settle-ms 10 && moved && ferry 0 verify
}

# Lists show an append only at the second look; replies get lost on the way.
stale()
{
    keeps --stale-lists 1
    echo '{"match":{"route":"append_items","every":2},"do":"reset_after"}' | rules
    ferry 0 migrate --threads ids --json --settle-ms 10 && moved
}

quirk()
{
    keeps --quirk "$1"
    shift
    "$@"
}

check A4-alters-text quirk alter_text differs text
check A12-reorders quirk reorder differs moved
check A12-ogx quirk ogx differs moved
check A12-ogx-old quirk ogx_old differs moved
check A4-alters-and-loses alters_and_loses alter_text
check A12-reorders-and-loses alters_and_loses reorder
check A12-ogx-old-loses alters_and_loses ogx_old
check A13-sglang sglang
check A3-stale stale
