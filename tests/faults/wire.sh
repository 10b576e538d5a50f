#!/bin/sh
# N5 to N8 and N12: connections that end in the middle of a request, or between two.
. tests/faults/lib.sh

world --generate threads=6,messages=0..60,seed=32

for route in create_conversation append_items list_messages get_thread; do
    check N5-reset-early-$route exactly <<END
$(on $route '"every":2' reset_early)
END
    check N5-reset-before-$route exactly <<END
$(on $route '"every":2' reset_before)
END
    check N5-fin-before-$route exactly <<END
$(on $route '"every":2' fin_before)
END
done

# Orphans: one for each reply that was lost, and none for anything else.
orphans()
{
    exactly && [ "$(jq .possible_empty_orphans "$out")" -eq "$1" ] &&
        [ "$(stats .commits.conversations_created)" -eq $((threads + $1)) ]
}

for cut in reset_after fin_after; do
    check N6-create-$cut orphans 3 <<END
$(on create_conversation '"nth":[1,3,4]' $cut)
END
    check N6-every-create-once-$cut orphans 4 <<END
$(on create_conversation '"first":4' $cut)
END
    check N7-append-$cut exactly <<END
$(on append_items '"every":2' $cut)
END
    check N7-every-append-once-$cut exactly <<END
$(on append_items '"per":"id","first":1' $cut)
END
    check N7-look-itself-$cut exactly <<END
$(on append_items '"every":2' $cut)
$(on list_items '"per":"id","first":2' $cut)
END
done

for bytes in 0 1 40; do
    for route in create_conversation append_items list_messages list_items; do
        check N8-cut-at-$bytes-$route exactly <<END
$(on append_items '"nth":2' reset_after)
$(on $route '"every":2' truncate "\"bytes\":$bytes")
END
    done
    check N8-torn-at-$bytes exactly <<END
{"match":{"p":0.2,"seed":$bytes},"do":"truncate","wire":"torn","bytes":$bytes}
END
done

for ms in 0 1 5 20; do
    check N12-closed-after-$ms-ms exactly <<END
{"match":{},"do":"close_after","ms":$ms}
END
done

# Pauses between requests that are longer than the server keeps connections.
idle_closed()
{
    fresh && ferry 0 migrate --json --threads ids --limit 2 --concurrency 1 \
        --source-requests-per-minute 40 --destination-requests-per-minute 40 &&
        [ "$(stats .commits.conversations_created)" -eq 2 ] && same $(tail -n +3 ids)
}
mock_stop
world --generate threads=2,messages=1..30,seed=33 --idle-s 1
check N12-idle-connections idle_closed </dev/null

check O9-wire no_leaks
