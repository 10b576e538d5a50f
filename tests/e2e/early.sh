#!/bin/sh
# Runs that end before their first thread: the exit status says why, and --json
# has its one document all the same.
. tests/e2e/lib_truth.sh

mock_start --generate "threads=5,messages=1..3,seed=4,$text" --quirk lists_threads
source_config compatible
list_ids

early()
{
    is "$1 0" "$(jq -s '.[0].exit.code, length - 1' "$out" | xargs)"
}

# No thread is to blame for a list that cannot be read.
list_refused()
{
    echo '{"match":{"route":"list_threads"},"do":"error","status":404}' | rules
    ferry 2 migrate --all --json && early 2 && is 1 "$(jq .requests.source "$out")" || return 1
    echo '{"match":{"route":"list_threads"},"do":"error","status":400}' | rules
    ferry 3 migrate --all --json && early 3 && is 1 "$(jq .requests.source "$out")" &&
        ferry 3 migrate -n --all --json && early 3 && is 1 "$(jq .requests.source "$out")" &&
        ferry 3 inventory --all
}

list_forbidden()
{
    echo '{"match":{"route":"list_threads"},"do":"error","error":"forbidden"}' | rules
    ferry 13 migrate --all --json && early 13
}

# A signal while the list is waited for.
list_interrupted()
{
    echo '{"match":{"route":"list_threads"},"do":"mute_before"}' | rules
    "$THREADFERRY" migrate --all --json >stopped.out 2>/dev/null </dev/null &
    waiting=$!
    for _ in $(seq 200); do
        [ "$(curl -sf "$MOCK/admin/stats" | jq .requests)" -ge 1 ] && break
        sleep 0.05
    done
    kill -TERM $waiting
    wait $waiting
    is 143 $? && is 143 "$(jq .exit.code stopped.out)"
}

# One line for each thread that failed, whatever its reason is.
reason_of_one_line()
{
    echo '{"match":{"route":"get_thread"},"do":"error","status":302}' | rules
    ferry 1 migrate --threads ids && is 5 "$(grep -c 'HTTP 302' "$err")" && ! grep -q x0a "$err"
}

other_job()
{
    echo | rules
    ferry 0 migrate --threads ids && ferry 12 migrate --threads ids --shard 1/2 --json && early 12
}

check list-interrupted list_interrupted
check list-refused list_refused
check list-forbidden list_forbidden
check reason-of-one-line reason_of_one_line
check other-job other_job
