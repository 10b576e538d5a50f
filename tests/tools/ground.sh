#!/bin/sh
# "make ground": the program on other ground than CI's. Each row of $GROUND is a bare root (root.sh)
# with the committed tree:
#
#   11         Debian 11: the oldest libcurl, jansson, OpenSSL and compilers
#   sid        Debian unstable: the newest
#   gnutls     Debian 13 with libcurl on GnuTLS
#   arm64      Debian 12, compiling for arm64; the program and the static one run under qemu-user
#
# In it: the README's "make deps", both compilers, the unit tests (with the cases of tests/mapping and
# tests/archives), the command line, and scripts against the mock API: TLS and proxies, cut connections,
# a migration that is killed and resumed. A line for each step goes to $RESULT, "make bare" does the
# README's commands on the same releases. An hour on two cores.
#
#   RESULT=FILE [GROUND='11 sid gnutls arm64'] ground.sh
set -u
: "${RESULT:?}"
mkdir -p "$(dirname "$RESULT")"
logs=$RESULT.d
rm -rf "$RESULT" "$logs"
mkdir -p "$logs"
[ "$(id -u)" -ne 0 ] || sh tests/tools/deps.sh bare
. tests/tools/root.sh
roots_begin
roots_able || { echo 'not ok ground (see above)' >"$RESULT" && exit 1; }

faults='network wire kill'
arm_packages='gcc-aarch64-linux-gnu libc6-dev:arm64 qemu-user libcurl4-openssl-dev:arm64 libjansson-dev:arm64
    libyaml-dev:arm64 libssl-dev:arm64 zlib1g-dev:arm64 libmicrohttpd-dev:arm64 libcmocka-dev:arm64'
arm_pkgconfig=/usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig

# The release of a row, and what is installed before "make deps".
release_of()
{
    case $1 in
    gnutls) echo 13 ;;
    arm64) echo 12 ;;
    *) echo "$1" ;;
    esac
}

first_of()
{
    case $1 in
    gnutls) echo 'apt-get install -q -y --no-install-recommends libcurl4-gnutls-dev' ;;
    *) echo : ;;
    esac
}

# step NAME COMMAND…
step()
{
    step=$1
    shift
    if timed "$ground-$step" "$logs" "$@"; then
        echo "ok $ground-$step" >>"$RESULT"
    else
        echo "not ok $ground-$step" >>"$RESULT"
        return 1
    fi
}

# In the tree of the row's root.
run()
{
    root_run "$ground" "cd /src && export MAKEFLAGS=-j\$(nproc) && $1"
}

deps()
{
    run "apt-get update -q && apt-get install -q -y make && $(first_of "$ground") && make deps SET=test"
}

versions()
{
    run 'build/gcc/threadferry --version --json && gcc --version | head -n 1 && uname -m' &&
        { [ "$ground" != gnutls ] || run 'build/gcc/threadferry --version --json | grep GnuTLS'; }
}

with_clang()
{
    run 'apt-get install -q -y --no-install-recommends clang && clang --version &&
        make -s B=build/clang CC=clang WERROR=1 tests'
}

native()
{
    made='B=build/gcc CC=gcc WERROR=1'
    step deps deps && step gcc run "make -s $made tests" && step versions versions || return
    [ "$ground" = gnutls ] || step clang with_clang
    for target in unit cli; do
        step $target run "make -s $made $target"
    done
    step faults run "make -s $made faults ONLY='$faults'"
}

# What the scripts start and kill. The mock API is the machine's own: it is the program that is tried.
# No package registers qemu with the kernel: that would last beyond the root.
# What comes between a program and the C library (shim.so) has no effect on one that qemu runs.
qemu_scripts()
{
    name=$1
    step "$name-starts" run "mkdir -p build/qemu && chmod +x $2 &&
        printf '#!/bin/sh\nexec qemu-aarch64 -0 \"\$0\" %s \"\$@\"\n' /src/$2 >build/qemu/threadferry &&
        chmod +x build/qemu/threadferry && build/qemu/threadferry --version --json" || return
    with='B=build/gcc THREADFERRY=/src/build/qemu/threadferry MOCK_API=/src/build/gcc/mock-api'
    step "$name-cli" run "env $with RESULT=build/results/cli.txt sh tests/cli/run.sh"
    step "$name-faults" run "env $with RESULT=build/results/faults.txt ONLY='wire kills' KILLS=40 sh tests/faults/run.sh"
    step "$name-tls" run "env $with RESULT=build/results/tls.txt ONLY=network CASE='N[34]-*' sh tests/faults/run.sh"
}

# Compiled here for arm64, and run under qemu-user; first with Debian's libraries, then the static program.
arm64()
{
    step deps deps && step packages run "dpkg --add-architecture arm64 && apt-get update -q &&
        apt-get install -q -y --no-install-recommends $arm_packages" &&
        step mock run 'make -s B=build/gcc CC=gcc build/gcc/mock-api build/gcc/faults/shim.so' || return
    step gcc run "PKG_CONFIG_LIBDIR=$arm_pkgconfig make -s B=build/arm64 CC=aarch64-linux-gnu-gcc \
        AR=aarch64-linux-gnu-ar WERROR=1 tests" && {
        step unit run 'env WRAP=qemu-aarch64 RESULT=build/results/unit.txt THREADFERRY=/src/build/arm64/threadferry \
            MOCK_API=/src/build/gcc/mock-api sh tests/tools/run-programs.sh $(ls build/arm64/unit/test_* | grep -v test_spawn)'
        echo 'skip arm64-test_spawn under qemu-user vfork() does not wait for the program' >>"$RESULT"
        qemu_scripts program build/arm64/threadferry
    }
    step static run 'make static ARCH=aarch64' && qemu_scripts static 'build/threadferry-*-linux-aarch64'
}

tree_copy || exit
for ground in ${GROUND:-11 sid gnutls arm64}; do
    step root root_tree "$(release_of "$ground")" "$ground" || continue
    case $ground in
    arm64) arm64 ;;
    *) native ;;
    esac
    root_remove "$ground"
done
echo "ground: $(grep -c '^ok' "$RESULT") ok, $(grep -c '^not ok' "$RESULT") not ok"
! grep -q '^not ok' "$RESULT"
