#!/bin/sh
# An export of files is as good as the files: `convert` of it gives the same
# lines, losses and all, for every form that is read; what was no object of the
# API has its source beside it; and nothing is written over.
. tests/e2e/lib_truth.sh

# convert FILE-OR-FOLDER OPTION…: its lines, and the exit status at the end.
convert()
{
    path=$1
    shift
    "$THREADFERRY" convert --source-path "$path" "$@" 2>"$err" </dev/null
    echo "exit $?"
}

# same FILES OPTION…: both ways give the same. An export can hold no thread whose id is no name.
same()
{
    files=$1
    shift
    rm -f saved
    allow=
    case $* in *truncated-archives*) allow='--mapping-truncated-archives allow' ;; esac
    convert "$files" "$@" >direct
    "$THREADFERRY" export --source-path "$files" -o saved "$@" >"$out" 2>"$err" </dev/null
    echo "exit $?" >status
    [ -f saved ] || : >saved
    cp "$err" export.err
    # shellcheck disable=SC2086 # options
    [ -s saved ] && convert saved $allow >again || : >again
    # What fails by its mapping is saved all the same, and fails again.
    how="$(tail -n 1 direct), $(cat status), $(tail -n 1 again)"
    case $how in
    'exit 0, exit 0, exit 0' | 'exit 1, exit 0, exit 1' | 'exit 1, exit 1, '* | 'exit 2, exit 2, '*) ;;
    *) grep -q bad_id export.err || { echo "$files $*: $how"; return 1; } ;;
    esac
    grep -v '^exit' again >again.lines
    grep '^{"thread_id":"[A-Za-z0-9_.:-]*",' direct >direct.lines
    cmp -s direct.lines again.lines && return
    echo "$files $*"
    diff direct.lines again.lines | cut -c 1-300
    return 1
}

# All the forms that the reader is tested with, cut ones too.
every_form()
{
    failed=0 count=0
    for files in "$top"/tests/archives/*/files; do
        same "$files" && same "$files" --mapping-truncated-archives allow || failed=1
        count=$((count + 1))
    done
    [ $count -gt 100 ] && return $failed
}

form()
{
    rm -rf form
    mkdir form
    cat >"form/$1"
}

# Rows of one's own, questions and answers, JSON in strings, texts that are no texts.
rows()
{
    form a.csv <<'END' && same form --source-fields-thread sid --source-fields-question q --source-fields-answer a || return 1
sid,q,a
s1,hello,there
s1,"x
y",z
s2,q,
END
    is 6 "$(grep -c '"from":{"sid":"s[12]","q":' saved)" || return 1
    form b.jsonl <<'END' && same form --source-fields-thread conv --source-fields-role who --source-fields-text body.t --source-roles-customer user || return 1
{"conv":"c1","who":"customer","body":{"t":"hi"},"rank":7}
{"conv":"c1","who":"bot","body":{"t":"yo"}}
END
    is 2 "$(jq -r 'select(.kind == "message") | .from.conv + " " + .object.content[0].text.value' saved |
        grep -cE '^c1 (hi|yo)$')" || return 1
    printf '{"threadId":"t","role":"human","text":"a\377b","createdAt":"2024-01-01T00:00:00.5Z"}\n' |
        form c.jsonl && same form && grep -q '"kind":"end",.*"losses":{"invalid_text":1}' saved &&
        grep -q '"losses":{"invalid_text":1}' direct || return 1
    # A text that looks like parts stays a text, wherever it is read.
    printf '%s\n' '{"thread_id":"t","role":"user","content":"[{\"type\":\"text\",\"text\":\"x\"}]"}' \
        '{"thread_id":"u","role":"user","content":"plain"}' | form d.jsonl && same form
}

# Messages that name no thread: their file's name is the thread's from then on.
nameless()
{
    form 'my chat.json' <<'END' && same form && is my_chat "$(jq -r 'select(.kind == "end").thread_id' saved)"
[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]
END
}

# What is not understood is not written; the rest is, and the run says so.
unread()
{
    form a.jsonl <<'END'
{"object":"thread.message","id":"m1","thread_id":"t1","role":"user","created_at":1700000001,"content":"whole"}
{"id":"m2","thread_id":"t2","role":"user","content":"torn
{"object":"assistant","id":"asst_1","model":"m","instructions":"i", "x":1.10}
{"id":"asst_2","model":"m","instructions":"i"}
END
    rm -f saved
    ferry 1 export --source-path form -o saved --json && grep -q 'unread: form/a.jsonl:2' "$err" &&
        is '1 1' "$(threads 'done failed')" && is 0 "$(grep -c '"t2"' saved)" &&
        grep -qF '{"kind":"assistant","object":{"object":"assistant","id":"asst_1","model":"m","instructions":"i", "x":1.10}}' saved &&
        is asst_2 "$(jq -r 'select(.kind == "assistant" and .from) | .object | select(.object == "assistant").id' saved)" &&
        cp saved first && ferry 1 export --source-path form -o saved --json &&
        is '0 1 1' "$(threads 'done already_done failed')" && cmp first saved
}

# An archive is read again as it is, with what its objects were made of.
again()
{
    form a.jsonl <<'END'
{"thread_id":"t1","role":"human","text":"x"}
{"id":"thread_2","object":"thread","created_at":1700000000,"metadata":{"k":"v"},"messages":[{"role":"user","content":"y"}]}
END
    rm -f saved second
    ferry 0 export --source-path form -o saved && ferry 0 export --source-path saved -o second &&
        cmp saved second && is 2 "$(grep -c '"from":' second)"
}

# Nothing that is read is written into, under whatever name.
spares_its_source()
{
    form a.jsonl <<'END'
{"thread_id":"t1","role":"human","text":"x"}
END
    cksum form/a.jsonl >before
    ln form/a.jsonl other
    ferry 2 export --source-path form/a.jsonl -o form/a.jsonl &&
        ferry 2 export --source-path form/a.jsonl -o other &&
        ferry 2 export --source-path form -o other && grep -q 'is a file of the source' "$err" &&
        ferry 2 export --source-path form -o form/new && grep -q 'source.exclude' "$err" &&
        ! [ -e form/new ] && cksum form/a.jsonl | cmp before - &&
        ferry 0 export --source-path form --source-exclude '["new"]' -o form/new && [ -s form/new ]
}

check export-every-form every_form
check export-rows rows
check export-nameless nameless
check export-unread unread
check export-again again
check export-spares-its-source spares_its_source
