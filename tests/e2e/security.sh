#!/bin/sh
# What docs/SECURITY.md claims and no other test shows: private files, links and
# pipes that are not followed, nothing fetched that a message names, a process
# that cannot be looked into, a hardened program.
. tests/e2e/lib.sh

key=$canary_key
words=canary-words-$$-83b1e46fd0
umask 000

configured()
{
    source_config compatible
}

# ---- files -----------------------------------------------------------------------

modes_are()
{
    wanted=$1
    shift
    for file; do
        [ "$(stat -c %a "$file")" = "$wanted" ] && continue
        echo "$file: mode $(stat -c %a "$file")"
        return 1
    done
}

files_are_private()
{
    mkdir private && cd private && configured || return 1
    ferry 0 migrate --threads ../ids --log-file run.log -v &&
        ferry 0 export --threads ../ids -o threads.jsonl &&
        ferry 0 diff --threads ../ids --format html -o diff.html &&
        ferry 0 assistants -o assistants && rm migrate.yaml && ferry 0 init &&
        modes_are 600 migrate.yaml threadferry.checkpoint run.log threads.jsonl diff.html assistants/* &&
        modes_are 700 assistants
    result=$?
    cd ..
    return $result
}

# refused_link LINK COMMAND…: LINK leads to a file that must stay as it is, or come to be.
refused_link()
{
    link=$1
    shift
    for target in precious missing; do
        rm -f missing "$link"
        echo precious >precious
        chmod 600 precious
        ln -s "$target" "$link"
        ferry 16 "$@" || return 1
        if [ "$(cat precious)" != precious ] || [ -e missing ] || [ ! -L "$link" ]; then
            ls -l
            return 1
        fi
    done
    rm -f "$link"
}

# A new configuration comes in the place of the link, not of what it leads to.
assistants_replace_links()
{
    mkdir saved && echo precious >precious
    id=$(curl -s "$MOCK/admin/source" | sed 's/.*"assistants"//' | grep -o 'asst_[A-Za-z0-9]*' | head -n 1)
    ln -s ../precious "saved/$id.json"
    ferry 0 assistants -o saved && [ ! -L "saved/$id.json" ] && [ "$(cat precious)" = precious ]
}

# A folder of foreign files: links lead nowhere, a pipe holds nobody up.
archive_links_and_pipes()
{
    mkdir export outside
    echo '{"id":"msg_1","thread_id":"thread_in","role":"user","content":"in"}' >export/in.jsonl
    echo '{"id":"msg_2","thread_id":"thread_out","role":"user","content":"out"}' >outside/out.jsonl
    ln -s ../outside/out.jsonl export/link.jsonl
    ln -s ../outside export/folder
    mkfifo export/pipe.jsonl
    ferry 0 convert --source-type archive --source-path export &&
        grep -q thread_in "$out" && ! grep -q thread_out "$out"
}

# A document that would have to be held whole is refused beyond 1 GiB, and the file beside it is read.
archive_document_too_large()
{
    mkdir large
    printf '[{"id":"msg_1","x":"' >large/large.json
    truncate -s 1100M large/large.json
    printf '"}]' >>large/large.json
    cp export/in.jsonl large/
    ferry 1 convert --source-type archive --source-path large &&
        grep -q 'large.json:1: a document or line of more than 1 GiB' "$err" && grep -q thread_in "$out"
    result=$?
    rm -r large
    return $result
}

# Ids that are paths: each file is in the folder and plain to see, whatever its id.
assistants_stay_inside()
{
    main_mock=$MOCK main_pid=$mock_pid
    cat >assistants.json <<'END'
{"threads":[],"assistants":[
 {"id":"../../elsewhere","object":"assistant","created_at":1,"name":"a","model":"m","instructions":"i","tools":[],"metadata":{}},
 {"id":"/etc/elsewhere","object":"assistant","created_at":2,"name":"b","model":"m","instructions":"i","tools":[],"metadata":{}},
 {"id":"up/elsewhere","object":"assistant","created_at":3,"name":"c","model":"m","instructions":"i","tools":[],"metadata":{}},
 {"id":"up?elsewhere","object":"assistant","created_at":4,"name":"d","model":"m","instructions":"i","tools":[],"metadata":{}},
 {"id":".hidden","object":"assistant","created_at":5,"name":"e","model":"m","instructions":"i","tools":[],"metadata":{}}]}
END
    # And some that are as long as ids can be.
    jq '.assistants += [range(245; 257) as $len | .assistants[0] |
        .id = "asst_" + "n" * ($len - 6) + "a", .id = "asst_" + "n" * ($len - 6) + "b"]' \
        assistants.json >longer.json
    mkdir -p deep/er
    mock_start --fixtures longer.json
    "$THREADFERRY" assistants -o deep/er/saved --source-base-url "$MOCK/v1" >"$out" 2>"$err"
    "$THREADFERRY" prune -n --assistants deep/er/saved --source-base-url "$MOCK/v1" >>"$out" 2>>"$err"
    mock_stop
    MOCK=$main_mock mock_pid=$main_pid
    saved=./deep/er/saved/
    [ "$(find . -name '*elsewhere*' -o -name '*hidden*' | sed 's/~[0-9a-f]*\.json$/~.json/' | sort | tr '\n' ' ')" = \
        "${saved}_._.._elsewhere~.json ${saved}_etc_elsewhere~.json ${saved}_hidden~.json ${saved}up_elsewhere~.json ${saved}up_elsewhere~.json " ] &&
        grep -q 'assistants: 29 equal' "$err" && return 0
    cat "$out" "$err"
    find . -newer assistants.json
    return 1
}

# ---- messages that name things ------------------------------------------------------

nothing_is_fetched()
{
    other=$(curl -s "$MOCK/admin/stats" | grep -o '"requests":[0-9]*' | head -n 1)
    cat >names.json <<END
{"id":"thread_names","messages":[{"id":"msg_1","role":"user","created_at":1,"content":[
 {"type":"image_url","image_url":{"url":"$MOCK/v1/threads/image"}},
 {"type":"image_url","image_url":{"url":"file:///etc/passwd"}},
 {"type":"text","text":{"value":"$MOCK/v1/x ../../etc/passwd","annotations":[]}}],
 "attachments":[{"file_id":"../../etc/passwd","tools":[]}]}]}
END
    ferry 0 convert --source-type archive --source-path names.json --mapping-attachments note &&
        ferry 0 diff --source-type archive --source-path names.json --format html &&
        grep -q 'threads/image' "$out" || return 1
    seen=$(curl -s "$MOCK/admin/stats" | grep -o '"requests":[0-9]*' | head -n 1)
    [ "$other" = "$seen" ] || { echo "before: $other, after: $seen"; return 1; }
    # What a page of ours could fetch by itself when it is opened.
    ! grep -qiE '<(img|script|link|iframe|object|embed)|url\(' "$out"
}

# A server's error may echo a message: it is seen at -v alone.
errors_echo_nothing()
{
    rm -f threadferry.checkpoint
    curl -s -X POST --data-binary '{"match":{"route":"append_items"},"do":"error","status":400,
        "body":{"error":{"message":"Invalid: '"$words"'","type":"x","param":null,"code":"'"$words"'"}}}' \
        "$MOCK/admin/faults" >/dev/null
    ferry 1 migrate --threads ids --log-file quiet.log
    ! grep -F "$words" "$out" "$err" quiet.log threadferry.checkpoint || return 1
    ferry 0 status && ! grep -F "$words" "$out" "$err" || return 1
    ferry 1 migrate --threads ids -v
    result=$?
    curl -s -X POST "$MOCK/admin/reset" >/dev/null
    [ $result -eq 0 ] && grep -qF "$words" "$err"
}

# ---- the process ---------------------------------------------------------------------

# What runs as somebody who is not root: root may look into everything.
as_user=
[ "$(id -u)" -ne 0 ] || as_user='setpriv --reuid=65534 --regid=65534 --clear-groups'

# The program in mid-run, waiting for a reply; its id is $running.
start_waiting()
{
    curl -s -X POST --data-binary '{"match":{"route":"list_messages"},"do":"mute_before"}' \
        "$MOCK/admin/faults" >/dev/null
    mkdir -m 777 waiting && chmod 755 "$work" && cp migrate.yaml ids waiting/ || return 1
    cd waiting || return 1
    # shellcheck disable=SC2086,SC3045 # a command with its options; dash has it
    (ulimit -c unlimited 2>/dev/null; exec $as_user "$THREADFERRY" migrate --threads ids \
        --timeout-ms 20000) \
        >"$out" 2>"$err" </dev/null &
    running=$!
    cd ..
    tries=200
    until curl -s "$MOCK/admin/stats" | grep -q '"list_messages":{"requests":[1-9]'; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || { cat "$err"; curl -s "$MOCK/admin/stats"; return 1; }
        sleep 0.05
    done
}

no_key_in_arguments()
{
    ! tr '\0' ' ' <"/proc/$running/cmdline" | grep -F "$key"
}

# Another process of the same user sees neither its environment nor its memory.
nobody_looks_in()
{
    # shellcheck disable=SC2086 # a command with its options
    for secret in environ mem maps; do
        if $as_user head -c 1 "/proc/$running/$secret" >/dev/null 2>denied; then
            echo "/proc/PID/$secret can be opened"
            return 1
        fi
    done
}

no_core()
{
    grep -qE '^Max core file size +0 +0 ' "/proc/$running/limits" || return 1
    kill -ABRT $running
    wait $running 2>/dev/null
    for core in waiting/core*; do
        [ ! -e "$core" ] || { echo "$core"; return 1; }
    done
}

# ---- the program ---------------------------------------------------------------------

hardened()
{
    readelf -hW "$THREADFERRY" | grep -q 'Type: *DYN' || { echo 'not position-independent'; return 1; }
    readelf -lW "$THREADFERRY" >headers
    grep -q GNU_RELRO headers || { echo 'no RELRO'; return 1; }
    readelf -dW "$THREADFERRY" | grep -qE 'BIND_NOW|FLAGS.*NOW' || { echo 'lazy binding'; return 1; }
    grep GNU_STACK headers | grep -q ' RW ' || { echo 'executable stack'; return 1; }
    readelf -sW "$THREADFERRY" >symbols
    grep -q __stack_chk_fail symbols || { echo 'no stack protector'; return 1; }
    grep -qE '__(memcpy|snprintf|vsnprintf|fprintf|printf)_chk' symbols || { echo 'not fortified'; return 1; }
}

# Every test and file that docs/SECURITY.md names is there.
claims()
{
    missing=0
    for claim in $(grep -oE '`[^` ]+`' "$top/docs/SECURITY.md" | tr -d '`' | sort -u); do
        case $claim in
        security-claims | *…*) continue ;;
        terminal-*) grep -q "^ *check $claim " "$top/tests/e2e/terminal.sh" ;;
        security-*) grep -q "^ *check $claim " "$top/tests/e2e/security.sh" ;;
        [A-Z][0-9] | [A-Z][0-9][0-9]) grep -qE "check $claim-" "$top"/tests/faults/*.sh ;;
        cli/* | archives/*) [ -d "$top/tests/$claim" ] ;;
        src/*.[ch] | tests/*) [ -e "$top/$claim" ] ;;
        *) continue ;;
        esac && continue
        echo "no such test or file: $claim"
        missing=1
    done
    return $missing
}

mock_start --generate threads=3,messages=1..5,seed=9
list_ids
configured

check security-claims claims
check security-files-are-private files_are_private
check security-checkpoint-is-no-link refused_link link.checkpoint migrate --threads ids --checkpoint link.checkpoint
check security-export-is-no-link refused_link link.jsonl export --threads ids -o link.jsonl
check security-assistants-replace-links assistants_replace_links
check security-archive-links-and-pipes archive_links_and_pipes
if [ "$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)" -lt 4000 ]; then
    echo "skip security-archive-document-too-large less than 4 GB of memory"
else
    check security-archive-document-too-large archive_document_too_large
fi
# The line that resumes a run is printed and written to reports: what a key command is told is not.
resume_without_command()
{
    for form in --destination-api-key-command= '--destination-api-key-command '; do
        set -- "[\"sh\",\"-c\",\"echo $canary_key\"]"
        case $form in
        *=) set -- "$form$1" ;;
        *) set -- "${form% }" "$1" ;;
        esac
        printf '%s\n' '{"id":"msg_1","thread_id":"thread_1","role":"user","content":"one"}' >one.jsonl
        rm -f one.checkpoint report.html
        : >empty.yaml
        "$THREADFERRY" -c empty.yaml migrate --source-type archive --source-path one.jsonl --checkpoint one.checkpoint \
            --destination-base-url http://127.0.0.1:1/v1 --max-attempts 1 "$@" --report report.html \
            --create inline >"$out" 2>"$err"
        [ $? -eq 17 ] && grep -q -- "--destination-api-key-command.*--report" "$err" &&
            ! grep -lF "$canary_key" "$err" "$out" report.html one.checkpoint || { cat "$err"; return 1; }
    done
}
check security-resume-without-command resume_without_command
check security-assistants-stay-inside assistants_stay_inside
check security-nothing-is-fetched nothing_is_fetched
check security-errors-echo-nothing errors_echo_nothing

if [ -n "$as_user" ] && ! $as_user true 2>/dev/null; then
    echo "skip security-process cannot become another user here"
elif [ -n "$as_user" ] && ! $as_user test -x "$THREADFERRY"; then
    echo "skip security-process the program is in a folder of root alone"
else
    check security-waiting start_waiting
    check security-no-key-in-arguments no_key_in_arguments
    check security-nobody-looks-in nobody_looks_in
    check security-no-core no_core
fi

# Sanitizers and coverage are built without.
if ! command -v readelf >/dev/null; then
    echo "skip security-hardened no readelf on this machine"
elif ! grep -qs FORTIFY_SOURCE "$(dirname "$THREADFERRY")/flags"; then
    echo "skip security-hardened this build is not meant to be"
else
    check security-hardened hardened
fi
