#!/bin/sh
# N9 and N10: replies that stall or drip, and requests that are executed twice.
. tests/faults/lib.sh

world --generate threads=6,messages=0..60,seed=35

for route in get_thread list_messages create_conversation append_items; do
    for how in stall mute_before mute_after; do
        check N9-$how-$route exactly --timeout-ms 300 <<END
$(on $route '"nth":[1,4]' $how '"bytes":10')
END
    done
    check N9-drip-$route exactly --timeout-ms 300 <<END
$(on $route '"nth":[1,4]' drip '"bytes":1,"ms":10000')
END
done

# Nothing at all comes back, ever: the run ends by itself.
silent()
{
    started=$(date +%s)
    stops 17 'does not answer' && most seconds $(($(date +%s) - started)) 30
}
export THREADFERRY_TIMEOUT_MS=300 THREADFERRY_MAX_ATTEMPTS=2
check N9-mute-always silent <<'END'
{"match":{},"do":"mute_before"}
END
unset THREADFERRY_TIMEOUT_MS THREADFERRY_MAX_ATTEMPTS

# Twice, and the reply comes too late: the items that nobody sent a second time are a conflict.
twice_unknown()
{
    fresh && ferry 1 migrate --threads ids --timeout-ms 300 && collect &&
        jq -e '.failures | length == 1 and .[0].code == "conflict"' status.json >/dev/null &&
        nothing_deleted
}

# Twice, and answered well: only a comparison can find it, and does.
twice_answered()
{
    fresh && ferry 0 migrate --threads ids && ferry 1 verify --json &&
        [ "$(grep -c '"result":"differs"' "$out")" -eq 1 ] && grep -q '"kind":"extra"' "$out" &&
        nothing_deleted
}

nothing_deleted()
{
    [ "$(stats '.commits | .items_deleted + .conversations_deleted')" -eq 0 ]
}

check N10-items-twice-unknown twice_unknown <<END
$(on append_items '"nth":2' latency '"ms":900')
$(on append_items '"nth":2' twice)
END
check N10-items-twice-answered twice_answered <<END
$(on append_items '"nth":2' twice)
END
# The second conversation of a create holds nothing.
create_twice()
{
    fresh && ferry 0 migrate --threads ids && ferry 0 verify && nothing_deleted &&
        [ "$(stats .commits.conversations_created)" -eq $((threads + 1)) ] &&
        curl -sf "$MOCK/admin/dump?form=bare" |
        jq -e '[.conversations[] | select(.items == [])] | length == 1' >/dev/null
}
check N10-create-twice create_twice <<END
$(on create_conversation '"nth":2' twice)
END

check O9-stall no_leaks
