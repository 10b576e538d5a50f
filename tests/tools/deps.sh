#!/bin/sh
# Installs what is missing on this machine, in one step.
#
#   deps.sh [SET]
#
#   program  to build and install the program
#   demo     and to run "make demo"
#   test     and to run "make test" and "make distcheck"
#   counterparts  and to run "make counterparts", which has npm install the clients
#   check    and to run "make check" (default)
#   deb      to build the Debian package
#   static   to run "make static" (Debian)
#   cross    and with ARCH=aarch64 on another machine
#   bare     to run "make bare" and "make release"
#
# "check" also asks for the set "may": what some tests use if it is there (a
# browser, other shells). They are skipped without it.
#
# It looks for commands, pkg-config modules and files, not for packages, so
# that software installed by other means counts.
set -eu

# A row: set, what proves that it is there, and the package for apt, dnf and
# apk ("-" if the package manager has none, or another row brings it).
rows()
{
    cat <<'ROWS'
program cmd:make          make                  make                make
program cmd:cc            gcc                   gcc                 gcc
program inc:stdio.h       libc6-dev             glibc-devel         musl-dev
program cmd:pkg-config    pkg-config            pkgconf-pkg-config  pkgconf
program pkg:libcurl       libcurl4-openssl-dev  libcurl-devel       curl-dev
program pkg:jansson       libjansson-dev        jansson-devel       jansson-dev
program pkg:yaml-0.1      libyaml-dev           libyaml-devel       yaml-dev
program pkg:libcrypto     libssl-dev            openssl-devel       openssl-dev
program pkg:zlib          zlib1g-dev            zlib-devel          zlib-dev
program ca:certificates   ca-certificates       ca-certificates     ca-certificates
demo    pkg:libmicrohttpd libmicrohttpd-dev     libmicrohttpd-devel libmicrohttpd-dev
demo    cmd:jq            jq                    jq                  jq
demo    cmd:curl          curl                  curl                curl
test    cmd:git           git                   git                 git
test    pkg:cmocka        libcmocka-dev         libcmocka-devel     cmocka-dev
test    cmd:openssl       openssl               openssl             openssl
test    cmd:xargs         findutils             findutils           findutils
test    cmd:python3       python3               python3             python3
test    cmd:script        bsdutils              util-linux          util-linux-misc
test    cmd:objdump       binutils              binutils            binutils
test    cmd:parallel      parallel              parallel            parallel
check   cmd:gcc           gcc                   gcc                 gcc
check   cmd:clang         clang                 clang               clang
check   rt:asan           libclang-rt-dev       compiler-rt         compiler-rt
check   cmd:clang-format  clang-format          clang-tools-extra   clang-extra-tools
check   cmd:clang-tidy    clang-tidy            clang-tools-extra   clang-extra-tools
check   cmd:cppcheck      cppcheck              cppcheck            cppcheck
check   cmd:valgrind      valgrind              valgrind            valgrind
check   cmd:gcovr         gcovr                 gcovr               gcovr
check   cmd:pmccabe       pmccabe               pmccabe             -
check   cmd:patch         patch               patch               patch
check   cmd:mandoc        mandoc                mandoc              mandoc
counterparts cmd:node     nodejs                nodejs              nodejs
counterparts cmd:npm      npm                   nodejs-npm          npm
deb     cmd:dpkg-shlibdeps dpkg-dev             dpkg-dev            dpkg-dev
deb     cmd:strip         binutils              binutils            binutils
static  cmd:musl-gcc      musl-tools            -                   -
static  cmd:cmake         cmake                 -                   -
static  cmd:dpkg-source   dpkg-dev              -                   -
static  cmd:perl          perl                  -                   -
static  cmd:curl          curl                  -                   -
static  cmd:strip         binutils              -                   -
static  inc:linux/fs.h    linux-libc-dev        -                   -
static  cmd:xz            xz-utils              -                   -
cross   cmd:aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu gcc-aarch64-linux-gnu -
cross   file:/usr/aarch64-linux-gnu/include/linux/fs.h linux-libc-dev-arm64-cross - -
bare    cmd:debootstrap   debootstrap           debootstrap         debootstrap
bare    cmd:unshare       util-linux            util-linux          util-linux-misc
bare    cmd:git           git                   git                 git
may     cmd:chromium      chromium              chromium            chromium
may     cmd:zsh           zsh                   zsh                 zsh
may     cmd:fish          fish                  fish                fish
may     cmd:tmux          tmux                  tmux                tmux
may     cmd:sqlite3       sqlite3               sqlite              sqlite
may     srv:postgres      postgresql            postgresql-server   postgresql
ROWS
}

