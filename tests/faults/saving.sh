#!/bin/sh
# T2 to T8, T12: contents of files that threads name, saved once and whole, whatever the server says and
# wherever the program dies; what is not certain stays open.
# shellcheck disable=SC2016,SC2154 # jq has variables of its own
. tests/faults/lib.sh

mock_start --key "$canary_key" --generate threads=1,messages=1..1,images=0,attachments=0,annotations=0,runs=0
cat >quick.yaml <<END
source: {type: compatible, base_url: $MOCK/v1, api_key_env: TEST_KEY}
timeout_ms: 2000
concurrency: 8
END
cp quick.yaml migrate.yaml
echo thread_f >ids
number=0

# is WANT HAVE
is()
{
    [ "$1" = "$2" ] && return 0
    echo "'$2' instead of '$1'"
    return 1
}

# hold FILE…: a new thread at the source names these files as its images; objects of the fixture,
# whose ids begin with "file-@". Nothing is saved, and no faults.
hold()
{
    number=$((number + 1))
    echo "thread_f$number" >ids
    rm -rf saved saved.*
    printf '%s\n' "$@" | sed "s/file-@/file-$number/g" >held
    jq -s --arg thread "thread_f$number" '{threads: [{id: $thread, object: "thread", created_at: 1,
        metadata: {}, messages: [{id: "msg_1", object: "thread.message", created_at: 2, role: "user",
        thread_id: $thread, metadata: {}, attachments: [], content: [.[] | {type: "image_file",
        image_file: {file_id: .id}}]}]}], files: map(select(has("gone") | not))}' held | add_threads &&
        faults </dev/null
}

save()
{
    want=$1
    shift
    ferry "$want" export --threads ids -o saved --progress none "$@"
}

# states WORD…: of the files held, in their order; "open" where there is no line.
states()
{
    have=$(jq -r .id held | while read -r id; do
        jq -rs --arg id "$id" 'map(select(.file_id == $id).state) | if length > 1 then "twice"
            else .[0] // "open" end' saved.files/MANIFEST
    done | tr '\n' ' ')
    is "$* " "$have" && whole
}

# What is said to be saved is there under its digest, nothing else is; and where nothing is open the
# list is closed over all ids.
whole()
{
    jq -r 'select(.state == "saved") | "\(.sha256)  \(.sha256[:2])/\(.sha256)\(if .ext then "." + .ext
        else "" end)"' saved.files/MANIFEST | sort -u >want.sums
    [ ! -s want.sums ] || (cd saved.files && sha256sum --quiet -c ../want.sums) || return 1
    find saved.files -mindepth 1 ! -type d ! -name 'MANIFEST*' | wc -l >have.count
    is "$(grep -c . want.sums)" "$(cat have.count)" || return 1
    case $have in *open*) return ;; esac
    jq -r 'select(.kind == "file").file_id' saved.files/MANIFEST | sort >have.ids
    is "$(sha256sum <have.ids | cut -c1-64)" \
        "$(jq -rs '.[-1] | select(.kind == "files_end").sha256' saved.files/MANIFEST)"
}

png='\u0089PNG\r\n\u001a\n'
picture='{"id":"file-@a","content":"'$png'one"}'

# ---- T2: the program dies ----

three()
{
    hold "$picture" '{"id":"file-@b","content":["'$png'",["0123456789abcdef",20000]]}' \
        '{"id":"file-@c","purpose":"assistants"}'
}

# each OP ACTION: at every call in turn, as long as there are calls to disturb.
each()
{
    call=1
    while :; do
        three && shimmed "$1:$call:$call:$2" save '0|137' || return 1
        [ -s fired ] || break
        if ! save 0 || ! states saved saved not_downloadable; then
            echo "after $1 $call"
            return 1
        fi
        call=$((call + 1))
    done
    [ $call -gt 2 ]
}

