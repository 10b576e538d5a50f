#!/bin/sh
# What is deleted at the source is safely at the destination, and only that.
. tests/e2e/lib_truth.sh

mock_start --generate "threads=6,messages=1..45,seed=4,$text"
source_config compatible
list_ids
one=$(sed -n 2p ids)

deleted_threads()
{
    curl -sf "$MOCK/admin/stats" | jq '.commits.threads_deleted'
}

live_assistants()
{
    curl -sf -H 'Authorization: Bearer k' -H 'OpenAI-Beta: assistants=v2' "$MOCK/v1/assistants" |
        jq '.data | length'
}

# Without a checkpoint there is nothing to prune, without a terminal nobody to ask.
asks()
{
    ferry 2 prune --yes && ferry 0 migrate --threads ids && ferry 2 prune && is 0 "$(deleted_threads)"
}

rehearses()
{
    ferry 0 prune --dry-run --json && is '6 0' "$(threads 'done failed')" && is 0 "$(deleted_threads)"
}

# A conversation that somebody has changed keeps its thread.
spares_what_differs()
{
    conversation=$("$THREADFERRY" mapping | sed -n "s/^$one,\([^,]*\),.*/\1/p")
    curl -sf -X POST "$MOCK/admin/conversations/$conversation/items" -d '{"items":[{"type":"message",
        "role":"user","content":[{"type":"input_text","text":"by somebody else"}]}]}' >/dev/null
    ferry 1 prune --yes --json && is '5 1' "$(threads 'done failed')" && is 5 "$(deleted_threads)" &&
        grep -q "$one.*conflict" "$err" && ferry 0 status --json && is 5 "$(jq .threads.pruned "$out")"
}

# What was pruned is done for good, and is held against the checkpoint from then on.
stays_done()
{
    ferry 0 migrate --threads ids --json && is 6 "$(jq .threads.already_done "$out")" &&
        ferry 1 prune --yes && is 5 "$(deleted_threads)"
}

prunes_assistants()
{
    before=$(live_assistants)
    [ "$before" -gt 1 ] && ferry 0 assistants -o saved --dry-run &&
        grep -q "^assistants: $before would be saved" "$err" && ferry 0 assistants -o saved -q &&
        ! grep . "$err" || return 1
    first=$(find saved -name '*.json' | sort | head -n 1)
    sed 's/"model": "[^"]*"/"model": "another"/' "$first" >changed && mv changed "$first"
    ferry 1 prune --assistants saved --dry-run && is "$before" "$(live_assistants)" &&
        grep -q " $((before - 1)) would be deleted, 1 left alone" "$err" &&
        ferry 1 prune --assistants saved --dry-run -q && is 1 "$(grep -c . "$err")" &&
        grep -q 'is left alone: no saved file equals it$' "$err" &&
        ferry 1 prune --assistants saved --yes --json && is 1 "$(jq .assistants.left "$out")" &&
        is $((before - 1)) "$(jq .assistants.deleted "$out")" && is 1 "$(live_assistants)"
}

# Nothing of it is carried out, and the misspelt is named.
assistants_alone()
{
    before=$(live_assistants)
    ferry 2 prune --yes --assistants saved "$one" && grep -q 'takes no threads' "$err" &&
        ferry 2 prune --yes --assistants saved --threads ids && grep -q 'takes no threads' "$err" &&
        ferry 2 prune --yes --assistants nowhere && grep -q "'nowhere': No such" "$err" &&
        ferry 2 prune --yes --assistants ids && grep -q "'ids': Not a dir" "$err" &&
        is "$before" "$(live_assistants)"
}

needs_a_live_source()
{
    ferry 2 prune --yes --source-type archive --source-path saved && grep -q 'live source' "$err"
}

# One that the server cannot delete does not keep the others.
goes_on_with_assistants()
{
    rm -rf saved
    ferry 0 assistants -o saved || return 1
    before=$(live_assistants)
    ferry 1 prune --assistants saved --yes --json --max-attempts 2 &&
        is "1 $((before - 1))" "$(jq -r '"\(.assistants.left) \(.assistants.deleted)"' "$out")" &&
        is 1 "$(live_assistants)" && grep -q 'left alone: .*HTTP 500' "$err"
}

