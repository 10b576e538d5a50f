#!/bin/sh
# rollback and prune with faults in the way: what is deleted is ours or safely copied, once, and in
# the right order; an answer that is not the API's is no proof that something is gone.
. tests/faults/lib.sh

world --generate threads=5,messages=1..45,seed=141 --log requests.log
one=$(sed -n 2p ids)

migrated()
{
    rm -f threadferry.checkpoint
    curl -sf -X POST "$MOCK/admin/reset" >/dev/null && ferry 0 migrate --threads ids && collect &&
        mark=$(wc -l <requests.log)
}

# What was asked since: METHOD TARGET, a line each.
asked()
{
    tail -n +$((mark + 1)) requests.log | sed 's/^[0-9]* \([A-Z]*\) \([^ ]*\): .*/\1 \2/' >asked.list
}

live()
{
    curl -sf "$MOCK/admin/dump" | jq '[.conversations[] | select(.deleted | not)] | length'
}

items_left()
{
    curl -sf "$MOCK/admin/dump" | jq '[.conversations[].items | length] | add'
}

# Faults on standard input: all is taken back by one run all the same.
taken_back()
{
    cat >rules
    migrated && faults <rules && ferry 0 rollback --yes --json && faults </dev/null &&
        [ "$(live)" -eq 0 ] && [ "$(items_left)" -eq 0 ] && ferry 0 status --json &&
        jq -e --argjson threads "$threads" '.threads.rolled_back == $threads' "$out" >/dev/null
}

check N7-rollback-lost-replies taken_back <<END
$(on delete_item '"every":9' reset_after)
$(on delete_conversation '"every":2' reset_after)
END
check N8-rollback-torn-replies taken_back <<END
$(on delete_item '"every":9' truncate '"bytes":3,"wire":"torn"')
END
check H4-rollback-errors-that-pass taken_back <<END
$(on delete_item '"every":9' error '"error":"html","status":502')
$(on delete_item '"every":10' error_after '"status":500')
$(on delete_conversation '"nth":2' error '"status":503')
END
check H2-rollback-throttled taken_back <<'END'
{"match":{"method":"DELETE","every":4},"times":4,"do":"error","error":"rate_limit"}
END
# Longer than a few attempts without any pause would take.
check N11-rollback-outage-of-two-seconds taken_back <<'END'
{"match":{"method":"DELETE","until_ms":2000},"do":"reset_before"}
END

# A page of somebody in between says 404: nothing is believed to be gone, and nothing is forgotten.
page_is_no_proof()
{
    cat >rules
    migrated && faults <rules && ferry 1 rollback --yes --json --max-attempts 2 &&
        faults </dev/null && [ "$(live)" -eq 1 ] && ferry 0 rollback --yes && [ "$(live)" -eq 0 ]
}
check H4-rollback-404-page-for-an-item page_is_no_proof <<END
{"match":{"route":"delete_item","metadata":"$one"},"do":"error","error":"html","status":404}
END
check H4-rollback-404-page-for-a-conversation page_is_no_proof <<END
{"match":{"route":"delete_conversation","metadata":"$one"},"do":"error","error":"html","status":404}
END
check H4-rollback-404-page-for-a-list page_is_no_proof <<END
{"match":{"route":"list_items","metadata":"$one"},"do":"error","error":"html","status":404}
END
check H4-rollback-404-pages-that-pass taken_back <<'END'
{"match":{"route":"list_items","every":3},"do":"error","error":"html","status":404}
END

# Nobody is there any more: the run stops, and goes on where it was.
stopped()
{
    cat >rules
    migrated && faults <rules && ferry 17 rollback --yes --max-attempts 2 && faults </dev/null &&
        ferry 0 rollback --yes && [ "$(live)" -eq 0 ] && [ "$(items_left)" -eq 0 ]
}
check N11-rollback-nobody-there stopped <<'END'
{"match":{"global_from":12},"do":"reset_before"}
END

# Items that are called gone and are listed all the same are not deleted for ever: not where all of
# them stand on one page, and not where the last of them never comes into sight.
plain_thread thread_long 120 | add_threads
gives_up()
{
    migrated && ferry 0 migrate thread_long && collect && faults <<END
{"match":{"route":"delete_item"},"do":"error","status":404}
END
    ferry 1 rollback --yes --force "$one" && grep -q 'still lists' "$err" &&
        ferry 1 rollback --yes thread_long && grep -q 'still lists' "$err" &&
        asked && [ "$(grep -c '^DELETE' asked.list)" -lt 500 ] &&
        faults </dev/null && ferry 0 rollback --yes && [ "$(live)" -eq 0 ]
}
check H9-rollback-404-for-items-that-stay gives_up