# --json counts what became of them; a second run says the same of what is on record.
counted()
{
    counts='{"saved":2,"missing":{"not_downloadable":1},"open":0,"bytes":320019}'
    three && save 0 --json && is "$counts" "$(jq -c .files "$out")" &&
        save 0 --json && is "$counts" "$(jq -c .files "$out")" &&
        save 0 --json --files none && is null "$(jq -c .files "$out")"
}
check T3-counted-in-json counted

for action in kill torn after; do
    check T2-$action-at-each-write each write $action
done
for action in kill after; do
    check T2-$action-at-each-sync each sync $action
    check T2-$action-at-each-name each rename $action
done
check T2-kill-at-each-open each open kill
check T2-kill-at-each-request each send kill

# The list cut at each byte: what was a line is not asked for again, the rest is kept aside.
torn_list()
{
    three && save 0 && cp -r saved.files calm.files || return 1
    size=$(wc -c <calm.files/MANIFEST)
    cut=1
    while [ $cut -lt "$size" ]; do
        rm -rf saved.files && cp -r calm.files saved.files
        head -c $cut calm.files/MANIFEST >saved.files/MANIFEST
        if ! save 0 || ! states saved saved not_downloadable; then
            echo "cut at $cut"
            return 1
        fi
        cut=$((cut + 9))
    done
}
check T2-list-torn-anywhere torn_list

# A signal ends a download that would take an hour; the same command goes on.
signalled()
{
    hold '{"id":"file-@a","content":[["0123456789",100000]]}' &&
        echo '{"match":{"route":"get_content"},"do":"drip","bytes":300,"ms":100}' | faults || return 1
    "$THREADFERRY" export --threads ids -o saved --progress none --log-file saving.log >"$out" 2>"$err" &
    ferry=$!
    wait_until grep -q 'saving the contents' saving.log && wait_until [ -s saved.files/.part-0 ] &&
        kill -INT $ferry && wait $ferry
    is 130 $? && is '' "$(cat saved.files/MANIFEST)" && [ ! -e saved.files/.part-0 ] &&
        faults </dev/null && save 0 && states saved
}
check T2-signal-in-mid-download signalled

full_disk()
{
    for op in write:28 sync:5 rename:28; do
        call=1
        while :; do
            three && shimmed "${op%:*}:$call:$call:${op#*:}" save '0|16' || return 1
            [ -s fired ] || break
            save 0 && states saved saved not_downloadable || return 1
            call=$((call + 1))
        done
    done
}
check T2-disk-full-or-failing full_disk

# ---- T3: one file of many threads ----

once()
{
    hold "$picture" && rm -rf saved saved.files && curl -sf -X POST "$MOCK/admin/reset" >/dev/null
    jq -n --slurpfile file held '{threads: [range(1000) | "thread_m\(.)" as $id | {id: $id,
        object: "thread", created_at: 1, metadata: {}, messages: [{id: "msg_\(.)", object: "thread.message",
        created_at: 2, thread_id: $id, role: "user", metadata: {}, attachments: [], content: [{
        type: "image_file", image_file: {file_id: $file[0].id}}]}]}]}' | add_threads
    seq -f thread_m%g 0 999 >ids
    save 0 --concurrency 32 && states saved && is 1 "$(stats .routes.get_content.requests)" &&
        is 1 "$(stats .routes.get_file.requests)"
}
check T3-saved-once once

many()
{
    # shellcheck disable=SC2046 # objects without blanks
    hold $(seq 100 | sed 's/.*/{"id":"file-@m&","content":"&"}/') && save 0 --concurrency 32 &&
        is 101 "$(wc -l <saved.files/MANIFEST)" && whole
}
check T3-many-at-once many

# ---- T4: an outage stays open ----

