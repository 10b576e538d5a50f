#!/bin/sh
# An archive is as good as the server it came from: the same objects, the same
# items, the same assistants, also where the export was killed on its way.
. tests/e2e/lib_truth.sh

everything=images=20,annotations=30,url_citations=10,attachments=20,runs=90,tools=90,empty=10
mock_start --generate "threads=24,messages=1..70,seed=11,unicode=30,$everything"
# Only an archive cannot tell that files of another service mean nothing here.
source_config compatible 'mapping: {user_image_files: keep}'
cp migrate.yaml live.yaml
list_ids

from_live()
{
    cp live.yaml migrate.yaml
}

# What export wrote is the source now.
from_archive()
{
    config <<END
source: {type: archive, path: $work/saved}
destination: {type: openai, base_url: @MOCK@/v1, api_key_env: TEST_KEY}
settle_ms: 20
mapping: {user_image_files: keep}
END
}

# The lines of each thread as readers take them: from its last `thread` line on.
newest()
{
    jq -cn '[inputs | select(.thread_id)] | reduce .[] as $line ({};
        if $line.kind == "thread" then .[$line.thread_id] = [$line]
        else .[$line.thread_id] += [$line] end) | .[][]' saved
}

# Every object of the source is in the archive, as it was, once; each thread is closed.
lossless()
{
    curl -sf "$MOCK/admin/source" | jq -S -c '.threads[] | .id as $t | (.messages // [])[],
        (.runs // [])[], (.run_steps // [])[] | del(.file_search)' | sort >want.objects
    newest >newest.lines
    jq -S -c 'select(.kind | IN("message", "run", "run_step")).object' newest.lines |
        sort >have.objects
    cmp want.objects have.objects || return 1
    is "$(sort ids)" "$(jq -r 'select(.kind == "end").thread_id' newest.lines | sort)" &&
        is 0 "$(jq -s 'group_by(.thread_id) | map(
            (map(select(.kind == "end"))[0]) as $close
            | ([.[] | .kind] | group_by(.) | map({key: .[0], value: length}) | from_entries) as $n
            | select($close.messages != ($n.message // 0) or $close.runs != ($n.run // 0) or
                $close.run_steps != ($n.run_step // 0))) | length' newest.lines)"
}

exported()
{
    from_live
    rm -f saved
    ferry 0 export --threads ids -o saved --json && is '24 0' "$(threads 'done failed')" &&
        lossless && cksum <saved >first && ferry 0 export --threads ids -o saved --json &&
        is '0 24' "$(threads 'done already_done')" && cksum <saved | cmp -s first - &&
        ! grep 'cut ' "$err"
}

# Killed at any moment, as often as it takes, and going on each time.
killed()
{
    from_live
    rm -f saved
    echo '{"match":{"every":2},"do":"latency","ms":4}' | rules
    for kill_after in 3 20 40 70 110 160; do
        "$THREADFERRY" export --threads ids -o saved --concurrency 3 >/dev/null 2>"$err" </dev/null &
        run=$!
        until_requests $kill_after
        kill -9 $run 2>/dev/null
        wait $run 2>/dev/null
    done
    echo | rules
    ferry 0 export --threads ids -o saved --json &&
        is 24 "$(threads 'done already_done' | awk '{ print $1 + $2 }')" && lossless
}

# Until the server was asked so often in all, or the program has ended.
until_requests()
{
    more=$(($(curl -sf "$MOCK/admin/stats" | jq .requests) + $1))
    while kill -0 $run 2>/dev/null &&
        [ "$(curl -sf "$MOCK/admin/stats" | jq .requests)" -lt $more ]; do
        sleep 0.005
    done
}

# What the destination holds, by the source's threads.
held()
{
    curl -sf "$MOCK/admin/dump?form=bare" | jq -cS '[.conversations[] | select(.deleted | not) |
        {key: .metadata.source_thread_id, value: {items, metadata}}] | from_entries'
}

# The same items and metadata from both, under each way to carry tool calls.
same_items()
{
    fresh
    from_live
    ferry 0 migrate --threads ids --mapping-tool-calls "$1" && held >live.json &&
        ferry 0 verify --mapping-tool-calls "$1" || return 1
    fresh
    from_archive
    ferry 0 migrate --mapping-tool-calls "$1" --json && is 24 "$(threads done)" &&
        held >archive.json && cmp live.json archive.json &&
        ferry 0 verify --mapping-tool-calls "$1" &&
        ferry 0 verify --against checkpoint --mapping-tool-calls "$1" || return 1
    case $1 in
    functions) jq -e '[.[].items[] | select(.type == "function_call")] | length > 5' live.json ;;
    text) jq -e '[.[].items[].content[]?.text // "" | select(test("```python|\\[file search: "))]
        | length > 3' live.json ;;
    none) jq -e '[.[].items[] | select(.type != "message")] | length == 0' live.json ;;
    esac >/dev/null
}