# One after the other: of each conversation first every item, then itself, then nothing more.
items_first()
{
    migrated && ferry 0 rollback --yes --concurrency 1 && asked || return 1
    jq -r '"\(.conversation_id) \(.items)"' map.jsonl >expected
    awk 'NR == FNR { items[$1] = $2; next }
         $1 != "DELETE" { next }
         { split($2, part, "/"); id = part[4] }
         part[5] == "items" { seen[id]++; if (id in gone) print "an item of", id, "after it" }
         part[5] == "" { gone[id]; if (seen[id] + 0 != items[id]) print id, seen[id], items[id] }
         END { for (id in items) if (!(id in gone)) print id, "is still there" }' \
        expected asked.list >wrong
    [ ! -s wrong ] || { cat wrong; return 1; }
}
check O5-rollback-deletes-items-first items_first

# ---- what is not as it should be ----

conversation_of()
{
    "$THREADFERRY" mapping --format jsonl | jq -r --arg one "$1" 'select(.thread_id == $one).conversation_id'
}

in_state()
{
    ferry 0 status --json && [ "$(jq ".threads.$1" "$out")" -eq "$2" ]
}

# Somebody has deleted a conversation: it is not forgotten unasked, and the dry run says so too.
gone()
{
    migrated && curl -sf -X DELETE "$MOCK/admin/conversations/$(conversation_of "$one")" >/dev/null &&
        ferry 1 rollback --dry-run && grep -q "$one: gone: .*--force ID" "$err" &&
        ferry 1 rollback --yes && grep -q "$one: gone: .*--force ID" "$err" &&
        ! grep -q 'the same command' "$err" && in_state done 1 && [ "$(live)" -eq 0 ] &&
        ferry 0 rollback --yes --force "$one" && in_state rolled_back "$(wc -l <ids)"
}
check A6-rollback-of-a-deleted-conversation gone

# Killed between the deletion of a conversation and its record: the next run concludes.
begun_and_gone()
{
    migrated && on delete_conversation '"nth":1' error '"error":"forbidden"' | faults &&
        ferry 1 rollback --yes "$one" && faults </dev/null && in_state rolling_back 1 &&
        curl -sf -X DELETE "$MOCK/admin/conversations/$(conversation_of "$one")" >/dev/null &&
        ferry 0 rollback --yes "$one" && in_state rolled_back 1
}
check A6-rollback-resumed-where-it-is-gone begun_and_gone

# Committed, not acknowledged, and then the looks fail: migrate is what helps, and the hint says so.
unfinished()
{
    migrated && rm threadferry.checkpoint && curl -sf -X POST "$MOCK/admin/reset" >/dev/null && faults <<END
$(on append_items '"nth":1' reset_after)
$(on list_items '"every":1' error '"status":500')
END
    ferry 1 migrate thread_long --max-attempts 2 && faults </dev/null &&
        ferry 1 rollback --yes && grep -q "'threadferry migrate' finds out" "$err" && [ "$(live)" -eq 1 ] &&
        ferry 0 migrate thread_long && ferry 0 rollback --yes && [ "$(live)" -eq 0 ] && [ "$(items_left)" -eq 0 ]
}
check N7-rollback-after-an-unknown-outcome unfinished

# A yes that says no is none, and nothing is recorded of it.
kept()
{
    cat >rules
    migrated && faults <rules && ferry 1 rollback --yes "$one" && grep -q 'does not say that it has deleted it' "$err" &&
        faults </dev/null && in_state rolled_back 0 && [ "$(live)" -eq "$(wc -l <ids)" ] && ferry 0 rollback --yes "$one"
}
check H12-rollback-deleted-false kept <<END
$(on delete_conversation '"every":1' error '"status":200,"body":{"id":"x","deleted":false}')
END
check H12-rollback-error-with-200 kept <<END
$(on delete_item '"every":1' error '"status":200,"body":{"error":{"message":"no","code":"x"}}')
END

# What was pruned has no other copy than its conversation.
only_copy()
{
    migrated && ferry 0 prune --yes --with-losses "$one" && ferry 1 rollback --dry-run &&
        grep -q "$one: .*only copy" "$err" && ferry 1 rollback --yes && grep -q "$one: .*only copy" "$err" &&
        [ "$(live)" -eq 1 ] && ferry 1 rollback --yes "$one" && [ "$(live)" -eq 1 ] &&
        ferry 1 rollback --yes --force "$one" && [ "$(live)" -eq 1 ] && grep -v "^$one\$" ids >rest && cp rest ids
}
check O5-rollback-spares-what-was-pruned only_copy
one=$(sed -n 2p ids)

# Nothing is mapped: other policies are no matter, and stay no policies of the job.
other_policies()
{
    migrated && ferry 0 rollback --dry-run --mapping-refusals text &&
        ferry 0 rollback --yes "$one" --mapping-refusals text &&
        ferry 12 migrate --threads ids --mapping-refusals text && ferry 0 migrate --threads ids &&
        ferry 12 rollback --yes --destination-project other && ferry 12 rollback --yes --shard 1/2
}
check O3-rollback-under-other-policies other_policies

