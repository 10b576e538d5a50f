#!/bin/sh
# What a packager does with the archive: unpack, build, test, install elsewhere,
# uninstall; and the archive made from it must have the same files.
set -eu
: "${MAKE:=make}" "${B:?}" "${DIST:?}"

work=$B/distcheck
rm -rf "$work"
mkdir -p "$work"
tar -xzf "$B/$DIST.tar.gz" -C "$work"
cd "$work/$DIST"

$MAKE --no-print-directory B=build RESULTS=build/results WERROR=1 all
$MAKE --no-print-directory B=build RESULTS=build/results WERROR=1 test
$MAKE --no-print-directory B=build install DESTDIR="$work/root" PREFIX=/usr
for file in bin/threadferry share/man/man1/threadferry.1 share/doc/threadferry/README.md \
    share/bash-completion/completions/threadferry share/zsh/site-functions/_threadferry \
    share/fish/vendor_completions.d/threadferry.fish; do
    test -s "$work/root/usr/$file" || { echo "not installed: $file"; exit 1; }
done
"$work/root/usr/bin/threadferry" --version
$MAKE --no-print-directory B=build uninstall DESTDIR="$work/root" PREFIX=/usr
left=$(find "$work/root" -type f)
[ -z "$left" ] || { echo "left after uninstall: $left"; exit 1; }
$MAKE --no-print-directory B=build dist
tar -tzf "$B/$DIST.tar.gz" | sort >"$work/first"
tar -tzf "build/$DIST.tar.gz" | sort >"$work/second"
diff "$work/first" "$work/second"
