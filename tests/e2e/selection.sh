#!/bin/sh
# What narrows a selection: by failure, time, metadata and chance, for every
# command alike, from files and from a live source, before the limit.
. tests/e2e/lib.sh

mock_start --generate threads=40,messages=1..3,metadata=60,seed=31 --log requests.log
config <<'END'
source:
  type: compatible
  base_url: @MOCK@/v1
  api_key_env: TEST_KEY
destination:
  type: openai
  base_url: @MOCK@/v1
  api_key_env: TEST_KEY
END
curl -s "$MOCK/admin/source" >source.json
jq -r '.threads[].id' source.json >ids
ferry 0 export --threads ids -o all.jsonl || exit 1
jq -c 'select(.kind == "thread").object' all.jsonl >objects
times=$(jq -s 'map(.created_at) | sort | .[13], .[27]' objects | tr '\n' ' ')
since=${times%% *}
until=${times#* } until=${until% }
key=$(jq -rs '[.[].metadata | to_entries[]] | group_by(.key) | max_by(length) | .[0].key' objects)
value=$(jq -rs --arg key "$key" '[.[].metadata[$key] | values] | .[0]' objects)

# same FILTER OPTION…: convert takes exactly the threads that the filter takes, from both sources
same()
{
    filter=$1
    shift
    jq -r --argjson since "$since" --argjson until "$until" --arg key "$key" --arg value "$value" \
        "select($filter).id" objects | sort >wanted
    [ -s wanted ] || return 1
    ferry 0 convert --threads ids "$@" && jq -r .thread_id "$out" | sort | cmp - wanted &&
        ferry 0 convert --source-type archive --source-path all.jsonl "$@" &&
        jq -r .thread_id "$out" | sort | cmp - wanted
}

at()
{
    jq -rn --argjson time "$1" '$time | todate'
}
check selection-since same '.created_at >= $since' --since "$since"
check selection-until same '.created_at < $until' --until "$(at "$until")"
check selection-window same '.created_at >= $since and .created_at < $until' \
    --since "$(at "$since")" --until "$until"
check selection-where same '.metadata[$key] == $value' --where "$key=$value"
check selection-where-and-since same '.metadata[$key] == $value and .created_at < $until' \
    --where "$key=$value" --until "$until"

# A sample has the size that was asked for, in the order of the list, the same each time; another
# seed gives another one.
samples()
{
    ferry 0 convert --threads ids --sample 9 && jq -r .thread_id "$out" >one &&
        ferry 0 convert --threads ids --sample 9 && jq -r .thread_id "$out" | cmp - one &&
        [ "$(wc -l <one)" -eq 9 ] && grep -Fxf one ids | cmp - one &&
        ferry 0 convert --threads ids --sample 9 --seed 2 && jq -r .thread_id "$out" >two &&
        ! cmp -s one two && ferry 0 convert --threads ids --sample 1000 &&
        [ "$(wc -l <"$out")" -eq 40 ]
}
check selection-sample samples

limits()
{
    ferry 0 convert --threads ids --since "$since" && jq -r .thread_id "$out" | head -n 3 >three &&
        ferry 0 convert --threads ids --since "$since" --limit 3 && jq -r .thread_id "$out" | cmp - three
}
check selection-limit-comes-last limits

# A thread that cannot be read is no thread that does not fit: it fails.
unreadable()
{
    echo thread_nobody >nobody && ferry 1 migrate --threads nobody --since 2001-01-01 --checkpoint other --json &&
        [ "$(jq .threads.failed "$out")" -eq 1 ]
}
check selection-unreadable-fails unreadable

timeless()
{
    cat >timeless.jsonl <<'END'
{"id":"msg_1","object":"thread.message","created_at":1700000000,"thread_id":"thread_a","role":"user","content":"one"}
{"id":"msg_2","object":"thread.message","thread_id":"thread_b","role":"user","content":"two"}
END
    ferry 0 convert --source-type archive --source-path timeless.jsonl --since 2001-01-01 &&
        [ "$(jq -r .thread_id "$out")" = thread_a ] && grep -q '1 thread without a time.*no_time' "$err"
}
check selection-without-a-time timeless

# Only what has failed, and by its code.
failures()
{
    failed=$(sed -n 7p ids)
    curl -sf -X POST --data-binary @- "$MOCK/admin/faults" <<END || return 1
{"match":{"route":"append_items","every":1},"do":"error","error":"forbidden"}
END
    ferry 1 migrate "$failed" && curl -sf -X POST --data '' "$MOCK/admin/faults" &&
        ferry 0 migrate "$(sed -n 8p ids)" && grep -q . threadferry.checkpoint &&
        ferry 0 convert --threads ids --only failed && [ "$(jq -r .thread_id "$out")" = "$failed" ] &&
        ferry 0 convert --threads ids --only forbidden --only refused &&
        [ "$(jq -r .thread_id "$out")" = "$failed" ] &&
        ferry 0 convert --threads ids --only truncated && ! [ -s "$out" ] &&
        ferry 0 migrate --threads ids --only failed --json && [ "$(jq .threads.done "$out")" -eq 1 ] &&
        [ "$(jq .threads.selected "$out")" -eq 1 ]
}
check selection-only-failures failures

# Commands that work from the checkpoint take the same options.
removals()
{
    ferry 0 migrate --threads ids && ferry 0 verify --since "$since" --json &&
        [ "$(jq -s '[.[] | select(.thread_id)] | length' "$out")" -eq \
            "$(jq --argjson since "$since" 'select(.created_at >= $since).id' objects | wc -l)" ] &&
        ferry 0 rollback --yes --where "$key=$value" --json &&
        [ "$(jq .threads.done "$out")" -eq \
            "$(jq --arg key "$key" --arg value "$value" 'select(.metadata[$key] == $value).id' objects | wc -l)" ] &&
        ferry 0 rollback --yes --sample 2 --json && [ "$(jq .threads.done "$out")" -eq 2 ]
}
check selection-of-checkpoint-commands removals

refused()
{
    : >requests.log
    for option in '--since yesterday' '--until -1' '--where tenant' '--where =x' '--sample 0' '--seed x' \
        '--only nonsense'; do
        # shellcheck disable=SC2086 # option and value
        ferry 2 migrate --threads ids $option || return 1
    done
    ! [ -s requests.log ] && ferry 2 convert --threads ids --only failed --checkpoint nowhere
}
check selection-malformed-is-usage refused
