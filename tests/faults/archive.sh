#!/bin/sh
# F10, F11: archives that are damaged or change, and output that cannot be written.
. tests/faults/lib.sh

mock_start --key "$canary_key" --generate threads=12,messages=3..40,seed=91
config <"$faults/world.yaml"
list_ids
check F10-archive-made ferry 0 export --threads ids -o whole.jsonl
cp migrate.yaml live.yaml
sed '/^source:/,/^destination:/{/^destination:/!d}' live.yaml >migrate.yaml
cat >>migrate.yaml <<'END'
source:
  type: archive
  path: ./threads.jsonl
END
cp whole.jsonl threads.jsonl
calm

# The thread of a line of the archive.
thread_of()
{
    sed -n "$1p" whole.jsonl | jq -r .thread_id
}

# names_place LINE: what failed is the thread of that line, by FILE:LINE, and nothing else.
spoilt()
{
    fresh </dev/null && ferry 1 migrate --threads ids --json && same "$1" &&
        [ "$(jq '.threads.failed' "$out")" -eq 1 ] && collect &&
        jq -e --arg one "$1" '.failures | length == 1 and .[0].thread_id == $one' status.json >/dev/null &&
        cat "$err" status.json | grep -q "threads.jsonl:[0-9]"
}
damaged()
{
    line=$1
    sed "$line$2" whole.jsonl >threads.jsonl
    spoilt "$(thread_of "$line")"
    result=$?
    cp whole.jsonl threads.jsonl
    return $result
}
middle=$(grep -n '"kind":"message"' whole.jsonl | sed -n 20p | cut -d: -f1)
check F10-line-cut damaged "$middle" 's/.\{20\}$//'
check F10-line-is-garbage damaged "$middle" 's/"object":{/"object":[/'
check F10-line-missing damaged "$middle" d

# The end of the file is missing at some byte: the last threads fail or wait, nothing else.
truncated()
{
    size=$(wc -c <whole.jsonl)
    for share in 25 50 75 95; do
        head -c $((size * share / 100)) whole.jsonl >threads.jsonl
        never_wrong </dev/null || return 1
        [ "$failures" -ge 1 ] || return 1
        cp whole.jsonl threads.jsonl
        resume && same || return 1
    done
}
check F10-truncated truncated

# Changed, truncated or gone while it is read: named, and the rest goes on.
while_read()
{
    fresh || return 1
    "$THREADFERRY" migrate --threads ids --concurrency 1 --json >"$out" 2>"$err" </dev/null &
    pid=$!
    wait_until grep -q '"done"' threadferry.checkpoint 2>/dev/null
    eval "$1"
    wait $pid
    got=$?
    case "|$2|" in *"|$got|"*) ;; *) echo "exit status $got"; cat "$err"; return 1 ;; esac
    cp whole.jsonl new && mv new threads.jsonl
    faults </dev/null && resume && same
}
slowly='{"match":{"method":"POST"},"do":"latency","ms":60}'
check F10-truncated-while-read while_read ': >threads.jsonl' '1|16' <<END
$slowly
END
check F10-changed-while-read while_read 'tr a-m n-z <whole.jsonl | cat >threads.jsonl' '1|16' <<END
$slowly
END
check F10-vanished-while-read while_read 'rm threads.jsonl' '0|1|16' <<END
$slowly
END
gone()
{
    rm threads.jsonl
    fresh </dev/null
    ferry '2|16' migrate --threads ids && says 'threads.jsonl' || return 1
    cp whole.jsonl threads.jsonl
    resume && same
}
check F10-not-there gone

# ---- F11 ----

# lost REDIRECTION [OPTION…]: this output goes nowhere; the job is done all the same, and the exit
# status tells.
lost()
{
    where=$1
    shift
    fresh </dev/null
    eval "\"\$THREADFERRY\" migrate --threads ids \"\$@\" </dev/null $where"
    got=$?
    [ $got -eq 16 ] || { echo "exit status $got"; return 1; }
    same
}
check F11-stdout-full lost ">/dev/full 2>'$err'" --json
check F11-stdout-closed lost ">&- 2>'$err'" --json
# The document tells the same.
lost_said()
{
    lost ">'$out' 2>'$err'" --json "$@" && [ "$(jq .exit.code "$out")" -eq 16 ] &&
        grep -q 'cannot write' "$err"
}
check F11-log-full lost_said --log-file /dev/full -v
check F11-report-unwritable lost_said --report /nonexistent/report.json
# That a thread has failed, or that something differs, does not hide it.
lost_and_failed()
{
    fresh </dev/null
    { cat ids && echo thread_nope; } >nope
    for command in 'migrate --json' 'verify' 'diff' 'convert'; do
        "$THREADFERRY" $command --threads nope </dev/null >/dev/full 2>"$err"
        got=$?
        [ $got -eq 16 ] && grep -qx 'threadferry: cannot write to standard output' "$err" ||
            { echo "exit status $got: $command"; cat "$err"; return 1; }
    done
}
check F11-stdout-full-and-failed lost_and_failed
# Where a file cannot even be opened, nothing begins.
unopened()
{
    fresh </dev/null && ferry 16 migrate --threads ids "$@" && [ "$(stats .commits.appends)" -eq 0 ]
}
check F11-log-unwritable unopened --log-file /nonexistent/log
# Nobody sees what it says: that is no reason not to work.
unheard()
{
    fresh </dev/null
    eval "\"\$THREADFERRY\" migrate --threads ids >'$out' </dev/null $1"
    case $? in 0 | 16) same ;; *) return 1 ;; esac
}
check F11-stderr-closed unheard "2>&-"
check F11-stderr-full unheard "2>/dev/full"

check O9-archive no_leaks
