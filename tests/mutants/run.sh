#!/bin/sh
# "make mutants": do the tests see small faults? Each patch of this folder is one that a tired
# engineer could make; its first line says what is wrong then. Each is put into a copy of the tree,
# and has to fail there: first the unit tests of its room, then all of them and the command line,
# then the script that the patch names ("seen by: e2e NAME"), then the simulator, which stops at the
# first seed that fails.
#
#   RESULT=FILE B=BUILD MAKE=make [ONLY='PATTERN...'] [SEEDS=N] run.sh     all of it
#   run.sh --apply     only whether each patch still applies, a part of "make lint"
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)

# A path in a patch is "b/src/…".
file_of()
{
    sed -n 's|^+++ b/||p' "$1"
}

# applies PATCH FOLDER [--dry-run]
applies()
{
    patch --batch --forward --silent --strip=1 --fuzz=2 --no-backup-if-mismatch \
        --reject-file=- ${3:+"$3"} --directory="$2" <"$1"
}

if [ "${1:-}" = --apply ]; then
    bad=0
    for patch in "$here"/*.patch; do
        applies "$patch" "$top" --dry-run >/dev/null && continue
        echo "$(basename "$patch") no longer applies"
        bad=1
    done
    exit $bad
fi

: "${RESULT:?}" "${B:?}" "${MAKE:=make}" "${SEEDS:=10000}"
patterns=${ONLY:-*}
unset ONLY CASE
RESULT=$(realpath -m "$RESULT")
tree=$(realpath -m "$B")/mutants
mutated=$tree/mutated # what the mutant in hand has changed
mkdir -p "$(dirname "$RESULT")" "$tree"
: >"$RESULT"
case " ${MAKEFLAGS:-} " in
*" -j"* | *--jobserver*) parallel= ;;
*) parallel=-j$(getconf _NPROCESSORS_ONLN) ;;
esac
command -v ccache >/dev/null && compiler='ccache cc' || compiler=cc

# Quick to compile and to link: there are many programs, and each mutant links them again.
build()
{
    rm -rf "$tree/build/results"
    # shellcheck disable=SC2086 # empty or one word
    $MAKE -s --no-print-directory $parallel -C "$tree" B=build RESULTS=build/results SUITE= ONLY= \
        CC="$compiler" HARDEN= HARDEN_LD= CFLAGS=-O1 "$@" >"$tree/log" 2>&1
}

# The first test of a suite that failed, or the suite.
blame()
{
    first=$(sed -n 's/^not ok //p' "$tree/build/results/$1.txt" 2>/dev/null | head -n 1)
    echo "$1: ${first:-it does not end well}"
}

# killer PATCH FILE: what kills the mutant; nothing if all passes.
killer()
{
    room=$(dirname "$2")
    room=${room#src/}
    names=$(find "$tree/tests/unit/$room" -name 'test_*.c' -exec basename {} .c \; 2>/dev/null |
        sed 's/^test_//' | tr '\n' ' ')
    [ -z "$names" ] || build unit ONLY="$names" LIMIT=300 || { blame unit; return; }
    build unit LIMIT=300 || { blame unit; return; }
    build cli || { blame cli; return; }
    script=$(sed -n 's/^seen by: e2e //p' "$1")
    [ -z "$script" ] || build e2e ONLY="$script" LIMIT=300 || { blame e2e; return; }
    seeds=$(STOP=1 SEEDS=$SEEDS timeout 3600 "$tree/build/simulate/simulate" 2>&1) ||
        echo "simulate $(echo "$seeds" | sed -n 's/^\(seed [0-9]*\).*/\1/p' | head -n 1)"
}

# try PATCH: prints its line
try()
{
    name=$(basename "$1" .patch)
    file=$(file_of "$1")
    if ! applies "$1" "$tree" >/dev/null; then
        echo "$name: NO LONGER APPLIES"
        return 1
    fi
    echo "$file" >"$mutated"
    if ! build all build/mock-api build/simulate/simulate; then
        killed=
        line="$name: DOES NOT COMPILE"
    else
        killed=$(killer "$1" "$file")
        line="$name: ${killed:+killed by }${killed:-SURVIVED}"
    fi
    restore
    echo "$line"
    [ -n "$killed" ]
}

# A new time, so that make compiles it again; the next run has to do so as well.
restore()
{
    [ ! -f "$mutated" ] || while read -r file; do cp "$top/$file" "$tree/$file"; done <"$mutated"
}

rm -rf "$tree/src" "$tree/tests" "$tree/docs"
cp -Rp "$top/src" "$top/tests" "$top/docs" "$top/Makefile" "$top/README.md" "$top/LICENSE" \
    "$top/migrate.yaml.example" "$tree"
restore
trap 'restore' EXIT
passed=0
failed=0
cd "$here" || exit 1
set -f
for pattern in $patterns; do
    set +f
    for patch in $pattern.patch; do
        if [ ! -f "$patch" ]; then
            echo "no such mutant: $pattern"
            failed=$((failed + 1))
        elif line=$(try "$here/$patch"); then
            echo "ok $line" | tee -a "$RESULT"
            passed=$((passed + 1))
        else
            echo "not ok $line" | tee -a "$RESULT"
            failed=$((failed + 1))
        fi
    done
    set -f
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
