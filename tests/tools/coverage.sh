#!/bin/sh
# Lines that the tests in $B ran, against tests/coverage-floors.txt. Rows there:
#
#   FOLDER  WHOLE  EACH     per cent of all its lines, and of those of each of its files
#   FILE    EACH   REASON   a file that may have less than the others of its folder
#   total   WHOLE
#
# A file of no folder, a row of nothing and a row without its reason are failures too.
set -eu
: "${B:?}" "${RESULT:?}"
floors=tests/coverage-floors.txt

gcovr --root . --filter 'src/' --object-directory "$B" --gcov-ignore-parse-errors \
    --exclude-unreachable-branches --json-summary "$B/coverage.json" --txt "$B/coverage.txt" \
    "$B/src" >/dev/null 2>"$B/coverage.log" || { cat "$B/coverage.log"; exit 1; }

mkdir -p "$(dirname "$RESULT")"
jq -r '.files[] | select(.line_total > 0) | "\(.filename) \(.line_covered) \(.line_total)"' \
    "$B/coverage.json" | awk -v floors="$floors" '
    function judge(name, covered, total, floor) {
        if (100 * covered >= floor * total) print "ok " name
        else printf "not ok %s (%.1f %% of lines, floor %d %%)\n", name, 100 * covered / total, floor
    }
    BEGIN {
        while ((getline row < floors) > 0) {
            if (row ~ /^#/ || row == "") continue
            split(row, field, " ")
            whole[field[1]] = field[2]
            each[field[1]] = field[1] ~ /\./ ? field[2] : field[3]
            if (field[1] != "total" && field[3] == "") print "not ok " field[1] " (a row without " \
                (field[1] ~ /\./ ? "a reason)" : "a floor for each file)")
        }
    }
    {
        folder = $1
        sub(/\/[^\/]*$/, "", folder)
        covered[folder] += $2; total[folder] += $3
        covered["total"] += $2; total["total"] += $3
        seen[$1]
        if ($1 in each) judge($1, $2, $3, each[$1])
        else if (folder in each) judge($1, $2, $3, each[folder])
        else print "not ok " $1 " (no floor)"
    }
    END {
        for (name in whole)
            if (name in total) judge(name, covered[name], total[name], whole[name])
            else if (!(name in seen)) print "not ok " name " (a floor of nothing)"
    }' >"$RESULT"
grep '^not ok' "$RESULT" && exit 1
jq -r '"coverage: \(.line_percent) % of lines"' "$B/coverage.json"
