#!/bin/sh
# Runs each fuzz target for FUZZ_SECONDS, two at a time on two cores. The saved
# inputs in tests/fuzz/corpus/TARGET come first, what is new stays in
# build/fuzz/work, and an input that breaks a target is left in
# build/fuzz/found: save it in the corpus with the fix. FUZZ_SEED=0 draws other
# inputs each time.
set -u
: "${RESULT:?}" "${B:?}" "${FUZZ_SECONDS:=10}" "${FUZZ_SEED:=0}"

if [ "${1:-}" = --one ]; then
    name=$(basename "$2")
    saved=tests/fuzz/corpus/${name#fuzz_}
    [ -d "$saved" ] || saved=
    mkdir -p "$B/grown/$name" "$B/found"
    # shellcheck disable=SC2086 # empty or one word
    if "$2" -seed="$FUZZ_SEED" -max_total_time="$FUZZ_SECONDS" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
        -print_final_stats=1 -verbosity=0 -artifact_prefix="$B/found/$name-" \
        "$B/grown/$name" $saved >"$RESULT.d/$name.log" 2>&1; then
        echo "ok $name" >"$RESULT.d/$name.line"
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$RESULT.d/$name.log")
        echo "$name: ok, ${runs:-replayed} runs"
    else
        echo "not ok $name" >"$RESULT.d/$name.line"
        echo "--- $name"
        tail -n 40 "$RESULT.d/$name.log"
    fi
    exit 0
fi

rm -rf "$RESULT" "$RESULT.d"
mkdir -p "$RESULT.d"
: >"$RESULT"
[ $# -gt 0 ] || exit 0
export RESULT FUZZ_SECONDS FUZZ_SEED B
printf '%s\0' "$@" | xargs -0 -n 1 -P "$(getconf _NPROCESSORS_ONLN)" sh "$0" --one
cat "$RESULT.d"/*.line >"$RESULT"
! grep -q '^not ok' "$RESULT"
