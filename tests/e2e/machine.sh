#!/bin/sh
# Installing, building and checking on machines that lack things: package
# managers, tools and users are played by a few lines; "make bare" has the real ones.
. tests/e2e/lib.sh

# What the make above told its own tests is not for those that are run here.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL RESULTS RESULT SUITE
tools=$top/tests/tools
world=$work/world

# ---- a machine: $world/bin is all of its PATH ------------------------------------------

# stub NAME: standard input becomes a command.
stub()
{
    { echo '#!/bin/sh'; cat; } >"$world/bin/$1"
    chmod +x "$world/bin/$1"
}

# A root shell on a bare Debian. What its apt-get installs is there afterwards.
machine()
{
    rm -rf "$world"
    mkdir -p "$world/bin" "$world/has"
    for tool in sh env sed sort awk grep cat cut head tail touch chmod mkdir mktemp rm ls date tr \
        realpath dirname basename printf uname getconf find wc cp mv; do
        ln -s "$(command -v $tool)" "$world/bin/$tool"
    done
    uid 0
    stub apt-get <<END
echo "apt-get \$*" >>$world/log
[ "\$1" = install ] || exit 0
for word; do
    sed -n "s/^[a-z]*  *\\([a-z]*:[^ ]*\\)  *\$word .*/\\1/p" $tools/deps.sh
done | while read -r proof; do
    case \$proof in
    cmd:*)
        tool=\${proof#cmd:}
        [ -e $world/bin/\$tool ] || cp $world/\$tool $world/bin/ 2>/dev/null ||
            cp $world/tool $world/bin/\$tool ;;
    pkg:*) touch $world/has/\${proof#pkg:} ;;
    inc:*) touch $world/has/header ;;
    esac
done
END
    printf '#!/bin/sh\nexit 0\n' >"$world/tool"
    chmod +x "$world/tool"
    printf '#!/bin/sh\n[ -e %s/has/$2 ]\n' "$world" >"$world/pkg-config"
    printf '#!/bin/sh\n[ -e %s/has/header ]\n' "$world" >"$world/cc"
    chmod +x "$world/pkg-config" "$world/cc"
    : >"$world/log"
}

uid()
{
    echo "echo $1" | stub id
}

# on STATUS COMMAND…: on that machine
on()
{
    want=$1
    shift
    (cd "$top" && exec /usr/bin/env -i PATH="$world/bin" TMPDIR="$work" HOME="$work" "$@") \
        >"$out" 2>"$err" </dev/null
    got=$?
    [ $got -eq "$want" ] && return 0
    echo "exit status $got instead of $want: $*"
    cat "$out" "$err"
    return 1
}

deps()
{
    status=$1
    shift
    on "$status" sh tests/tools/deps.sh "$@"
}

# installed N WORD…: so many steps, and the first has these packages
installed()
{
    count=$(grep -c '^apt-get install' "$world/log")
    [ "$count" -eq "$1" ] || { cat "$world/log"; return 1; }
    shift
    for word; do
        grep '^apt-get install' "$world/log" | head -n 1 | grep -q " $word\( \|\$\)" ||
            { echo "no $word"; cat "$world/log"; return 1; }
    done
}

says()
{
    grep -q -- "$1" "$out" "$err" || { echo "says nothing of '$1'"; cat "$out" "$err"; return 1; }
}

# ---- dependencies ----------------------------------------------------------------------

one_step_installs_all()
{
    machine && deps 0 demo &&
        installed 1 gcc libc6-dev libyaml-dev zlib1g-dev libmicrohttpd-dev jq curl &&
        deps 0 demo && installed 1
}
check one-step-installs-all one_step_installs_all

check_needs_one_step_more_for_what_may_be()
{
    machine && deps 0 check &&
        installed 2 clang libclang-rt-dev libcmocka-dev clang-format cppcheck && deps 0 check &&
        installed 2
}
check what-check-needs-in-one-step check_needs_one_step_more_for_what_may_be

# The package of the runtime is not named after a version that another release does not have.
no_package_of_one_release()
{
    ! grep -nE 'libclang-rt-[0-9@]|lib[a-z]+-[0-9]+-dev' "$tools/deps.sh"
}
check no-package-of-one-release no_package_of_one_release

sets_have_no_more_than_they_say()
{
    machine && deps 0 program && ! grep -qE ' (jq|clang|libcmocka-dev|dpkg-dev)( |$)' "$world/log" &&
        machine && deps 0 demo && ! grep -qE ' (clang|libcmocka-dev|dpkg-dev)( |$)' "$world/log" &&
        machine && deps 0 deb && installed 1 gcc dpkg-dev && deps 1 everything && says 'no set'
}
check sets sets_have_no_more_than_they_say

