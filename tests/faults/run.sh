#!/bin/sh
# Runs the scripts of this folder, side by side, and prints the fault matrix:
# a result for each row (N1 … O9). A row with several tests is ok when all are;
# what cannot run here is named with its reason. ONLY='wire memory' runs some of
# the scripts and CASE='N7-*' some of the tests; else a row without any test is a
# failure.
set -u
here=$(dirname "$0")
: "${RESULT:?}" "${THREADFERRY:?}" "${MOCK_API:?}"

set --
for script in "$here"/*.sh; do
    name=$(basename "$script" .sh)
    case " ${ONLY:-$name} " in
    *" lib "* | *" run "*) ;;
    *" $name "*) set -- "$@" "$script" ;;
    esac
done
# Nineteen twentieths of the time are waiting for time-outs and back-off; the more at
# once, the longer each takes.
LIMIT=${LIMIT:-1200} JOBS=${JOBS:-$((5 * $(getconf _NPROCESSORS_ONLN)))} sh tests/tools/run-programs.sh "$@"
status=$?
# Other tests have rows as well: the crash matrix, and what a sanitizer would skip.
set -- "$RESULT"
for other in "${RESULT%/*}"/crash*.txt "${RESULT%/*}/faults.txt"; do
    [ ! -f "$other" ] || [ "$other" = "$RESULT" ] || set -- "$@" "$other"
done
awk -v some="${ONLY:-}${CASE:-}" '
     $1 !~ /^(ok|not|skip)$/ { next }
     { name = $1 == "not" ? $3 : $2; row = name; sub(/[^A-Z0-9].*/, "", row) }
     row !~ /^[A-Z][0-9]+$/ { if ($1 == "not") { print "FAILED:", name; failed++ }; next }
     $1 == "skip" { sub(/^skip /, ""); skipped[row] = skipped[row] "; skipped: " $0; next }
     { tests[row]++ }
     $1 == "not" { bad[row] = bad[row] " " name; failed++ }
     $1 == "ok" { passed++ }
     END {
         split("N 13 H 13 J 7 A 19 F 11 P 8 C 2 O 9 Q 5 T 12", kinds, " ")
         for (k = 1; k in kinds; k += 2)
             for (i = 1; i <= kinds[k + 1] || i <= 20; i++) {
                 row = kinds[k] i
                 if (i > kinds[k + 1] && !(row in tests) && !(row in bad)) continue
                 if (row in bad) result = "FAILED:" bad[row]
                 else if (row in tests) result = "ok"
                 else if (row in skipped) result = "not run"
                 else if (some != "") continue
                 else { result = "FAILED: no test"; failed++ }
                 printf "%-4s %3d  %s%s\n", row, tests[row], result, skipped[row]
             }
         printf "%d passed, %d failed\n", passed, failed
         exit failed > 0
     }' "$@" && exit $status
exit 1
