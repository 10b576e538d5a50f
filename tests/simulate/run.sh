#!/bin/sh
# "make simulate": plays the sequences that are kept in tests/simulate/kept and
# the seeds, and writes a line to $RESULT for each kept one, for all seeds, and
# for whether a seed plays the same way twice. The last line that is printed
# counts. SEED=N or SCRIPT=FILE plays one and does nothing else.
#
#   RESULT=FILE B=BUILD [SEEDS=N] [FROM=N] [JOBS=N] run.sh
#   B=BUILD SEED=N|SCRIPT=FILE [TRACE=1] [SHRINK=1] [TELL=1] run.sh
set -u
: "${B:=build}" "${RESULT:=$B/results/simulate.txt}"
export SEEDS FROM SEED SCRIPT TRACE SHRINK TELL JOBS
program=$B/simulate/simulate

[ -z "${SEED:-}${SCRIPT:-}" ] || exec "$program"

mkdir -p "$(dirname "$RESULT")"
log=$RESULT.log
status=0

# Twice, as another process with another environment, and from its text: the same trace, byte for
# byte.
same=ok
for seed in 7 77 777; do
    SEED=$seed TRACE=1 "$program" >"$log.1" 2>&1
    SEED=$seed TELL=1 "$program" >"$log.text"
    SCRIPT=$log.text TRACE=1 ELSEWHERE=$(pwd)/$log "$program" >"$log.2" 2>&1
    cmp "$log.1" "$log.2" && grep -q "^seed $seed: threads" "$log.1" || same='not ok'
done
rm -f "$log.1" "$log.2" "$log.text"
echo "$same simulate.same_trace" >"$RESULT"
[ "$same" = ok ] || { status=1 && echo "a seed does not play the same way twice"; }

for script in tests/simulate/kept/*.txt; do
    SCRIPT=$script "$program" >"$log" 2>&1 && kept=ok || kept='not ok'
    echo "$kept simulate.$(basename "$script" .txt)" >>"$RESULT"
    [ "$kept" = ok ] || { status=1 && echo "$script:" && cat "$log"; }
done

"$program" >"$log" 2>&1 && all=ok || { status=1 && all='not ok'; }
echo "$all simulate.sequences" >>"$RESULT"
cat "$log"
exit $status
