# Packages of npm for tests, which are skipped where they cannot be had:
#
#   . tests/e2e/lib.sh
#   . "$top/tests/e2e/lib_npm.sh"
#   npm_packages NAME     those of tests/NAME go to the build folder and to $NODE_PATH
# shellcheck shell=sh disable=SC2154

# npm_packages NAME: ends the script with "skip NAME reason" where it cannot.
npm_packages()
{
    from=$top/tests/$1
    for tool in node npm; do
        command -v $tool >/dev/null || npm_skip "$1" "no $tool on this machine"
    done
    # They stay in the build folder, until the lock file names others.
    case ${B:-build} in
    /*) packages=$B/$1 ;;
    *) packages=$top/${B:-build}/$1 ;;
    esac
    if ! cmp -s "$from/package-lock.json" "$packages/package-lock.json" ||
        [ ! -d "$packages/node_modules" ]; then
        mkdir -p "$packages"
        cp "$from/package.json" "$from/package-lock.json" "$packages/"
        [ ! -f "$from/.npmrc" ] || cp "$from/.npmrc" "$packages/"
        (cd "$packages" && npm ci --prefer-offline --ignore-scripts --no-audit --no-fund \
            --fetch-retries=1 --fetch-timeout=30000) >npm.log 2>&1 || {
            rm -rf "$packages"
            npm_skip "$1" "npm cannot install it here"
        }
    fi
    export NODE_PATH="$packages/node_modules"
}

npm_skip()
{
    echo "skip $*"
    exit 0
}
