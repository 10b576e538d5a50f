#!/bin/sh
# Another version of these tools gives another verdict on the same tree. It is
# checked with the version of tests/tools/versions.txt and with no other:
#
#   pinned.sh TOOL     0 if that version is here; else 1 and a line
#                      "skipped: REASON", which "make check" counts as skipped
set -u
tool=$1

wanted=$(sed -n "s/^$tool  *//p" tests/tools/versions.txt)
[ -n "$wanted" ] || { echo "no $tool in tests/tools/versions.txt" >&2; exit 2; }
here=$("$tool" --version 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1)
case $here. in
"$wanted".*) exit 0 ;;
esac
echo "skipped: $tool ${here:-of no known version} is here, the tree is checked with $wanted"
exit 1
