#!/bin/sh
# Shards are disjoint and complete, mapping over their checkpoints proves it and
# says what is missing. O6.
. tests/e2e/lib.sh

mock_start --generate threads=60,messages=1..3,seed=11
source_config compatible
list_ids

all_shards()
{
    for i in 0 1 2 3; do
        JOB_COMPLETION_INDEX=$i
        export JOB_COMPLETION_INDEX
        ferry 0 migrate --threads ids --shard auto/4 --checkpoint "shard-$i" || return 1
    done
    unset JOB_COMPLETION_INDEX
}

# One row for every thread: none missing, none twice, by the mapping and by the server's count.
are_complete()
{
    ferry 0 mapping shard-0 shard-1 shard-2 shard-3 || return 1
    sed 1d "$out" | tr -d '\r' | cut -d, -f1 | sort >mapped
    sort ids | cmp - mapped &&
        [ "$(curl -s "$MOCK/admin/stats" | tr ',{' '\n\n' |
            sed -n 's/^"conversations_created":\([0-9]*\).*/\1/p' | head -n 1)" = 60 ]
}

# By number and by index the same shard: nothing is left for 2/4 after index 1.
are_the_same()
{
    ferry 0 migrate --threads ids --shard 2/4 --checkpoint shard-1 --json &&
        grep -q '"done":0,"already_done":' "$out"
}

says_missing()
{
    ferry 1 mapping shard-0 shard-1 shard-3 && grep -q 'shard 3 of 4' "$err"
}

says_overlap()
{
    cp shard-0 copy && ferry 1 mapping shard-0 copy shard-1 shard-2 shard-3 && grep -q '1/4' "$err"
}

check shards-run all_shards
check shards-disjoint-and-complete are_complete
check shards-by-index-and-number are_the_same
check O6-shards-missing says_missing
check O6-shards-overlapping says_overlap
