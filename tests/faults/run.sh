#!/bin/sh
# Runs the scripts of this folder, side by side, and prints the fault matrix:
# a result for each row (N1 … O9). A row with several tests is ok when all are.
set -u
here=$(dirname "$0")
: "${RESULT:?}" "${THREADFERRY:?}" "${MOCK_API:?}"

set --
for script in "$here"/*.sh; do
    case $script in
    */lib.sh | */run.sh) ;;
    *.sh) [ -f "$script" ] && set -- "$@" "$script" ;;
    esac
done
# Most of the time is waiting for time-outs and back-off.
JOBS=${JOBS:-$((2 * $(getconf _NPROCESSORS_ONLN)))} sh tests/tools/run-programs.sh "$@"
status=$?
set --
for crash in "${RESULT%/*}"/crash*.txt; do
    [ ! -f "$crash" ] || set -- "$@" "$crash"
done
awk '{ result = $1; name = $2 }
     $1 == "not" { name = $3 }
     { row = name; sub(/[^A-Z0-9].*/, "", row) }
     row !~ /^[A-Z][0-9]+$/ { next }
     { tests[row]++ }
     result == "not" { bad[row] = bad[row] " " name }
     result == "skip" { skipped[row]++ }
     result == "ok" { passed++ }
     result == "not" { failed++ }
     END {
         split("N 12 H 13 J 7 A 12 F 11 P 8 C 2 O 9", kinds, " ")
         for (k = 1; k in kinds; k += 2)
             for (i = 1; i <= kinds[k + 1]; i++) {
                 row = kinds[k] i
                 if (!(row in tests)) result = "-"
                 else if (row in bad) result = "FAILED:" bad[row]
                 else if (skipped[row] == tests[row]) result = "skipped"
                 else result = "ok"
                 printf "%-4s %2d  %s\n", row, tests[row], result
             }
         printf "%d passed, %d failed\n", passed, failed
     }' "$RESULT" "$@"
exit $status