outage()
{
    hold "$picture" '{"id":"file-@b","content":"two"}' &&
        echo "{\"match\":{\"route\":\"$1\",\"path\":\"a\"},$2}" | sed 's/"path":"a"/"path":"file-'$number'a"/' |
        faults && save 1 --max-attempts 2 && says ' 1 open; ' && states open saved &&
        ! grep -q files_end saved.files/MANIFEST && faults </dev/null && save 0 && states saved saved
}
check T4-object-503 outage get_file '"do":"error","error":"overloaded"'
check T4-contents-503 outage get_content '"do":"error","error":"overloaded"'
check T4-contents-500 outage get_content '"do":"error"'
check T4-contents-403 outage get_content '"do":"error","error":"forbidden"'
check T4-contents-409 outage get_content '"do":"error","error":"conflict"'
check T4-patience-429 outage get_content '"do":"error","error":"rate_limit","status":503'
check T4-silence outage get_content '"do":"stall","bytes":3'

# ---- T5: what servers say ----

# settles STATE FILE: without a fault.
settles()
{
    hold "$2" && save "$([ "$1" = open ] && echo 1 || echo 0)" && states "$1"
}

# A service that was switched off says nothing about its files, and refuses a key as any other.
switched_off()
{
    for route in get_file get_content; do
        hold "$picture" && faults <<END && save 1 && states open || return 1
{"match":{"route":"$route"},"do":"error","error":"forbidden","status":410}
END
    done
}
check T5-410 switched_off

key_refused()
{
    hold "$picture" && save 0 --files none && mv saved threads && faults <<'END' && ferry 13 export \
        --source-type archive --source-path threads --files-from compatible --threads ids -o saved --progress none
{"match":{"route":["get_file","get_content","list_files"]},"do":"error","error":"key"}
END
}
check T5-401 key_refused
check T5-gone settles not_found '{"id":"file-@a","gone":true}'
check T5-not-allowed settles not_downloadable '{"id":"file-@a","purpose":"user_data"}'
check T5-expired settles not_found '{"id":"file-@a","expires_at":1700000001}'
check T5-zero-bytes settles saved '{"id":"file-@a","content":""}'
check T5-bytes-null settles saved '{"id":"file-@a","bytes":null,"content":"x"}'
check T5-bytes-missing-by-type settles saved '{"id":"file-@a","bytes":"9","content":"x"}'
check T5-bytes-too-many settles open '{"id":"file-@a","bytes":9,"content":"x"}'
check T5-bytes-too-few settles open '{"id":"file-@a","bytes":1,"content":"xyz"}'
check T5-too-large settles too_large '{"id":"file-@a","bytes":536870913,"content":"x"}'
check T5-gzip settles saved '{"id":"file-@a","gzip":true,"content":"0123456789"}'
check T5-gzip-bytes-null settles saved '{"id":"file-@a","gzip":true,"bytes":null,"content":"0123456789"}'

# leaves STATE RULE: of a picture, with this fault in the way.
leaves()
{
    hold "$picture" && printf '%s\n' "$2" | faults &&
        save "$([ "$1" = open ] && echo 1 || echo 0)" --max-attempts 3 && states "$1" || return 1
    [ "$1" != open ] || { faults </dev/null && save 0 && states saved; }
}
check T5-cut leaves saved '{"match":{"route":"get_content","nth":1},"do":"truncate","bytes":5}'
check T5-cut-always leaves open '{"match":{"route":"get_content"},"do":"truncate","bytes":5}'
check T5-torn leaves saved '{"match":{"route":"get_content","nth":1},"do":"truncate","bytes":5,"wire":"torn"}'
check T5-drip leaves saved '{"match":{"route":"get_content"},"do":"drip","ms":5}'
check T5-page-of-a-proxy leaves open '{"match":{"route":"get_content"},"do":"error","error":"html","status":404}'
check T5-object-of-a-proxy leaves open '{"match":{"route":"get_file"},"do":"error","error":"html","status":404}'
check T5-400-of-a-proxy leaves open '{"match":{"route":"get_content"},"do":"error","error":"html","status":400}'
check T5-another-object leaves open '{"match":{"route":"get_file"},"do":"edit","body":"{\"id\":\"file-other\"}"}'
check T5-error-with-200 leaves open '{"match":{"route":"get_file"},"do":"edit","body":"{\"error\":{\"message\":\"m\"}}"}'
check T5-206 leaves open '{"match":{"route":"get_content"},"do":"edit","status":206}'
check T5-wrong-gzip leaves open \
    '{"match":{"route":"get_content"},"do":"edit","headers":{"Content-Encoding":"gzip"}}'
