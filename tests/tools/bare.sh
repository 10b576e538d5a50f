#!/bin/sh
# "make bare": the README's commands on machines that have nothing. In bare
# roots of each release of $BARE (root.sh), with the committed tree:
#
#   demo     the README's first command, once; "make deps", once; "make deb"
#   first    the README's lines before "threadferry", once
#   package  the package of "demo", installed by apt
#
# A line per step goes to $RESULT. On a release that is not this machine's own,
# both compilers build everything there too. BARE_SECONDS is for all releases:
# the first is done in any case, a further one if there is time for it.
#
#   RESULT=FILE BARE='12 13 24.04' [BARE_SECONDS=N] bare.sh
set -u
: "${RESULT:?}" "${BARE:?}"
mkdir -p "$(dirname "$RESULT")"
logs=$RESULT.d
rm -rf "$RESULT" "$logs"
mkdir -p "$logs"
if [ "$BARE" = skip ]; then
    echo 'skip bare BARE=skip' >"$RESULT"
    echo 'bare: skipped, BARE=skip'
    exit 0
fi
[ "$(id -u)" -ne 0 ] || sh tests/tools/deps.sh bare
. tests/tools/root.sh
roots_begin
roots_able || { echo 'not ok bare (see above)' >"$RESULT" && exit 1; }

# readme SECTION: the commands of its first block, without their comments.
readme()
{
    awk -v section="## $1" '
        /^## / { inside = $0 == section }
        inside && /^    / { sub(/  +#.*/, ""); sub(/^    /, ""); print; seen = 1; next }
        inside && seen { exit }' README.md
}

# step NAME COMMAND…
step()
{
    step=$1
    shift
    if timed "$release-$step" "$logs" "$@"; then
        echo "ok $release-$step" >>"$RESULT"
    else
        echo "not ok $release-$step" >>"$RESULT"
        return 1
    fi
}

# In the tree of a root.
run()
{
    root_run "$1" "cd /src && $2"
}

# once ROOT COMMAND: one step installs all, and what is asked for again is there.
once()
{
    run "$1" "$2" >"$roots/out" 2>&1
    status=$?
    cat "$roots/out"
    [ $status -eq 0 ] || return
    installs=$(grep -c '^deps: installs' "$roots/out")
    [ "$installs" -eq 1 ] || { echo "$installs steps installed something"; return 1; }
}

readme_first()
{
    once demo "$first" && grep -q 'All of it as it should be\.' "$roots/out"
}

deps()
{
    once demo 'make deps' && run demo 'sh tests/tools/deps.sh check' >"$roots/again" 2>&1 || return
    ! grep '^deps: installs' "$roots/again"
}

both_compilers()
{
    for compiler in gcc clang; do
        run demo "make -s -j\$(nproc) B=build/$compiler CC=$compiler WERROR=1 tests" || return
    done
    run demo 'for target in format-check lint docs cppcheck; do
        make -s B=build/gcc CC=gcc WERROR=1 $target || exit; done'
}

deb()
{
    run demo 'make deb && dpkg-deb --field build/threadferry_*.deb'
}

# What "make install" and the package bring to each shell.
completes='for file in bash-completion/completions/threadferry zsh/*/_threadferry \
        fish/vendor_completions.d/threadferry.fish; do
    test -s /usr/share/$file || test -s /usr/local/share/$file || exit
done'

first_migration()
{
    root_tree "$release" first && once first "$before" &&
        run first "$(root_use "/src/$root_export")" && run first "$completes" &&
        run first 'make uninstall && ! command -v threadferry && ! find /usr/local -name "*threadferry*" | grep .'
}

package()
{
    root_new "$release" package && mkdir -p "$roots/package/src/build" &&
        cp -r "$roots/tree/$root_export" "$roots/package/export" &&
        cp "$roots"/demo/src/build/threadferry_*.deb "$roots/package/src/build/" &&
        run package "apt-get update -q && $install" &&
        run package "$(root_use /export)" && run package "$completes"
}

first=$(readme 'See it work' | head -n 1)
before=$(readme 'A first migration' | sed '/^threadferry/,$d')
install=$(grep -o 'apt-get install -y ./build/threadferry[^` ]*' README.md)
[ -n "$first" ] && [ -n "$before" ] && [ -n "$install" ] || { echo 'bare: README.md has no commands'; exit 1; }
tree_copy || exit

begun=$(date +%s)
longest=0
for release in $BARE; do
    start=$(date +%s)
    # One that is not this machine's own takes longer: it compiles more.
    if [ $longest -gt 0 ] &&
        [ $((start - begun + 2 * longest)) -gt "${BARE_SECONDS:-86400}" ]; then
        echo "skip $release no time left for it" >>"$RESULT"
        echo "bare $release skipped: no time left"
        continue
    fi
    step root root_tree "$release" demo || continue
    step readme readme_first && step deps deps && step deb deb && step package package
    step first-migration first_migration
    grep -q "^VERSION_ID=\"*$release\"*\$" /etc/os-release || step compilers both_compilers
    for root in demo first package; do
        root_remove $root
    done
    took=$(($(date +%s) - start))
    [ $took -le $longest ] || longest=$took
done
echo "bare: $(grep -c '^ok' "$RESULT") ok, $(grep -c '^not ok' "$RESULT") not ok"
! grep -q '^not ok' "$RESULT"
