#!/bin/sh
# The manual page, the help of each command and the completions name the same
# commands and options.
set -u
: "${THREADFERRY:?}"
page=docs/threadferry.1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

# complain WHERE NAME: one line, and the end is a failure.
complain()
{
    echo "# $1: no word of $2"
    bad=1
}

# "--[no-]all" is --all and --no-all; every word with two dashes at the start of a help entry.
options_of()
{
    sed -n 's/^  *\(-[A-Za-z], \)\{0,1\}\(--.*\)/\2/p' |
        grep -oE '(^|, )--(\[no-\])?[a-z-]+' | sed 's/^, //; s/^--//' |
        awk '/^\[no-\]/ { sub(/^\[no-\]/, ""); print; print "no-" $0; next } { print }' | sort -u
}

"$THREADFERRY" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\)  .*/\1/p' >"$work/commands"
[ -s "$work/commands" ] || complain 'threadferry --help' commands
{
    "$THREADFERRY" --help
    while read -r command; do "$THREADFERRY" "$command" --help; done <"$work/commands"
} | options_of >"$work/options"

# A map has a flag for each member, "--source-fields-NAME": its beginning is in the page and known to the
# completions, and what the page names is one of them.
grep -e '-$' "$work/options" >"$work/maps"
grep -ve '-$' "$work/options" >"$work/plain" && mv "$work/plain" "$work/options"

# In the page: ".It Cm migrate", "Fl -top-up". Flags of keys follow from the keys by one rule.
sed -n '/^The commands are/,/^\.El/s/^\.It Cm \([a-z]*\).*/\1/p' $page | sort >"$work/page-commands"
grep -oE 'Fl -[a-z][a-z-]+|, -[a-z][a-z-]+' $page | sed 's/.* -//' | sort -u >"$work/page-options"
sed -n '/^\.Sh CONFIGURATION/,/^\.Sh ENVIRONMENT/s/^\.It Cm \([a-z_.]*\)\( ,.*\)\{0,1\}$/\1/p' $page |
    tr '._' '--' >"$work/page-keys"
"$THREADFERRY" init --dry-run | awk '/^[a-z_]+:/ { split($1, a, ":"); section = a[1]; key[section] = 1 }
    /^  [a-z_]+:/ { split($1, a, ":"); delete key[section]; key[section "." a[1]] = 1 }
    END { for (k in key) print k }' | tr '._' '--' | sort >"$work/keys"
sort "$work/page-keys" | cmp -s - "$work/keys" || complain $page 'every key once'

sort "$work/commands" | comm -23 - "$work/page-commands" >"$work/missing"
while read -r name; do complain $page "command $name"; done <"$work/missing"
sort "$work/commands" | comm -13 - "$work/page-commands" >"$work/missing"
while read -r name; do complain 'threadferry --help' "command $name"; done <"$work/missing"
sort -u "$work/keys" "$work/page-options" >"$work/known"
comm -23 "$work/options" "$work/known" | while read -r name; do
    # --no-x of a boolean key follows from the key, as its flag does.
    grep -qxF -- "${name#no-}" "$work/keys" || echo "$name"
done >"$work/missing"
while read -r name; do complain $page "--$name"; done <"$work/missing"
sed 's/$/[a-z]/' "$work/maps" >"$work/members"
[ -s "$work/members" ] || complain 'help of any command' 'the flags of a map'
grep -v -e '-$' "$work/page-options" | grep -v -f "$work/members" | comm -23 - "$work/options" >"$work/missing"
while read -r name; do complain 'help of any command' "--$name"; done <"$work/missing"

for shell in bash zsh fish; do
    "$THREADFERRY" completion $shell >"$work/$shell"
    while read -r name; do
        grep -qE -e "--$name([^a-z-]|\$)| -l $name( |\$)" "$work/$shell" ||
            complain "completion $shell" "--$name"
    done <"$work/options"
    while read -r name; do
        [ "$name" = source-roles- ] && continue # its members are anybody's words
        grep -qF -e "--$name" -e "-l $name" "$work/$shell" || complain "completion $shell" "--$name"
    done <"$work/maps"
    while read -r name; do
        grep -qw -- "$name" "$work/$shell" || complain "completion $shell" "$name"
    done <"$work/commands"
done
bash -n "$work/bash" || bad=1

[ $bad -eq 0 ] && echo 'ok names' || echo 'not ok names'
exit $bad
