#!/bin/sh
# Runs every script of this folder but the libraries, side by side.
set -eu
here=$(dirname "$0")
: "${RESULT:?}" "${THREADFERRY:?}" "${MOCK_API:?}"

set --
for script in "$here"/*.sh; do
    case $script in
    */lib*.sh | */run.sh) ;;
    *.sh) [ -f "$script" ] && set -- "$@" "$script" ;;
    esac
done
exec sh tests/tools/run-programs.sh "$@"
