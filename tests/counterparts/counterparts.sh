#!/bin/sh
# The clients that people have, against the mock: they make threads, list them and
# dump them as people do; threadferry reads each form of dump and the live server;
# and afterwards every client that knows conversations reads them back, item by
# item as the messages were. Bounded in time, once npm has its packages.
#
#   SECONDS_MOST=N    for all of it (90)
. tests/e2e/lib.sh
. "$top/tests/e2e/lib_npm.sh"

npm_packages counterparts
started=$(date +%s)

# The clients of Azure send tokens over TLS alone.
openssl req -x509 -newkey rsa:2048 -nodes -keyout tls.key -out tls.pem -days 2 -subj /CN=127.0.0.1 \
    -addext subjectAltName=IP:127.0.0.1 2>/dev/null
export NODE_EXTRA_CA_CERTS="$work/tls.pem"
world=threads=3,messages=13..90,seed=5,images=0,annotations=40,attachments=20,metadata=50,unicode=30,runs=0,empty=0

# migrated FORM ARGUMENTS…: a job of its own, and its mapping to CLIENT/FORM.jsonl
migrated()
{
    form=$1
    shift
    ferry 0 migrate --checkpoint "$client/$form.checkpoint" "$@" &&
        ferry 0 mapping --checkpoint "$client/$form.checkpoint" --format jsonl &&
        cp "$out" "$client/$form.jsonl"
}

# plays CLIENT TYPE BASE
plays()
{
    client=$1
    mkdir "$client"
    curl -sf --cacert tls.pem "$MOCK/admin/source" | jq -r '.threads[].id' >"$client/ids"
    config <<YAML
source:
  type: $2
  base_url: $3
  api_key_env: TEST_KEY
  ca_file: tls.pem
destination:
  type: $(if [ "$2" = foundry ]; then echo foundry; else echo openai; fi)
  base_url: $3$([ "$2" != foundry ] || echo /openai/v1)
  api_key_env: TEST_KEY
  ca_file: tls.pem
settle_ms: 20
YAML
    node "$top/tests/counterparts/counterparts.js" make "$client" "$3" "$client" || return
    check "counterparts-$client-live" migrated live --threads "$client/ids"
    for form in "$client"/*/; do
        form=$(basename "$form")
        [ "$client $form" != 'ai-agents default-limit' ] || continue
        check "counterparts-$client-$form" migrated "$form" --source-type archive \
            --source-path "$client/$form"
    done
    node "$top/tests/counterparts/counterparts.js" compare "$3" "$client"
}

for client in openai-4 openai-6; do
    mock_start --profile openai --generate $world
    plays $client compatible "$MOCK/v1"
    mock_stop
done
mock_start --profile foundry --generate $world --tls-cert tls.pem --tls-key tls.key
MOCK=https://127.0.0.1:$MOCK_PORT
plays ai-agents foundry "$MOCK/api/projects/p"

# A list of Azure's client ends after one page of 20: such a dump is a beginning, and no thread is
# taken for whole because of it.
one_page()
{
    ferry 1 migrate --checkpoint one-page --source-type archive --source-path ai-agents/default-limit &&
        ferry 0 status --checkpoint one-page --json &&
        [ "$(jq -c '[.failures[] | select(.code == "truncated").thread_id] | sort' "$out")" = \
            "$(jq -c '[to_entries[] | select(.value | length > 20).key] | sort' ai-agents/truth.json)" ]
}
check counterparts-ai-agents-one-page one_page
mock_stop

in_time()
{
    took=$(($(date +%s) - started))
    [ $took -le "${SECONDS_MOST:-90}" ] || { echo "took $took s"; return 1; }
}
check counterparts-in-time in_time
