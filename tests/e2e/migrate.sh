#!/bin/sh
# The ordinary life of a job: threads of every size, selections, resuming,
# topping up, dry runs, the summary and each exit status.
. tests/e2e/lib_truth.sh

# The edges of pages and batches, and eleven threads of any size.
jq -c '[.[] | select(.grow < 10000)]' "$top/tests/fixtures/sizes.json" >sizes.json
mock_start --fixtures sizes.json --generate "threads=11,messages=1..45,seed=7,$text"
source_config compatible
curl -sf "$MOCK/admin/threads" \
    -d '[{"id":"thread_300","object":"thread","created_at":1700000000,"metadata":{},"grow":300}]' \
    >/dev/null
list_ids

verified()
{
    ferry 0 verify --json && is "$(wc -l <"${1:-ids}")" "$(tail -n 1 "$out" | jq .summary.same)"
}

# A9: sizes around every edge of pages and batches.
sizes()
{
    ferry 0 migrate --threads ids --json && is '20 0 0' "$(threads 'done failed remaining')" &&
        moved && verified
}

again()
{
    before=$(commits)
    ferry 0 migrate --threads ids --json && is '0 20' "$(threads 'done already_done')" &&
        is 0 "$(jq '.requests.source + .requests.destination' "$out")" &&
        is "$before" "$(commits)" && moved
}

in_small_pages_and_batches()
{
    fresh
    ferry 0 migrate --threads ids --source-page-size 7 --batch-items 3 && moved && verified
    fresh
    ferry 0 migrate --threads ids --batch-bytes 300 --concurrency 1 && moved && verified
    fresh
    ferry 0 migrate --threads ids --create inline && moved && verified
}

limited()
{
    fresh
    head -n 4 ids >four
    ferry 0 migrate --threads ids --limit 4 --json &&
        is '4 4 0' "$(threads 'selected done remaining')" && moved four && verified four &&
        ferry 0 migrate --threads ids --json && is '16 4' "$(threads 'done already_done')" && moved
}

# A11: the same id twice is one thread; comments and blank lines are none.
duplicates()
{
    fresh
    { printf '\357\273\277# ids\r\n\r\n'; sed 's/$/\r/' ids; head -n 3 ids; } >messy
    ferry 0 migrate --threads messy --json "$(sed -n 5p ids)" &&
        is '20 20 4' "$(threads 'selected done duplicates')" && moved
    fresh
    jq -R '{id: ., n: 1}' -c ids >ids.jsonl
    "$THREADFERRY" migrate --threads - --column id --json <ids.jsonl >"$out" 2>"$err" &&
        is 20 "$(threads done)" && moved
}

# What failed before is tried again after all others, wherever it stands in the list.
failed_last()
{
    fresh
    head -n 3 ids >three
    echo '{"match":{"route":"get_thread"},"do":"error","error":"forbidden","times":1}' | rules
    ferry 1 migrate "$(sed -n 1p three)" &&
        ferry 0 migrate --threads three --concurrency 1 && moved three &&
        is "$(sed -n 1p three)" "$(cut -c10- threadferry.checkpoint |
            jq -r 'select(.k == "creating").thread' | tail -n 1)"
}

# One configuration, two current directories: one job.
two_directories()
{
    fresh
    mkdir -p elsewhere/job
    ids=$work/ids
    here=$(pwd -P)
    ferry 0 migrate --threads "$ids" && grep -qF "new job begins: its checkpoint is '$here/" "$err" &&
        cd elsewhere || return 1
    ferry 0 -c ../migrate.yaml migrate --threads "$ids" --json && is 20 "$(threads already_done)" &&
        ! grep -q 'new job' "$err" && ! [ -e threadferry.checkpoint ]
    ok=$?
    # A checkpoint where older runs put it: nobody guesses.
    cp ../migrate.yaml job && cp ../threadferry.checkpoint . &&
        for command in migrate status diff mapping 'config check'; do
            # shellcheck disable=SC2086 # a command with its words
            ferry 2 -c job/migrate.yaml $command && grep -qF "'job/threadferry.checkpoint'" "$err" &&
                grep -qF "one at 'threadferry.checkpoint'" "$err" || ok=1
        done
    cd .. && rm -r elsewhere && return $ok
}