forced()
{
    migrated && ferry 2 rollback --yes --force bad/id && grep -q "'bad/id' is not a thread id" "$err" &&
        ferry 2 rollback --dry-run --force '' && grep -q "'' is not a thread id" "$err" &&
        ferry 0 rollback --dry-run --force thread_nobody && grep -q 'thread_nobody: .*no such' "$err" &&
        ferry 0 rollback --dry-run --force "$one" && ! grep -q 'no such' "$err" &&
        all=$(live) && ferry 0 rollback --yes --force "$one" --json && [ "$(jq .threads.selected "$out")" -eq 1 ] &&
        [ "$(live)" -eq $((all - 1)) ] && ferry 0 rollback --yes --all --force "$one" && [ "$(live)" -eq 0 ]
}
check O5-rollback-forced-ids forced

# ---- prune ----

prune_kept()
{
    cat >rules
    head -n 1 ids >pruned
    migrated && faults <rules && ferry 1 prune --yes --with-losses --threads pruned && grep -q 'does not say that it has deleted it' "$err" &&
        faults </dev/null && in_state pruned 0
}
check H12-prune-deleted-false prune_kept <<END
$(on delete_thread '"every":1' error '"status":200,"body":{"id":"x","deleted":false}')
END
check H12-prune-error-with-200 prune_kept <<END
$(on delete_thread '"every":1' error '"status":200,"body":{"error":{"message":"no","code":"x"}}')
END

# The last things that were asked before a thread is deleted are its conversation, whole, and its
# newest message.
directly_after()
{
    head -n 2 ids >pruned
    migrated && ferry 0 prune --yes --with-losses --concurrency 1 --threads pruned && asked ||
        return 1
    jq -r '"\(.thread_id) \(.conversation_id)"' map.jsonl >expected
    awk 'NR == FNR { conversation[$1] = $2; next }
         $2 ~ "/conversations/" { split($2, part, "/"); last = part[4] }
         $2 ~ "/messages.*limit=1&order=desc" { split($2, part, "/"); newest = part[4] }
         $1 == "DELETE" { split($2, part, "/"); deleted++
             if (last != conversation[part[4]]) print part[4], "was deleted after a look at", last
             if (newest != part[4]) print part[4], "was deleted after a look at messages of", newest }
         END { if (deleted != 2) print deleted + 0, "threads were deleted" }' \
        expected asked.list >wrong
    [ ! -s wrong ] || { cat wrong; return 1; }
    tail -n +3 ids >rest && cp rest ids
}
check O5-prune-directly-after-the-comparison directly_after

# Faults on standard input: a thread goes, whatever becomes of the replies, and its copy stays.
pruned()
{
    cat >rules
    head -n 1 ids >pruned
    migrated && faults <rules && ferry 0 prune --yes --with-losses --json --threads pruned && faults </dev/null &&
        [ "$(stats .commits.threads_deleted)" -eq 1 ] && [ "$(live)" -eq "$(wc -l <ids)" ] &&
        ferry 0 verify --against checkpoint && tail -n +2 ids >rest && cp rest ids
}
check N7-prune-lost-reply pruned <<END
$(on delete_thread '"nth":1' reset_after)
END
check H4-prune-errors-that-pass pruned <<END
$(on delete_thread '"nth":[1,2]' error '"error":"html","status":503')
END

# Refused until what was compared may be another thread: nothing is deleted, and the next run does it.
held_too_long()
{
    head -n 1 ids >pruned
    migrated && on delete_thread '"nth":1' error '"error":"rate_limit","headers":{"Retry-After":"60"}' | faults &&
        ferry 1 prune --yes --with-losses --json --threads pruned && faults </dev/null &&
        [ "$(stats .commits.threads_deleted)" -eq 0 ] && says 'may have changed' &&
        ferry 0 prune --yes --with-losses --json --threads pruned && [ "$(stats .commits.threads_deleted)" -eq 1 ] &&
        tail -n +2 ids >rest && cp rest ids
}
check H1-prune-held-longer-than-the-comparison-counts held_too_long

check O9-removal no_leaks

# ---- the key of another project ----

world --generate threads=25,messages=1..3,seed=142 --log requests.log
# Every conversation is missing then: nothing is recorded, also of those that a rollback had begun.
other_key()
{
    migrated && on delete_conversation '"every":1' error '"error":"forbidden"' | faults &&
        ferry 1 rollback --yes --limit 12 && in_state rolling_back 12 && faults <<END || return 1
{"match":{"route":["list_items","get_conversation","delete_conversation","delete_item"]},"do":"error","status":404,
 "body":{"error":{"message":"Conversation not found.","code":null}}}
END
    ferry 13 rollback --dry-run && grep -q 'all of the first 20' "$err" &&
        ferry 13 rollback --yes && grep -q 'all of the first 20' "$err" && in_state rolled_back 0 &&
        faults </dev/null && in_state rolling_back 12 && ferry 0 rollback --yes && [ "$(live)" -eq 0 ]
}
check H9-rollback-404-for-all other_key
