#!/bin/sh
# C: the time of day is somewhere else, here or there.
. tests/faults/lib.sh

world --generate threads=5,messages=1..45,seed=121

# Every look at the time of day is a year ahead or an hour behind, in turn.
jumping()
{
    fresh && shimmed clock:1:0:jump ferry 0 migrate --threads ids --json && [ -s fired ] &&
        same && jq -e '.duration_ms < 20000' "$out" >/dev/null
}
check C1-jumps jumping </dev/null
check C1-jumps-with-lost-replies jumping <<'END'
{"match":{"route":"append_items","every":2},"do":"reset_after"}
{"match":{"p":0.1,"seed":3},"do":"error","status":503}
END
check C1-jumps-with-retry-after jumping <<'END'
{"match":{"route":"append_items","nth":2},"do":"error","error":"rate_limit","headers":{"Retry-After":"1"}}
END

# skewed DATE RETRY-AFTER: the reply's own Date is the base: three seconds, not a year and not none.
skewed()
{
    fresh <<END || return 1
{"match":{"route":"$3","nth":2},"do":"error","error":"rate_limit","headers":{"Date":"$1","Retry-After":"$2"}}
END
    ferry 0 migrate --threads ids --json && same &&
        least duration "$(jq .duration_ms "$out")" 2000 && most duration "$(jq .duration_ms "$out")" 9000
}
for route in list_messages append_items; do
    check C2-server-a-year-behind-$route skewed @date-31536000 @date-31535997 $route
    check C2-server-a-year-ahead-$route skewed @date+31536000 @date+31536003 $route
done
here_skewed()
{
    UNDER="env LD_PRELOAD=$shim SHIM=clock:1:0:past"
    skewed "$@"
    result=$?
    UNDER=
    return $result
}
check C2-this-machine-a-year-behind here_skewed @date+0 @date+3 append_items

check O9-clock no_leaks
