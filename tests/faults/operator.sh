#!/bin/sh
# O: what people get wrong, and what must never be shown.
# shellcheck disable=SC2034 # lib.sh looks at it
key_holders=key
. tests/faults/lib.sh

world --generate threads=5,messages=1..45,seed=131
one=$(sed -n 2p ids)

# wrong WORDS OPTION…: refused with these words before anything is sent.
wrong()
{
    words=$1
    shift
    asked=$(stats .requests)
    ferry 2 "$@" && says "$words" && [ "$(stats .requests)" -eq "$asked" ]
}
check O1-unknown-flag wrong '--settle-ms' migrate --settl-ms 3 --threads ids
check O1-unknown-command wrong 'migrate' migrat
check O1-unknown-value wrong 'inline' migrate --create inlin --threads ids
check O1-out-of-range wrong '20' migrate --batch-items 21 --threads ids
unknown_key()
{
    sed 's/^settle_ms/setle_ms/' migrate.yaml >wrong.yaml
    wrong 'settle_ms' -c wrong.yaml migrate --threads ids && says 'wrong.yaml:'
}
check O1-unknown-key unknown_key
two_secrets()
{
    (umask 077; echo "$canary_key" >key)
    wrong 'source.api_key' migrate --threads ids --source-api-key-file key
}
check O1-two-sources-for-a-secret two_secrets

# key_file MODE CONTENT
key_file()
{
    rm -f key
    printf "$2" >key
    chmod "$1" key
    sed 's|api_key_env: TEST_KEY|api_key_file: key|' migrate.yaml >file.yaml
    fresh </dev/null
}
check_key()
{
    key_file "$2" "$3" && ferry "$1" -c file.yaml migrate --threads ids && says "$4"
}
check O2-mode-0644 check_key 2 0644 "$canary_key\n" key
check O2-mode-0640 check_key 2 0640 "$canary_key\n" key
check O2-empty check_key 2 0600 '' key
check O2-blank check_key 2 0600 '\n' key
check O2-two-lines check_key '0|2' 0600 "$canary_key\nanother\n" key
check O2-crlf check_key '0|2' 0600 "$canary_key\r\n" ''
check O2-private check_key 0 0600 "$canary_key\n" ''

other_job()
{
    words=$1
    shift
    cp threadferry.checkpoint before
    ferry 12 migrate --threads ids "$@" && says "$words" && cmp -s before threadferry.checkpoint
}
fresh </dev/null
check O3-job-begun ferry 0 migrate --threads ids --limit 3
check O3-other-mapping other_job mapping --mapping-tool-calls text
check O3-other-destination other_job destination --destination-base-url http://127.0.0.1:1/v1
check O3-other-project other_job project --destination-project proj_x
check O3-other-organization other_job organization --destination-organization org_x
check O3-other-shard other_job shard --shard 1/2
accepted()
{
    ferry 0 migrate --threads ids --accept-mapping-change --mapping-refusals text &&
        ferry 0 migrate --threads ids --mapping-refusals text && other_job mapping
}
check O3-accept-mapping-change accepted

# looks_only: dry runs in this state change nothing, here or there.
looks_only()
{
    [ ! -e threadferry.checkpoint ] || cp -p threadferry.checkpoint kept
    for command in migrate rollback prune; do
        curl -sf "$MOCK/admin/stats" | jq .commits >commits.before
        ls >files.before
        ferry '0|1|2' $command --dry-run --threads ids || return 1
        curl -sf "$MOCK/admin/stats" | jq .commits >commits.after
        cmp -s commits.before commits.after || return 1
        ls | cmp -s files.before - || return 1
        [ ! -e kept ] || cmp -s kept threadferry.checkpoint || return 1
    done
    rm -f kept
}
touch commits.before commits.after files.before
fresh </dev/null
check O4-fresh looks_only
ferry 0 migrate --threads ids --limit 2
check O4-begun looks_only
curl -sf -X POST "$MOCK/admin/faults" -d '{"match":{"route":"append_items"},"do":"error","error":"bad_item"}' >/dev/null
ferry 1 migrate --threads ids
faults </dev/null
check O4-failed looks_only
resume
check O4-done looks_only
cp threadferry.checkpoint whole
head -c $(($(wc -c <whole) - 20)) whole >threadferry.checkpoint
check O4-torn looks_only
cp whole threadferry.checkpoint

conversation_of()
{
    "$THREADFERRY" mapping --format jsonl | jq -r --arg one "$1" 'select(.thread_id == $one).conversation_id'
}
live()
{
    curl -sf "$MOCK/admin/dump" | jq '[.conversations[] | select(.deleted | not)] | length'
}
# Of one conversation, or of all.
items_of()
{
    curl -sf "$MOCK/admin/dump" | jq --arg one "$1" \
        '[.conversations[] | select((.deleted | not) and ($one == "" or .id == $one)) | .items[]] | length'
}
# rehearses STATUS ITEMS OPTIONS…: a dry run says how many items would go
rehearses()
{
    status=$1 items=$2
    shift 2
    ferry "$status" rollback --dry-run --json "$@" && [ "$(jq .items.deleted "$out")" -eq "$items" ]
}
continued()
{
    fresh </dev/null && resume || return 1
    curl -sf -X POST "$MOCK/admin/conversations/$(conversation_of "$one")/items" \
        -d '{"items":[{"type":"message","role":"user","content":"and then?"}]}' >/dev/null
    ours=$(items_of "$(conversation_of "$one")") all=$(items_of '')
    ferry 2 rollback --threads ids && rehearses 1 $((all - ours)) --threads ids &&
        rehearses 0 "$all" --threads ids --force "$one" && ferry 1 rollback --threads ids --yes &&
        cat "$out" "$err" | grep -q "$one" && [ "$(live)" -eq 1 ] &&
        ferry 1 rollback --threads ids --yes && [ "$(live)" -eq 1 ] &&
        ferry 0 rollback --threads ids --yes --force "$one" && [ "$(live)" -eq 0 ]
}
check O5-continued-conversation continued

