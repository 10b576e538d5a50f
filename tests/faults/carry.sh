#!/bin/sh
# Contents of files inside items (T1, T6, T10, T11): every picture that is at the
# destination has the bytes that were saved, once, whatever is lost on the way.
. tests/faults/lib.sh

# picture ID BYTES: a file that begins like a PNG, saved beside the archive.
picture()
{
    { printf '\211PNG\r\n\032\n'; head -c "$2" /dev/urandom; } >picture.png
    sum=$(sha256sum <picture.png | cut -d ' ' -f 1)
    place=export.jsonl.files/$(printf %.2s "$sum")/$sum.png
    mkdir -p "${place%/*}"
    mv picture.png "$place"
    echo "$1 $sum $place" >>pictures
    printf '{"kind":"file","file_id":"%s","state":"saved","bytes":%d,"sha256":"%s","ext":"png","object":{"id":"%s"}}\n' \
        "$1" "$(wc -c <"$place")" "$sum" "$1" >>export.jsonl.files/MANIFEST
}

# thread ID FILE…: a question with these files, and two messages more.
thread()
{
    id=$1
    shift
    jq -cn --arg id "$id" --args '{thread_id: $id, id: "msg_\($id)_1", object: "thread.message",
        created_at: 1700000001, role: "user", content: ([$ARGS.positional[] |
            {type: "image_file", image_file: {file_id: .}}] + [{type: "text", text: {value: "see", annotations: []}}])},
        {thread_id: $id, id: "msg_\($id)_2", object: "thread.message", created_at: 1700000002,
            role: "assistant", content: [{type: "text", text: {value: "I see", annotations: []}}]},
        {thread_id: $id, id: "msg_\($id)_3", object: "thread.message", created_at: 1700000003,
            role: "user", content: [{type: "text", text: {value: "thanks", annotations: []}}]}' -- "$@" >>export.jsonl
}

# Nothing is there but the mock, and these faults.
anew()
{
    rm -rf threadferry.checkpoint export.jsonl export.jsonl.files pictures
    mkdir export.jsonl.files
    curl -sf -X POST "$MOCK/admin/reset" >/dev/null && faults
}

# The save is closed over all pictures.
closed()
{
    printf '{"kind":"files_end","ids":%d,"sha256":"%s"}\n' "$(wc -l <pictures)" \
        "$(cut -d ' ' -f 1 pictures | LC_ALL=C sort | sha256sum | cut -d ' ' -f 1)" \
        >>export.jsonl.files/MANIFEST
}

# The digests of all pictures at the destination, one a line, sorted.
carried()
{
    curl -sf "$MOCK/admin/dump" | jq -r '.conversations[] | select(.deleted | not) | .items[] |
        .content[]? | .image_url? // empty | sub("^data:image/png;base64,"; "")' |
        while read -r base64; do
            printf %s "$base64" | base64 -d | sha256sum | cut -d ' ' -f 1
        done | sort
}

all_carried()
{
    carried >have
    cut -d ' ' -f 2 pictures | sort >want
    cmp -s have want && return
    echo "$(wc -l <have) pictures instead of $(wc -l <want)"
    return 1
}

items()
{
    curl -sf "$MOCK/admin/dump" | jq '[.conversations[] | select(.deleted | not) | .items[]] | length'
}

two_threads()
{
    picture file-a "$1" && picture file-b "$1" && picture file-c 100 && closed
    thread thread_1 file-a
    thread thread_2 file-b file-c
}

# T1: the reply to ten megabytes is lost, on a new connection and on one that was used before.
lost_reply()
{
    anew <<'END' || return 1
{"match":{"route":"append_items","per":"id","first":1},"do":"reset_after"}
END
    two_threads 10000000
    ferry 0 migrate && all_carried && is 6 "$(items)" && ferry 0 verify &&
        grep -q 'reading back 2 threads; 3 images with 20 MB are inside' "$err" &&
        ferry 0 verify --against checkpoint --sample 1 && ferry 0 migrate && is 6 "$(items)"
}

cut_while_sending()
{
    anew <<'END' || return 1
{"match":{"route":"append_items","per":"id","first":1},"do":"reset_early"}
END
    two_threads 10000000
    ferry 0 migrate && all_carried && is 6 "$(items)"
}

# Contents may take longer than a reply: nobody looks before they can have been sent.
slow_line()
{
    anew <<'END' || return 1
{"match":{"route":"append_items","per":"id","first":1},"do":"latency","ms":2500}
END
    two_threads 10000000
    ferry 0 migrate --timeout-ms 1000 && all_carried && is 6 "$(items)" &&
        is 0 "$(curl -sf "$MOCK/admin/dump" | jq '[.conversations[].lists] | add')"
}

