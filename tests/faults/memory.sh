#!/bin/sh
# P5: each allocation fails in turn: a message and status 3, or the library found a way around it;
# the next run does the rest. ALLOCATION_STEP=1 takes every one of the first 2000.
. tests/faults/lib.sh

case $(nm -D "$THREADFERRY" 2>/dev/null) in
*__asan*)
    echo 'skip P5-allocations-fail the sanitizer has an allocator of its own; run without it'
    exit 0
    ;;
esac
world --generate threads=3,messages=1..45,seed=111

each_allocation()
{
    number=$1 survived=0
    while [ "$number" -le "${ALLOCATIONS:-2000}" ]; do
        fresh </dev/null || return 1
        if ! shimmed "malloc:$number:$number:12" ferry '0|3' migrate --threads ids; then
            echo "at allocation $number"
            return 1
        fi
        if [ "$got" -eq 3 ]; then
            says 'out of memory' || says 'cannot' || { echo "at allocation $number"; return 1; }
        else
            survived=$((survived + 1))
        fi
        if ! resume || ! same; then
            echo "after allocation $number"
            return 1
        fi
        number=$((number + ${ALLOCATION_STEP:-37}))
    done
    [ -s fired ] && echo "P5: $survived runs came through"
}
check P5-allocations-fail each_allocation 1
[ "${ALLOCATION_STEP:-37}" -eq 1 ] || check P5-other-allocations-fail each_allocation 19
check O9-memory no_leaks
