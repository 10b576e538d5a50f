#!/bin/sh
# Runs tests/cli/CASE: the real program in an empty folder that holds copies of
# the case's files, and compares what it prints and its exit status.
#
#   args     the arguments, shell words on any number of lines
#   stdout, stderr, status   what is expected; a missing one means empty, 0
#   setup    a shell script that runs first, in the folder
#   env      NAME=VALUE lines for the program
#   stdin    its standard input
#   filter   a shell script that its standard output goes through before it is
#            compared, so that a case shows what it is about and nothing else
#
# ONLY='config-* status' runs some of the cases, by shell patterns.
# UPDATE=1 writes what was seen as the expectation; look at the difference.
# A line that begins with "~" is an extended regular expression.
set -u
: "${THREADFERRY:?}" "${RESULT:?}"
cases=$(cd "$(dirname "$0")" && pwd)

mkdir -p "$(dirname "$RESULT")"
RESULT=$(cd "$(dirname "$RESULT")" && pwd)/$(basename "$RESULT")
: >"$RESULT"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# A file that is equal line by line, "~" lines as expressions.
same()
{
    cmp -s "$1" "$2" && return 0
    grep -q '^~' "$1" || return 1
    [ "$(wc -l <"$1")" -eq "$(wc -l <"$2")" ] || return 1
    paste -d "$(printf '\001')" "$1" "$2" | while IFS="$(printf '\001')" read -r want seen; do
        case $want in
        '~'*) printf '%s\n' "$seen" | grep -Eqx -e "${want#\~}" || exit 1 ;;
        *) [ "$want" = "$seen" ] || exit 1 ;;
        esac
    done
}

run_case()
{
    dir=$work/$1
    out=$work/$1.out
    mkdir "$dir" "$out"
    cp -R "$cases/$1/." "$dir"
    (cd "$dir" && rm -f args stdout stderr status setup env stdin filter)
    [ -f "$cases/$1/setup" ] && ! (cd "$dir" && sh "$cases/$1/setup") && return 1
    input=/dev/null
    [ -f "$cases/$1/stdin" ] && input=$cases/$1/stdin
    (
        cd "$dir" || exit 1
        eval "set -- $(tr '\n' ' ' <"$cases/$name/args")"
        set -f
        # shellcheck disable=SC2046 # a word for each line
        IFS='
' && env -i PATH="$PATH" HOME="$dir" LC_ALL=C TZ=UTC ASAN_OPTIONS="${ASAN_OPTIONS:-}" \
            $(cat "$cases/$name/env" 2>/dev/null) timeout 60 "$THREADFERRY" "$@" <"$input" \
            >"$out/stdout" 2>"$out/stderr"
        echo $? >"$out/status"
    )
    if [ -f "$cases/$1/filter" ]; then
        mv "$out/stdout" "$out/all"
        sh "$cases/$1/filter" <"$out/all" >"$out/stdout"
    fi
    equal=0
    for file in stdout stderr status; do
        want=$cases/$1/$file
        if [ "${UPDATE:-}" = 1 ]; then
            cp "$out/$file" "$want"
            [ -s "$want" ] && [ "$(cat "$want")" != 0 ] || rm "$want"
        fi
        if [ ! -f "$want" ]; then
            want=$work/default
            : >"$want"
            [ $file != status ] || echo 0 >"$want"
        fi
        same "$want" "$out/$file" && continue
        echo "--- cli/$1: $file" && diff -u "$want" "$out/$file"
        equal=1
    done
    return $equal
}

wanted()
{
    [ -n "${ONLY:-}" ] || return 0
    set -f
    for pattern in $ONLY; do
        # shellcheck disable=SC2254 # it is a pattern
        case $1 in $pattern) set +f && return 0 ;; esac
    done
    set +f
    return 1
}

failed=0
for args in "$cases"/*/args; do
    [ -f "$args" ] || continue
    name=$(basename "$(dirname "$args")")
    wanted "$name" || continue
    if run_case "$name"; then
        echo "ok $name" >>"$RESULT"
    else
        echo "not ok $name" >>"$RESULT"
        failed=$((failed + 1))
    fi
done
echo "cli: $(grep -c '^ok' "$RESULT") ok, $failed not ok"
[ $failed -eq 0 ] && [ -s "$RESULT" ]