inline_create()
{
    anew </dev/null || return 1
    two_threads 1000
    ferry 0 migrate --create inline && all_carried && is 6 "$(items)"
}

# A destination that takes no pictures: the thread fails by name, and is carried when it does.
refused()
{
    anew <<'END' || return 1
{"match":{"route":"append_items","body":"data:image"},"do":"error","error":"bad_item"}
END
    two_threads 1000
    ferry 1 migrate && grep -q 'thread_1 failed: refused: .*there is an image in it' "$err" &&
        is 0 "$(items)" && faults </dev/null && ferry 0 migrate && all_carried && is 6 "$(items)"
}

killed()
{
    anew <<'END' || return 1
{"match":{"route":"append_items"},"do":"latency","ms":3000}
END
    two_threads 10000000
    "$THREADFERRY" migrate >"$out" 2>"$err" </dev/null &
    pid=$!
    while [ "$(curl -sf "$MOCK/admin/stats" | jq .commits.items_stored)" -eq 0 ]; do
        kill -0 $pid || return 1
    done
    kill -9 $pid
    wait $pid 2>/dev/null
    faults </dev/null && ferry 0 migrate && all_carried && is 6 "$(items)"
}

# T6: what is not what was saved is never sent, and nothing stands in its place.
damaged()
{
    anew </dev/null || return 1
    two_threads 100000
    place=$(sed -n 's/^file-a [^ ]* //p' pictures)
    cp "$place" keep
    "$@" || return 1
    ferry 1 migrate && grep -q 'thread_1 failed: damaged: the saved file ' "$err" &&
        grep -q '"k":"failed","thread":"thread_1","code":"damaged"' threadferry.checkpoint &&
        ! grep -q 'missing' threadferry.checkpoint || return 1
    carried >have
    grep -v '^file-a ' pictures | cut -d ' ' -f 2 | sort >want
    cmp have want && is 3 "$(items)" || return 1
    rm -f "$place"
    cp keep "$place"
    ferry 0 migrate && all_carried && is 6 "$(items)"
}

flipped() { printf wxyz | dd of="$place" bs=1 seek=50000 conv=notrunc 2>/dev/null; }
gone() { rm "$place"; }
linked() { mv "$place" elsewhere && ln -s "$PWD/elsewhere" "$place"; }
piped() { rm "$place" && mkfifo "$place"; }
longer() { echo x >>"$place"; }

# T10: many conversations of large items whose replies are lost.
large_items()
{
    anew <<'END' || return 1
{"match":{"route":"append_items","per":"id","first":1},"do":"reset_after"}
END
    for i in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20; do
        picture "file-$i" 14000000
        thread "thread_$i" "file-$i"
    done
    closed
    rm -f took
    UNDER="$bench/measure took" ferry 0 migrate && UNDER="$bench/measure took" ferry 0 verify --json &&
        jq -se 'last.summary == {same: 20, differs: 0, missing: 0, error: 0, unproven: 0}' "$out" >/dev/null &&
        is 20 "$(jq -s 'map(select(.result == "same")) | length' "$out")" || return 1
    case $B in *asan*) return ;; esac
    # 32 MB and four requests of 1.4 x 15 MB are allowed.
    jq -se 'all(.rss_kb < 60000)' took >/dev/null || { cat took; return 1; }
}

# T11: a server that has its own address for a picture. It is there, once, and proves nothing.
own_address()
{
    anew <<'END' || return 1
{"match":{"route":"append_items","per":"id","first":1},"do":"reset_after"}
{"match":{"route":"list_items"},"do":"edit","edits":[["data:image/png;base64,","https://files.example/"]]}
END
    two_threads 1000
    ferry 0 migrate && all_carried && is 6 "$(items)" && ferry 0 verify --json &&
        is 3 "$(jq -s 'last.summary.unproven' "$out")"
}

is()
{
    [ "$1" = "$2" ] && return
    echo "'$2' instead of '$1'"
    return 1
}

case $B in /*) bench=$B/bench ;; *) bench=$top/$B/bench ;; esac
mock_start --key "$canary_key"
config <<'END'
source:
  type: archive
  path: export.jsonl
destination:
  type: openai
  base_url: @MOCK@/v1
  api_key_env: TEST_KEY
settle_ms: 60
END

check T1-large-lost-reply lost_reply
check T1-large-cut-while-sending cut_while_sending
check T1-large-slow-line slow_line
check T1-large-killed killed
check T1-large-inline inline_create
check carry-refused refused
check T6-flipped damaged flipped
check T6-longer damaged longer
check T6-gone damaged gone
check T6-link damaged linked
check T6-pipe damaged piped
check T10-large-items large_items
check T11-own-address own_address
