#!/bin/sh
# Four shards on one host with GNU parallel; run it again to resume:
#
#     sh docs/deploy/parallel.sh
#
# One process is enough for what one key may send; shards on one host help where
# each has a key or a project of its own.
exec parallel --line-buffer --tag --termseq TERM,90000,KILL \
	threadferry -c migrate.yaml migrate --threads threads.txt --shard {}/4 \
	--checkpoint shard-{}.checkpoint --progress lines ::: 1 2 3 4
