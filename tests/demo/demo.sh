#!/bin/sh
# "make demo": a migration from beginning to end against a server of its own on
# the loopback address, killed in the middle. It ends with status 1 where
# anything is not as it says here.
set -eu
: "${B:=build}"
top=$(pwd)
case $B in /*) ;; *) B=$top/$B ;; esac
ferry=$B/threadferry

work=$(mktemp -d)
mock_pid=
clean_up()
{
    [ -z "$mock_pid" ] || kill "$mock_pid" 2>/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

say()
{
    printf '\n\033[1m%s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9]*m//g'; fi
}

# Shows a command and runs it; $1 is the exit status that it should have.
run()
{
    want=$1
    shift
    echo "\$ threadferry $*"
    status=0
    "$ferry" "$@" || status=$?
    [ $status -eq "$want" ] || fail "exit status $status, expected $want"
}

fail()
{
    echo "demo: $*" >&2
    exit 1
}

say '1. A server with both APIs, on this machine; each reply takes 15 ms.'
mkfifo "$work/port"
"$B/mock-api" --fixtures "$top/tests/demo/threads.json" --generate threads=40,messages=10..60,seed=7 \
    --latency-ms 15 --key demo-key >"$work/port" &
mock_pid=$!
exec 9<"$work/port"
read -r _ port <&9 || fail 'the server did not start'
server=http://127.0.0.1:$port

unset OPENAI_API_KEY THREADFERRY_CONFIG NO_COLOR
export DEMO_KEY=demo-key
cd "$work"
curl -sS "$server/admin/source" | jq -r '.threads[].id' >threads.txt
cat >migrate.yaml <<END
source:
  type: openai
  base_url: $server/v1
  api_key_env: DEMO_KEY
destination:
  type: openai
  base_url: $server/v1
  api_key_env: DEMO_KEY
threads:
  file: threads.txt
concurrency: 4
settle_ms: 500             # this server is quick; the default is half a minute
END
cat migrate.yaml
echo "# threads.txt: $(wc -l <threads.txt) thread ids"

say '2. What would be written, and what would be lost. Nothing is written yet.'
run 0 diff thread_demo_refund thread_demo_chart
[ "$(curl -sS "$server/admin/stats" | jq .commits.conversations_created)" = 0 ] ||
    fail 'diff has written something'

say '3. The migration, killed with SIGKILL when a dozen threads are done.'
echo '$ threadferry migrate &'
"$ferry" migrate --progress none 2>killed.log &
ferry_pid=$!
done_threads() { grep -c '"k":"done"' threadferry.checkpoint 2>/dev/null || true; }
while [ "$(done_threads)" -lt 12 ] 2>/dev/null || [ ! -f threadferry.checkpoint ]; do
    kill -0 $ferry_pid 2>/dev/null || { cat killed.log; fail 'it ended before it was killed'; }
    sleep 0.02
done
kill -KILL $ferry_pid
status=0
wait $ferry_pid 2>/dev/null || status=$?
[ $status -eq 137 ] || fail "it was too fast to be killed (exit status $status)"
echo "killed; the checkpoint says:"
run 0 status

say '4. The same command again. It looks at what arrived and goes on from there.'
run 0 migrate --progress none

say '5. Every conversation is read back and compared with its thread, item by item.'
"$ferry" verify >verify.txt || { cat verify.txt; fail 'verify found differences'; }
echo '$ threadferry verify | tail -n 5'
tail -n 5 verify.txt

say '6. Which thread became which conversation.'
"$ferry" mapping >mapping.csv
echo '$ threadferry mapping | tail -n 6'
tail -n 6 mapping.csv
run 0 status

say '7. The server is asked as well: what it stored, against what should be there.'
"$ferry" convert >expected.jsonl 2>/dev/null || fail 'convert failed'
"$ferry" mapping --format jsonl >mapping.jsonl
curl -sS "$server/admin/dump?form=bare" >dump.json
jq -S -c '{thread_id, items: [.items[] | del(.content[]?.annotations, .content[]?.detail)]}' \
    expected.jsonl | sort >expected.txt
jq -S -c --slurpfile mapping mapping.jsonl '
    ($mapping | map({key: .conversation_id, value: .thread_id}) | from_entries) as $thread
    | .conversations[] | select($thread[.id])
    | {thread_id: $thread[.id], items: [.items[] | del(.content[]?.annotations, .content[]?.detail)]}' \
    dump.json | sort >stored.txt
cmp expected.txt stored.txt || fail 'the server holds something else'
jq -r '.conversations | "\(length) conversations, \(map(.items | length) | add) items"' dump.json
orphans=$(jq '[.conversations[] | select(.items == [])] | length' dump.json)
threads=$(wc -l <threads.txt)
stored=$(wc -l <stored.txt)
[ "$stored" -eq "$threads" ] || fail "$stored of $threads threads"
echo "$stored threads, each stored once, whole and in order"
echo "empty conversations left over: $((orphans - $(grep -c '"items":\[\]' expected.txt)))"

say 'All of it as it should be.'
