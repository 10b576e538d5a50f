#!/bin/sh
# H1 to H4: waiting as told, and errors that pass.
. tests/faults/lib.sh

world --generate threads=6,messages=0..60,seed=41

# The run's own time, in ms.
duration()
{
    jq .duration_ms "$out"
}

# held ROUTE HEADER VALUE LEAST MOST: a 429 with this header; nothing before that time, but soon.
held()
{
    fresh <<END || return 1
{"match":{"route":"$1","nth":2},"do":"error","error":"rate_limit","headers":{"Retry-After":null,"$2":"$3"}}
END
    ferry 0 migrate --json --threads ids && same &&
        least 'duration' "$(duration)" "$4" && most 'duration' "$(duration)" "$5" &&
        [ "$(jq .requests.throttled "$out")" -eq 1 ]
}

for route in list_messages create_conversation append_items; do
    check H1-seconds-$route held $route Retry-After 2 2000 6000
    check H1-date-$route held $route Retry-After @date+3 2000 7000
    check H1-ms-$route held $route retry-after-ms 1300 1300 5000
done
check H1-negative held append_items Retry-After -5 500 5000
check H1-date-gone-by held append_items Retry-After @date-3600 500 5000
check H1-nonsense held append_items Retry-After soon 500 5000
check H1-empty held append_items Retry-After '' 500 5000
check H1-fraction-nonsense held append_items Retry-After 1e9 500 5000
check H1-nonsense-ms held append_items retry-after-ms -1 500 5000

# The hold is the origin's: no other request leaves before its end.
whole_origin()
{
    fresh <<'END' || return 1
{"match":{"route":"append_items","nth":1},"do":"error","error":"rate_limit","headers":{"Retry-After":"2"}}
{"match":{"route":"append_items","from":2,"until_ms":1900},"do":"error","error":"bad_item"}
END
    ferry 0 migrate --json --threads ids --concurrency 1 && same
}
check H1-holds-the-origin whole_origin

# More than an hour: stopped, with what was done kept.
too_long()
{
    stops 3 'asked to wait' <<END
{"match":{"route":"$1","nth":3},"do":"error","error":"rate_limit","headers":{"Retry-After":"$2"}}
END
}
check H1-two-hours-read too_long list_messages 7200
check H1-billion-seconds-read too_long list_messages 1000000000
check H1-billion-seconds-write too_long append_items 1000000000
check H1-date-in-a-day too_long create_conversation @date+86400

# ---- H2 ----

storm()
{
    endures --max-attempts 2 && least throttled "$(jq .requests.throttled "$out")" "$1"
}
check H2-without-header storm 4 <<'END'
{"match":{"method":"POST","every":4},"times":4,"do":"error","error":"rate_limit","headers":{"Retry-After":null}}
END
# Far more refusals than there are attempts.
check H2-storm storm 4 <<'END'
{"match":{"until_ms":5000},"do":"error","error":"rate_limit","headers":{"Retry-After":"1"}}
END
# A server that takes 20 requests a second: the rate falls to it, few are refused.
rate_falls()
{
    fresh && ferry 0 migrate --json --threads ids --max-attempts 2 && same || return 1
    requests=$(jq '.requests.source + .requests.destination' "$out")
    most throttled "$(jq .requests.throttled "$out")" $((requests / 3))
}
check H2-rate-falls rate_falls <<'END'
{"match":{},"do":"token_bucket","per_minute":1200,"burst":5,"retry_after":"none"}
END
check H2-rate-told rate_falls <<'END'
{"match":{},"do":"token_bucket","per_minute":1200,"burst":5,"retry_after":"ms","advertise":true}
END

# ---- H3 ----

for route in get_thread list_messages create_conversation append_items; do
    check H3-quota-$route stops 14 'insufficient_quota' <<END
$(on $route '"from":3' error '"error":"quota"')
END
done

check H3-quota-403 stops 14 'insufficient_quota' <<'END'
{"match":{"route":"append_items","from":3},"do":"error","status":403,"body":{"error":{"message":"no","code":"insufficient_quota"}}}
END

# ---- H4, H5 ----

for status in 500 502 503 504 520; do
    for route in list_messages create_conversation append_items; do
        check H4-json-$status-$route exactly <<END
$(on $route '"nth":[1,3]' error "\"status\":$status")
END
    done
    check H4-html-$status exactly <<END
$(on list_messages '"nth":2' error "\"error\":\"html\",\"status\":$status")
$(on create_conversation '"nth":2' error "\"error\":\"html\",\"status\":$status")
$(on append_items '"nth":2' error "\"error\":\"html\",\"status\":$status")
END
    check H4-committed-$status exactly <<END
$(on append_items '"every":2' error_after "\"status\":$status")
END
done

check O9-http no_leaks