without_root()
{
    machine && uid 1000 && deps 1 demo && installed 0 &&
        says '^  apt-get install .* gcc .*libjansson-dev .*zlib1g-dev'
}
check without-root-the-packages-are-named without_root

with_sudo()
{
    machine && uid 1000 && printf 'echo sudo >>%s/log; exec "$@"\n' "$world" | stub sudo &&
        deps 0 demo && installed 1 gcc && [ "$(grep -c sudo "$world/log")" -eq 2 ]
}
check with-sudo with_sudo

sudo_refuses()
{
    machine && uid 1000 && echo 'exit 1' | stub sudo && deps 1 demo && says '^  apt-get install .* gcc '
}
check a-refused-sudo-names-the-packages sudo_refuses

nothing_to_install_with()
{
    machine && rm "$world/bin/apt-get" && deps 1 program &&
        says '^  gcc .*libjansson-dev' && ! grep -q brew "$err"
}
check no-package-manager nothing_to_install_with

apt_fails()
{
    machine && echo 'exit 100' | stub apt-get && deps 1 program && says 'could not install' &&
        machine && echo 'exit 0' | stub apt-get && deps 1 program && says 'still missing: .*gcc'
}
check apt-that-fails-or-does-nothing apt_fails

linux_only()
{
    machine && rm "$world/bin/uname" && echo 'echo Darwin' | stub uname && deps 1 demo && says Linux &&
        installed 0
}
check linux-only linux_only

# Make itself says what is missing before a compiler does: in the program and in its tests.
make_names_the_step()
{
    machine && echo "exit 1" | stub pkg-config
    ! make -C "$top" -s B="$work/b" PKG_CONFIG="$world/bin/pkg-config" all >"$out" 2>&1 &&
        says 'make deps SET=program' || return
    for module in libcurl jansson yaml-0.1 libcrypto zlib libmicrohttpd; do
        touch "$world/has/$module"
    done
    stub pkg-config <<END
[ \$1 != --exists ] || { shift; for module; do [ -e $world/has/\$module ] || exit 1; done; exit 0; }
exec $(command -v pkg-config) "\$@"
END
    ! make -C "$top" -s B="$work/b" PKG_CONFIG="$world/bin/pkg-config" \
        "$work/b/tests/unit/base/test_buf.o" >"$out" 2>&1 && says 'make deps SET=test'
}
check make-names-the-step make_names_the_step

targets_install_what_they_need()
{
    for pair in demo:demo check:check distcheck:test deb:deb; do
        sed -n "/^${pair%:*}:/,/^\$/p" "$top/Makefile" | sed -n 2p | grep -q "deps.sh ${pair#*:}\$" ||
            { echo "make ${pair%:*}"; return 1; }
    done
}
check targets-install-what-they-need targets_install_what_they_need

# ---- tools of other versions -------------------------------------------------------------

other_version_is_skipped()
{
    machine && echo 'echo "clang-format version 19.1.7"; exit 1' | stub clang-format &&
        on 1 sh tests/tools/pinned.sh clang-format && says '^skipped: clang-format 19.1.7 is here' &&
        PATH=$world/bin:$PATH make -C "$top" -s B="$work/b" format-check >"$out" 2>&1 &&
        says '^skipped: clang-format 19.1.7'
}
check another-version-is-skipped other_version_is_skipped

pinned_version_judges()
{
    machine && echo 'echo "clang-format version 14.0.6"; [ "$1" = --version ]' | stub clang-format &&
        on 0 sh tests/tools/pinned.sh clang-format &&
        ! PATH=$world/bin:$PATH make -C "$top" -s B="$work/b" format-check >"$out" 2>&1
}
check the-pinned-version-judges pinned_version_judges

# A stage that could not judge is neither passed nor failed, and the last line counts it.
skipped_stage()
{
    machine && stub played-make <<'END'
case " $* " in *' cppcheck '*) echo 'skipped: another cppcheck' ;; esac
END
    on 0 env MAKE=played-make B="$work/b" RESULTS="$work/results" MAKEFLAGS=-j1 sh tests/tools/check.sh &&
        says '^cppcheck  *skipped .*another cppcheck' && says '^skipped stages: cppcheck another' &&
        tail -n 1 "$out" | grep -qx '[1-9][0-9]* passed, 0 failed, 1 skipped'
}
check a-skipped-stage-is-counted skipped_stage

