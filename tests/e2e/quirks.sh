#!/bin/sh
# Servers that people use and that are not quite what they seem: a thread is
# moved whole, or it fails and the server's fault is named. Never a part as if
# it were the whole, never a loop, nothing twice.
. tests/e2e/lib_truth.sh

# quirky TYPE MOCK-OPTIONS…: a server of its own and an empty job.
quirky()
{
    type=$1
    shift
    [ -z "${mock_pid:-}" ] || mock_stop
    mock_start "$@"
    source_config "$type"
    list_ids
    rm -f threadferry.checkpoint
}

# Threads of so many messages, one each: small fixture on standard output.
of_sizes()
{
    for size; do
        echo "{\"id\":\"thread_$size\",\"object\":\"thread\",\"created_at\":1700000000,
            \"metadata\":{},\"grow\":$size}"
    done
}

# Everything arrives, and the comparing command agrees.
whole()
{
    ferry 0 migrate --threads ids --json "$@" && moved &&
        ferry 0 verify --json "$@" && is "$(wc -l <ids)" "$(tail -n 1 "$out" | jq .summary.same)"
}

# fails WORDS ID…: these fail in these words, all others arrive.
fails()
{
    words=$1
    shift
    : >failing
    for id; do echo "$id" >>failing; done
    grep -vxFf failing ids >others
    ferry 1 migrate --threads ids --json && is $# "$(threads failed)" &&
        is $# "$(grep -c "$words" "$err")" || return 1
    # Of a thread that failed there is nothing, or a beginning.
    at_source | of_threads failing >all.jsonl
    at_destination | of_threads failing >part.jsonl
    jq -en --slurpfile all all.jsonl --slurpfile part part.jsonl '
        ($all | group_by(.[0]) | map({key: .[0][0], value: .}) | from_entries) as $all |
        $part | group_by(.[0]) | all(. == $all[.[0][0]][:length])' >/dev/null || return 1
    at_source | of_threads others >want.jsonl
    at_destination | of_threads others | cmp -s want.jsonl - || return 1
    # Bounded: no loop in any of them.
    [ "$(curl -sf "$MOCK/admin/stats" | jq .requests)" -lt 200 ]
}

plain()
{
    of_sizes 0 1 19 20 21 40 100 101 | jq -s . >sizes.json
    quirky compatible --fixtures sizes.json "$@"
}

# Up to 20 messages are one page, whatever was asked for; more cannot be followed.
litellm()
{
    plain --quirk litellm
    fails 'runs newest first' thread_21 thread_40 thread_100 thread_101 &&
        is 0 "$(wc -l <part.jsonl)"
}

# Pages that cannot be followed, but 100 messages can be had at once.
astra()
{
    plain --quirk astra
    fails 'refuses to list what follows' thread_100 thread_101 && is 0 "$(wc -l <part.jsonl)" ||
        return 1
    plain --quirk astra
    grep -v 'thread_10[01]' ids >few && mv few ids
    whole --source-page-size 20
}

dumps()
{
    quirky compatible --generate "threads=5,messages=1..130,seed=3,$text" --quirk "$1"
    whole && fresh && whole --source-page-size 10
}

# Pages of 20, whatever was asked for, each called the last: threads arrive whole, and one request
# more is what that costs where nothing is behind the page.
capped()
{
    plain
    echo '{"match":{"route":"list_messages"},"do":"page","how":["cap_20","never_more"]}' | rules
    whole && fresh && echo thread_20 >ids && ferry 0 migrate --threads ids --json &&
        is 4 "$(jq .requests.source "$out")"
}

# Without a route for runs there are none.
no_runs()
{
    quirky compatible --generate "threads=3,messages=5..30,seed=3,$text" --quirk no_runs
    whole && fresh && whole --mapping-tool-calls text && ferry 0 export --threads ids -o saved
    is 0 "$(grep -c '"kind":"run"' saved)"
}

lists_threads()
{
    quirky compatible --generate "threads=250,messages=1..3,seed=3,$text" --quirk lists_threads
    ferry 0 migrate --all --json && is 250 "$(threads done)" && moved && all_counted
}

# Every request of the run stands in its summary, those for the list of threads too.
all_counted()
{
    is "$(curl -sf "$MOCK/admin/stats" | jq .requests)" \
        "$(jq '.requests.source + .requests.destination' "$out")"
}

# A route that is not there, or not for keys, is no list of no threads; and no word on the key.
lists_none()
{
    quirky compatible --generate "threads=3,messages=1..3,seed=3,$text" --key "$canary_key"
    ferry 0 migrate --threads ids && none_listed && TEST_KEY=wrong ferry 13 migrate --all ||
        return 1
    for status in 404 405 501; do
        echo "{\"match\":{\"route\":\"list_threads\"},\"do\":\"error\",\"status\":$status}" | rules
        none_listed || return 1
    done
}

none_listed()
{
    before=$(commits)
    for command in migrate 'migrate -n' 'export -o saved' inventory verify; do
        # shellcheck disable=SC2086 # words
        ferry 2 $command --all && grep -q 'hint: name them: .*--threads FILE' "$err" || return 1
    done
    is "$before" "$(commits)"
}

# J6, J7: pages that contradict themselves, one twist at a time.
twisted()
{
    plain
    echo "{\"match\":{\"route\":\"list_messages\"},\"do\":\"page\",\"how\":$1}" | rules
    shift
    "$@"
}

check litellm litellm
check astra astra
for quirk in openopenai openassistant supercompat dashscope sdk_dump v1; do
    check $quirk dumps $quirk
done
check no-runs no_runs
check lists-threads lists_threads
check lists-none lists_none
check J6-no-has-more twisted '"no_has_more"' fails 'without has_more' \
    thread_0 thread_1 thread_19 thread_20 thread_21 thread_40 thread_100 thread_101
check J6-empty-page-claims-more twisted '"empty_more"' fails 'empty page' \
    thread_0 thread_1 thread_19 thread_20 thread_21 thread_40 thread_100 thread_101
check J6-cursor-stands-still twisted '["ignore_after","always_more"]' fails 'is faulty' \
    thread_0 thread_1 thread_19 thread_20 thread_21 thread_40 thread_100 thread_101
check J7-never-more twisted '"never_more"' whole
check J7-capped capped
check J7-full-is-more twisted '"full_is_more"' whole
check J7-duplicate twisted '"duplicate"' whole
check J7-overlap twisted '"overlap"' fails 'without a new id' thread_100
check J7-newest-first twisted '"reverse"' fails 'runs newest first' thread_101