shards()
{
    fresh
    for i in 1 2 3; do
        ferry 0 migrate --threads ids --shard $i/3 --checkpoint shard$i --json || return 1
        threads done >>done.shards
        "$THREADFERRY" mapping shard$i --format jsonl | jq -r .thread_id >shard$i.ids
    done
    moved && is 20 "$(jq -s add done.shards)" &&
        is "$(sort ids)" "$(cat shard1.ids shard2.ids shard3.ids | sort)" &&
        ferry 12 migrate --threads ids --shard 2/3 --checkpoint shard1 &&
        JOB_COMPLETION_INDEX=2 ferry 0 migrate --threads ids --shard auto/3 --checkpoint shard3 \
            --json && is 0 "$(threads done)"
}

# The fields of the summary, all of them and no others, in their order.
summary()
{
    fresh
    echo '{"match":{"route":"append_items","first":1},"do":"error","error":"rate_limit",
        "headers":{"Retry-After":"0"}}' | rules
    ferry 1 migrate --threads ids thread_that_is_not_there --json &&
        is "$(cat <<'END'
["schema"] ["command"] ["dry_run"] ["threads","selected"] ["threads","done"] ["threads","already_done"] ["threads","topped_up"] ["threads","failed"] ["threads","uncertain"] ["threads","remaining"] ["threads","duplicates"] ["items","written"] ["losses"] ["requests","source"] ["requests","destination"] ["requests","retries"] ["requests","throttled"] ["unread"] ["files","kept"] ["files","mapped"] ["files","inside"] ["files","missing"] ["files","unknown"] ["files","bytes"] ["possible_empty_orphans"] ["duration_ms"] ["exit","code"] ["exit","reason"]
END
)" "$(jq -c --stream 'select(length == 2)[0]' "$out" | tr '\n' ' ' | sed 's/ $//')" &&
        is '1 migrate false 1 1 thread failed' \
            "$(jq -r '"\(.schema) \(.command) \(.dry_run) \(.exit.code) \(.exit.reason)"' "$out")" &&
        is '21 20 0 0 1 0 0 0' \
            "$(threads 'selected done already_done topped_up failed uncertain remaining duplicates')" &&
        is "$(at_source | wc -l)" "$(jq .items.written "$out")" &&
        is "$(curl -sf "$MOCK/admin/stats" | jq .requests)" \
            "$(jq '.requests.source + .requests.destination' "$out")" &&
        is 1 "$(jq .requests.throttled "$out")" && is 1 "$(wc -l <"$out")" && moved &&
        grep -q 'source_missing' "$err" &&
        ferry 0 status --json && is source_missing "$(jq -r '.failures[].code' "$out")"
}

# O4: a dry run in every state of the job changes nothing anywhere.
dry()
{
    before=$(commits; find . -type f ! -name out ! -name err -exec cksum {} +)
    ferry "$1" migrate --dry-run --threads ids --json --top-up &&
        is "$before" "$(commits; find . -type f ! -name out ! -name err -exec cksum {} +)" &&
        is true "$(jq .dry_run "$out")" &&
        is "$2" "$(threads 'done already_done topped_up failed')"
}

dry_runs()
{
    fresh
    # Threads of more than one batch.
    long=$(at_source | jq -s 'group_by(.[0]) | map(select(length > 20)) | length')
    dry 0 '20 0 0 0' && is "$(at_source | wc -l)" "$(jq .items.written "$out")" &&
        echo '{"match":{"route":"append_items","per":"id","from":2},"do":"error",
            "error":"bad_item"}' | rules &&
        ferry 1 migrate --threads ids --json && is "$long" "$(threads failed)" &&
        echo | rules && dry 0 "$long $((20 - long)) 0 0" &&
        ferry 0 migrate --threads ids && dry 0 '0 20 0 0' &&
        curl -sf "$MOCK/admin/threads" -d "{\"id\":\"$(head -n 1 ids)\",\"grow\":3}" >/dev/null &&
        dry 0 '0 19 1 0' && is 3 "$(jq .items.written "$out")"
}

# The thread that has just grown by three.
top_up()
{
    ferry 0 migrate --threads ids --json && is '0 20 0' "$(threads 'done already_done topped_up')" &&
        ferry 0 migrate --threads ids --json --top-up &&
        is '0 19 1' "$(threads 'done already_done topped_up')" &&
        is 3 "$(jq .items.written "$out")" && moved && verified &&
        ferry 0 migrate --threads ids --json --top-up && is 20 "$(threads already_done)" && moved
}