# Calls and outputs come in pairs, and before the answer that they led to.
paired()
{
    is 0 "$(curl -sf "$MOCK/admin/dump" |
        jq '[.conversations[] | .calls_without_output + .outputs_without_call] | add')"
}

# A job begun live goes on from the archive, and the other way round.
continued()
{
    fresh
    from_live
    ferry 0 migrate --threads ids --limit 9 || return 1
    echo '{"match":{"route":"append_items","per":"id","from":2},"do":"error","error":"bad_item"}' |
        rules
    ferry 1 migrate --threads ids --limit 16
    echo | rules
    from_archive
    ferry 0 migrate --threads ids && held >both.json && cmp both.json none.json
}

# Threads that have grown since they were saved are topped up from a new archive.
top_up()
{
    grown=$(sed -n 3p ids)
    curl -sf "$MOCK/admin/threads" -d "{\"id\":\"$grown\",\"grow\":4}" >/dev/null
    from_live
    rm -f saved
    ferry 0 export --threads ids -o saved || return 1
    from_archive
    ferry 0 migrate --json && is 24 "$(threads already_done)" &&
        ferry 0 migrate --json --top-up && is '23 1' "$(threads 'already_done topped_up')" &&
        is 4 "$(jq .items.written "$out")" && ferry 0 verify
}

assistants()
{
    from_live
    ferry 0 assistants -o from-live && [ "$(find from-live -name '*.json' | wc -l)" -ge 3 ] ||
        return 1
    from_archive
    ferry 0 assistants -o from-archive && diff -r from-live from-archive &&
        jq -es 'all(has("model") and (.not_carried.id | startswith("asst_")))' from-live/*.json \
            >/dev/null
}

# A thread that cannot be read is reported and is not in the archive; the rest is.
failing()
{
    from_live
    rm -f saved
    ferry 1 export --threads ids thread_none -o saved --json &&
        is '24 1' "$(threads 'done failed')" && is 0 "$(grep -c thread_none saved)" && lossless
}

# The same command again leaves closed threads as they are; --top-up saves anew what has grown,
# and what the source has lost meanwhile stays in the archive.
grown()
{
    grown=$(sed -n 5p ids)
    from_live
    rm -f saved
    ferry 0 export --threads ids -o saved && cksum <saved >first || return 1
    curl -sf "$MOCK/admin/threads" -d "{\"id\":\"$grown\",\"grow\":3}" >/dev/null
    ferry 0 export --threads ids -o saved --json && is '0 24 0' "$(threads 'done already_done topped_up')" &&
        cksum <saved | cmp -s first - || return 1
    ferry 0 export --threads ids -o saved --json --top-up &&
        is '0 23 1' "$(threads 'done already_done topped_up')" &&
        is 3 "$(jq .items.saved "$out")" && lossless && cksum <saved >second &&
        ferry 0 export --threads ids -o saved --json --top-up && is '24' "$(threads already_done)" &&
        cksum <saved | cmp -s second -
}

# A last line without its end is kept beside the file; whole lines of an unfinished thread stay.
torn()
{
    from_live
    rm -f saved saved.torn-1
    ferry 0 export --threads ids -o saved && cp saved whole || return 1
    size=$(($(wc -c <whole) - $(tail -n 1 whole | wc -c) / 2))
    head -c $size whole >saved
    chmod 600 saved
    ferry 0 export --threads ids -o saved && lossless &&
        is "$(head -c $size whole | tail -n 1)" "$(cat saved.torn-1)" || return 1
    kept=$(($(head -c $size whole | wc -l)))
    head -n $kept whole >one && head -n $kept saved | cmp one -
}

# Files that are not ours are left alone.
not_ours()
{
    from_live
    printf 'my diary\n' >diary
    chmod 600 diary
    cksum diary >before
    ferry 2 export --threads ids -o diary && cksum diary | cmp before - &&
        ferry 2 export --threads ids && from_archive && ferry 2 export -o saved
}

check export exported
check items-of-none same_items none
mv live.json none.json
check items-of-functions same_items functions
check calls-in-pairs paired
check items-of-text same_items text
check continued continued
check assistants assistants
check export-killed killed
check export-failing failing
check export-torn torn
check export-not-ours not_ours
# A hand that slips names a file that the job lives on, by whatever name: it is as it was.
spared()
{
    from_live
    rm -f threadferry.checkpoint saved
    ferry 0 migrate --threads ids && ln -s threadferry.checkpoint other && ln ids other.html || return 1
    for file in threadferry.checkpoint migrate.yaml ids other other.html; do
        cksum "$file" >before
        for deed in 'diff --threads ids --format html -o' 'export --threads ids -o' \
            'migrate --threads ids --log-file'; do
            # shellcheck disable=SC2086 # a command with its options
            ferry 2 $deed "$file" && grep -q 'not overwritten' "$err" && cksum "$file" | cmp -s before - ||
                { echo "$deed $file"; return 1; }
        done
    done
    ferry 2 migrate --threads ids --report other.html && cksum other.html | cmp -s before - &&
        rm -f other other.html
}

check top-up top_up
check export-grown grown
check spared spared
