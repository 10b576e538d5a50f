#!/bin/sh
# "make deb": a Debian package of the program, from what "make install" puts
# there. Its dependencies are read from the program (depends.sh); the same
# commit gives the same bytes.
#
#   B=BUILD VERSION=1.0.0 [REVISION=deb12] deb.sh
#
# REVISION tells the packages of several releases of Debian apart, and is part
# of their version: an upgrade of the system brings the package of its own.
set -eu
: "${MAKE:=make}"

top=$(pwd)
deb=$B/deb
root=$deb/root
version=$VERSION${REVISION:++$REVISION}
arch=$(dpkg --print-architecture)
package=threadferry_${version}_$arch.deb
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
maintainer='threadferry authors <threadferry@example.org>'
umask 022

rm -rf "$deb"
mkdir -p "$root/DEBIAN"
$MAKE --no-print-directory all
$MAKE --no-print-directory install DESTDIR="$(cd "$root" && pwd)" PREFIX=/usr \
    ZSH_COMPLETIONS=/usr/share/zsh/vendor-completions >"$deb/install.log"
strip --strip-all --remove-section=.comment --remove-section=.note "$root/usr/bin/threadferry"
gzip -9n "$root"/usr/share/man/man1/threadferry.1
doc=$root/usr/share/doc/threadferry
mv "$doc/LICENSE" "$deb/LICENSE"
{
    echo 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/'
    echo 'Upstream-Name: threadferry'
    echo
    echo 'Files: *'
    echo 'Copyright: 2026 threadferry authors'
    echo 'License: Expat'
    sed -e '1,/^Copyright/d' -e 's/^$/./' -e 's/^/ /' "$deb/LICENSE" | sed '1{/^ \.$/d;}'
} >"$doc/copyright"
# The package's own changelog names this one, which has to be in it.
news=docs/CHANGELOG.md
test -s "$doc/$news"
{
    echo "threadferry ($version) stable; urgency=medium"
    echo
    echo "  * See /usr/share/doc/threadferry/$news for what is new."
    echo
    echo " -- $maintainer  $(date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$doc/changelog.gz"

depends=$(sh tests/tools/depends.sh "$root/usr/bin/threadferry")
cat >"$root/DEBIAN/control" <<END
Package: threadferry
Version: $version
Section: utils
Priority: optional
Architecture: $arch
Maintainer: $maintainer
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: $depends
Recommends: ca-certificates
Description: move Assistants threads into Conversations
 Reads threads from exported files or a live server, maps their messages to
 conversation items, writes them through the Conversations API, and keeps the
 mapping in a checkpoint file, so that it can be interrupted at any instant
 and resumed without losing or doubling an item.
END
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group --build "$root" "$B/$package" >/dev/null
cd "$top"
sha256sum "$B/$package"
if command -v lintian >/dev/null 2>&1 && sh tests/tools/pinned.sh lintian; then
    lintian --allow-root --fail-on error,warning "$B/$package"
    echo "lintian: nothing to say"
fi
