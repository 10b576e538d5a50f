#!/bin/sh
# With --json standard output carries one document, also where a command ends
# before it has begun: it names the command and says how it ended.
. tests/e2e/lib.sh

# one STATUS COMMAND…: one document, of that command, with the status of the process
one()
{
    want=$1
    named=$command
    [ "$command" != config ] || named='config check'
    shift
    ferry "$want" "$@" || return 1
    [ "$(jq -s 'length' "$out")" = 1 ] &&
        [ "$(jq '.schema == 1 and .exit.code == '"$want"' and (.exit.reason | length > 0)' "$out")" = true ] &&
        [ "$(jq -r '.command' "$out")" = "$named" ] && return 0
    echo "threadferry $*: not the one document"
    cat "$out" "$err"
    return 1
}

commands='migrate status export inventory assistants rollback prune doctor config init'

words()
{
    case $command in
    config) echo config check ;;
    export) echo export -o archive.jsonl ;;
    assistants) echo assistants -o saved ;;
    prune) echo prune --source-type compatible --source-base-url http://127.0.0.1:9/v1 ;;
    *) echo "$command" ;;
    esac
}

# each STATUS ARGUMENTS…: of every command, or of those in $only
each()
{
    expected=$1
    shift
    for command in ${only:-$commands}; do
        # shellcheck disable=SC2046 # words
        one "$expected" $(words) --json "$@" || return 1
    done
}

options()
{
    each 2 --bogus && each 2 --limit -1
}

# Also where the option stands behind what is not understood.
order()
{
    command=completion
    one 2 completion zsh --json && command=config && one 2 config --json || return 1
    command=null
    one 2 --bogus status --json && command=status && one 2 status --bogus --json
}

configuration()
{
    echo 'sorce: {}' >migrate.yaml
    only='migrate status export inventory assistants rollback prune doctor config'
    each 2
    result=$?
    rm migrate.yaml
    return $result
}

log_file()
{
    each 16 --log-file nowhere/log
}

# What the command needs is not there.
begin()
{
    only='migrate inventory assistants'
    each 2 --source-path nowhere || return 1
    only='status rollback prune'
    each 2 || return 1
    only=export
    each 2 && only=doctor && each 2 --threads nowhere && echo x >here && only=init && each 2 -o here
}

# Lines of JSON: none.
lines()
{
    for command in diff convert verify mapping; do
        ferry 2 "$command" --json --bogus && [ ! -s "$out" ] || return 1
    done
}

declined()
{
    mock_start
    echo '{"id":"t1","messages":[{"id":"m1","role":"user","content":"a","created_at":1}],"object":"thread"}' >t.jsonl
    set -- --source-path t.jsonl --destination-base-url "$MOCK/v1" --destination-api-key-env TEST_KEY
    ferry 0 migrate "$@" || return 1
    command=rollback
    one 2 rollback --json "$@" && one 0 rollback --json --dry-run "$@" &&
        one 0 rollback --json --yes "$@"
}

rehearsed()
{
    mock_start --generate threads=2,messages=1..2
    command=export
    one 0 export --dry-run --json -o x.jsonl --source-type compatible --source-base-url "$MOCK/v1" t1 t2 &&
        [ "$(jq .threads.selected "$out")" = 2 ] || return 1
    command=init
    one 0 init --dry-run --json && jq -r .text "$out" | grep -q '^destination:'
}

only=
check json-options options
check json-order order
check json-configuration configuration
only=
check json-log-file log_file
check json-begin begin
check json-lines lines
check json-declined declined
check json-rehearsed rehearsed
