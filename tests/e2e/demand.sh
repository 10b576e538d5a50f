#!/bin/sh
# migrate --format jsonl: a line a thread, and ids that come from an open pipe. The clients of
# docs/ON_DEMAND.md are run as they stand there.
. tests/e2e/lib.sh

awk '/^<!-- run: / { name = $3; next }
    /^```/ { if (inside) { inside = 0; name = "" } else if (name) inside = 1; next }
    inside { print > name }' "$top/docs/ON_DEMAND.md"

mock_start --key "$TEST_KEY" --generate threads=12,messages=1..45,seed=5,runs=0
source_config compatible
list_ids
first=$(sed -n 1p ids) second=$(sed -n 2p ids) third=$(sed -n 3p ids)

# The process with an open pipe: 7 writes to it, 8 reads its answers. A call is answered before the
# next one is written.
open_ferry()
{
    rm -f to from
    mkfifo to from
    "$THREADFERRY" migrate --threads - --format jsonl "$@" <to >from 2>"$err" &
    pid=$!
    exec 7>to 8<from
}

call()
{
    [ $# -eq 0 ] || printf '%s\n' "$@" >&7
    IFS= read -r answer <&8 || answer=
    printf '%s\n' "$answer" >>answers
}

# close_ferry STATUS: what is left of the answers goes to the same file.
close_ferry()
{
    exec 7>&-
    cat <&8 >>answers
    wait $pid
    got=$?
    exec 8<&-
    cp answers "$out"
    look_for_leaks "migrate --threads -"
    [ $got -eq "$1" ] && return
    echo "exit status $got instead of $1"
    cat answers "$err"
    return 1
}

# holds EXPRESSION: of all answers, as an array.
holds()
{
    for expression; do
        jq -es "$expression" answers >/dev/null && continue
        echo "does not hold: $expression"
        cat answers
        return 1
    done
}

fresh()
{
    rm -f threadferry.checkpoint answers
    curl -sf -X POST "$MOCK/admin/reset" >/dev/null
}

# Each id is answered while the pipe stays open; one that comes again, is malformed or is not there
# has its answer too, and counts as the contract says.
answers()
{
    fresh
    open_ferry
    call "$first"
    call "$second"
    call "$first"
    call 'not an id'
    call thread_nope
    call "" "# a note" "$third"
    close_ferry 1 && holds 'length == 7' \
        'map(.state)[:6] == ["done","done","already_done","failed","failed","done"]' \
        'map(.code)[3:5] == ["bad_id","source_missing"]' '.[3].thread_id == "not an id"' \
        '.[0].conversation_id == .[2].conversation_id and .[0].items == .[2].items' \
        '.[6].threads == {selected: 5, done: 3, already_done: 0, topped_up: 0, failed: 2,
            uncertain: 0, remaining: 0, duplicates: 1}' '.[6].exit.code == 1'
}

# Three lines of one thread in flight: one conversation, three answers.
in_flight()
{
    fresh
    open_ferry
    printf '%s\n' "$first" "$second" "$first" "$first" >&7
    close_ferry 0 && holds 'length == 5' 'map(.conversation_id)[:4] | unique | length == 2' \
        '.[4].threads.done == 2 and .[4].threads.duplicates == 2' '.[4].items.written ==
            (.[:4] | unique_by(.thread_id) | map(.items) | add)' &&
        [ "$(curl -sf "$MOCK/admin/stats" | jq .commits.conversations_created)" = 2 ]
}

# A thread that failed for a while is tried again, and counts as it ended.
again()
{
    fresh
    echo '{"match":{"route":"get_thread"},"do":"error","status":403,"times":1}' |
        curl -sf --data-binary @- "$MOCK/admin/faults" >/dev/null
    open_ferry
    call "$first"
    call "$first"
    close_ferry 0 && holds 'map(.state)[:2] == ["failed","done"]' '.[0].code == "forbidden"' \
        '.[2].threads.failed == 0 and .[2].threads.done == 1'
}

# What this process has sent may still be under way when the id comes again: its outcome settles first.
again_settles()
{
    fresh
    echo '[{"match":{"route":"append_items","nth":1},"do":"reset_after"},
        {"match":{"route":"list_items","nth":1},"do":"error","error":"forbidden"}]' |
        curl -sf --data-binary @- "$MOCK/admin/faults" >/dev/null
    open_ferry --settle-ms 1500
    call "$first"
    from_ms=$(($(date +%s%N) / 1000000))
    call "$first"
    took_ms=$(($(date +%s%N) / 1000000 - from_ms))
    close_ferry 0 && holds 'map(.state)[:2] == ["failed","done"]' && [ $took_ms -ge 1500 ]
}

# The first signal ends the run: what is not through is said to remain, and the next run has it.
signalled()
{
    fresh
    echo '{"match":{"route":"append_items"},"do":"error","error":"rate_limit","headers":{"Retry-After":"60"}}' |
        curl -sf --data-binary @- "$MOCK/admin/faults" >/dev/null
    open_ferry
    call 'not an id' # begun
    printf '%s\n' "$first" "$first" "$second" >&7
    tries=0
    until [ "$(curl -sf "$MOCK/admin/stats" | jq .commits.conversations_created)" -gt 0 ]; do
        tries=$((tries + 1))
        [ $tries -lt 1000 ] || break
    done
    kill -TERM $pid
    close_ferry 143 && holds 'map(select(.state == "remaining") | .thread_id) | length == 3' \
        '.[-1].threads.remaining == 2 and .[-1].exit.code == 143' || return 1
    curl -sf -X POST --data-binary '' "$MOCK/admin/faults" >/dev/null
    rm answers
    open_ferry
    call "$first"
    call "$second"
    close_ferry 0 && holds 'map(.state)[:2] == ["done","done"]'
}

# Nobody reads on after the first answer, and those to the first piece of the list are more than a pipe
# holds: the first signal ends the run all the same, and what was done is on record.
unread()
{
    fresh
    ferry 0 migrate "$first" || return 1
    yes 'not an id' | head -n 20000 >noise
    rm -f from
    mkfifo from
    "$THREADFERRY" migrate --threads - --format jsonl <noise >from 2>"$err" &
    pid=$!
    exec 8<from
    IFS= read -r answer <&8
    # It has input all the time: where it sleeps, again and again, the pipe is full.
    asleep=0
    while [ $asleep -lt 5 ] && read -r _ _ state _ <"/proc/$pid/stat"; do
        if [ "$state" = S ] && [ "$(wc -l <"$err")" -gt 400 ]; then
            asleep=$((asleep + 1))
        else
            asleep=0
        fi
    done
    kill -TERM $pid
    wait $pid
    got=$?
    exec 8<&-
    [ $got -eq 143 ] && grep -q "cannot write to standard output" "$err" || {
        echo "exit status $got"
        tail -n 5 "$err"
        return 1
    }
    ferry 0 migrate "$first" --json && jq -e '.threads.already_done == 1' "$out" >/dev/null
}

holds_the_lock()
{
    fresh
    open_ferry
    call "$first"
    ferry 10 migrate "$second" --format jsonl && jq -e '.exit.code == 10' "$out" >/dev/null || return 1
    close_ferry 0
}

limited()
{
    fresh
    open_ferry --limit 2
    call "$first"
    call "$first"
    call "$second"
    close_ferry 0 && holds 'length == 4' '.[3].threads.selected == 2'
}

column()
{
    fresh
    open_ferry --column id
    call "{\"id\":\"$first\"}"
    call '{"id":'
    call '{"id":"sk-proj-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}'
    close_ferry 1 && holds '.[0].state == "done"' 'map(.code)[1:3] == ["bad_id","bad_id"]' \
        'map(.thread_id)[1:3] == [null,null]'
}

refused()
{
    for option in '--sample 2' '--since 2024-01-01' '--until 2024-01-01' '--where a=b' '--only failed'; do
        # shellcheck disable=SC2086 # an option and its value
        ferry 2 migrate --threads - --format jsonl $option || return 1
    done
    ferry 2 migrate --threads - --format jsonl --source-type archive --source-path -
}

# The same lines for a list, and for what a run would do.
whole_list()
{
    fresh
    ferry 0 migrate --threads ids --format jsonl --dry-run && cp "$out" answers &&
        holds 'length == 13' 'all(.[:12][]; .state == "done" and .conversation_id == null)' \
            '.[12].dry_run' || return 1
    ferry 0 migrate --threads ids --format jsonl && cp "$out" answers &&
        holds 'length == 13' 'all(.[:12][]; .state == "done" and .conversation_id != null)' \
            '.[12].items.written == (map(.items)[:12] | add)' '.[12].losses ==
            (reduce (.[:12][].losses | to_entries[]) as $l ({}; .[$l.key] += $l.value))'
}

cat >use.py <<'END'
import sys
from ferry import Ferry
ferry = Ferry()
answers = [future.result() for future in [ferry.move(id) for id in sys.argv[1:]]]
print(*(answer["state"] for answer in answers))
print(ferry.move(sys.argv[1]).result()["state"], ferry.close(), ferry.process.returncode)
ferry = Ferry("--sample", "2")
try:
    ferry.move(sys.argv[1]).result()
except (RuntimeError, BrokenPipeError):
    print("ended")
END
cat >use.js <<'END'
const { Ferry } = require("./ferry.js");
(async () => {
  const ids = process.argv.slice(2);
  let ferry = new Ferry();
  const answers = await Promise.all(ids.map((id) => ferry.move(id)));
  console.log(answers.map((answer) => answer.state).join(" "));
  const again = await ferry.move(ids[0]);
  console.log(again.state, await ferry.close(), 0);
  ferry = new Ferry("--sample", "2");
  ferry.process.stdin.on("error", () => {});
  await ferry.move(ids[0]).catch(() => console.log("ended"));
})();
END

client()
{
    fresh
    # shellcheck disable=SC2046 # ids are words
    PATH="$(dirname "$THREADFERRY"):$PATH" PYTHONDONTWRITEBYTECODE=1 timeout 60 "$@" \
        $(head -n 3 ids) >printed 2>"$err"
    printf 'done done done\nalready_done 0 0\nended\n' | cmp -s - printed && return
    cat printed "$err"
    return 1
}

check demand-answers answers
check demand-in-flight in_flight
check demand-again again
check demand-again-settles again_settles
check demand-signalled signalled
check demand-unread unread
check demand-lock holds_the_lock
check demand-limit limited
check demand-column column
check demand-refused refused
check demand-whole-list whole_list
if command -v python3 >/dev/null; then
    check demand-client-python client python3 use.py
else
    echo "skip demand-client-python no python3 on this machine"
fi
if command -v node >/dev/null; then
    check demand-client-node client node use.js
else
    echo "skip demand-client-node no node on this machine"
fi
