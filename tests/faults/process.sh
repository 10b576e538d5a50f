#!/bin/sh
# P: signals, kills, and a machine that runs out of things.
. tests/faults/lib.sh

world --generate threads=8,messages=10..45,seed=101
slow='{"match":{},"do":"latency","ms":150}'

# begin OPTION…: a run in the background; $pid.
begin()
{
    "$THREADFERRY" migrate --threads ids --concurrency 2 "$@" >"$out" 2>"$err" </dev/null &
    pid=$!
}
busy()
{
    [ "$(stats .requests)" -ge "$1" ]
}
ended()
{
    wait $pid
    got=$?
    look_for_leaks migrate
    case "|$1|" in *"|$got|"*) return 0 ;; esac
    echo "exit status $got instead of $1"
    cat "$err"
    return 1
}
on_with_it()
{
    faults </dev/null && resume && same
}

# ---- P1 ----

# Once: what is in flight is finished, the summary says how to go on.
once()
{
    echo "$slow" | fresh && begin && wait_until busy 12 && kill -"$1" $pid && ended "$2" &&
        says "To resume, run:" && says "remaining" && on_with_it
}
# Twice: at once, whatever is in flight.
twice()
{
    echo '{"match":{},"do":"latency","ms":1500}' | fresh && begin && wait_until busy 2 || return 1
    started=$(date +%s)
    kill -"$1" $pid
    sleep 0.1
    kill -"$1" $pid
    ended "$2" && most seconds $(($(date +%s) - started)) 1 && on_with_it
}
check P1-SIGINT-once once INT 130
check P1-SIGTERM-once once TERM 143
check P1-SIGHUP-once once HUP 129
check P1-SIGINT-twice twice INT 130
check P1-SIGTERM-twice twice TERM 143

# At any moment of the start: by itself, or drained, or too late.
at_start()
{
    for delay in 0 0.001 0.002 0.004 0.006 0.008 0.012 0.02; do
        echo "$slow" | fresh
        begin
        sleep $delay
        kill -TERM $pid 2>/dev/null
        ended '143|0' || return 1
    done
    on_with_it
}
check P1-during-start at_start
during_recovery()
{
    for delay in 0.001 0.003 0.005 0.008 0.02; do
        fresh </dev/null && shimmed write:6:6:torn ferry 137 migrate --threads ids || return 1
        echo "$slow" | faults
        begin
        sleep $delay
        kill -TERM $pid 2>/dev/null
        ended "143|0" && on_with_it || return 1
    done
}
forgiven=concurrent_appends
check P1-during-recovery during_recovery
forgiven=
status_asked()
{
    echo "$slow" | fresh && begin && wait_until busy 6 && kill -USR1 $pid && ended 0 && says 'status:' && same
}
check P1-SIGUSR1-tells status_asked
# Of every other command that works on one thread after the other.
status_of()
{
    echo "$slow" | faults && before=$(stats .requests) || return 1
    "$THREADFERRY" "$@" --threads ids --concurrency 2 >"$out" 2>"$err" </dev/null &
    pid=$!
    wait_until busy $((before + 6)) && kill -USR1 $pid && ended 0 && says 'status:'
}
check P1-SIGUSR1-verify status_of verify
check P1-SIGUSR1-export status_of export -o saved.jsonl
check P1-SIGUSR1-rollback status_of rollback --yes

# hangs COMMAND…: a question that is not answered, not of a thread, is given up at once; a wish for
# the status before it changes nothing.
hangs()
{
    echo '{"match":{},"do":"latency","ms":30000}' | fresh || return 1
    started=$(date +%s)
    "$THREADFERRY" "$@" --timeout-ms 30000 >"$out" 2>"$err" </dev/null &
    pid=$!
    wait_until busy 1 && kill -USR1 $pid && kill -INT $pid && ended 130 && says interrupted &&
        most seconds $(($(date +%s) - started)) 10
}
check P1-SIGINT-while-listing hangs migrate --all
check P1-SIGINT-assistants hangs assistants -o saved
check P1-SIGINT-doctor hangs doctor

# reads STATUS SIGNAL COMMAND…: standard input that does not come is not waited for after a signal.
# What is not the program yet, between fork and exec, catches them as the shell does.
catches_signals()
{
    [ "$(sed -n 's/^Name:[[:space:]]*//p' /proc/$pid/status)" = threadferry ] &&
        [ $((0x$(sed -n 's/^SigCgt:[[:space:]]*//p' /proc/$pid/status) & 0x4000)) -ne 0 ]
}
reads()
{
    want=$1 signal=$2
    shift 2
    rm -f silence
    mkfifo silence
    exec 8<>silence
    "$THREADFERRY" "$@" >"$out" 2>"$err" <silence 8<&- &
    pid=$!
    wait_until catches_signals && kill -"$signal" $pid && wait_until test -s "$err" &&
        ended "$want" && says interrupted && return 0
    kill -KILL $pid 2>/dev/null
    return 1
}
# Nor is the other end of a pipe with a name.
named()
{
    rm -f named
    mkfifo named
    started=$(date +%s)
    "$THREADFERRY" "$@" >"$out" 2>"$err" </dev/null &
    pid=$!
    wait_until catches_signals && sleeps && kill -INT $pid && ended 130 && says interrupted &&
        most seconds $(($(date +%s) - started)) 10 && return 0
    kill -KILL $pid 2>/dev/null
    return 1
}
sleeps()
{
    wait_until grep -q '^State:[[:space:]]*S' /proc/$pid/status
}
for pipe in 'list convert --threads' 'configuration config check -c' 'archive convert --source-type archive --source-path' \
    'log config check --log-file' 'output diff --threads ids --format html -o'; do
    # shellcheck disable=SC2086 # a name and a command
    set -- $pipe named
    name=$1
    shift
    check "P1-SIGINT-$name-is-a-pipe" named "$@"
