#!/bin/sh
# "make check": every stage in order, a line and a time for each, and at the end
# "N passed, N failed" over the lines of all suites. A stage that fails does not
# keep the next ones from running. One that prints "skipped: REASON" and succeeds
# could not judge here. The output of a stage is in build/results/stages/NAME.log.
set -u
: "${MAKE:=make}" "${B:=build}" "${RESULTS:=$B/results}"

jobs=$(getconf _NPROCESSORS_ONLN)
case " ${MAKEFLAGS:-} " in
*" -j"* | *--jobserver*) parallel= ;;
*) parallel=-j$jobs ;;
esac
stages=$RESULTS/stages
rm -rf "$RESULTS"
mkdir -p "$stages"
started=$(date +%s)

# stage NAME MAKE-ARGUMENTS: a stage without test lines of its own counts as one.
stage()
{
    name=$1
    shift
    from=$(date +%s)
    # shellcheck disable=SC2086 # empty or one word
    $MAKE -s --no-print-directory $parallel B="$B" RESULTS="$RESULTS" "$@" >"$stages/$name.log" 2>&1
    status=$?
    took=$(($(date +%s) - from))
    reason=$(sed -n 's/^skipped: //p' "$stages/$name.log" | head -n 1)
    if [ $status -eq 0 ] && [ -n "$reason" ]; then
        printf '%-14s skipped %4d s   %s\n' "$name" $took "$reason"
        echo "skip $name $reason" >>"$RESULTS/stages.txt"
    elif [ $status -eq 0 ]; then
        printf '%-14s ok      %4d s\n' "$name" $took
        echo "ok $name" >>"$RESULTS/stages.txt"
    else
        printf '%-14s FAILED  %4d s   %s\n' "$name" $took "$stages/$name.log"
        tail -n 60 "$stages/$name.log" | sed 's/^/    /'
        echo "not ok $name" >>"$RESULTS/stages.txt"
    fi
}

stage format-check format-check
stage build-gcc B="$B/gcc" CC=gcc WERROR=1 tests
stage build-clang B="$B/clang" CC=clang WERROR=1 tests
stage lint B="$B/gcc" CC=gcc WERROR=1 lint
stage docs docs
stage asan asan SUITES=unit
stage valgrind B="$B/gcc" CC=gcc WERROR=1 valgrind
stage coverage coverage
stage cli B="$B/gcc" CC=gcc WERROR=1 cli
stage e2e asan SUITES=e2e
stage counterparts B="$B/gcc" CC=gcc WERROR=1 counterparts
stage crash B="$B/gcc" CC=gcc WERROR=1 crash
stage archives B="$B/gcc" CC=gcc WERROR=1 archives SEEDS=4000
stage simulate B="$B/gcc" CC=gcc WERROR=1 simulate SEEDS=3000
stage memory B="$B/gcc" CC=gcc WERROR=1 faults ONLY=memory
stage faults asan SUITES=faults
stage fuzz fuzz FUZZ_SEED=1
stage tidy -k B="$B/gcc" CC=gcc tidy
stage cppcheck cppcheck
stage distcheck distcheck
stage canary canary

echo "took $(($(date +%s) - started)) s"
sh tests/tools/summary.sh "$RESULTS"
