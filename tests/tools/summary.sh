#!/bin/sh
# Names what failed and what was skipped, and ends with "N passed, N failed", to
# which ", N skipped" is added if something was.
# A stage that failed because of its tests is counted by them and not again.
set -u
results=$1

cd "$results" || exit 1
passed=0
failed=0
skipped=0
touch stages.txt
for file in *.txt; do
    suite=${file%.txt}
    sed -n "s|^not ok |not ok $suite: |p" "$file"
    sed -n "s|^skip |skipped $suite: |p" "$file"
    skipped=$((skipped + $(grep -c '^skip ' "$file")))
    [ "$suite" = stages ] && continue
    passed=$((passed + $(grep -c '^ok' "$file")))
    failed=$((failed + $(grep -c '^not ok' "$file")))
done
# Stages without tests of their own, and stages that failed otherwise.
passed=$((passed + $(grep -c '^ok' stages.txt)))
failed=$((failed + $(grep -c '^not ok' stages.txt)))
if [ $skipped -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
