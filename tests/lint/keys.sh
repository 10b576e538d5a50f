#!/bin/sh
# The example file is what the table of keys makes, and the manual page names
# every key, every command and every flag.
: "${B:?}"
ferry=$B/threadferry
bad=0
[ -x "$ferry" ] || { echo "$ferry is not built"; exit 1; }
made=$(mktemp) || exit 1
trap 'rm -f "$made"' EXIT

env -i PATH="$PATH" ASAN_OPTIONS=detect_leaks=0 "$ferry" init --dry-run >"$made" || exit 1
diff -u migrate.yaml.example "$made" || { echo "make it anew: threadferry init -n"; bad=1; }

# "section:" and "  key:".
keys=$(sed -n 's/^\([a-z_]*\):.*/\1/p; s/^  \([a-z_]*\):.*/ \1/p' "$made" |
    awk '/^ / { print section "." substr($0, 2); used[section] = 1; next }
         section != "" && !used[section] { print section }
         { section = $1 }
         END { if (!used[section]) print section }')
page=docs/threadferry.1
[ -f $page ] || { echo "$page: missing"; exit 1; }
for name in $keys $("$ferry" --help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p'); do
    grep -qF -- "$name" $page || { echo "$page: no word of $name"; bad=1; }
done
# "-n, --dry-run", "--[no-]all", "--source-fields-NAME". mandoc writes "Fl -name"; further names of an
# item follow after " , -name".
flags=$(for command in $("$ferry" --help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p'); do
    "$ferry" "$command" --help
done | sed -nE 's/^ +(-., +)?--(\[no-\])?([a-z-]+).*/\3/p' | sort -u)
for flag in $flags; do
    grep -qE -- "^\.(It|Op|Xo).* -?-$flag( |\$)" $page || { echo "$page: no word of --$flag"; bad=1; }
done
# What is said to those who type another program's word exists.
for flag in $(grep -oE '"[^"]*--[^"]*"' src/settings/option_table.c | grep -oE -- '--[a-z][a-z-]+' | cut -c3-); do
    grep -qE -- "^\.(It|Op|Xo).* -?-$flag( |\$)" $page || { echo "option_table.c: no --$flag"; bad=1; }
done
for name in $(sed -n '/MEANT\[\]/,/^};/p' src/settings/command.c | grep -oE 'threadferry [a-z]+' | cut -d' ' -f2); do
    "$ferry" "$name" --help >/dev/null 2>&1 || { echo "command.c: no $name"; bad=1; }
done
exit $bad
