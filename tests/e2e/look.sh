#!/bin/sh
# The commands that only look: diff, dry runs, verify, status, mapping against a
# real server. O4: nothing changes anywhere, whatever the state of the job.
. tests/e2e/lib.sh

mock_start --generate threads=6,messages=1..130,seed=7,annotations=20,attachments=20
source_config compatible
list_ids

writes()
{
    curl -s "$MOCK/admin/stats" | tr ',{' '\n\n' |
        grep -E '"(create_conversation|append_items|delete_[a-z]*|update_conversation)"' | sort
}

# What stands on the disk; out and err are the runs' own.
disk()
{
    ls
    cksum ids migrate.yaml threadferry.checkpoint 2>/dev/null
}

# looks NAME STATUS COMMAND…: no request that writes, no byte changed on disk.
looks()
{
    what=$1 status=$2
    shift 2
    before=$(writes; disk)
    ferry "$status" "$@" || return 1
    after=$(writes; disk)
    [ "$after" = "$before" ] && return 0
    echo "$what: $before became: $after"
    return 1
}

all_look()
{
    looks diff "$1" diff --threads ids &&
        looks diff-jsonl "$1" diff --threads ids --format jsonl --top-up &&
        looks dry-run "$1" migrate --dry-run --threads ids --top-up &&
        looks convert "$2" convert --threads ids &&
        looks inventory 0 inventory --threads ids
}

# Key of the destination: a fresh job needs none.
keyless()
{
    sed '/^destination/,$s/TEST_KEY/NO_SUCH_KEY/' migrate.yaml >keyless.yaml
    ferry 0 -c keyless.yaml diff --threads ids
}

same_five()
{
    ferry 0 verify --json && [ "$(grep -c '"result":"same"' "$out")" -eq 6 ] &&
        ferry 0 verify --against checkpoint --json &&
        [ "$(grep -c '"result":"same"' "$out")" -eq 6 ] &&
        ferry 0 diff --threads ids --exit-code && grep -q '^thread .*: up to date (conv_' "$out" &&
        grep -q '^threads: 6 selected, 6 up to date$' "$out" &&
        ferry 0 diff --threads ids --format html && grep -q '<span class="act none">up to date</span>' "$out"
}

conversation_of()
{
    "$THREADFERRY" mapping --format jsonl | grep "\"$1\"" |
        sed 's/.*"conversation_id":"\([^"]*\)".*/\1/'
}

foreign_item()
{
    thread=$(sed -n 1p ids)
    curl -s -X POST "$MOCK/admin/conversations/$(conversation_of "$thread")/items" \
        -d '{"items":[{"type":"message","role":"user","content":"foreign"}]}' >/dev/null
    ferry 1 verify --json "$thread" && grep -q '"kind":"extra"' "$out" &&
        ferry 1 verify --against checkpoint --json "$thread" && grep -q '"kind":"extra"' "$out"
}

grown()
{
    thread=$(sed -n 2p ids)
    curl -s -X POST "$MOCK/admin/threads" -d "{\"id\":\"$thread\",\"grow\":2}" >/dev/null
    ferry 1 verify --json "$thread" && [ "$(grep -o '"kind":"missing"' "$out" | wc -l)" -eq 2 ] &&
        ferry 0 diff --exit-code "$thread" &&
        ferry 1 diff --exit-code --top-up --json "$thread" && grep -q '"action":"append"' "$out" &&
        [ "$(grep -o '"op":"+"' "$out" | wc -l)" -eq 2 ]
}

grown_and_continued()
{
    thread=$(sed -n 1p ids)
    curl -s -X POST "$MOCK/admin/threads" -d "{\"id\":\"$thread\",\"grow\":1}" >/dev/null
    ferry 1 diff --top-up --json "$thread" && grep -q '"action":"fail","code":"conflict"' "$out" &&
        grep -q '"op":"~"' "$out"
}

deleted()
{
    thread=$(sed -n 3p ids)
    curl -s -X DELETE "$MOCK/admin/conversations/$(conversation_of "$thread")" >/dev/null
    ferry 1 verify --json "$thread" && grep -q '"result":"missing"' "$out"
}

other_destination()
{
    sed 's|^settle_ms|create: inline\nsettle_ms|; /^destination/,$s|/v1|/v2|' migrate.yaml >other.yaml
    ferry 12 -c other.yaml verify && ferry 12 -c other.yaml diff --threads ids &&
        ferry 12 verify --mapping-tool-calls text &&
        ferry 12 diff --threads ids --mapping-tool-calls text
}

# Half of a job: killed in its middle by a fault that never ends.
partial()
{
    rm -f threadferry.checkpoint
    cat >faults.json <<'END'
{"match":{"route":"append_items","from":3},"do":"error","error":"bad_item"}
END
    curl -s -X POST "$MOCK/admin/faults" --data-binary @faults.json >/dev/null
    ferry 1 migrate --threads ids --concurrency 1
    curl -s -X POST "$MOCK/admin/faults" -d '' >/dev/null
    all_look 0 0 && ferry 1 diff --threads ids --json --exit-code &&
        grep -q '"action":"append"' "$out" && grep -q '"op":"="' "$out" &&
        ferry 1 verify --json && grep -q '"result":"error"' "$out"
}

# A4 and A12: what servers make of items shows in a comparison.
quirk()
{
    mock_stop
    mock_start --generate threads=4,messages=30..60,seed=9,unicode=80 --quirk "$1"
    config <<'END'
source:
  type: compatible
  base_url: @MOCK@/v1
  api_key_env: TEST_KEY
destination:
  type: compatible
  base_url: @MOCK@/v1
  api_key_env: TEST_KEY
settle_ms: 20
END
    rm -f threadferry.checkpoint
    list_ids
    ferry 0 migrate --threads ids && ferry 1 verify --json && grep -q "\"kind\":\"$2\"" "$out"
}

check look-keyless keyless
check O4-look-fresh all_look 0 0
check look-migrate ferry 0 migrate --threads ids
check look-verify-same same_five
check O4-look-done all_look 0 0
check A5-look-foreign-item foreign_item
check A7-look-grown grown
check look-grown-and-continued grown_and_continued
check A6-look-deleted deleted
check O3-look-other-job other_destination
check O4-look-partial partial
check A12-look-reordered quirk reorder moved
check A4-look-altered quirk alter_text text
