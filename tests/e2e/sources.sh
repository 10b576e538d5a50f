#!/bin/sh
# The recipes of docs/SOURCES.md: its files are made, its sessions run as they
# stand there, and what is printed has to be what the page says. Addresses of
# services lead to mocks that behave like them. Azure's own commands are not run;
# a stand-in of "az" prints the token.
#
#   SESSIONS_SEEN=DIR   keeps there what each session printed
# shellcheck disable=SC2034 # lib.sh looks at it
key_holders=key
. tests/e2e/lib.sh

# <!-- file: NAME --> before a fenced block makes a file, <!-- session: NAME -->
# adds the block to a session.
awk '/^<!-- file: / { to = $3; folder = to; sub("/[^/]*$", "", folder); system("mkdir -p " folder); next }
    /^<!-- session: / { to = $3 ".session"; next }
    /^```/ { if (inside) { inside = 0; to = "" } else if (to) inside = 1; next }
    inside { print >> to }' "$top/docs/SOURCES.md"

mkdir bin
cat >bin/az <<'END'
#!/bin/sh
[ "$1 $2 $3 $4" = "account get-access-token --resource https://ai.azure.com" ] || exit 1
echo "$AZ_TOKEN"
END
chmod +x bin/az
export AZ_TOKEN=$canary_key
ln -s "$THREADFERRY" bin/threadferry
PATH=$work/bin:$PATH

# say ID ROLE TEXT, the thread and the time in $thread and $time
say()
{
    time=$((time + 3))
    printf '%s{"id":"%s","object":"thread.message","created_at":%s,"thread_id":"%s","role":"%s",' \
        "$comma" "$1" "$time" "$thread" "$2"
    printf '"assistant_id":null,"run_id":null,"attachments":[],"metadata":{},'
    printf '"content":[{"type":"text","text":{"value":"%s","annotations":[]}}]}\n' "$3"
    comma=,
}

# thread ID COUNT: so many messages
thread()
{
    thread=$1 comma='' time=1700000000 i=0
    printf '{"id":"%s","object":"thread","created_at":%s,"metadata":{},"tool_resources":{},' "$1" $time
    printf '"messages":['
    while [ $i -lt "$2" ]; do
        i=$((i + 2))
        say "msg_$1_$((i - 1))" user "Question $((i / 2))"
        say "msg_$1_$i" assistant "Answer $((i / 2))"
    done
    printf ']}\n'
}

{
    printf '{"threads":['
    thread thread_invoice 4
    printf ,
    thread thread_refund 22
    printf ,
    thread thread_long 40
    printf ']}'
} >world.json
printf 'thread_invoice\nthread_refund\n' >ids.txt
printf '%s\n' $TEST_KEY >key

# What changes from run to run.
plain()
{
    sed -e "s|$MOCK|HOST|g" -e 's|https://[a-z.]*azure\.com|HOST|g' -e 's|http://127[0-9.:]*|HOST|g' \
        -e 's/took [0-9]* ms/took N ms/' -e 's/conv_[0-9a-f]\{48\}/conv_…/' "$1"
}

# Runs the commands of a session in this shell, so that an export holds; results before messages.
play()
{
    status=0
    while IFS= read -r line; do
        case $line in '$ '*) ;; *) continue ;; esac
        printf '%s\n' "$line"
        if [ "$line" = '$ echo $?' ]; then
            echo $status
            continue
        fi
        command=$(printf '%s\n' "${line#??}" | sed -e "s/=…/=$canary_key/" -e "s|$hosts|$MOCK|g")
        eval "$command" >"$out" 2>"$err" </dev/null
        status=$?
        cat "$out" "$err"
    done <"$1.session"
}

# A line "…" of the page stands for any lines.
matches()
{
    awk 'NR == FNR { want[++wanted] = $0; next }
        BEGIN { at = 1 }
        want[at] == "…" && $0 == want[at + 1] { at += 2; next }
        want[at] == "…" { next }
        $0 == want[at] { at++; next }
        { print "line " FNR ": wanted: " want[at] "\nline " FNR ": seen:   " $0; bad = 1; exit 1 }
        END {
            if (want[at] == "…" && at == wanted) at++
            if (!bad && at <= wanted) print "not seen: " want[want[at] == "…" ? at + 1 : at]
            exit bad || at <= wanted
        }' "$1" "$2"
}

# Sessions whose addresses are defaults say them here.
at_home()
{
    :
}

# session NAME MOCK-OPTIONS…
session()
{
    name=$1
    shift
    rm -rf migrate.yaml threadferry.checkpoint threads.jsonl
    mock_start "$@"
    at_home
    play "$name" >"$name.seen"
    [ -z "${SESSIONS_SEEN:-}" ] || cp "$name.seen" "$SESSIONS_SEEN/"
    mock_stop
    plain "$name.seen" >seen
    plain "$name.session" >wanted
    check "sources-$name" matches wanted seen
}

hosts='https://contoso\.[a-z.]*azure\.com'
session files --profile foundry
session own --profile foundry
session export-files --profile foundry
session foundry --profile foundry --fixtures world.json
session azure --profile azure --fixtures world.json
hosts='http://127\.0\.0\.1:4000'
session litellm --quirk litellm --fixtures world.json

# Where the page leaves an address to its default.
at_home()
{
    export THREADFERRY_SOURCE_BASE_URL="$MOCK/v1" THREADFERRY_DESTINATION_BASE_URL="$MOCK/v1"
}
session openai --sunset
export THREADFERRY_SOURCE_TYPE=compatible THREADFERRY_SOURCE_API_KEY_ENV=TEST_KEY OPENAI_API_KEY=$TEST_KEY
session sglang --quirk sglang --fixtures world.json