# What deleting the threads makes final is counted, and what has no conversation would stay.
rehearses_in_full()
{
    ferry 0 migrate --threads ids --json && jq .losses "$out" >migrated.losses && [ "$(jq length migrated.losses)" -gt 0 ] &&
        ferry 1 prune --dry-run --json && grep -q 'left alone: its conversation lacks .*--archive FILE or --with-losses' "$err" &&
        ferry 0 prune --dry-run --with-losses --json && jq .losses "$out" | cmp - migrated.losses || return 1
    conversation=$("$THREADFERRY" mapping | sed -n "s/^$one,\([^,]*\),.*/\1/p")
    curl -sf -X DELETE "$MOCK/admin/conversations/$conversation" >/dev/null &&
        ferry 1 prune --dry-run --with-losses --json && is '5 1' "$(threads 'done failed')" && jq .losses "$out" >rest.losses &&
        grep -q "$one: gone" "$err" && ! grep -q "$one would be" "$err" &&
        ferry 1 prune --yes --with-losses --json && is '5 1' "$(threads 'done failed')" && jq .losses "$out" | cmp - rest.losses &&
        is 5 "$(deleted_threads)"
}

# What the conversations lack is deleted where the archive holds it, closed, as it is now.
archives_first()
{
    rm -f threadferry.checkpoint
    ferry 0 export -o saved.jsonl --threads ids --files none && ferry 0 migrate --threads ids &&
        ferry 1 prune --yes --json || return 1
    lossless=$(jq .threads.done "$out") kept=$(jq .threads.failed "$out")
    # One that stays for what it lacks, without the line that closes it.
    last=$("$THREADFERRY" mapping | sed -n 's/,done$//p' | sed 's/,.*//;q')
    grep -v "\"end\",\"thread_id\":\"$last\"" saved.jsonl >cut.jsonl && chmod 600 cut.jsonl
    # Files that it names are saved beside it, as they were, or cannot be.
    ferry 1 prune --dry-run --archive saved.jsonl && grep -q 'files* that it names' "$err" &&
        ferry 0 export -o saved.jsonl --threads ids --files all || return 1
    for file in saved.jsonl.files/*/*; do
        cp "$file" whole && printf x >>"$file" && ferry 1 prune --dry-run --archive saved.jsonl &&
            grep -q 'left alone: the saved file' "$err" && cp whole "$file" || return 1
    done
    cp -r saved.jsonl.files cut.jsonl.files
    [ "$kept" -gt 1 ] && is "$lossless" "$(deleted_threads)" && ferry 2 prune --yes --archive ids &&
        grep -q 'not an archive of' "$err" && ferry 1 prune --yes --archive cut.jsonl &&
        is 5 "$(deleted_threads)" && grep -q "$last: .*the archive cannot prove it" "$err" &&
        ferry 0 prune --yes --archive saved.jsonl && is 6 "$(deleted_threads)"
}

check prune-asks asks
check prune-dry-run rehearses
check prune-spares-what-differs spares_what_differs
check prune-stays-done stays_done
check prune-assistants prunes_assistants
check prune-assistants-alone assistants_alone
check prune-live-only needs_a_live_source

cat >rules <<'END'
{"match":{"route":"delete_assistant","first":2},"do":"error","status":500}
END
mock_start --generate "threads=1,messages=1..1,seed=4" --faults rules
source_config compatible
check prune-goes-on-with-assistants goes_on_with_assistants

mock_start --generate "threads=6,messages=5..9,seed=3,images=60,annotations=60"
source_config compatible 'mapping: {user_image_files: placeholder}'
list_ids
one=$(sed -n 2p ids)
rm -f threadferry.checkpoint
check prune-dry-run-in-full rehearses_in_full

mock_start --generate "threads=6,messages=5..9,seed=3,images=60,annotations=60"
source_config compatible 'mapping: {user_image_files: placeholder}'
list_ids
check prune-what-an-archive-holds archives_first
