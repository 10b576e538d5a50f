#!/bin/sh
# The documents keep up with the code: every room is in ARCHITECTURE.md,
# every row of MAPPING.md names a test that exists, and links lead somewhere.
: "${B:?}"
bad=0

for page in docs/ARCHITECTURE.md docs/MAPPING.md README.md; do
    [ -f $page ] || { echo "$page: missing"; exit 1; }
done

for folder in src/*/; do
    room=$(basename "$folder")
    grep -qE "^    $room  +[^ ]" docs/ARCHITECTURE.md && continue
    echo "docs/ARCHITECTURE.md: no word of $folder"
    bad=1
done

# A row begins with its number and names a folder of tests/mapping in backquotes.
rows=$(grep -E '^\| *[0-9]+' docs/MAPPING.md) || { echo "docs/MAPPING.md: no rows"; bad=1; }
while read -r row; do
    [ -n "$row" ] || continue
    cases=$(printf '%s\n' "$row" | grep -oE '`tests/mapping/[^`]+`|mapping/[a-z0-9_-]+' | tr -d '`' |
        sed 's|^tests/||')
    [ -n "$cases" ] || { echo "docs/MAPPING.md: no test in: $row"; bad=1; }
    for case in $cases; do
        [ -e "tests/$case" ] || { echo "docs/MAPPING.md: no tests/$case"; bad=1; }
    done
done <<EOT
$rows
EOT

# The README's picture is what the program prints.
if command -v jq >/dev/null; then
    sh tests/tools/picture.sh "$PWD/$B/threadferry" | cmp -s - docs/diff.svg ||
        { echo "docs/diff.svg: make picture"; bad=1; }
fi

for page in README.md docs/*.md docs/*/*.md; do
    [ -f "$page" ] || continue
    for link in $(sed '/^```/,/^```/d' "$page" | grep -oE '\]\([^)# ]+' | cut -c3-); do
        case $link in *:*) continue ;; esac
        [ -e "$(dirname "$page")/$link" ] || { echo "$page: dead link $link"; bad=1; }
    done
done
exit $bad
