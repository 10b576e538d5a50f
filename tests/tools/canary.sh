#!/bin/sh
# Looks for the key and for words of messages in everything that the tests have
# printed (all folders named "results" below $B, stages and distcheck included),
# and for core files. tests/e2e/lib.sh has looked at the files of each script.
set -u
: "${B:=build}"

canaries=$(sed -n 's/^canary_[a-z]*=\(.*\)/\1/p' tests/e2e/lib.sh)
[ "$(echo "$canaries" | wc -l)" -eq 3 ] || { echo 'not three canaries in tests/e2e/lib.sh'; exit 1; }
looked=$(find "$B" -path '*/results/*' -type f | wc -l)
[ "$looked" -gt 0 ] || { echo "no results in $B"; exit 1; }
found=$(find "$B" -path '*/results/*' -type f -exec grep -lF -e "$canaries" {} +
    find . -type f \( -name core -o -name 'core.[0-9]*' \))
[ -z "$found" ] || { echo "found: $found"; exit 1; }
echo "canary: nothing in $looked files"
