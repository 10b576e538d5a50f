#!/bin/sh
# Runs every script of this folder but the libraries, side by side; ONLY='export quirks' runs these.
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
exec sh tests/tools/run-programs.sh "$@"
