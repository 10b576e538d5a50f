#!/bin/sh
# O6: shards that overlap or are missing show in the mapping of all their checkpoints.
. tests/e2e/lib.sh

mock_start --generate threads=30,messages=1..5,seed=5
source_config compatible
list_ids

shard()
{
    ferry 0 migrate --threads ids --shard "$1" --checkpoint "$2"
}

three_shards()
{
    shard 1/3 1.checkpoint && shard 2/3 2.checkpoint && shard 3/3 3.checkpoint
}

whole()
{
    ferry 0 mapping 1.checkpoint 2.checkpoint 3.checkpoint && [ ! -s "$err" ] &&
        [ "$(sed 1d "$out" | cut -d, -f1 | sort)" = "$(sort ids)" ]
}

missing()
{
    ferry 1 mapping 1.checkpoint 3.checkpoint && grep -q 'missing: shard 2 of 3' "$err"
}

twice()
{
    cp 2.checkpoint 4.checkpoint && chmod 600 4.checkpoint &&
        ferry 1 mapping 1.checkpoint 2.checkpoint 3.checkpoint 4.checkpoint &&
        grep -q 'shards overlap: 4.checkpoint' "$err"
}

other_division()
{
    shard 1/2 half.checkpoint &&
        ferry 1 mapping half.checkpoint 1.checkpoint 2.checkpoint 3.checkpoint &&
        grep -q 'threads with a conversation in more than one checkpoint' "$err"
}

undivided()
{
    ferry 0 migrate --threads ids --checkpoint all.checkpoint &&
        ferry 1 mapping 1.checkpoint all.checkpoint && grep -q 'is not a shard' "$err"
}

check O6-three-shards three_shards
check O6-whole whole
check O6-missing missing
check O6-twice twice
check O6-other-division other_division
check O6-undivided undivided
