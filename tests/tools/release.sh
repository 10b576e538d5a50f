#!/bin/sh
# "make release": what others install, made from the committed tree. In
# $B/release, only if all of it is right:
#
#   threadferry_VERSION+deb12_ARCH.deb   each made in a bare root of its release,
#   threadferry_VERSION+deb13_ARCH.deb   and installed and run in another
#   threadferry-VERSION-linux-x86_64     one file for any Linux, run where there is nothing else
#   threadferry-VERSION-linux-aarch64    the same for 64-bit ARM, run by qemu-user
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

static_program()
{
    root_tree 12 build &&
        root_run build "cd /src && apt-get update -q && apt-get install -q -y --no-install-recommends make busybox-static qemu-user-static &&
            for arch in x86_64 aarch64; do make static ARCH=\$arch SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH || exit; done" &&
        cp "$roots"/build/src/build/threadferry-*-linux-* "$new/" || return
    for arch in x86_64 aarch64; do
        nothing $arch && nothing_runs && trusts || return
        root_remove nothing
    done
    root_remove build
}

# A root that has a shell and the program of this kind: no C library, no authorities.
nothing()
{
    mkdir "$roots/nothing" && for folder in bin dev etc proc root sys tmp usr/local/bin var/cache/apt/archives; do
        mkdir -p "$roots/nothing/$folder"
    done
    cp "$roots/build/bin/busybox" "$roots/nothing/bin/" &&
        cp "$new"/threadferry-*-linux-"$1" "$roots/nothing/usr/local/bin/threadferry" &&
        { [ "$1" = x86_64 ] || by_qemu "$1"; } && cp -r "$roots/tree/$root_export" "$roots/nothing/export" &&
        echo "$roots/debs-12" >"$roots/nothing.debs" &&
        chroot "$roots/nothing" /bin/busybox --install -s /bin
}

by_qemu()
{
    cp "$roots/build/usr/bin/qemu-$1-static" "$roots/nothing/bin/qemu" &&
        mv "$roots/nothing/usr/local/bin/threadferry" "$roots/nothing/program" &&
        printf '#!/bin/sh\nexec /bin/qemu -0 threadferry /program "$@"\n' >"$roots/nothing/usr/local/bin/threadferry" &&
        chmod +x "$roots/nothing/usr/local/bin/threadferry"
}

nothing_runs()
{
    root_run nothing "cd /root && $(root_use /export)"
}

# It finds the authorities of each family of systems, and trusts nobody without them.
trusts()
{
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
        -keyout "$roots/key.pem" -out "$roots/authority.pem" 2>"$roots/req.log" || return
    openssl s_server -accept 127.0.0.1:0 -www -key "$roots/key.pem" -cert "$roots/authority.pem" \
        >"$roots/server.log" 2>&1 &
    server=$!
    trusts_each
    result=$?
    kill $server
    return $result
}

asks()
{
    root_run nothing "TEST_KEY=k threadferry convert --source-type compatible --source-api-key-env TEST_KEY \
        --source-base-url https://127.0.0.1:$port/v1 --max-attempts 1 thread_a 2>&1"
}

trusts_each()
{
    port=
    until [ -n "$port" ]; do
        kill -0 $server || return
        port=$(sed -n 's/^ACCEPT.*:\([0-9]*\)$/\1/p' "$roots/server.log")
    done
    asks | tee "$roots/asked" | grep 'certificate was refused' || { cat "$roots/asked"; return 1; }
    for file in etc/ssl/certs/ca-certificates.crt etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem \
        etc/pki/tls/certs/ca-bundle.crt etc/ssl/ca-bundle.pem etc/ssl/cert.pem; do
        mkdir -p "$roots/nothing/${file%/*}" && cp "$roots/authority.pem" "$roots/nothing/$file" || return
        echo "authorities in /$file:"
        asks | tee "$roots/asked"
        ! grep -q certificate "$roots/asked" && grep -q thread_a "$roots/asked" || return
        rm "$roots/nothing/$file"
    done
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
    (cd "$new" && sha256sum -- *.deb *.tar.gz *-linux-* >SHA256SUMS && cat SHA256SUMS)
}

timed source "$logs" source_archive || exit
for release in $releases; do
    timed "debian-$release" "$logs" package || exit
done
timed image "$logs" image || exit
timed static "$logs" static_program || exit
sums && mv "$new" "$out"
