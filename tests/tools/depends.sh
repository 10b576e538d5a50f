#!/bin/sh
# The packages that a program needs, as a Debian package names them in its
# field Depends. Fails rather than print nothing: a package without them
# installs and does not start.
#
#   depends.sh PROGRAM
set -eu
program=$(realpath "$1")

command -v dpkg-shlibdeps >/dev/null 2>&1 || {
    echo 'depends: dpkg-shlibdeps is missing (package dpkg-dev; "make deps SET=deb" installs it)' >&2
    exit 1
}
# dpkg-shlibdeps wants a source package around it.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/debian"
printf 'Source: threadferry\n\nPackage: threadferry\nArchitecture: any\n' >"$work/debian/control"
cd "$work"
dpkg-shlibdeps -O "$program" >out 2>log || { cat log >&2; exit 1; }
depends=$(sed -n 's/^shlibs:Depends=//p' out)
[ -n "$depends" ] || { echo "depends: dpkg-shlibdeps names no package for $program" >&2; exit 1; }
echo "$depends"
