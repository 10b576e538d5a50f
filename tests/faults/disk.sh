#!/bin/sh
# F3, F4: each call that writes fails in turn, with each errno that makes sense, until one run comes
# through untouched. The exit status is 16, nothing acknowledged is lost, a resume does the rest.
. tests/faults/lib.sh

world --generate threads=3,messages=1..45,seed=72,runs=0
# Used through eval.
# shellcheck disable=SC2034,SC2154
EIO=5 EINTR=4 ENOSPC=28 EDQUOT=122 EFBIG=27 EACCES=13 EMFILE=24 ENFILE=23 EPERM=1 EXDEV=18 EROFS=30 ENOMEM=12
prepared=

# each OP ERRNO STATUSES STEP: see kill.sh; what fails there ends the run with that status.
each()
{
    op=$1 action=$2 statuses=$3 step=$4
    number=1
    while :; do
        fresh </dev/null || return 1
        [ -z "$prepared" ] || cp "$prepared" threadferry.checkpoint
        if ! shimmed "$op:$number:$number:$action" ferry "0|$statuses" migrate --threads ids; then
            echo "at $op $number"
            return 1
        fi
        [ -s fired ] || break
        if [ "$got" -ne 0 ] && ! grep -q '^threadferry: ' "$err"; then
            echo "at $op $number: no message"
            return 1
        fi
        if ! resume || ! same; then
            echo "after $op $number, exit status $got"
            return 1
        fi
        number=$((number + step))
    done
    [ "$number" -gt "$step" ] && same
}

# for_ever OP ERRNO: from the first call on.
for_ever()
{
    fresh </dev/null && shimmed "$1:$2:0:$3" ferry 16 migrate --threads ids &&
        [ "$(stats .commits.appends)" -eq 0 ] && resume && same
}

check F3-sync-each-EIO each sync $EIO 16 1
check F3-sync-each-EINTR each sync $EINTR '16' 1
check F3-sync-always-EIO for_ever sync 1 $EIO
check F3-sync-always-from-the-third-EIO for_ever sync 3 $EIO
check F3-write-each-short each write short '0' 1
check F3-write-each-EINTR each write $EINTR '0' 1
check F3-write-each-EIO each write $EIO 16 1
for word in ENOSPC EDQUOT EFBIG; do
    eval "errno=\$$word"
    check F4-write-each-$word each write "$errno" 16 1
    check F4-sync-each-$word each sync "$errno" 16 2
    check F4-write-always-$word for_ever write 1 "$errno"
done
# RLIMIT_FSIZE, a block or two: an error like that of a full disk, not the end by SIGXFSZ.
limited()
{
    fresh </dev/null && (ulimit -f 2 && ferry 16 migrate --threads ids && says 'File too large') && resume && same
}
check F4-limit-on-the-size-of-files limited
check F3-sync-each-EROFS each sync $EROFS 16 2
for word in ENOSPC EDQUOT EROFS EXDEV; do
    eval "errno=\$$word"
    check F4-name-each-$word each rename "$errno" 16 1
done
for word in EPERM EACCES EIO EINTR; do
    eval "errno=\$$word"
    check F3-name-each-$word each rename "$errno" 16 1
done
for word in EMFILE ENFILE EACCES EIO ENOSPC EROFS ENOMEM; do
    eval "errno=\$$word"
    check F3-open-each-$word each open "$errno" '2|3|16' 1
done
check F3-open-each-EINTR each open $EINTR '2|3|16' 1

# A torn tail is cut when the job goes on: there truncation comes in, and may fail as well.
torn_tail()
{
    fresh </dev/null && shimmed write:5:5:torn ferry 137 migrate --threads ids || return 1
    cp threadferry.checkpoint torn
    prepared=torn
    ferry 0 migrate --threads ids && says 'unfinished write'
}
# The resumed run writes into conversations that a reset forgets: only the file is judged here.
each_truncate()
{
    number=1
    while :; do
        cp torn threadferry.checkpoint
        shimmed "$1:$number:$number:$2" ferry "0|1|16" migrate --threads ids || return 1
        [ -s fired ] || break
        ferry '0|1' migrate --threads ids || return 1
        number=$((number + 1))
    done
    [ $number -gt 1 ] && ferry '0|1' migrate --threads ids
}
check F3-torn-tail-made torn_tail
for word in EIO ENOSPC EINTR EROFS EPERM; do
    eval "errno=\$$word"
    check F3-truncate-each-$word each_truncate truncate "$errno"
    check F4-write-each-$word-while-repairing each_truncate write "$errno"
done

# The same of an archive: what an export has finished stays, the next one does the rest.
# The lines that count: of each thread those from its last `thread` line on.
newest()
{
    jq -cn '[inputs] | reduce .[] as $line ({};
        if $line.kind == "thread" then .[$line.thread_id] = [$line]
        else .[$line.thread_id // "none"] += [$line] end) | .[][]' "$1" | sort
}
same_archive()
{
    newest some.jsonl >some.newest && newest all.jsonl | cmp - some.newest
}

each_export()
{
    number=1
    while :; do
        rm -f some.jsonl
        if ! shimmed "$1:$number:$number:$2" ferry "${export_statuses:-0|2|3|16}" export \
            --threads ids --concurrency 1 -o some.jsonl; then
            echo "at $1 $number"
            return 1
        fi
        [ -s fired ] || break
        if ! ferry 0 export --threads ids --concurrency 1 -o some.jsonl || ! same_archive; then
            echo "after $1 $number"
            return 1
        fi
        number=$((number + 1))
    done
    [ $number -gt 1 ] && same_archive
}
each_export_killed()
{
    export_statuses='0|137' each_export "$@"
}
check F4-export-made ferry 0 export --threads ids --concurrency 1 -o all.jsonl
for word in ENOSPC EIO; do
    eval "errno=\$$word"
    for op in write sync rename open; do
        check F4-export-$op-each-$word each_export $op "$errno"
    done
done
check F3-export-write-each-short each_export write short
check F3-export-write-each-EINTR each_export write $EINTR
for op in write sync; do
    check F1-export-kill-at-each-$op each_export_killed $op kill
done
check F1-export-torn-at-each-write each_export_killed write torn

# What is written whole is there whole or not at all, with nothing beside it and the system's own reason.
each_whole()
{
    op=$1 action=$2
    shift 2
    number=1
    while :; do
        rm -rf written
        mkdir written
        shimmed "$op:$number:$number:$action" ferry '0|16' "$@" || return 1
        [ -s fired ] || break
        if find written -type f ! -name '*.json' | grep . ||
            ! find written -type f -exec jq -e 'type == "object"' {} + >/dev/null ||
            { [ "$got" -ne 0 ] && ! says 'No space left'; }; then
            echo "at $op $number, exit status $got"
            return 1
        fi
        number=$((number + 1))
    done
    [ "$number" -gt 1 ]
}
fresh </dev/null
check F4-report-made ferry 0 migrate --threads ids
for op in write sync rename; do
    check F4-report-$op-each each_whole $op $ENOSPC migrate --threads ids --report written/report.json
    check F4-assistants-$op-each each_whole $op $ENOSPC assistants -o written
done
check F3-report-write-each-short each_whole write short migrate --threads ids --report written/report.json
check F3-assistants-write-each-short each_whole write short assistants -o written

check O9-disk no_leaks
