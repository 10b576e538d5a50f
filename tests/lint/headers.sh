#!/bin/sh
# Every header compiles alone, guards itself, and opens with what it is for.
bad=0
headers=$(ls src/*/*.h tests/*/*.h tests/*/*/*.h)
flags="-std=c11 -D_GNU_SOURCE -Isrc -Itests -Wall -Wextra -Werror -Wno-unused-const-variable -Wno-unused-function"
flags="$flags $(pkg-config --cflags libcurl jansson yaml-0.1 libmicrohttpd)"

# shellcheck disable=SC2086 # lists of words; each file is compiled on its own
printf '%s\n' $headers |
    xargs -n 8 -P "$(getconf _NPROCESSORS_ONLN)" ${CC:-cc} $flags -fsyntax-only -x c || bad=1
for header in $headers; do
    head -n 1 "$header" | grep -q '^/\*' || { echo "$header: no opening comment"; bad=1; }
    grep -q '^#ifndef [A-Z0-9_]*_H$' "$header" || { echo "$header: no guard"; bad=1; }
done
exit $bad
