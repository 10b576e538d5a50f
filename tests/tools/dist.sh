#!/bin/sh
# A source archive of what git tracks (of what is there, outside a clone), with
# sorted names and the time of the commit, so that it can be made again.
set -eu
: "${B:?}" "${DIST:?}"

if [ -e .git ]; then
    time=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
    files() { git ls-files -z; }
else
    time=${SOURCE_DATE_EPOCH:-$(stat -c %Y Makefile)}
    files() { find . -path "./$B" -prune -o -type f -printf '%P\0'; }
fi
mkdir -p "$B"
files | LC_ALL=C sort -z | tar -c --no-recursion --null -T - --transform "s|^|$DIST/|" \
    --mtime="@$time" --owner=0 --group=0 --numeric-owner --mode=u+rw,go+r,go-w |
    gzip -9 -n >"$B/$DIST.tar.gz"
(cd "$B" && sha256sum "$DIST.tar.gz" >"$DIST.tar.gz.sha256" && cat "$DIST.tar.gz.sha256")
