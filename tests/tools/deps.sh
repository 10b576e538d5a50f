#!/bin/sh
# Installs what is missing: "build" is what the program and its demo need,
# "check" is what "make check" needs besides, "may" what it uses where it can be
# had (a browser, other shells): tests that want it are skipped elsewhere. Quick where everything is there:
# it asks for commands, pkg-config modules and files, not for packages, so that
# software installed by other means counts.
#
# A row: set, what proves that it is there, and the package for apt, dnf, apk
# and brew ("-" where a package manager has none, or another row brings it).
set -eu

rows()
{
    cat <<'ROWS'
build cmd:make          make                  make               make             make
build cmd:cc            gcc                   gcc                gcc              gcc
build inc:stdio.h       libc6-dev             glibc-devel        musl-dev         -
build cmd:pkg-config    pkg-config            pkgconf-pkg-config pkgconf          pkgconf
build pkg:libcurl       libcurl4-openssl-dev  libcurl-devel      curl-dev         curl
build pkg:jansson       libjansson-dev        jansson-devel      jansson-dev      jansson
build pkg:yaml-0.1      libyaml-dev           libyaml-devel      yaml-dev         libyaml
build pkg:libcrypto     libssl-dev            openssl-devel      openssl-dev      openssl@3
build pkg:libmicrohttpd libmicrohttpd-dev     libmicrohttpd-devel libmicrohttpd-dev libmicrohttpd
build cmd:jq            jq                    jq                 jq               jq
build cmd:curl          curl                  curl               curl             curl
check cmd:git           git                   git                git              git
check pkg:cmocka        libcmocka-dev         libcmocka-devel    cmocka-dev       cmocka
check cmd:gcc           gcc                   gcc                gcc              gcc
check cmd:clang         clang                 clang              clang            llvm
check rt:asan           libclang-rt-@-dev     compiler-rt        compiler-rt      -
check cmd:clang-format  clang-format          clang-tools-extra  clang-extra-tools clang-format
check cmd:clang-tidy    clang-tidy            clang-tools-extra  clang-extra-tools llvm
check cmd:cppcheck      cppcheck              cppcheck           cppcheck         cppcheck
check cmd:valgrind      valgrind              valgrind           valgrind         -
check cmd:gcovr         gcovr                 gcovr              gcovr            gcovr
check cmd:pmccabe       pmccabe               pmccabe            -                -
check cmd:openssl       openssl               openssl            openssl          openssl@3
check cmd:mandoc        mandoc                mandoc             mandoc           mandoc
check cmd:xargs         findutils             findutils          findutils        findutils
check cmd:node          nodejs                nodejs             nodejs           node
check cmd:npm           npm                   nodejs-npm         npm              node
check cmd:python3       python3               python3            python3          python3
check cmd:script        bsdutils              util-linux         util-linux-misc  -
check cmd:objdump       binutils              binutils           binutils         binutils
check cmd:parallel      parallel              parallel           parallel         parallel
may   cmd:chromium      chromium              chromium           chromium         -
may   cmd:zsh           zsh                   zsh                zsh              zsh
may   cmd:fish          fish                  fish               fish             fish
may   cmd:tmux          tmux                  tmux               tmux             tmux
ROWS
}

is_there()
{
    case $1 in
    cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 ;;
    pkg:*) pkg-config --exists "${1#pkg:}" 2>/dev/null ;;
    inc:*) printf '#include <%s>\n' "${1#inc:}" | cc -E - >/dev/null 2>&1 ;;
    rt:asan) echo 'int main(void){return 0;}' |
        clang -fsanitize=address -x c - -o /dev/null 2>/dev/null ;;
    esac
}

# Column 3 is apt's, 4 dnf's, 5 apk's, 6 brew's.
manager=
for candidate in apt-get:3 dnf:4 apk:5 brew:6; do
    if command -v "${candidate%:*}" >/dev/null 2>&1; then
        manager=${candidate%:*}
        column=${candidate#*:}
        break
    fi
done

# missing SET…
missing()
{
    rows | while read -r set proof apt dnf apk brew; do
        case " $* " in *" $set "*) ;; *) continue ;; esac
        is_there "$proof" && continue
        set -- "$set" "$proof" "$apt" "$dnf" "$apk" "$brew"
        [ -z "$manager" ] || shift $((column - 1))
        [ "$1" = - ] || echo "$1"
    done | sort -u
}

# Compilers' runtime packages are named by version.
fill_version()
{
    version=$(clang -dumpversion 2>/dev/null | cut -d. -f1)
    sed "s/-@-/-${version:-14}-/"
}

as_root()
{
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        echo "deps: needs root or sudo for: $*" >&2
        exit 1
    fi
}

install()
{
    case $manager in
    apt-get)
        as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -q -y --no-install-recommends "$@"
        ;;
    dnf) as_root dnf install -y "$@" ;;
    apk) as_root apk add "$@" ;;
    brew) brew install "$@" ;;
    *)
        echo "deps: no apt, dnf, apk or brew here; please install: $*" >&2
        exit 1
        ;;
    esac
}

want=${1:-check}
sets=build
[ "$want" != check ] || sets='build check'
# Twice, because the compiler's version names a package of the second round.
for round in 1 2; do
    # shellcheck disable=SC2086 # a list of words
    packages=$(missing $sets | fill_version)
    [ -n "$packages" ] || break
    echo "deps: round $round installs:" $packages
    # shellcheck disable=SC2086 # a list of words
    install $packages
done
# shellcheck disable=SC2086 # a list of words
left=$(missing $sets | fill_version)
[ -z "$left" ] || { echo "deps: still missing:" $left >&2; exit 1; }
[ "$want" = check ] || exit 0
for package in $(missing may); do
    (install "$package") >/dev/null 2>&1 || echo "deps: goes on without $package"
done
