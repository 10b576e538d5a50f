#!/bin/sh
# "make simulate": plays the seeds and writes a line for all of them to $RESULT,
# and one that says whether a seed plays the same way twice. The last line that
# is printed counts. SEED=N plays one and does nothing else.
#
#   RESULT=FILE B=BUILD [SEEDS=N] [FROM=N] [SEED=N] [TRACE=1] [JOBS=N] run.sh
set -u
: "${B:=build}" "${RESULT:=$B/results/simulate.txt}"
export SEEDS FROM SEED TRACE JOBS
program=$B/simulate/simulate

[ -z "${SEED:-}" ] || exec "$program"

mkdir -p "$(dirname "$RESULT")"
log=$RESULT.log

# Twice, as another process with another environment: the same trace, byte for byte.
same=ok
for seed in 7 77 777; do
    SEED=$seed TRACE=1 "$program" >"$log.1" 2>&1
    SEED=$seed TRACE=1 ELSEWHERE=$(pwd)/$log "$program" >"$log.2" 2>&1
    cmp "$log.1" "$log.2" && grep -q "^seed $seed: threads" "$log.1" || same='not ok'
done
rm -f "$log.1" "$log.2"
echo "$same simulate.same_trace" >"$RESULT"
[ "$same" = ok ] || echo "a seed does not play the same way twice"

"$program" >"$log" 2>&1
status=$?
[ $status -eq 0 ] && all=ok || all='not ok'
echo "$all simulate.sequences" >>"$RESULT"
cat "$log"
[ $status -eq 0 ] && [ "$same" = ok ]