# What a rollback has begun with is not taken for changed by somebody else.
begun()
{
    fresh </dev/null && resume || return 1
    faults <<'END'
{"match":{"route":"delete_item","nth":3},"do":"error","error":"forbidden"}
END
    ferry 1 rollback --threads ids --yes && faults </dev/null &&
        rehearses 0 "$(items_of '')" --threads ids && ferry 0 rollback --threads ids --yes && [ "$(live)" -eq 0 ]
}
check O5-begun-rollback begun

shards()
{
    fresh </dev/null
    for shard in 1/3 2/3 3/3; do
        ferry 0 migrate --threads ids --shard $shard --checkpoint "${shard%/*}.checkpoint" || return 1
    done
    ferry 0 mapping 1.checkpoint 2.checkpoint 3.checkpoint && [ ! -s "$err" ] &&
        [ "$(wc -l <"$out")" -eq $((threads + 1)) ] || return 1
    "$THREADFERRY" mapping 1.checkpoint 3.checkpoint >"$out" 2>"$err"
    says 'shard 2 of 3' || return 1
    "$THREADFERRY" mapping 1.checkpoint 1.checkpoint 2.checkpoint 3.checkpoint >"$out" 2>"$err"
    [ -s "$err" ]
}
check O6-shards shards

# A lost checkpoint cannot be seen; what was made before is recognised by its metadata.
lost()
{
    rm -f ./*.checkpoint
    fresh </dev/null && resume || return 1
    rm threadferry.checkpoint
    resume || return 1
    curl -sf "$MOCK/admin/dump" | jq -e --argjson threads "$threads" '
        [.conversations[].metadata.source_thread_id] | length == 2 * $threads and
        (group_by(.) | all(length == 2))' >/dev/null && grep -rqi 'source_thread_id' "$top/docs"
}
check O7-lost-checkpoint lost

# ---- O8 ----

hostile()
{
    mock_stop
    mock_start --key "$canary_key" --generate threads=0
    plain_thread thread_hostile 2 | jq '.threads[0] |= (.metadata = {
        "=cmd()": "+1\u001b[31m", "\u202egnp": "@SUM(A1)\u0007<script>alert(1)</script>"} |
        .messages[0].content[0].text.value = "=1+1\u001b]52;c;aGk=\u0007\u202e\u009b31m<img src=x onerror=y>")' |
        add_threads
    sed "s|http://127.0.0.1:[0-9]*|$MOCK|" migrate.yaml >new.yaml && mv new.yaml migrate.yaml
    echo thread_hostile >ids
    rm -f ./*.checkpoint
    ferry 0 migrate --threads ids -v -v || return 1
    bytes=$(printf '[\001-\010\013-\037\177]|\302[\200-\237]|\342\200[\252-\256]|\342\201[\246-\251]')
    for form in 'diff' 'diff --format jsonl --top-up' 'diff --color always --top-up' \
        'diff --format html -o -' convert 'verify --json' 'status --json' 'mapping --format csv' \
        'mapping --format sql --table t' inventory 'migrate --json'; do
        rm -f ./*.html
        case $form in
        *html*) ferry 0 diff --format html -o page.html --threads ids && cp page.html "$out" ;;
        status* | mapping*) ferry 0 $form ;;
        *) ferry '0' $form --threads ids ;;
        esac || return 1
        case $form in *always*) continue ;; esac
        if LC_ALL=C grep -aqE "$bytes" "$out" "$err"; then
            echo "raw control bytes: $form"
            return 1
        fi
        if LC_ALL=C grep -aq '<img\|<script>alert' page.html 2>/dev/null; then
            echo 'markup came through'
            return 1
        fi
    done
}
check O8-hostile-texts hostile
formulas()
{
    for cell in '=cmd()' '+1' '@x'; do
        printf '%s\n' "$cell" >bad.ids
        wrong 'thread id' migrate --threads bad.ids || return 1
    done
}
check O8-formulas-are-no-ids formulas

# ---- O9 ----

# While it runs: the arguments hold no key, and a crash leaves no core behind.
in_argv()
{
    rm -f ./*.checkpoint
    echo '{"match":{},"do":"latency","ms":400}' | faults
    ( ulimit -c unlimited; exec "$THREADFERRY" migrate --threads ids >"$out" 2>"$err" </dev/null ) &
    pid=$!
    wait_until test "$(stats .requests)" -ge 1
    tr '\0' ' ' <"/proc/$pid/cmdline" >argv.log
    kill -SEGV $pid
    wait $pid 2>/dev/null
    ! grep -qF "$canary_key" argv.log && ! ls core* 2>/dev/null && look_for_leaks migrate
    [ -z "$(find . -newer ids -name 'core*')" ]
}
check O9-argv-and-core in_argv
check O9-operator no_leaks
