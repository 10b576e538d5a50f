#!/bin/sh
# "make static": one file that needs nothing, $B/threadferry-VERSION-linux-x86_64; ARCH=aarch64 makes
# one for 64-bit ARM, on a machine of either kind.
# The program and its libraries are linked with musl, from the sources that apt has for this
# machine's Debian (OpenSSL and zlib, and what of libcurl HTTPS needs). What is fetched is checked
# against apt's signed lists; what is built is kept in $B/static, so that a second run is quick.
#
#   MAKE=make B=BUILD VERSION=1.0.0 [ARCH=aarch64] static.sh
set -eu
: "${MAKE:=make}" "${B:?}" "${VERSION:?}"

here=$(uname -m)
arch=${ARCH:-$here}
case $arch in
x86_64 | aarch64) ;;
*) echo "static: makes programs for x86_64 and aarch64, not for '$arch'" && exit 1 ;;
esac
[ "$arch" = "$here" ] || [ "$arch" = aarch64 ] || { echo "static: $here cannot make programs for $arch"; exit 1; }
command -v apt-get >/dev/null || { echo "static: takes its sources from Debian's apt"; exit 1; }
sh tests/tools/deps.sh static
[ "$arch" = "$here" ] || sh tests/tools/deps.sh cross
work=$B/static
[ "$arch" = "$here" ] || work=$B/static-$arch
mkdir -p "$work"
work=$(cd "$work" && pwd)
prefix=$work/prefix
jobs=$(getconf _NPROCESSORS_ONLN)
export PKG_CONFIG_LIBDIR="$prefix/lib/pkgconfig"
export CC=musl-gcc
cross=
strip='strip'
kernel_headers=/usr/include
asm_headers=/usr/include/$arch-linux-gnu/asm
if [ "$arch" != "$here" ]; then
    # musl is made too, and brings a musl-gcc of its own.
    cross=yes
    CC=$prefix/bin/musl-gcc
    export AR="$arch-linux-gnu-ar" RANLIB="$arch-linux-gnu-ranlib"
    strip=$arch-linux-gnu-strip
    kernel_headers=/usr/$arch-linux-gnu/include
    asm_headers=$kernel_headers/asm
fi

# apt with the sources of this machine's release, in lists of its own.
apt_sources()
{
    # shellcheck source=/dev/null
    . /etc/os-release
    mkdir -p "$work/lists/partial"
    apt-get indextargets --format '$(RELEASE) $(REPO_URI) $(COMPONENT)' 'Created-By: Packages' |
        awk -v name="$VERSION_CODENAME" '$3 == "main" && ($1 == name || $1 == name "-updates" ||
            $1 == name "-security") { print "deb-src", $2, $1, $3 }' | sort -u -k3 >"$work/sources.list"
    set -- -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::lists="$work/lists" "$@"
    apt-get -q "$@"
}

# fetch PACKAGE PATTERN: its files whose names match, each checked.
fetch()
{
    mkdir -p "$work/files"
    apt_sources --print-uris source "$1" | tr -d "'" | awk '$4 ~ /^SHA256:/ { print $1, $2, $4 }' >"$work/uris"
    grep -q . "$work/uris" || { echo "static: apt has no sources of $1"; return 1; }
    while read -r uri name hash; do
        # shellcheck disable=SC2254 # a pattern
        case $name in $2) ;; *) continue ;; esac
        [ -s "$work/files/$name" ] || curl -fsSL -o "$work/files/$name" "$uri" || return
        echo "${hash#SHA256:}  $work/files/$name" | sha256sum --check --quiet - || return
    done <"$work/uris"
}

# unpacked PACKAGE: with Debian's changes, the folder is $work/PACKAGE.
unpacked()
{
    fetch "$1" '*' && rm -rf "${work:?}/$1" &&
        dpkg-source --no-check -x "$(ls "$work/files/$1"_*.dsc)" "$work/$1" >"$work/$1.log"
}

# once NAME COMMAND…: a line for what is built, unless it was built before.
once()
{
    name=$1
    shift
    [ ! -e "$work/$name.done" ] || return 0
    printf '  %-8s ' "$name"
    if ("$@") >"$work/$name.log" 2>&1; then
        echo ok
        touch "$work/$name.done"
    else
        echo "FAILED ($work/$name.log)"
        tail -n 20 "$work/$name.log"
        return 1
    fi
}

# musl has no headers of the kernel; the machine's are the same for every C library.
kernel()
{
    mkdir -p "$prefix/kernel"
    ln -sfn "$kernel_headers/linux" "$prefix/kernel/linux"
    ln -sfn "$kernel_headers/asm-generic" "$prefix/kernel/asm-generic"
    ln -sfn "$asm_headers" "$prefix/kernel/asm"
}

