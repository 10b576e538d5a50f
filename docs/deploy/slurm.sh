#!/bin/sh
# Sixteen shards as a Slurm array; SLURM_ARRAY_TASK_ID picks the shard:
#
#     sbatch docs/deploy/slurm.sh
#
# Submit it again to resume. Afterwards:
#
#     threadferry mapping shard-*.checkpoint >mapping.csv
#
#SBATCH --job-name=threadferry
#SBATCH --array=0-15
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=512M
#SBATCH --time=24:00:00
#SBATCH --requeue
#SBATCH --signal=TERM@90
#SBATCH --open-mode=append
#SBATCH --output=shard-%a.log

# 90 seconds before the time is over threadferry gets SIGTERM, drains and ends
# with 143; it also does so where the node is needed for others.
srun threadferry -c migrate.yaml migrate --threads threads.txt --shard auto/16 \
	--checkpoint "shard-$SLURM_ARRAY_TASK_ID.checkpoint" --progress lines
status=$?

# What another run may get past: an outage, a lock whose holder is going, a
# signal. Slurm waits two minutes before each. All else waits for somebody.
case $status in
3 | 10 | 16 | 17 | 129 | 130 | 137 | 143)
	[ "${SLURM_RESTART_COUNT:-0}" -ge 20 ] || scontrol requeue "$SLURM_JOB_ID"
	;;
esac
exit "$status"
