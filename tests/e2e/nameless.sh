#!/bin/sh
# Threads without names of their own are known by their content: a file in which
# one was put in front gives all of them another's name.
. tests/e2e/lib.sh

mock_start --key "$canary_key"
config <<'END'
source:
  path: talks.json
destination:
  type: openai
  base_url: @MOCK@/v1
  api_key_env: TEST_KEY
END

talk()
{
    printf '[{"role":"user","content":"%s","created_at":1},{"role":"assistant","content":"Hello %s","created_at":2}%s]' \
        "$1" "$1" "${2:-}"
}

# Each named thread failed with source_changed.
changed()
{
    for thread; do
        grep -q "thread $thread: source_changed: " "$err" && continue
        cat "$err"
        return 1
    done
}

put_in_front()
{
    printf '[%s,%s]\n' "$(talk Anna)" "$(talk Bo)" >talks.json
    ferry 0 migrate && cp threadferry.checkpoint before &&
        printf '[%s,%s,%s]\n' "$(talk Eve)" "$(talk Anna)" "$(talk Bo)" >talks.json &&
        ferry 1 diff && grep -q 'talks_1: fail' "$out" && grep -q 'talks_2: fail' "$out" &&
        ferry 1 migrate --dry-run && ferry 1 migrate --limit 2 && changed talks_1 talks_2 &&
        ferry 0 status --json && [ "$(jq -c '[.threads.done,.threads.failed]' "$out")" = '[2,0]' ]
}

put_back()
{
    printf '[%s,%s]\n' "$(talk Anna)" "$(talk Bo)" >talks.json
    ferry 0 migrate --json && [ "$(jq .threads.already_done "$out")" = 2 ]
}

grown()
{
    printf '[%s,%s]\n' "$(talk Anna)" \
        "$(talk Bo ',{"role":"user","content":"Bye","created_at":3}')" >talks.json
    ferry 0 migrate --json && [ "$(jq .threads.already_done "$out")" = 2 ] &&
        ferry 0 migrate --top-up --json && [ "$(jq .items.written "$out")" = 1 ]
}

check nameless-put-in-front put_in_front
check nameless-put-back put_back
check nameless-grown grown