# A test whose result is gone has not passed.
lost_results()
{
    printf 'echo ok one\nrm -rf "$RESULT.d"\n' >loses.sh
    ! RESULT=$work/lost.txt JOBS=1 sh "$tools/run-programs.sh" "$work/loses.sh" >"$out" 2>&1 &&
        grep -q '^not ok loses' "$work/lost.txt"
}
check lost-results-fail lost_results

# ---- the package -----------------------------------------------------------------------

no_empty_depends()
{
    machine && on 1 sh tests/tools/depends.sh "$THREADFERRY" && says dpkg-dev &&
        echo 'echo shlibs:Depends=' | stub dpkg-shlibdeps &&
        on 1 sh tests/tools/depends.sh "$THREADFERRY" && says 'names no package' &&
        echo 'echo "unknown library" >&2; exit 2' | stub dpkg-shlibdeps &&
        on 1 sh tests/tools/depends.sh "$THREADFERRY" && says 'unknown library' &&
        echo 'echo "shlibs:Depends=libc6 (>= 2.34)"' | stub dpkg-shlibdeps &&
        on 0 sh tests/tools/depends.sh "$THREADFERRY" && grep -qx 'libc6 (>= 2.34)' "$out"
}
check no-package-without-its-dependencies no_empty_depends

# ---- bare machines and CI ----------------------------------------------------------------

bare()
{
    status=$1
    shift
    on "$status" env RESULT="$work/bare.txt" "$@" sh tests/tools/bare.sh
}

bare_names_what_is_missing()
{
    machine && uid 1000 && bare 1 BARE=12 && says 'needs root' && says 'needs debootstrap' && says 'needs unshare' &&
        grep -q '^not ok bare' "$work/bare.txt"
}
check bare-names-what-is-missing bare_names_what_is_missing

bare_skip()
{
    machine && bare 0 BARE=skip && grep -qx 'skip bare BARE=skip' "$work/bare.txt"
}
check bare-skip bare_skip

# A run that is ended leaves no root behind, nor what runs in one.
ended_leaves_nothing()
{
    mkfifo started
    (cd "$top" && TMPDIR=$work exec sh -c '. tests/tools/root.sh && roots_begin && mkdir "$roots/12" &&
        isolated sh -c "echo yes >$0; exec sleep 1000"' "$work/started") &
    ended=$!
    read -r word <started && [ "$word" = yes ] && ls -d "$work"/bare.??????/12 >/dev/null &&
        kill -TERM $ended && timeout 30 tail --pid=$ended -f /dev/null &&
        ! ls -d "$work"/bare.?????? 2>/dev/null
}
if unshare --mount --pid --fork true 2>/dev/null; then
    check bare-ended-leaves-nothing ended_leaves_nothing
else
    echo 'skip bare-ended-leaves-nothing no namespaces for this user'
fi

# The last line of CI counts the bare machines too, and the test command is the README's.
ci_counts_all()
{
    machine
    mkdir -p "$work/tree/.ci" "$work/tree/tests/tools"
    cp "$top/.ci/run" "$work/tree/.ci/"
    cp "$tools/summary.sh" "$work/tree/tests/tools/"
    ln -sf "$(command -v bash)" "$world/bin/bash"
    stub make <<'END'
echo "make $*" >>calls
mkdir -p build/results
case "$*" in
*' check'*) echo 'ok a' >build/results/unit.txt; echo 'ok stage' >build/results/stages.txt ;;
*' bare '*) printf 'ok 12\nskip 13 no time\nnot ok 24.04\n' >build/results/bare.txt; exit 1 ;;
esac
END
    ! (cd "$work/tree" && env -i PATH="$world/bin" CI=true bash .ci/run) >"$out" 2>"$err" </dev/null &&
        tail -n 1 "$out" | grep -qx '3 passed, 1 failed, 1 skipped' &&
        grep -qx 'make --no-print-directory check' "$work/tree/calls"
}
check ci-counts-all ci_counts_all

# What a person copies: it brings make, and no address of a mirror is written anywhere.
readme_begins_with_make()
{
    grep -q '^    apt-get update && apt-get install -y make && make demo ' "$top/README.md" &&
        grep -q '^    make check ' "$top/README.md"
}
check readme-brings-make readme_begins_with_make

no_mirror_in_the_tree()
{
    (cd "$top" && ! git grep -nE '(deb|ftp|archive|snapshot)\.(debian|ubuntu)''\.')
}
[ ! -e "$top/.git" ] || check no-mirror-in-the-tree no_mirror_in_the_tree
