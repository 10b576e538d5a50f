#!/bin/sh
# What is taken back is what this job wrote, and nothing that somebody may still want.
. tests/e2e/lib_truth.sh

mock_start --generate "threads=5,messages=1..25,seed=9,$text"
source_config compatible
list_ids
one=$(sed -n 1p ids)
two=$(sed -n 2p ids)

conversations()
{
    curl -sf "$MOCK/admin/dump" | jq '[.conversations[] | select(.deleted | not)] | length'
}

rehearses()
{
    ferry 0 migrate --threads ids && ferry 0 rollback -n --json && is '5 0' "$(threads 'done failed')" &&
        is 5 "$(conversations)"
}

checks_ids()
{
    ferry 2 rollback -n --force 'no id' "$one" && grep -q "'no id'" "$err" &&
        ferry 2 rollback -n --force '' "$one" &&
        ferry 0 rollback -n --force thread_unknown "$one" && grep -q thread_unknown "$err"
}

# The conversation is the only copy now.
spares_what_was_pruned()
{
    ferry 0 prune --yes "$one" && ferry 1 rollback --yes --json "$one" && is 5 "$(conversations)" &&
        grep -q "$one: .*only copy" "$err" && ferry 1 rollback --yes --force "$one" "$one" &&
        is 5 "$(conversations)"
}

# Only those that failed so are taken back, and begin anew.
takes_back_only_a_code()
{
    ferry 2 rollback --yes --only nonsense && grep -q "'nonsense' is not a code" "$err" &&
        ferry 0 rollback --yes --json --only refused && is 0 "$(jq .threads.selected "$out")" &&
        ferry 0 rollback --yes --json --only failed && is 5 "$(conversations)"
}

spares_what_was_changed()
{
    conversation=$("$THREADFERRY" mapping | sed -n "s/^$two,\([^,]*\),.*/\1/p")
    curl -sf -X POST "$MOCK/admin/conversations/$conversation/items" -d '{"items":[{"type":"message",
        "role":"user","content":[{"type":"input_text","text":"by somebody else"}]}]}' >/dev/null
    ferry 1 rollback --yes --json && is '3 2' "$(threads 'done failed')" && is 2 "$(conversations)" &&
        grep -q "$two.*conflict" "$err" && ferry 0 rollback --yes --force "$two" "$two" &&
        is 1 "$(conversations)"
}

# A list of them: what verify finds different, or status lists.
takes_back_a_list()
{
    for thread in $(sed -n 2,5p ids); do
        conversation=$("$THREADFERRY" mapping | sed -n "s/^$thread,\([^,]*\),.*/\1/p")
        curl -sf -X POST "$MOCK/admin/conversations/$conversation/items" -d '{"items":[{"type":"message",
            "role":"user","content":[{"type":"input_text","text":"by somebody else"}]}]}' >/dev/null
    done
    ferry 1 verify --json --threads rest
    jq -r 'select(.result == "differs").thread_id' "$out" >changed
    is 4 "$(wc -l <changed)" && ferry 1 rollback --yes --threads rest && is 5 "$(conversations)" || return 1
    ferry 2 rollback --yes --force @nowhere && grep -q "^threadferry: --force: cannot read .*'nowhere'" "$err" || return 1
    { echo 'no id' && cat changed; } >wrong
    ferry 2 rollback --yes --force @wrong && grep -q "^threadferry: --force: wrong:1: 'no id'" "$err" &&
        ferry 0 rollback -n --json --force @changed && is 4 "$(jq .threads.done "$out")" &&
        ferry 0 rollback --yes --json --force @changed && is '4 4 0' "$(threads 'selected done failed')" &&
        is 1 "$(conversations)"
}

# As new, but for the thread whose source was deleted.
begins_anew()
{
    sed 1d ids >rest
    ferry 0 migrate --threads rest --json && is 4 "$(jq .threads.done "$out")" &&
        is 5 "$(conversations)" && ferry 0 verify --threads rest
}

check rollback-rehearses rehearses
check rollback-checks-ids checks_ids
check rollback-spares-what-was-pruned spares_what_was_pruned
check rollback-only-a-code takes_back_only_a_code
check rollback-spares-what-was-changed spares_what_was_changed
check rollback-begins-anew begins_anew
check rollback-takes-back-a-list takes_back_a_list
