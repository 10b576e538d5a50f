#!/bin/sh
# Runs test programs and test scripts side by side, each in the project's top
# folder with a TMPDIR of its own, and writes a line per test to $RESULT:
# "ok NAME", "not ok NAME", "skip NAME REASON".
#
#   RESULT=FILE [WRAP=COMMAND] [JOBS=N] [LIMIT=SECONDS] run-programs.sh PROGRAM...
#
# A program prints TAP ("ok 1 - name") or the lines themselves. One that ends
# with another status than 0 and blames no test is a failure of its own. With
# WRAP (valgrind) there is one line per program.
set -u

# The lines of one program; its output stays in $RESULT.d/NAME.log.
run_one()
{
    program=$1
    name=$(basename "$program" .sh)
    log=$RESULT.d/$name.log
    tmp=$(mktemp -d) || exit 1
    shell=
    case $program in *.sh) shell=sh ;; esac
    # shellcheck disable=SC2086 # WRAP is a command with its options
    TMPDIR=$tmp CMOCKA_MESSAGE_OUTPUT=tap timeout -k 10 "${LIMIT:-600}" \
        ${WRAP:-} $shell "$program" >"$log" 2>&1 </dev/null
    status=$?
    rm -rf "$tmp"
    if [ -n "${WRAP:-}" ]; then
        if [ $status -eq 0 ]; then echo "ok $name"; else echo "not ok $name"; fi >"$log.lines"
    else
        # cmocka says "not ok 1 # SKIP name".
        sed -n -e "s/^\(not \)\{0,1\}ok [0-9][0-9]* # SKIP \(.*\)/skip $name.\2/p" -e t \
            -e "s/^\(\(not \)\{0,1\}ok\) [0-9][0-9]* - /\1 $name./p" -e t \
            -e '/^ok ./p' -e '/^not ok ./p' -e '/^skip ./p' "$log" >"$log.lines"
        if [ $status -ne 0 ] && ! grep -q '^not ok' "$log.lines"; then
            echo "not ok $name (exit status $status)" >>"$log.lines"
        elif [ ! -s "$log.lines" ]; then
            echo "ok $name" >"$log.lines"
        fi
    fi
    if grep -q '^not ok' "$log.lines"; then
        printf -- '--- %s (exit status %s)\n' "$program" "$status"
        tail -n 40 "$log"
    fi
}

if [ "${1:-}" = --one ]; then
    run_one "$2"
    exit 0
fi

rm -rf "$RESULT" "$RESULT.d"
mkdir -p "$RESULT.d"
export RESULT
if [ $# -gt 0 ]; then
    printf '%s\0' "$@" | xargs -0 -n 1 -P "${JOBS:-$(getconf _NPROCESSORS_ONLN)}" sh "$0" --one
    for program; do
        name=$(basename "$program" .sh)
        cat "$RESULT.d/$name.log.lines" || echo "not ok $name (its result is gone)"
    done >"$RESULT"
else
    : >"$RESULT"
    echo "no such test${ONLY:+: $ONLY}"
    exit 1
fi
passed=$(grep -c '^ok' "$RESULT")
failed=$(grep -c '^not ok' "$RESULT")
skipped=$(grep -c '^skip' "$RESULT")
echo "$(basename "$RESULT" .txt): $passed ok, $failed not ok, $skipped skipped"
[ "$failed" -eq 0 ]
