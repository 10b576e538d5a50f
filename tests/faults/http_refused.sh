#!/bin/sh
# H5 to H11: refusals and redirects.
# shellcheck disable=SC2034 # lib.sh looks at it
key_holders=key
. tests/faults/lib.sh

world --generate threads=24,messages=1..25,seed=42
one=$(sed -n 5p ids)

for status in 408 409; do
    for route in create_conversation append_items list_items list_messages; do
        check H5-$status-$route exactly <<END
$(on append_items '"nth":2' reset_after)
$(on $route '"nth":[1,4]' error "\"error\":\"conflict\",\"status\":$status")
END
    done
    check H5-$status-committed exactly <<END
$(on append_items '"nth":[2,5]' error_after "\"error\":\"conflict\",\"status\":$status")
$(on create_conversation '"nth":[2,5]' error_after "\"error\":\"conflict\",\"status\":$status")
END
done

# Locked more often than there are attempts, and no orphan and no look comes of it.
locked()
{
    exactly --max-attempts 2 && [ "$(jq .possible_empty_orphans "$out")" -eq 0 ]
}
check H6-locked locked <<'END'
{"match":{"route":"append_items","nth":[1,2,3,4,5,6]},"do":"error","error":"locked"}
END
check H6-locked-again-and-again locked <<END
{"match":{"route":"append_items","metadata":"$one","first":3},"do":"error","error":"locked"}
END

# ---- H7 ----

check H7-key-refused-source stops 13 <<'END'
{"match":{"route":"list_messages","from":6},"do":"error","error":"key"}
END
check H7-key-refused-destination stops 13 <<'END'
{"match":{"route":"append_items","from":6},"do":"error","error":"key"}
END

# A command prints the key; it ran once, and once more after the refusal.
renewed()
{
    cat >token <<'END'
#!/bin/sh
echo run >>runs
cat key
END
    chmod +x token
    rm -f runs
    echo "$canary_key" >key
    fresh <<END || return 1
{"match":{"route":"append_items","nth":3},"do":"set_key","key":"another-$canary_key"}
END
    # Changed for good, before the mock asks for it.
    [ "$1" = same ] || echo "another-$canary_key" >key.next
    sed 's|api_key_env: TEST_KEY|api_key_command: [./token]|' migrate.yaml >command.yaml
    [ "$1" = same ] || cat >token <<'END'
#!/bin/sh
echo run >>runs
cat key
[ ! -f key.next ] || mv key.next key
END
    ferry "$2" -c command.yaml migrate --threads ids --json
    result=$?
    curl -sf -X POST --data-binary '{"match":{"nth":1},"times":1,"do":"set_key","key":"'$canary_key'"}' \
        "$MOCK/admin/faults" >/dev/null
    curl -s -H "Authorization: Bearer another-$canary_key" "$MOCK/v1/conversations/none" >/dev/null
    [ $result -eq 0 ] && [ "$(wc -l <runs)" -eq 2 ]
}
renewed_well()
{
    renewed other 0 && same
}
renewed_in_vain()
{
    renewed same 13 && faults </dev/null && resume && same
}
check H7-command-runs-again renewed_well
check H7-command-has-nothing-new renewed_in_vain

# ---- H8, H9, H10 ----

for route in get_thread list_messages; do
    check H8-one-$route fails_one forbidden "$one" <<END
{"match":{"route":"$route","path":"$one"},"do":"error","error":"forbidden"}
END
    check H8-all-$route stops 13 <<END
{"match":{"route":"$route"},"do":"error","error":"forbidden"}
END
done
check H8-one-append fails_one forbidden "$one" <<END
{"match":{"route":"append_items","metadata":"$one"},"do":"error","error":"forbidden"}
END
check H8-all-creates stops 13 <<'END'
{"match":{"route":"create_conversation"},"do":"error","error":"forbidden"}
END
# Nineteen are not twenty.
nineteen()
{
    fresh && ferry 1 migrate --threads ids --json --concurrency 1 &&
        jq -e '.threads.failed == 19 and .threads.done == 6' "$out" >/dev/null &&
        faults </dev/null && resume && same
}
check H8-nineteen-in-a-row nineteen <<'END'
{"match":{"route":"get_thread","first":19},"do":"error","error":"forbidden"}
END

