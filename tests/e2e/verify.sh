#!/bin/sh
# What verify finds, whatever has become of a conversation: from the source, and from the digests of
# the checkpoint where the source is gone. The mock stores what it was sent and shows something else.
. tests/e2e/lib.sh

cat >thread.json <<'END'
{"threads":[{"id":"thread_whole","object":"thread","created_at":1700000000,"metadata":{},"messages":[
 {"id":"msg_1","object":"thread.message","created_at":1700000001,"thread_id":"thread_whole","role":"user",
  "content":[{"type":"text","text":{"value":"one","annotations":[]}},
             {"type":"image_file","image_file":{"file_id":"file-one"}}]},
 {"id":"msg_2","object":"thread.message","created_at":1700000002,"thread_id":"thread_whole","role":"assistant",
  "content":[{"type":"text","text":{"value":"two","annotations":[]}}]},
 {"id":"msg_3","object":"thread.message","created_at":1700000003,"thread_id":"thread_whole","role":"user",
  "content":[{"type":"text","text":{"value":"three","annotations":[]}}]},
 {"id":"msg_4","object":"thread.message","created_at":1700000004,"thread_id":"thread_whole","role":"assistant",
  "content":[{"type":"refusal","refusal":"four"}]},
 {"id":"msg_5","object":"thread.message","created_at":1700000005,"thread_id":"thread_whole","role":"user",
  "content":[{"type":"image_url","image_url":{"url":"https://files.test/five.png"}}]}],
 "runs":[{"id":"run_1","object":"thread.run","created_at":1700000001,"thread_id":"thread_whole","status":"completed"}],
 "run_steps":[{"id":"step_1","object":"thread.run.step","created_at":1700000001,"run_id":"run_1",
  "thread_id":"thread_whole","type":"tool_calls","status":"completed","step_details":{"type":"tool_calls",
  "tool_calls":[{"id":"call_1","type":"function","function":{"name":"look","arguments":"{\"at\":1}","output":"seen"}}]}}]}]}
END
mock_start --fixtures thread.json
source_config compatible 'mapping:
  tool_calls: functions
  user_image_files: keep'
sed '/^source/,/^destination/s|http://.*|http://127.0.0.1:1/v1|' migrate.yaml >gone.yaml

conversation()
{
    "$THREADFERRY" mapping --format jsonl | jq -r .conversation_id
}

# differs KIND: verify says so of the thread, the digests that something is different.
differs()
{
    ferry 1 verify --json && jq -es --arg kind "$1" '.[0].result == "differs" and
        (.[0].differences | any(.kind == $kind)) and .[1].summary.differs == 1' "$out" >/dev/null &&
        ferry 1 verify && grep -q '^\* *thread_whole' "$out" &&
        grep -q ' 1 differs, 0 missing, 0 errors$' "$err" || { cat "$out"; return 1; }
    ferry 1 -c gone.yaml verify --against checkpoint --json &&
        jq -es '.[0].result == "differs"' "$out" >/dev/null || { cat "$out"; return 1; }
}

# shown KIND RULE: every list of items is twisted so; without it all is well again.
shown()
{
    curl -sf -X POST --data-binary "{\"match\":{\"route\":\"list_items\"},$2}" "$MOCK/admin/faults" >/dev/null &&
        differs "$1" || return 1
    curl -sf -X POST --data-binary '' "$MOCK/admin/faults" >/dev/null && whole
}

# edited KIND FROM TO: in the text of the list.
edited()
{
    shown "$1" "\"do\":\"edit\",\"edits\":[[$(printf %s "$2" | jq -Rs .),$(printf %s "$3" | jq -Rs .)]]"
}

# An image that the server lists in words of its own matches, is counted, and proves nothing.
unproven()
{
    printf '%s\n' "{\"match\":{\"route\":\"list_items\"},\"do\":\"edit\",\"edits\":[[\"five.png\",\"five.png\"],[$1]]}" |
        curl -sf -X POST --data-binary @- "$MOCK/admin/faults" >/dev/null
    ferry 0 verify --json && tail -n 1 "$out" | jq -e '.summary.same == 1 and .summary.unproven == 1' >/dev/null
    result=$?
    curl -sf -X POST --data-binary '' "$MOCK/admin/faults" >/dev/null
    return $result
}

