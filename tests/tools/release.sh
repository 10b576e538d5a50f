#!/bin/sh
# "make release": what others install, made from the committed tree. In
# $B/release, only if all of it is right:
#
#   threadferry_VERSION+deb12_ARCH.deb   each made in a bare root of its release,
#   threadferry_VERSION+deb13_ARCH.deb   and installed and run in another
#   threadferry-VERSION.tar.gz           the source
#   SHA256SUMS
#
# The image of docs/deploy is made and run too.
#
#   MAKE=make B=BUILD DIST=threadferry-1.0.0 release.sh
set -u
: "${MAKE:=make}" "${B:?}" "${DIST:?}"
releases='12 13'
out=$B/release
new=$B/release.new
logs=$B/release.logs

[ "$(id -u)" -ne 0 ] || sh tests/tools/deps.sh bare || exit
. tests/tools/root.sh
. tests/tools/image.sh
roots_begin
roots_able || exit
rm -rf "$out" "$new" "$logs"
mkdir -p "$new" "$logs"
tree_copy "$roots/tree" || exit
[ -z "$(git status --porcelain)" ] || echo 'release: what is not committed is not in it'
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

source_archive()
{
    $MAKE -C "$roots/tree" --no-print-directory B=build dist &&
        cp "$roots/tree/build/$DIST.tar.gz" "$new/"
}

package()
{
    root_tree "$release" build "$roots/tree" &&
        root_run build "cd /src && apt-get update -q && apt-get install -q -y make &&
            make deb REVISION=deb$release SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" &&
        cp "$roots"/build/src/build/threadferry_*.deb "$new/" || return
    root_new "$release" install && cp -r "$roots/tree/$root_export" "$roots/install/export" &&
        cp "$roots"/build/src/build/threadferry_*.deb "$roots/install/" &&
        root_run install 'apt-get update -q && apt-get install -q -y ./threadferry_*.deb' &&
        root_run install "$(root_use /export)" || return
    root_remove build
    root_remove install
}

image()
{
    image_make docs/deploy/Containerfile "$roots/tree" &&
        cp -r "$roots/tree/$root_export" "$roots/$image/export" &&
        image_run "$image_command" && image_run 'threadferry --version' &&
        image_run 'test -s /etc/ssl/certs/ca-certificates.crt && ! command -v gcc' &&
        image_run "$(root_use /export)"
}

sums()
{
    (cd "$new" && sha256sum -- *.deb *.tar.gz >SHA256SUMS && cat SHA256SUMS)
}

timed source "$logs" source_archive || exit
for release in $releases; do
    timed "debian-$release" "$logs" package || exit
done
timed image "$logs" image || exit
sums && mv "$new" "$out"
