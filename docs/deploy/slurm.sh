#!/bin/sh
# Sixteen shards as a Slurm array; SLURM_ARRAY_TASK_ID picks the shard:
#
#     sbatch docs/deploy/slurm.sh
#
# Run it again to resume. Afterwards: threadferry mapping shard-*.checkpoint
#SBATCH --job-name=threadferry
#SBATCH --array=0-15
#SBATCH --cpus-per-task=1
#SBATCH --mem=512M
#SBATCH --time=24:00:00
#SBATCH --requeue
#SBATCH --signal=TERM@90
#SBATCH --output=shard-%a.log

# exec: the signal before the end of the time reaches threadferry itself, which drains.
exec srun threadferry -c migrate.yaml migrate --threads threads.txt --shard auto/16 \
	--checkpoint "shard-$SLURM_ARRAY_TASK_ID.checkpoint" --progress lines
