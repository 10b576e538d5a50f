# Helpers of the scripts in tests/e2e and tests/faults:
#
#   . tests/e2e/lib.sh
#   mock_start --generate …      a mock API of its own; $MOCK is its base URL
#   source_config TYPE [LINES]   migrate.yaml: that type of source, an openai destination
#   config <<'END' … END         any other migrate.yaml, $MOCK filled in
#   list_ids                     ids of all threads at the source go to ./ids
#   ferry STATUS migrate …       runs the program; stdout and stderr in $out, $err
#   check NAME COMMAND…          prints "ok NAME" or "not ok NAME" with what was seen
#
# A script runs in $work, a folder of its own, with the project at $top. What it
# started is ended by pid when it ends. Whatever it was about: the key and the
# words of messages may not turn up where they have no business ("canary-NAME").
# shellcheck shell=sh

set -u
top=$(pwd)
: "${THREADFERRY:?}" "${MOCK_API:?}"
work=$(mktemp -d) || exit 1
out=$work/out
err=$work/err
mock_pids=

# Neither may ever be seen outside of the requests themselves and what shows content on purpose.
# The word is one of those that the mock makes messages of.
canary_key=sk-canary-5f1d2a90c7
canary_text=canary-text-83b1e46fd0
canary_word=canarygrass
leaks=$work/leaks
: >"$leaks"

# look_for_leaks COMMAND-LINE: in what was printed and written by then.
look_for_leaks()
{
    grep -lF "$canary_key" "$out" "$err" >>"$leaks"
    case " $1 " in
    *' diff '* | *' convert '* | *' export '* | *' assistants '*) ;;
    *) grep -D skip -d skip -lsF -e "$canary_text" -e "$canary_word" "$out" "$err" >>"$leaks" ;;
    esac
    look_at_files
    [ -s "$leaks" ] && ! [ -s "$leaks.by" ] && echo "$1" >"$leaks.by"
}

look_at_files()
{
    grep -D skip -d skip -lsF -e "$canary_key" -e "$canary_text" -e "$canary_word" ./*.checkpoint* \
        ./*.log ./core* >>"$leaks"
}

# Of files that are there to hold the key, a script names the folder or the end of the name in
# $key_holders.
no_leaks()
{
    find "$work" -type f ! -path "*/${key_holders:-no key}*" -exec grep -lF "$canary_key" {} + \
        >>"$leaks"
    [ -s "$leaks" ] || return 0
    echo "found in: $(sort -u "$leaks" | tr '\n' ' '); first by: $(cat "$leaks.by" 2>/dev/null)"
    return 1
}

clean_up()
{
    for pid in $mock_pids; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    look_at_files
    check "canary-$(basename "$0" .sh)" no_leaks
    cd "$top" && rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

unset OPENAI_API_KEY OPENAI_BASE_URL NO_COLOR THREADFERRY_CONFIG
export TEST_KEY=$canary_key
cd "$work" || exit 1

# Starts the mock on a free port; $MOCK is its address, $mock_pid its process.
mock_start()
{
    rm -f "$work/port"
    mkfifo "$work/port"
    "$MOCK_API" --port 0 "$@" >"$work/port" 2>>"$work/mock.err" &
    mock_pid=$!
    mock_pids="$mock_pids $mock_pid"
    # Stays open, or the mock's next line would end it. Ends at once where the mock does.
    exec 9<"$work/port"
    rm "$work/port"
    if ! read -r word MOCK_PORT <&9 || [ "$word" != PORT ]; then
        cat "$work/mock.err"
        echo "not ok mock-start"
        exit 1
    fi
    MOCK=http://127.0.0.1:$MOCK_PORT
}

mock_stop()
{
    kill "$mock_pid" 2>/dev/null && wait "$mock_pid" 2>/dev/null
    mock_pids=$(echo " $mock_pids " | sed "s/ $mock_pid / /")
}

# Standard input with @MOCK@ filled in becomes migrate.yaml.
config()
{
    sed "s|@MOCK@|$MOCK|g" >migrate.yaml
}

# source_config TYPE [LINES]: further lines go to the end of the file.
source_config()
{
    config <<END
source:
  type: $1
  base_url: @MOCK@/v1
  api_key_env: TEST_KEY
destination:
  type: openai
  base_url: @MOCK@/v1
  api_key_env: TEST_KEY
settle_ms: 20
${2:-}
END
}

list_ids()
{
    curl -sf "$MOCK/admin/source" | jq -r '.threads[].id' >ids
}

# Runs the program; fails where its exit status is not the expected one.
ferry()
{
    want=$1
    shift
    "$THREADFERRY" "$@" >"$out" 2>"$err" </dev/null
    got=$?
    look_for_leaks "$*"
    [ $got -eq "$want" ] && return 0
    echo "exit status $got instead of $want: threadferry $*"
    sed 's/^/  stdout: /' "$out" | head -n 20
    sed 's/^/  stderr: /' "$err" | head -n 20
    return 1
}

check()
{
    name=$1
    shift
    # shellcheck disable=SC2254 # it is a pattern
    case $name in ${chosen_cases:-*} | canary-*) ;; *) return ;; esac
    if "$@"; then
        echo "ok $name"
    else
        echo "not ok $name"
    fi
}