# 100 MB out of 100 kB, of a file of 11 bytes: broken off at once, and nothing of it stays.
check T5-gzip-bomb leaves open \
    '{"match":{"route":"get_content"},"do":"edit","gzip_bomb":100000000}'
check T5-ends-with-the-connection leaves open \
    '{"match":{"route":"get_content"},"do":"raw","body":"HTTP/1.1 200 OK\r\n\r\nabc"}'
check T5-chunked leaves saved '{"match":{"route":"get_content"},"do":"raw","body":["HTTP/1.1 200 OK\r\n'\
'Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nb\r\n'$png'one\r\n0\r\n\r\n"],"latin1":true}'
check T5-chunked-and-cut leaves open '{"match":{"route":"get_content"},"do":"raw","body":['\
'"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nb\r\n'$png'one\r\n"],"latin1":true}'

# Neither the key nor a request goes where a reply points to.
elsewhere()
{
    first=$MOCK
    mock_start
    echo '{"match":{"route":"get_content"},"do":"error","status":302,"headers":{"Location":"'"$MOCK"'/v1/x"}}' \
        >redirect
    second=$MOCK MOCK=$first
    hold "$picture" && faults <redirect && save 1 && states open &&
        is 0 "$(curl -sf "$second/admin/stats" | jq .requests)"
}
check T5-302-to-another-host elsewhere

# A service without files says nothing about any of them.
no_service()
{
    first=$MOCK
    mock_start --quirk no_files --generate threads=1,messages=2..2,images=100,runs=0
    sed "s|$first|$MOCK|" quick.yaml >migrate.yaml
    list_ids
    rm -rf saved saved.files
    save 1 && says 'the service has no files' && is 0 "$(stats '.routes.get_file.requests // 0')" &&
        ! [ -s saved.files/MANIFEST ] && save 0 --files none
    status=$?
    MOCK=$first
    cp quick.yaml migrate.yaml
    return $status
}
check T5-no-files-at-all no_service

# ---- T7, T8: names and contents ----

names()
{
    long=$(printf '%010000d' 0)
    hold '{"id":"file-@a","filename":"../../x","content":"1"}' \
        '{"id":"file-@b","filename":"a\r\nX-Key: b","content":"2"}' \
        '{"id":"file-@c","filename":"'"$long"'","content":"3"}' \
        '{"id":"file-@d","filename":"\u202egnp.exe","purpose":"\u001b]52;c;eA==\u0007","content":"4"}' \
        '{"id":"file-@e","filename":"a\u0000b","content":"5"}' && save 0 &&
        states saved saved saved saved saved && is 2 "$(find . -name 'saved*' -prune | wc -l)"
}
check T7-names names

bad_ids()
{
    hold '{"id":"..","gone":true}' '{"id":"file-a/../b","gone":true}' '{"id":"a b?c#d","gone":true}' \
        '{"id":"file-@\r\n","gone":true}' "$picture" && save 0 &&
        says '4 with an id that no service issues' && whole &&
        is 1 "$(jq -s 'map(select(.kind == "files_end"))[-1].ids' saved.files/MANIFEST)"
}
check T7-ids bad_ids

kinds()
{
    hold '{"id":"file-@a","filename":"a.png","content":"<!DOCTYPE html>"}' \
        '{"id":"file-@b","filename":"b.txt","content":"'$png'"}' \
        '{"id":"file-@c","filename":"c.png","content":"{\"kind\":\"thread\"}"}' && save 0 &&
        states saved saved saved && is 'null png null ' \
        "$(jq -r 'select(.kind == "file") | "\(.file_id) \(.ext)"' saved.files/MANIFEST | sort |
            cut -d ' ' -f 2 | tr '\n' ' ')"
}
check T8-contents-decide kinds

