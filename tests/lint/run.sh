#!/bin/sh
# Runs every rule of this folder; a rule prints what it found and fails.
set -u
: "${RESULT:?}" "${B:?}"
here=$(dirname "$0")

mkdir -p "$(dirname "$RESULT")"
: >"$RESULT"
failed=0
for rule in "$here"/*.sh; do
    name=$(basename "$rule" .sh)
    [ "$name" != run ] || continue
    if found=$(sh "$rule" 2>&1); then
        echo "ok $name" >>"$RESULT"
    else
        echo "not ok $name" >>"$RESULT"
        printf 'lint: %s\n%s\n' "$name" "$found" | sed '2,$s/^/    /'
        failed=$((failed + 1))
    fi
done
echo "lint: $(grep -c '^ok' "$RESULT") ok, $failed not ok"
[ $failed -eq 0 ]
