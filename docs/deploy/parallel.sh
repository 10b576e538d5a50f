#!/bin/sh
# Four shards on one host with GNU parallel; run it again to resume:
#
#     sh docs/deploy/parallel.sh
#
# shards.log says how each shard ended (column Exitval); the exit status is the
# number of shards that did not end with 0. Interrupted or terminated, parallel
# passes that on and waits for what is in flight. Afterwards:
#
#     threadferry mapping shard-?.checkpoint >mapping.csv
#
# One process is enough for what one key may send; shards on one host help where
# each has a key or a project of its own.
exec parallel --jobs 4 --line-buffer --tag --joblog shards.log --termseq TERM,90000,KILL \
	threadferry -c migrate.yaml migrate --threads threads.txt --shard {}/4 \
	--checkpoint shard-{}.checkpoint --progress lines ::: 1 2 3 4
