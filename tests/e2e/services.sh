#!/bin/sh
# The services and what differs between them: addresses, keys, headers, lists.
. tests/e2e/lib_truth.sh

# serve FROM TO [LINES]: a job between these, against one server that knows both.
serve()
{
    base_of "$1" source
    from=$base
    base_of "$2" destination
    config <<END
source:
  type: $1
  base_url: @MOCK@$from
  ${3:-api_key_env: TEST_KEY}
destination:
  type: $2
  base_url: @MOCK@$base
  ${3:-api_key_env: TEST_KEY}
settle_ms: 20
END
    fresh
}

base_of()
{
    case $1-$2 in
    azure-source) base=/openai ;;
    azure-destination) base=/openai/v1 ;;
    foundry-source) base=/api/projects/p1 ;;
    foundry-destination) base=/api/projects/p1/openai/v1 ;;
    *) base=/v1 ;;
    esac
}

between()
{
    serve "$1" "$2"
    shift 2
    ferry 0 migrate --threads ids --json "$@" && is 6 "$(threads done)" && moved &&
        ferry 0 verify --json && is 6 "$(tail -n 1 "$out" | jq .summary.same)"
}

# Foundry can list its threads, OpenAI and Azure cannot: exit 2 before anything is sent.
all()
{
    serve foundry "$1"
    ferry 0 migrate --all --json && is 6 "$(threads done)" && moved
}

all_of_none()
{
    serve "$1" openai
    ferry 2 migrate --all && is 0 "$(curl -sf "$MOCK/admin/stats" | jq .requests)"
}

# H9: gone for good, whatever is listed first.
gone()
{
    mock_stop
    mock_start "$1"
    serve foundry openai
    for command in migrate 'migrate -n' 'export -o saved' inventory; do
        # shellcheck disable=SC2086 # words
        is_gone $command --all || return 1
    done
    is_gone assistants -o saved.d && serve openai openai && is_gone assistants -o saved.d
}

is_gone()
{
    ferry 15 "$@" && grep -q 'source.type: archive' "$err"
}

none_selected()
{
    serve foundry openai
    ferry 2 migrate && is 0 "$(curl -sf "$MOCK/admin/stats" | jq .requests)"
}

# H7: the key expires in mid-job. Its command is run again, once for both sides.
renewed()
{
    cat >key.sh <<'END'
echo run >>key.runs
head -n "$(wc -l <key.runs)" keys | tail -n 1
END
    printf '%s\n' first second third >keys
    rm -f key.runs
    serve foundry foundry 'api_key_command: [sh, key.sh]'
    echo '{"match":{"global":1},"do":"set_key","key":"first"}
        {"match":{"global":15},"do":"set_key","key":"second"}' | rules
    ferry 0 migrate --threads ids --json && is 6 "$(threads done)" && moved &&
        is 2 "$(wc -l <key.runs)"
}

# A command that has no better key: the run stops, and the next one goes on.
refused()
{
    rm -f key.runs
    echo first >keys
    serve compatible openai 'api_key_command: [sh, key.sh]'
    echo '{"match":{"global":1},"do":"set_key","key":"first"}
        {"match":{"global":15},"do":"set_key","key":"second"}' | rules
    # Once for each side at most.
    ferry 13 migrate --threads ids --json && [ "$(wc -l <key.runs)" -le 3 ] &&
        is 6 "$(threads 'done remaining' | awk '{ print $1 + $2 }')" || return 1
    echo second >keys
    ferry 0 migrate --threads ids && moved && ferry 0 verify
}

# One that has none any more: also not a matter of the configuration.
ran_dry()
{
    rm -f key.runs
    printf '%s\n' first '' '' >keys
    serve compatible openai 'api_key_command: [sh, key.sh]'
    echo '{"match":{"global":1},"do":"set_key","key":"first"}
        {"match":{"global":15},"do":"set_key","key":"second"}' | rules
    ferry 13 migrate --threads ids && grep -q 'hint: it comes from .*api_key_command' "$err"
}

mock_start --generate "threads=6,messages=1..45,seed=4,$text"
list_ids
check azure-openai between azure openai
check azure-azure between azure azure
check foundry-foundry between foundry foundry
check foundry-openai between foundry openai
check compatible-azure between compatible azure
check openai-openai between openai openai
check foundry-all all openai

# How the key travels is a setting, never a guess from its look. travels TYPE KEY FLAGS SEEN: KEY is
# where it comes from, SEEN whether the server was shown a bearer and an api-key, or the exit status.
travels()
{
    case $2 in
    env) key='api_key_env: TEST_KEY' ;;
    token) key='api_key_env: TEST_TOKEN' ;;
    command) key='api_key_command: [sh, token.sh]' ;;
    esac
    serve "$1" "$1" "$key"
    status=0
    [ "$4" != 13 ] || status=13
    # shellcheck disable=SC2086 # flags are words
    ferry $status migrate --threads ids $3 || return 1
    [ $status -ne 0 ] ||
        is "$4" "$(curl -sf "$MOCK/admin/stats" | jq -r '"\(.bearer > 0) \(.api_key > 0)"')"
}
printf 'echo eyJhbGciOiJub25l.eyJhdWQi.c2ln\n' >token.sh
export TEST_TOKEN=eyJhbGciOiJub25l.eyJhdWQi.c2ln
while IFS='|' read -r type from flags seen; do
    check "key-$type-$from${flags:+$(echo " $flags" | tr -s ' -' -)}" travels "$type" "$from" "$flags" "$seen"
done <<'END'
openai|env||true false
openai|command||true false
openai|env|--source-auth api-key|13
azure|env||false true
azure|token||false true
azure|token|--source-auth bearer --destination-auth bearer|true false
azure|command||true false
azure|command|--source-auth api-key --destination-auth api-key|false true
azure|command|--destination-auth api-key|true true
foundry|env||true false
foundry|command||true false
foundry|env|--destination-auth api-key|true true
foundry|command|--destination-auth api-key|true true
foundry|env|--source-auth api-key|13
compatible|env||true false
compatible|command||true false
compatible|env|--source-auth api-key|13
END
check foundry-all-foundry all foundry
check openai-lists-none all_of_none openai
check azure-lists-none all_of_none azure
check none-selected none_selected
check H7-key-renewed renewed
check H7-key-refused refused
check H7-key-ran-dry ran_dry
check H9-gone-404 gone --sunset
check H9-gone-410 gone --sunset=410