done
check P1-SIGINT-archive-on-stdin reads 130 INT convert --source-type archive --source-path -
check P1-SIGTERM-archive-on-stdin reads 143 TERM convert --source-type archive --source-path -
check P1-SIGINT-list-on-stdin reads 130 INT convert --threads -
check P1-SIGTERM-list-on-stdin reads 143 TERM convert --threads -
exec 8<&-

# ---- P3, P4 ----

stopped()
{
    echo "$slow" | fresh && begin --timeout-ms 400 && wait_until busy 10 && kill -STOP $pid || return 1
    sleep 1
    kill -CONT $pid
    ended 0 && same
}
check P3-stopped-longer-than-the-time-out stopped
pipe_closed()
{
    fresh </dev/null
    { "$THREADFERRY" migrate --threads ids --json 2>"$err" </dev/null; echo $? >code; } | true
    [ "$(cat code)" -eq 16 ] || { echo "exit status $(cat code)"; return 1; }
    same
}
check P4-stdout-is-a-closed-pipe pipe_closed
# Commands that only print end as programs in a pipeline do, and say nothing.
prints_only()
{
    fresh </dev/null && ferry 0 migrate --threads ids && mkfifo unread || return 1
    exec 3<>unread 4>unread 3>&-
    for command in mapping 'mapping --format jsonl' status 'status --json' 'diff --threads ids' \
        'diff --threads ids --format jsonl' 'convert --threads ids' 'inventory --threads ids' verify \
        'verify --json' doctor 'config check' 'config check --json' 'completion bash' 'init -n' \
        --help 'migrate --help' --version 'migrate --dry-run --json --threads ids'; do
        # shellcheck disable=SC2086 # a command with its options
        "$THREADFERRY" $command >&4 2>"$err" </dev/null
        got=$?
        [ $got -eq 141 ] && ! grep -q 'cannot write' "$err" && continue
        echo "exit status $got: $command" && cat "$err"
        exec 4>&-
        return 1
    done
    fresh </dev/null
    "$THREADFERRY" migrate --threads ids --json >&4 2>"$err" </dev/null
    got=$?
    exec 4>&-
    [ $got -eq 16 ] && same
}
check P4-commands-that-only-print prints_only
stderr_pipe_closed()
{
    fresh </dev/null
    { { "$THREADFERRY" migrate --threads ids -v </dev/null >"$out"; echo $? >code; } 2>&1; } | true
    same
}
check P4-stderr-is-a-closed-pipe stderr_pipe_closed

# ---- P6, P7, P8 ----

few_descriptors()
{
    for limit in 3 4 5 6 7 8 9 10 11 12 14 16 20; do
        fresh </dev/null
        # 127: the loader of the program had none left.
        UNDER="prlimit --nofile=$limit"
        ferry "0|1|2|3|16|17|127" migrate --threads ids --max-attempts 2
        result=$?
        UNDER=
        [ $result -eq 0 ] && [ -s "$err" ] && resume && same || { echo "with $limit"; return 1; }
    done
}
check P6-few-descriptors few_descriptors

second()
{
    echo "$slow" | fresh && begin && wait_until busy 6 && cp "$out" first.out || return 1
    "$THREADFERRY" migrate --threads ids >second.out 2>second.err </dev/null
    code=$?
    ended 0 && same && [ $code -eq 10 ] && grep -qw $pid second.err && return 0
    echo "exit status $code: $(cat second.err)"
    return 1
}
check P7-second-process second

# As process 1 of a container whose only writable place is this folder.
contained()
{
    fresh </dev/null || return 1
    unshare --user --map-root-user --mount --pid --fork sh -c '
        mount --make-rprivate / && mount --bind . . && mount -o remount,bind,ro / &&
        cd "$PWD" && exec env -i TEST_KEY="$TEST_KEY" LC_ALL=C "$THREADFERRY" migrate --threads ids' \
        >"$out" 2>"$err" || { cat "$err"; return 1; }
    same
}
signalled()
{
    echo "$slow" | fresh || return 1
    unshare --user --map-root-user --pid --fork --kill-child env -i TEST_KEY="$TEST_KEY" LC_ALL=C \
        "$THREADFERRY" migrate --threads ids --concurrency 1 >"$out" 2>"$err" </dev/null &
    pid=$!
    wait_until busy 10
    kill -TERM "$(cat /proc/$pid/task/$pid/children)" && ended 143 && on_with_it
}
bare()
{
    fresh </dev/null && env -i TEST_KEY="$TEST_KEY" LC_ALL=C "$THREADFERRY" migrate --threads ids \
        >"$out" 2>"$err" </dev/null && same
}
if unshare --user --map-root-user --mount --pid --fork true 2>/dev/null; then
    check P8-process-1-on-a-read-only-root contained
    check P8-process-1-and-SIGTERM signalled
else
    echo 'skip P8-process-1-on-a-read-only-root no user namespaces; P8-bare-environment stands in'
fi
check P8-bare-environment bare

# Last, because its threads are gone at the source afterwards.
pruning()
{
    fresh </dev/null && resume && status_of prune --yes --with-losses
}
check P1-SIGUSR1-prune pruning

check O9-process no_leaks
