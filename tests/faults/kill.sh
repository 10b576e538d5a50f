#!/bin/sh
# F1, F3, F4: the program dies, or its calls fail, at each operation in turn until one run comes
# through untouched. What the crash matrix does to the core, this does to the program.
. tests/faults/lib.sh

world --generate threads=3,messages=1..45,seed=71,runs=0
# What a dead process has sent may still be executed when the next one writes.
forgiven=concurrent_appends
lossy='{"match":{"route":"append_items","every":2},"do":"reset_after"}'

# each OP ACTION STATUSES STEP [OPTION…]: call after call, as long as there are calls to disturb.
each()
{
    op=$1 action=$2 statuses=$3 step=$4
    shift 4
    number=1
    while :; do
        echo "${rules:-}" | fresh || return 1
        [ -z "${prepared:-}" ] || cp "$prepared" threadferry.checkpoint
        if ! shimmed "$op:$number:$number:$action" ferry "$statuses" migrate --threads ids "$@"; then
            echo "at $op $number"
            return 1
        fi
        [ -s fired ] || break
        if ! resume "$@" || ! same; then
            echo "after $op $number, exit status $got"
            return 1
        fi
        number=$((number + step))
    done
    [ "$number" -gt "$step" ] && same && echo "$op $action: $number"
}

for action in kill torn after; do
    check F1-$action-at-each-write each write $action '0|137' 1
    check F1-$action-at-each-request each send $action '0|137' 2
done
for action in kill after; do
    check F1-$action-at-each-sync each sync $action '0|137' 1
    check F1-$action-at-each-name each rename $action '0|137' 1
done
rules=$lossy
check F1-kill-at-each-write-with-lost-replies each write kill '0|137' 1
check F1-after-each-request-with-lost-replies each send after '0|137' 3
rules=

check O9-kill no_leaks
