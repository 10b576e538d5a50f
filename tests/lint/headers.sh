#!/bin/sh
# Every header compiles alone, guards itself, and opens with what it is for.
bad=0
flags="-std=c11 -D_GNU_SOURCE -Isrc -Itests -Wall -Wextra $(pkg-config --cflags jansson yaml-0.1 libcurl)"

# shellcheck disable=SC2086 # a list of flags
for header in src/*/*.h tests/*/*.h; do
    [ -f "$header" ] || continue
    printf '#include "%s"\n' "$header" |
        ${CC:-cc} $flags -I. -x c -fsyntax-only -Werror - || { echo "$header: does not compile alone"; bad=1; }
    head -n 1 "$header" | grep -q '^/\*' || { echo "$header: no opening comment"; bad=1; }
    grep -q '^#ifndef [A-Z0-9_]*_H$' "$header" || { echo "$header: no guard"; bad=1; }
done
exit $bad