whole()
{
    ferry 0 verify --json && tail -n 1 "$out" | jq -e '.summary.unproven == 0' >/dev/null && ferry 0 -c gone.yaml verify --against checkpoint
}

# Something in between has executed the append twice, and answered once.
doubled()
{
    export THREADFERRY_CHECKPOINT=twice.checkpoint
    curl -sf -X POST --data-binary '{"match":{"route":"append_items"},"do":"twice"}' \
        "$MOCK/admin/faults" >/dev/null && ferry 0 migrate thread_whole &&
        curl -sf -X POST --data-binary '' "$MOCK/admin/faults" >/dev/null && differs extra
    result=$?
    unset THREADFERRY_CHECKPOINT
    return $result
}

extra()
{
    curl -sf -X POST "$MOCK/admin/conversations/$(conversation)/items" \
        -d '{"items":[{"type":"message","role":"user","content":"and then?"}]}' >/dev/null &&
        differs extra
}

# A 404 of somebody in between, without an error of the API, does not make a conversation missing.
page_is_no_answer()
{
    curl -sf -X POST --data-binary '{"match":{"route":"list_items"},"do":"error","error":"html","status":404}' \
        "$MOCK/admin/faults" >/dev/null && ferry 1 verify --json --max-attempts 2 || return 1
    curl -sf -X POST --data-binary '' "$MOCK/admin/faults" >/dev/null
    jq -es '.[0].result == "error" and .[1].summary.missing == 0' "$out" >/dev/null ||
        { cat "$out"; return 1; }
    whole
}

deleted()
{
    curl -sf -X DELETE "$MOCK/admin/conversations/$(conversation)" >/dev/null || return 1
    for how in '' '-c gone.yaml'; do
        # shellcheck disable=SC2086 # options
        ferry 1 $how verify --json ${how:+--against checkpoint} &&
            jq -es '.[0].result == "missing" and .[1].summary.missing == 1' "$out" >/dev/null ||
            { cat "$out"; return 1; }
    done
}

# The source is needed for the one and not for the other.
source_gone()
{
    ferry 17 -c gone.yaml verify --max-attempts 1
}

# What was found, and how the whole job stands after all of its runs: also of one that is gone.
reported()
{
    ferry 1 migrate --threads-file /dev/null thread_nowhere && ferry 1 verify --report found.json &&
        ferry 1 verify -q --report found.html || return 1
    jq -e '.report == "verify" and .source and .destination and .summary.missing == 1 and .summary.error == 1 and
        (.failures | map(.code) | sort) == ["error", "missing"] and
        (.job.since | todate) <= .started and .job.threads.done == 1 and .job.threads.failed == 1 and .job.failures == {source_missing: 1} and
        (.configuration.keys | all(.value != null)) and .next' found.json >/dev/null || {
        jq -c . found.json
        return 1
    }
    grep -q '<h1>threadferry verify</h1>' found.html && grep -q "compatible</span> <span class=\"w\">$MOCK/v1<" found.html &&
        grep -q '<p>Since 20' found.html && grep -q '<p>threadferry 1.*, libcurl .*, jansson ' found.html && grep -q 'no longer there' found.html && ! grep -q 'not set' found.html
}

check verify-migrated ferry 0 migrate thread_whole
check verify-whole whole
check verify-source-gone source_gone
check verify-missing shown missing '"do":"page","how":"drop"'
check verify-doubled doubled
check verify-swapped shown moved '"do":"page","how":"swap"'
check verify-reversed shown moved '"do":"page","how":"reverse"'
check verify-altered-text edited text '"two"' '"two "'
check verify-role edited role '"role":"user"' '"role":"system"'
check verify-part-type edited type '"type":"output_text"' '"type":"input_text"'
check verify-image-file edited image file-one file-another
check verify-image-url edited image five.png six.png
check verify-image-unlisted unproven '"\"image_url\":\"https://files.test/five.png\"","\"image_url\":null"'
check verify-refusal edited refusal '"refusal":"four"' '"refusal":"for"'
check verify-call edited call '"name":"look"' '"name":"touch"'
check verify-call-output edited call '"output":"seen"' '"output":"scene"'
check verify-404-page page_is_no_answer
check verify-extra extra
check verify-deleted deleted
check verify-reported reported
