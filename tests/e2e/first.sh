#!/bin/sh
# The mistakes that are made first: each has a message of its own that names the
# next step, and leaves nothing behind that the corrected command stumbles over.
. tests/e2e/lib.sh

mock_start --key "$canary_key" --sunset
cat >page.jsonl <<'END'
{"id":"thread_1","object":"thread","created_at":1700000000,"metadata":{},"messages":[{"id":"msg_1","object":"thread.message","created_at":1700000001,"thread_id":"thread_1","role":"user","content":[{"type":"text","text":{"value":"hello","annotations":[]}}]}]}
END
config <<'END'
source:
  path: page.jsonl
destination:
  type: openai
  base_url: @MOCK@/v1
  api_key_env: FIRST_KEY
END

# says STATUS TEXT… : every text stands on standard output or error
says()
{
    for text; do
        cat "$out" "$err" | grep -qF -e "$text" && continue
        echo "missing: $text"
        cat "$out" "$err"
        return 1
    done
}

no_key()
{
    unset FIRST_KEY
    ferry 2 migrate && says 'the variable FIRST_KEY is not set' 'hint: export FIRST_KEY=' &&
        [ ! -e threadferry.checkpoint ] &&
        ferry 1 doctor && says 'fail  destination key' '-> export FIRST_KEY='
}

wrong_key()
{
    export FIRST_KEY=key-of-another-project
    ferry 13 migrate && says 'refuses the key (HTTP 401)' 'of the right project' \
        'It is sent as Authorization: Bearer; destination.auth: api-key changes that (beside base_url, migrate.yaml:5:' &&
        ferry 0 verify --threads /dev/null && says 'To write the threads first, run:' &&
        ferry 1 doctor && says 'ok    destination key FIRST_KEY is set' 'fail  destination     the' '-> is it the right key'
}

# A server that may do without a key and wants one after all.
wanted_key()
{
    ferry 13 migrate --destination-type compatible --destination-api-key-env '' --checkpoint wanted &&
        says 'the destination wants a key (HTTP 401)' 'hint: set destination.api_key_env, api_key_file'
}

right_key()
{
    export FIRST_KEY=$canary_key
    ferry 0 migrate && says '1 done' && ferry 2 rollback && ferry 0 status && says 'exit status 2' &&
        ferry 0 doctor --live &&
        says 'ok    destination     ' 'created, appended, read back, compared, deleted'
}

# What a report or a stopped run says to do next is done by pasting it.
pasted()
{
    ferry 0 migrate --limit 1 --checkpoint "my job" --report report.json || return 1
    sh -c "$(jq -r .next report.json)" >"$out" 2>"$err" &&
        says '= thread_1' 'verified: 1 same, 0 differ, 0 missing, 0 errors' || return 1
    # Running again does not bring a thread that the archive does not hold.
    ferry 1 migrate thread_1 thread_2 --checkpoint "my job" &&
        says '1 already done, 1 failed' 'check the id and the project' &&
        ! grep -q 'To retry' "$err"
}

sunset()
{
    ferry 15 migrate --source-type openai --source-base-url "$MOCK/v1" \
        --source-api-key-env FIRST_KEY --checkpoint sunset thread_1 &&
        says 'source.type: archive' &&
        ferry 1 doctor --source-type openai --source-base-url "$MOCK/v1" \
            --source-api-key-env FIRST_KEY &&
        says 'fail  source          ' 'source.type: archive'
}

other_job()
{
    ferry 12 migrate --destination-base-url "$MOCK/v2" &&
        says 'belongs to another job: destination.base_url is' 'hint: --checkpoint FILE'
}

nobody_there()
{
    mock_stop
    # With the attempts of a run it would take more than a minute.
    ferry 1 doctor --timeout-ms 5000 && says 'fail  destination     ' '-> check base_url' &&
        ! says ' doctor'"'"' says more' >/dev/null &&
        ferry 17 migrate --checkpoint nobody --max-attempts 1
}

check first-no-key no_key
check first-wrong-key wrong_key
check first-wanted-key wanted_key
check first-right-key right_key
check first-pasted pasted
check first-sunset sunset
check first-other-job other_job
check first-nobody-there nobody_there