# gcc's own library asks glibc by name which instructions there are; without its help none is asked.
musl()
{
    unpacked musl && cd "$work/musl" &&
        CC="$arch-linux-gnu-gcc" CFLAGS='-O2 -mno-outline-atomics' \
            ./configure --prefix="$prefix" --target="$arch" --disable-shared --enable-wrapper=gcc &&
        make -s -j"$jobs" && make -s install &&
        sed -i 's/^exec "[^"]*"/& -mno-outline-atomics/' "$prefix/bin/musl-gcc"
}

# Debian's changes to OpenSSL are about its packages; its fixes are releases of its own.
openssl()
{
    fetch openssl '*.orig.tar.gz' && rm -rf "$work/openssl" && mkdir "$work/openssl" &&
        tar -C "$work/openssl" --strip-components=1 -xf "$(ls "$work"/files/openssl_*.orig.tar.gz)" &&
        cd "$work/openssl" &&
        ./Configure "linux-$arch" --prefix="$prefix" --libdir=lib --openssldir=/etc/ssl no-shared \
            no-tests no-engine no-afalgeng no-secure-memory no-legacy no-module no-dso no-ui-console \
            no-cmp no-cms no-ts no-srp no-psk no-comp no-ssl3 no-dtls no-idea no-seed no-camellia \
            no-aria no-bf no-cast no-rc2 no-rc4 no-mdc2 no-md4 no-whirlpool no-sm2 no-sm3 no-sm4 &&
        make -s -j"$jobs" build_libs && make -s install_dev
}

zlib()
{
    unpacked zlib && cd "$work/zlib" && CFLAGS='-O2' ./configure --static --prefix="$prefix" &&
        make -s libz.a && make -s install
}

with_cmake()
{
    cmake -B "$work/$1/out" -S "$work/$1" -DCMAKE_C_COMPILER="$CC" -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_INSTALL_PREFIX="$prefix" -DINSTALL_LIB_DIR=lib -DBUILD_SHARED_LIBS=OFF \
        -DJANSSON_BUILD_DOCS=OFF -DJANSSON_WITHOUT_TESTS=ON -DJANSSON_EXAMPLES=OFF \
        -DBUILD_TESTING=OFF && make -s -C "$work/$1/out" -j"$jobs" install
}

jansson()
{
    unpacked jansson && with_cmake jansson
}

libyaml()
{
    unpacked libyaml && with_cmake libyaml || return
    sed -e "s|@prefix@|$prefix|" -e 's|@exec_prefix@|${prefix}|' -e 's|@libdir@|${prefix}/lib|' \
        -e 's|@includedir@|${prefix}/include|' -e 's|@PACKAGE_VERSION@|0|' \
        "$work/libyaml/yaml-0.1.pc.in" >"$prefix/lib/pkgconfig/yaml-0.1.pc"
}

# Where the authorities are the program finds out on each machine (src/http/authorities.c).
curl_library()
{
    unpacked curl && cd "$work/curl" &&
        ./configure -q ${cross:+--host="$arch-linux-musl"} --prefix="$prefix" --disable-shared --enable-static --with-openssl="$prefix" \
            --with-zlib="$prefix" --without-ca-bundle --without-ca-path --without-libpsl \
            --without-brotli --without-zstd --without-libidn2 --without-nghttp2 --without-librtmp \
            --without-libssh2 --without-libgsasl --disable-ldap --disable-ldaps --disable-ftp \
            --disable-file --disable-rtsp --disable-dict --disable-telnet --disable-tftp \
            --disable-pop3 --disable-imap --disable-smb --disable-smtp --disable-gopher \
            --disable-mqtt --disable-manual --enable-threaded-resolver &&
        make -s -C lib -j"$jobs" install && make -s -C include install &&
        make -s install-pkgconfigDATA
}

lists()
{
    apt_sources update
}

once lists lists
once kernel kernel
[ "$arch" = "$here" ] || once musl musl
once zlib zlib
once openssl openssl
once jansson jansson
once libyaml libyaml
once curl curl_library

$MAKE -s --no-print-directory -j"$jobs" B="$work/program" CC="$CC" AR="${AR:-ar}" \
    CPPFLAGS="-idirafter $prefix/kernel" PKG_CONFIG='pkg-config --static' \
    HARDEN=-fstack-protector-strong HARDEN_LD='-static -Wl,-z,relro,-z,now' all
out=$B/threadferry-$VERSION-linux-$arch
"$strip" -o "$out" "$work/program/threadferry"
if readelf -d "$out" | grep -q NEEDED; then
    echo 'static: the program needs libraries:'
    readelf -d "$out" | grep NEEDED
    exit 1
fi
[ "$arch" != "$here" ] || "$out" --version >/dev/null
ls -l "$out"