check H9-one fails_one source_missing "$one" <<END
{"match":{"route":["get_thread","list_messages","list_runs"],"path":"$one"},"do":"error","status":404,
 "body":{"error":{"message":"No thread found with id '$one'.","type":"invalid_request_error","param":null,"code":null}}}
END
# 404 or 410 with every route is the end of the API; of a compatible server a 404 says nothing.
gone()
{
    shift
    fresh && ferry 15 migrate --threads ids "$@" && says archive && faults </dev/null && resume && same
}
nothing_said()
{
    fresh && ferry 1 migrate --threads ids --json &&
        jq -e '.threads.failed == 25 and .exit.code == 1' "$out" >/dev/null &&
        faults </dev/null && resume && same
}
for status in 404 410; do
    unknown="\"status\":$status,\"body\":{\"error\":{\"message\":\"Unknown request URL\",
        \"type\":\"invalid_request_error\",\"param\":null,\"code\":\"unknown_url\"}}"
    check H9-all-$status gone $status --source-type openai <<END
{"match":{"method":"GET","path":"/v1/"},"do":"error",$unknown}
END
    check H9-all-$status-html gone $status --source-type openai <<END
{"match":{"method":"GET","path":"/v1/"},"do":"error","error":"html","status":$status}
END
    check H9-threads-alone-$status nothing_said <<END
{"match":{"path":"/v1/threads"},"do":"error",$unknown}
END
done
check H9-compatible-410 gone 410 <<'END'
{"match":{"method":"GET","path":"/v1/"},"do":"error","status":410}
END
check H9-compatible-404 nothing_said <<'END'
{"match":{"method":"GET","path":"/v1/"},"do":"error","status":404}
END

check H10-one-item fails_one refused "$one" 'message ' <<END
{"match":{"route":"append_items","metadata":"$one"},"do":"error","error":"bad_item"}
END
check H10-too-large fails_one refused "$one" 'HTTP 413' <<END
{"match":{"route":"append_items","metadata":"$one"},"do":"error","error":"too_large"}
END
check H10-too-large-unsigned fails_one refused "$one" 'HTTP 413' <<END
{"match":{"route":"append_items","metadata":"$one"},"do":"error","error":"html","status":413}
END
check H10-too-large-together-unsigned endures <<END
{"match":{"route":"append_items","metadata":"$one","first":2},"do":"error","error":"html","status":413}
END

# In a create with items: halved like any batch, until the item is alone and named; what is only too
# large together arrives.
check H10-too-large-inline fails_one refused "$one" 'message ' --create inline <<END
{"match":{"route":"create_conversation","body":"$one"},"do":"error","error":"too_large"}
END
check H10-too-large-together-inline endures --create inline <<END
{"match":{"route":"create_conversation","body":"$one","first":2},"do":"error","error":"too_large"}
END

# ---- H11 ----

# The other server must not be asked for anything, least of all with the key.
redirected()
{
    status=$1
    fresh <<END || return 1
{"match":{"route":"$2","path":"$3"},"do":"error","status":$status,"headers":{"Location":"$4"},"body":""}
END
    ferry '0|1|17' migrate --threads ids --max-attempts 2 || return 1
    [ "$(curl -sf "$other/admin/stats" | jq .requests)" -eq 0 ] || return 1
    faults </dev/null && resume && same
}
main_mock=$MOCK
mock_start --generate threads=1
other=$MOCK
MOCK=$main_mock
for status in 301 302 307 308; do
    check H11-$status-read redirected $status list_messages "$one" "$other/v1/threads/$one/messages"
    check H11-$status-create redirected $status create_conversation / "$other/v1/conversations"
    check H11-$status-same-host redirected $status list_messages "$one" "/v1/elsewhere"
done


check O9-http-refused no_leaks
