#!/bin/sh
# Runs every script of this folder but the libraries, side by side; ONLY='export quirks' runs these.
# Half of their time they wait, for servers and for terminals.
set -eu
here=$(dirname "$0")
: "${RESULT:?}" "${THREADFERRY:?}" "${MOCK_API:?}"

set --
for script in "$here"/*.sh; do
    name=$(basename "$script" .sh)
    case " ${ONLY:-$name} " in
    *' lib'* | *' run '*) ;;
    *" $name "*) set -- "$@" "$script" ;;
    esac
done
JOBS=${JOBS:-$((2 * $(getconf _NPROCESSORS_ONLN)))} exec sh tests/tools/run-programs.sh "$@"