# ---- T9: contents are no threads ----

archive='{"kind":"thread","thread_id":"thread_evil","object":null}\n{"kind":"message","thread_id":"thread_evil",'\
'"object":{"id":"msg_e","role":"user","content":"evil"}}\n'\
'{"kind":"end","thread_id":"thread_evil","messages":1,"runs":0,"run_steps":0,"losses":{}}\n'

not_threads()
{
    hold "$(jq -cn --arg archive "$(printf %b "$archive")" \
        '{id: "file-@x", filename: "a.jsonl", content: ($archive + "\n")}')" "$picture" && save 0 &&
        states saved saved && evil=$(find saved.files -type f ! -name '*.png' ! -name MANIFEST) &&
        ferry 0 convert --source-type archive --source-path "$evil" &&
        is thread_evil "$(jq -r .thread_id "$out")" || return 1
    rm -rf folder && mkdir folder && cp -r saved saved.files folder && mv folder/saved.files folder/moved &&
        cp -r saved.files folder
    "$THREADFERRY" inventory --source-type archive --source-path folder --json >"$out" 2>"$err" &&
        is "0 6 thread_f$number" "$(jq -r '"\(.ledger.unread) \(.ledger.passed_over["saved contents"])"' \
            "$out") $("$THREADFERRY" convert --source-type archive --source-path folder 2>"$err" | jq -r .thread_id)" &&
        is '[2,0,0,0,0]' "$(jq -c '.saved_files | [.saved, .not_found, .not_downloadable, .too_large, .unsaved]' \
            "$out")"
}
check T9-saved-archive-is-no-archive not_threads

# ---- T12: the list itself ----

# looks LEVEL WORDS: what doctor says of the folder.
looks()
{
    "$THREADFERRY" doctor --source-type archive --source-path saved --json >"$out" 2>"$err"
    is "$1" "$(jq -r '.checks[] | select(.check == "files").result' "$out")" &&
        jq -r '.checks[] | select(.check == "files").detail' "$out" | grep -qF "$2"
}

told_by_doctor()
{
    hold "$picture" '{"id":"file-@b","bytes":9,"content":"x"}' && save 1 && looks warn 'not closed' || return 1
    hold "$picture" && save 0 && looks ok '1 file, nothing open' || return 1
    sed -i 's/"ids":1/"ids":2/' saved.files/MANIFEST && looks warn 'does not fit' || return 1
    truncate -s 3 saved.files/*/* && looks fail '1 file of' && rm -r saved.files/?? &&
        looks fail '1 file of' && echo x >>saved.files/MANIFEST && looks fail 'line 3'
}
check T12-doctor-looks told_by_doctor

refused()
{
    hold "$picture" && save 0 || return 1
    echo "$2" >>saved.files/MANIFEST
    cksum saved.files/MANIFEST >before
    save "$1" && cksum saved.files/MANIFEST | cmp -s before -
}
check T12-line-of-somebody-else refused 2 '{"kind":"thread","thread_id":"t","object":{}}'
check T12-garbage refused 2 'x'

locked()
{
    hold "$picture" && save 0 || return 1
    flock saved.files/MANIFEST "$THREADFERRY" export --threads ids -o saved --files all >"$out" 2>"$err"
    is 10 $? && states saved
}
check T12-locked locked

linked()
{
    hold "$picture" && mkdir saved.files && echo precious >precious &&
        ln -s ../precious saved.files/MANIFEST && save 16 && is precious "$(cat precious)" &&
        rm saved.files/MANIFEST && ln -s ../ saved.files/"$(printf '%s' "$(printf '\211PNG\r\n\032\none' |
        sha256sum | cut -c1-2)")" && save 16 && is precious "$(cat precious)"
}
check T12-links linked

check O9-saving no_leaks
