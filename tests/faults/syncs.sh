#!/bin/sh
# F1: a slow disk. Nothing leaves before the record that it rests on is durable; the program killed
# with a sync under way loses nothing and doubles nothing. tests/bench/slow_sync.c makes the syncs
# slow and watches.
. tests/faults/lib.sh

world --generate threads=16,messages=1..45,seed=73,runs=0
forgiven=concurrent_appends

# slowly MS COMMAND…: every sync takes so much longer; every write that left is in sent.
slowly()
{
    UNDER="env LD_PRELOAD=${shim%/faults/*}/bench/slow_sync.so SYNC_MS=$1
        SYNC_FILE=$work/threadferry.checkpoint SYNC_LOG=$work/sent"
    shift
    "$@"
    slowly_status=$?
    UNDER=
    return $slowly_status
}

# none_early KIND NUMBER: so many of them left, at least, and none of all early.
none_early()
{
    grep -n early sent && return 1
    [ "$(grep -c "^$1" sent)" -ge "$2" ] || { echo "not $2 of $1:" && sort sent | uniq -c && return 1; }
}

migrate()
{
    rm -f sent
    fresh </dev/null && slowly 20 ferry 0 migrate --threads ids --concurrency 8 &&
        none_early create "$threads" && none_early append "$threads" && same
}

prune()
{
    rm -f sent
    slowly 20 ferry 0 prune --threads ids --yes --with-losses --concurrency 8 && none_early delete "$threads"
}

# Killed 60, 120, 180 … ms after its start, when a sync is nearly always under way.
killed()
{
    echo '{"match":{},"do":"latency","ms":10}' | fresh || return 1
    deaths=0
    for tenths in 06 12 18 24 30 36; do
        UNDER="timeout -s KILL 0.$tenths env LD_PRELOAD=${shim%/faults/*}/bench/slow_sync.so SYNC_MS=40"
        ferry '0|137' migrate --threads ids --concurrency 8 --settle-ms 100 || return 1
        UNDER=
        [ "$got" -ne 137 ] || deaths=$((deaths + 1))
    done
    resume --settle-ms 100 && same && [ "$deaths" -gt 0 ] && echo "killed $deaths times"
}

check F1-nothing-leaves-early migrate
check F1-killed-amid-a-sync killed
check F1-no-delete-leaves-early prune
check O9-syncs no_leaks
