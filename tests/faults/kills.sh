#!/bin/sh
# P2: kill -9 at random moments, many threads in flight, faults in the way all the time. A job is
# killed over and over, ten times at most, then it goes on to its end, and what is at the server is
# compared exactly. KILLS=N says how often; only what really ended by the signal counts. SEED=N
# repeats the moments and the faults of a run, as far as the machine lets it.
. tests/faults/lib.sh

world --generate threads=40,messages=0..60,seed=101
seed=${SEED:-$$}
# What a dead process has sent may still be executed when the next one writes.
forgiven=concurrent_appends
# Longer than a busy machine keeps such a request waiting.
load='--concurrency 16 --settle-ms 200'

# in_the_way NUMBER: the faults of a job.
in_the_way()
{
    cat <<END
{"match":{"method":"POST","p":0.1,"seed":$1},"do":"reset_after"}
{"match":{"method":"POST","p":0.05,"seed":$(($1 + 1))},"do":"error_after","status":502}
{"match":{"route":"append_items","p":0.03,"seed":$(($1 + 2))},"do":"partial","count":5}
{"match":{"p":0.05,"seed":$(($1 + 3))},"do":"error","status":503}
{"match":{"p":0.02,"seed":$(($1 + 4))},"do":"error","error":"rate_limit","headers":{"Retry-After":null,"retry-after-ms":"30"}}
{"match":{},"do":"latency","ms":5}
END
}

# random NUMBER: seconds, the same for the same number.
random()
{
    awk -v seed="$1" 'BEGIN { srand(seed); rand(); printf "%.3f", rand() * 0.9 }'
}

# One job; adds to $killed and $early.
job()
{
    in_the_way $((seed + 10 * job)) | fresh || return 1
    moment=0
    while [ $moment -lt 10 ] && [ "$killed" -lt "$kills" ]; do
        moment=$((moment + 1))
        # shellcheck disable=SC2086 # options
        "$THREADFERRY" migrate --threads ids $load >"$out" 2>"$err" </dev/null &
        pid=$!
        sleep "$(random $((seed + 100 * job + moment)))"
        kill -KILL $pid 2>/dev/null
        wait $pid 2>/dev/null
        got=$?
        look_for_leaks migrate
        case $got in
        137) killed=$((killed + 1)) ;;
        0 | 1) early=$((early + 1)) && [ $got -ne 0 ] || break ;;
        *) echo "exit status $got" && cat "$err" && return 1 ;;
        esac
    done
    # shellcheck disable=SC2086 # options
    resume $load && same
}

kills()
{
    kills=${KILLS:-25} killed=0 early=0 job=0
    echo "P2: seed $seed, $kills kills"
    while [ "$killed" -lt "$kills" ]; do
        job || { echo "P2: job $job of seed $seed, after $killed kills"; return 1; }
        job=$((job + 1))
        echo "P2: seed $seed, job $job: $killed killed, $early came to an end before"
    done
}
check P2-killed-at-random kills

check O9-kills no_leaks
