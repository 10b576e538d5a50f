#!/bin/sh
# "make deb": a Debian package of the program, from what "make install" puts
# there. Its dependencies are read from the program by dpkg-shlibdeps; the
# same commit gives the same bytes.
#
#   B=BUILD VERSION=1.0.0 deb.sh
set -eu

top=$(pwd)
deb=$B/deb
root=$deb/root
arch=$(dpkg --print-architecture)
package=threadferry_${VERSION}_$arch.deb
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
maintainer='threadferry authors <threadferry@example.org>'
umask 022

rm -rf "$deb"
mkdir -p "$root/DEBIAN" "$deb/debian"
make --no-print-directory install DESTDIR="$(cd "$root" && pwd)" PREFIX=/usr >"$deb/install.log"
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
    echo "threadferry ($VERSION) stable; urgency=medium"
    echo
    echo "  * See /usr/share/doc/threadferry/$news for what is new."
    echo
    echo " -- $maintainer  $(date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$doc/changelog.gz"
# completion SHELL PATH
completion()
{
    mkdir -p "$root/usr/share/${2%/*}"
    "$root/usr/bin/threadferry" completion "$1" >"$root/usr/share/$2"
}
completion bash bash-completion/completions/threadferry
completion zsh zsh/vendor-completions/_threadferry
completion fish fish/vendor_completions.d/threadferry.fish

# dpkg-shlibdeps wants a source package around it.
printf 'Source: threadferry\n\nPackage: threadferry\nArchitecture: any\n' >"$deb/debian/control"
depends=$(cd "$deb" && dpkg-shlibdeps -O root/usr/bin/threadferry 2>/dev/null |
    sed -n 's/^shlibs:Depends=//p')
cat >"$root/DEBIAN/control" <<END
Package: threadferry
Version: $VERSION
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
if command -v lintian >/dev/null 2>&1; then
    lintian --allow-root --fail-on error,warning "$B/$package"
    echo "lintian: nothing to say"
fi
