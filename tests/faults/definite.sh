#!/bin/sh
# A13 to A16 and A19: what a server says for good. A no that is certain leaves nothing open, costs
# no waiting, and is not asked for again and again; and one that only asks for time has an end.
. tests/faults/lib.sh

world --generate threads=12,messages=5..45,seed=71
one=$(sed -n 4p ids)

# ---- A14 ----

for_ever()
{
    stops 3 'rate limited every request for more than 1 s (HTTP 429)'
}
patient()
{
    UNDER='env THREADFERRY_PATIENCE_MS=1500'
    "$@"
    result=$?
    UNDER=
    return $result
}
check A14-429-for-ever patient for_ever <<'END'
{"match":{"from":9},"do":"error","error":"rate_limit","headers":{"Retry-After":null}}
END
check A14-429-for-ever-unsigned patient for_ever <<'END'
{"match":{"route":"create_conversation"},"do":"error","error":"html","status":429}
END
check A14-429-for-ever-unsigned-append patient for_ever <<'END'
{"match":{"route":"append_items"},"do":"error","error":"html","status":429}
END
check A14-locked-for-ever fails_one server_error "!$one" locked --patience-ms 1500 <<END
{"match":{"route":"append_items","metadata":"$one"},"do":"error","error":"locked"}
END

# ---- A15 ----

# One thread is refused an item, and what stands in the way goes.
refused_once()
{
    fresh <<END && ferry 1 migrate --threads ids && says 'refused: ' && faults </dev/null
{"match":{"route":"append_items","metadata":"$one"},"do":"error","error":"bad_item"}
END
}
no_waiting()
{
    refused_once || return 1
    ferry 0 migrate --threads ids --json --settle-ms 20000 && same &&
        jq -e '.duration_ms < 10000' "$out" >/dev/null &&
        [ "$(jq '[.conversations[].lists] | add' dump.json)" -eq 1 ]
}
foreign_meanwhile()
{
    refused_once || return 1
    conversation=$("$THREADFERRY" mapping --format jsonl | jq -r --arg id "$one" \
        'select(.thread_id == $id).conversation_id')
    curl -sf --data-binary '{"items":[{"type":"message","role":"user","content":[{"type":"input_text",
        "text":"somebody"}]}]}' "$MOCK/admin/conversations/$conversation/items" >/dev/null
    ferry 1 migrate --threads ids && says 'conflict: ' && collect && failed_as conflict "$one" "not written here"
}
check A15-a-refusal-needs-no-waiting no_waiting
check A15-a-foreign-item-is-a-conflict foreign_meanwhile

# ---- A16 ----

check A16-409-for-ever fails_one refused "!$one" 'HTTP 409' <<END
{"match":{"route":"append_items","metadata":"$one"},"do":"error","error":"conflict"}
END
missing_by_500()
{
    fails_one source_missing "!$one" 'HTTP 500' --concurrency 2 && jq -e '.requests.retries == 2' "$out" >/dev/null
}
# Others are read meanwhile, or it would be an outage.
check A16-500-for-a-missing-thread missing_by_500 <<END
{"match":{"route":"list_messages"},"do":"latency","ms":600}
{"match":{"route":"get_thread","path":"$one"},"do":"error"}
END
check A16-503-for-a-while exactly <<'END'
{"match":{"global_from":20,"until_ms":4000},"do":"error","error":"overloaded"}
END

# ---- A19 ----

# empty N: the run stops, with so many conversations at most, no orphan, and goes on later. A second
# run makes none besides, whatever thread comes first.
no_route()
{
    tac ids >turned
    fresh && for list in ids turned; do
        ferry 2 migrate --threads $list --json && says 'has no such route' && ! grep -q 'To resume' "$err" &&
            says 'base_url has to be the root of the API' &&
            jq -e '.possible_empty_orphans == 0 and .threads.failed == 0' "$out" >/dev/null || return 1
    done &&
        most conversations "$(stats .commits.conversations_created)" "$1" &&
        faults </dev/null && resume && same
}
for status in 404 405 501; do
    check A19-no-create-route-$status no_route 0 <<END
{"match":{"route":"create_conversation"},"do":"error","status":$status}
END
done
check A19-no-create-route-html no_route 0 <<'END'
{"match":{"route":"create_conversation"},"do":"error","error":"html","status":404}
END
check A19-no-items-route no_route 1 <<'END'
{"match":{"route":["append_items","list_items"]},"do":"error","status":404}
END
check A19-no-items-route-html no_route 1 <<'END'
{"match":{"route":["append_items","list_items"]},"do":"error","error":"html","status":404}
END
check A19-404-in-mid-job exactly <<'END'
{"match":{"route":["create_conversation","append_items"],"nth":[9,14]},"do":"error","status":404}
END

# ---- A13 ----

ignored_items()
{
    mock_stop
    world --generate threads=6,messages=0..45,seed=72 --quirk sglang
    fresh </dev/null && ferry 0 migrate --threads ids --create inline && same
}
check A13-items-of-a-create-ignored ignored_items

check O9-definite no_leaks