# A5: somebody has gone on in the conversation.
moved_on()
{
    thread=$(sed -n 2p ids)
    conversation=$("$THREADFERRY" mapping --format jsonl |
        jq -r "select(.thread_id == \"$thread\").conversation_id")
    curl -sf "$MOCK/admin/conversations/$conversation/items" \
        -d '{"items":[{"type":"message","role":"user","content":"foreign"}]}' >/dev/null
    curl -sf "$MOCK/admin/threads" -d "{\"id\":\"$thread\",\"grow\":1}" >/dev/null
    before=$(commits)
    ferry 1 migrate --threads ids --json --top-up && is '19 0 1' "$(threads 'already_done topped_up failed')" &&
        is "$before" "$(commits)" && grep -q "thread $thread failed: conflict" "$err" &&
        still_done
}

# What a top-up could not begin is as done as it was.
still_done()
{
    ferry 0 status --json && is '20 0' "$(threads 'done failed')" && ferry 0 migrate --threads ids --json &&
        is '20 0' "$(threads 'already_done failed')"
}

# The source forgets its threads, as it will one day.
top_up_without_source()
{
    before=$(commits)
    echo '{"match":{"route":"get_thread"},"do":"error","status":404,"error":"server",
        "body":{"error":{"message":"No thread found with id x","type":"x","code":null}}}' | rules &&
        ferry 1 migrate --threads ids --json --top-up && is '0 20' "$(threads 'topped_up failed')" &&
        echo | rules && is "$before" "$(commits)" && still_done && ferry 0 verify --against checkpoint
}

# An archive of one thread: a message without content behind each one, which lost its metadata.
lossy_archive()
{
    jq -nc --argjson count "$1" '{id: "thread_lossy", object: "thread", created_at: 1700000000,
        metadata: {}, messages: [range($count) | ({t: 0, text: "one"}, {t: 1}) as $m | {
            id: "msg_\(. * 2 + $m.t)", object: "thread.message", thread_id: "thread_lossy",
            created_at: (1700000001 + . * 2 + $m.t), role: "user",
            metadata: (if $m.t == 0 then {a: "b"} else {} end),
            content: (if $m.text then [{type: "text", text: {value: $m.text, annotations: []}}]
                else [] end)}]}' >lossy.jsonl
}

# lossy STATUS WRITTEN MESSAGE_METADATA EMPTY OPTION…: the dry run says what the run then does.
lossy()
{
    status=$1
    counts="$2 $3 $4"
    shift 4
    for dry in --dry-run --no-all; do
        [ $dry = --dry-run ] && [ "$status" -ne 0 ] && continue
        ferry "$status" migrate --source-type archive --source-path lossy.jsonl --batch-items 2 \
            --json $dry "$@" && is "$counts" "$(jq -r '"\(.items.written) \(.losses.message_metadata //
            0) \(.losses.empty_message // 0)"' "$out")" || return 1
    done
}

# Each run counts what was lost in what it has written, and what gave no item behind that.
losses_of_runs()
{
    fresh
    lossy_archive 5
    echo '{"match":{"route":"append_items","nth":2},"do":"error","error":"bad_item"}' | rules &&
        lossy 1 2 2 1 && echo | rules && lossy 0 3 3 4 && lossy 0 0 0 0 && lossy 0 0 0 0 --top-up &&
        lossy_archive 6 && lossy 0 1 1 2 --top-up && lossy 0 0 0 0 --top-up
}

# O3: the same checkpoint under another mapping.
accepted_change()
{
    fresh
    ferry 0 migrate --threads ids --limit 3 &&
        ferry 12 migrate --threads ids --mapping-refusals text &&
        ferry 0 migrate --threads ids --mapping-refusals text --accept-mapping-change --json &&
        is '17 3' "$(threads 'done already_done')" &&
        ferry 12 migrate --threads ids && moved
}

max_errors()
{
    fresh
    printf 'thread_none_%s\n' 1 2 3 4 5 >none
    cat none ids >both
    ferry 3 migrate --threads both --max-errors 2 --concurrency 1 --json &&
        is 2 "$(threads failed)" && ferry 1 migrate --threads both --json && is 5 "$(threads failed)" && moved
}

check A9-sizes sizes
check again again
check in-small-pages-and-batches in_small_pages_and_batches
check limit limited
check A11-duplicates duplicates
check failed-last failed_last
check two-directories two_directories
check shards shards
check summary summary
check O4-dry-runs dry_runs
check top-up top_up
check top-up-without-source top_up_without_source
check A5-moved-on moved_on
check losses-of-runs losses_of_runs
check O3-accepted-mapping-change accepted_change
check max-errors max_errors