say()
{
    echo "deps: $*" >&2
}

# What belongs to the set $1.
sets_of()
{
    case $1 in
    program) echo program ;;
    demo) echo program demo ;;
    test) echo program demo test ;;
    counterparts) echo program demo test counterparts ;;
    check) echo program demo test counterparts check ;;
    deb) echo program deb ;;
    static) echo program static ;;
    cross) echo cross ;;
    bare) echo bare ;;
    *) say "no set '$1'; there are program, demo, test, counterparts, check, deb, static, cross, bare" && return 1 ;;
    esac
}

is_there()
{
    case $1 in
    cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 ;;
    pkg:*) pkg-config --exists "${1#pkg:}" 2>/dev/null ;;
    file:*) [ -e "${1#file:}" ] ;;
    inc:*) printf '#include <%s>\n' "${1#inc:}" | cc -E - >/dev/null 2>&1 ;;
    ca:*) [ -s /etc/ssl/certs/ca-certificates.crt ] || [ -s /etc/pki/tls/certs/ca-bundle.crt ] ;;
    srv:postgres) command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ;;
    rt:asan) echo 'int main(void){return 0;}' |
        clang -fsanitize=address -x c - -o /dev/null 2>/dev/null ;;
    esac
}

# missing SET…: a line for each package that this machine lacks
missing()
{
    rows | while read -r set proof apt dnf apk; do
        case " $* " in *" $set "*) ;; *) continue ;; esac
        is_there "$proof" && continue
        case $manager in
        dnf) package=$dnf ;;
        apk) package=$apk ;;
        *) package=$apt ;;
        esac
        [ "$package" = - ] || echo "$package"
    done | sort -u
}

install_command()
{
    case $manager in
    apt-get) echo 'apt-get install -q -y --no-install-recommends' ;;
    dnf) echo 'dnf install -y' ;;
    apk) echo 'apk add' ;;
    esac
}

# may_install says whether one of the two works.
as_root()
{
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# For a person who may not install: what to ask for.
ask_for()
{
    if [ -n "$manager" ]; then
        say "this is missing, and only root can install it (there is no sudo); as root, run:"
        echo "  $(install_command) $*" >&2
    else
        say 'this is missing, and there is no apt-get, dnf or apk; the packages (named as in Debian):'
        echo "  $*" >&2
    fi
}

updated=
install()
{
    if [ "$manager" = apt-get ] && [ -z "$updated" ]; then
        # One source of several that is out of reach may not be the one that is needed.
        as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q ||
            say '"apt-get update" failed; goes on with the lists that are here'
        updated=yes
    fi
    # What an old release has no package for, another one of its packages may bring: what is still
    # missing afterwards is told.
    if [ "$manager" = apt-get ] && command -v apt-cache >/dev/null 2>&1; then
        # shellcheck disable=SC2046 # words
        set -- $(for package; do
            if apt-cache show "$package" >/dev/null 2>&1; then echo "$package"; else say "there is no $package here"; fi
        done)
    fi
    # shellcheck disable=SC2046 # a command and its options
    as_root env DEBIAN_FRONTEND=noninteractive $(install_command) "$@"
}

may_install()
{
    [ -n "$manager" ] && { [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null 2>&1; }
}

want=${1:-check}
sets=$(sets_of "$want") || exit 1
if [ "$(uname -s)" != Linux ]; then
    say "threadferry is made for Linux; this is $(uname -s)"
    exit 1
fi
manager=
for candidate in apt-get dnf apk; do
    if command -v $candidate >/dev/null 2>&1; then
        manager=$candidate
        break
    fi
done

# shellcheck disable=SC2086 # lists of words
packages=$(missing $sets)
if [ -n "$packages" ]; then
    # shellcheck disable=SC2086
    set -- $packages
    if ! may_install; then
        ask_for "$@"
        exit 1
    fi
    say "installs $*"
    if ! install "$@"; then
        say 'could not install it; once the reason above is gone, run the same again, or as root:'
        echo "  $(install_command) $*" >&2
        exit 1
    fi
    # shellcheck disable=SC2086
    left=$(missing $sets)
    [ -z "$left" ] || { say "installed, and still missing: $(echo $left)"; exit 1; }
fi

[ "$want" = check ] && may_install || exit 0
packages=$(missing may)
# shellcheck disable=SC2086
[ -z "$packages" ] || install $packages >/dev/null 2>&1 ||
    for package in $packages; do
        install "$package" >/dev/null 2>&1 || say "goes on without $package"
    done
