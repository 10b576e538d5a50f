#!/bin/sh
# Lines that the tests in $B ran, per file, against tests/coverage-floors.txt.
# A row there: a file, a folder, or "total", the percentage it may not fall
# below, and a reason where that is low. The first row that matches counts.
set -eu
: "${B:?}" "${RESULT:?}"
floors=tests/coverage-floors.txt

gcovr --root . --filter 'src/' --object-directory "$B" --gcov-ignore-parse-errors \
    --exclude-unreachable-branches --json-summary "$B/coverage.json" --txt "$B/coverage.txt" \
    "$B/src" >/dev/null 2>"$B/coverage.log" || { cat "$B/coverage.log"; exit 1; }

mkdir -p "$(dirname "$RESULT")"
jq -r '(.files[] | "\(.filename) \(.line_percent)"), "total \(.line_percent)"' "$B/coverage.json" |
    awk -v floors="$floors" '
    BEGIN {
        while ((getline row < floors) > 0) {
            if (row ~ /^#/ || row == "") continue
            split(row, field, " ")
            name[++count] = field[1]
            floor[count] = field[2]
        }
    }
    {
        for (i = 1; i <= count; i++)
            if ($1 == name[i] || index($1, name[i] "/") == 1) break
        if (i > count) next
        if ($2 + 0 >= floor[i] + 0) print "ok " $1
        else print "not ok " $1 " (" $2 " % of lines, floor " floor[i] " %)"
    }' >"$RESULT"
grep '^not ok' "$RESULT" && exit 1
jq -r '"coverage: \(.line_percent) % of lines"' "$B/coverage.json"
