# What the scripts of this folder share:
#
#   . tests/faults/lib.sh
#   world --generate …          a mock, its threads in ids, an undisturbed run in calm.json
#   check N7-reset survives […] <<'END'     faults in the way, resumed to the end, compared
#   {"match":{…},"do":"reset_after"}
#   END
#
# "Compared" is exact: every thread has one conversation with the same items and
# metadata as after the undisturbed run, nothing else holds an item, and there
# are no more empty conversations than the checkpoint admits (compare.jq).
# shellcheck shell=sh disable=SC2154

. tests/e2e/lib.sh
chosen_cases=${CASE:-}
faults=$top/tests/faults
case ${B:=build} in /*) shim=$B/faults/shim.so ;; *) shim=$top/$B/faults/shim.so ;; esac

# One that is not undisturbed says so; nothing else in the script could be judged.
world()
{
    mock_start --key "$canary_key" "$@"
    plain_thread thread_canary 1 "$canary_text" | add_threads
    config <"$faults/world.yaml"
    calm
}

# plain_thread ID COUNT [TEXT]: a thread of messages by turns, each a second after the other.
plain_thread()
{
    jq -n --arg id "$1" --argjson count "$2" --arg text "${3:-message}" '{threads: [{id: $id,
        object: "thread", created_at: 1790000000, metadata: {}, messages: [range($count) |
            {id: (if . == 0 then "msg_" + $id[7:] else "msg_\($id[7:])_\(.)" end),
            object: "thread.message", created_at: (1790000001 + .), thread_id: $id,
            role: ["user", "assistant"][. % 2], attachments: [], metadata: {}, content: [{type: "text",
            text: {value: (if . == 0 then $text else "\($text) \(.)" end), annotations: []}}]}]}]}'
}

# Fixtures on standard input are at the source from now on.
add_threads()
{
    curl -sf --data-binary @- "$MOCK/admin/threads" >/dev/null
}

# The threads as they are now and what becomes of them.
calm()
{
    curl -sf "$MOCK/admin/source" | jq -r '.threads[].id' >ids
    threads=$(wc -l <ids)
    fresh </dev/null
    if ! ferry 0 migrate --threads ids; then
        echo 'not ok undisturbed-run'
        exit 1
    fi
    collect
    jq -n -f "$faults/calm.jq" --slurpfile dump dump.json --slurpfile map map.jsonl >calm.json
}

# Rules on standard input replace what the mock does to requests.
faults()
{
    curl -sf -X POST --data-binary @- "$MOCK/admin/faults" >faults.answer && return 0
    echo "the mock refused the faults: $(cat faults.answer)"
    return 1
}

# Nothing has happened yet, and these faults lie in the way.
fresh()
{
    rm -f threadferry.checkpoint
    curl -sf -X POST "$MOCK/admin/reset" >/dev/null && faults
}

# The program under the same check as ferry, and nothing may leak.
ferry()
{
    want=$1
    shift
    # shellcheck disable=SC2086 # a command with its options, or nothing
    ${UNDER:-} "$THREADFERRY" "$@" >"$out" 2>"$err" </dev/null
    got=$?
    look_for_leaks "$*"
    case "|$want|" in *"|$got|"*) return 0 ;; esac
    echo "exit status $got instead of $want: threadferry $*"
    sed 's/^/  stdout: /' "$out" | cut -c1-600 | head -n 20
    sed 's/^/  stderr: /' "$err" | cut -c1-600 | head -n 20
    return 1
}

# migrate again and again, until it ends with 0; $ends are those on the way.
resume()
{
    ends=
    for turn in 1 2 3 4 5 6 7 8; do
        ferry '0|1|3|11|13|14|15|16|17|134|137|139' migrate --threads ids "$@" || return 1
        ends="$ends $got"
        [ "$got" -eq 0 ] && return 0
        case $got in 1 | 3 | 16 | 17 | 137) ;; *) break ;; esac
    done
    echo "not done after $turn runs:$ends"
    sed 's/^/  stderr: /' "$err" | cut -c1-600 | head -n 20
    return 1
}

# What is at the server and what the checkpoint says about it.
collect()
{
    curl -sf "$MOCK/admin/dump?form=bare" >dump.json &&
        "$THREADFERRY" mapping --format jsonl >map.jsonl &&
        "$THREADFERRY" status --json >status.json
}

# same [THREAD…]: as after the undisturbed run; of those threads, that have failed, a prefix.
same()
{
    collect && same_collected "$@"
}

# The same of what was collected before.
same_collected()
{
    jq -n -r -f "$faults/compare.jq" --slurpfile calm calm.json --slurpfile dump dump.json \
        --slurpfile map map.jsonl --slurpfile status status.json \
        --arg forgiven "${forgiven:-}" --args -- "$@" >differences || return 1
    [ ! -s differences ] && return 0
    echo 'another result than undisturbed:'
    head -n 20 differences
    return 1
}

# Faults on standard input; however often it takes, the end is right.
survives()
{
    fresh && resume "$@" && same
}

# The same without a resume: one run has to do.
endures()
{
    fresh && ferry 0 migrate --threads ids --json "$@" && same
}

# endures, and what the run created is named or counted: no create was repeated unseen.
exactly()
{
    endures "$@" || return 1
    created=$(stats .commits.conversations_created)
    admitted=$(jq .possible_empty_orphans "$out")
    most "conversations created" "$created" $((threads + admitted))
}

# on ROUTE WHEN DO [MORE]: one rule; WHEN and MORE are members of its objects.
on()
{
    printf '{"match":{"route":"%s",%s},"do":"%s"%s}\n' "$1" "$2" "$3" "${4:+,$4}"
}

# fails_one CODE THREAD WORDS [OPTION…]: the thread fails by name, all others are done. Faults on
# standard input. With "!THREAD" nobody asks what is in its conversation.
fails_one()
{
    code=$1 thread=$2 words=${3:-}
    shift $(($# < 3 ? $# : 3))
    fresh && ferry 1 migrate --threads ids --json "$@" && same "$thread" &&
        failed_as "$code" "${thread#!}" "$words"
}

failed_as()
{
    jq -e --arg code "$1" --arg thread "$2" --arg words "$3" '.failures | any(
        .thread_id == $thread and .code == $code and (.reason | contains($words)))
        and length == 1' status.json >/dev/null && return 0
    echo "not the failure $*: $(jq -c .failures status.json | cut -c1-600)"
    return 1
}

# stops STATUS [WORDS]: the run stops so, and goes on when the faults are gone.
stops()
{
    words=${2:-}
    fresh && ferry "$1" migrate --threads ids && says "$words" || return 1
    faults </dev/null && resume && same
}

says()
{
    grep -qF -- "$1" "$err" && return 0
    echo "not said: $1"
    cut -c1-600 "$err"
    return 1
}

# A number out of the mock's statistics, as a path of jq.
stats()
{
    curl -sf "$MOCK/admin/stats" | jq "$1"
}

# below NAME VALUE MOST
most()
{
    [ "$2" -le "$3" ] && return 0
    echo "$1: $2, more than $3"
    return 1
}

least()
{
    [ "$2" -ge "$3" ] && return 0
    echo "$1: $2, less than $3"
    return 1
}

# wait_until COMMAND…: true within 20 seconds.
wait_until()
{
    tries=400
    until "$@"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.05
    done
}

# shimmed RULES COMMAND…: the program's calls fail as tests/faults/shim.c says.
shimmed()
{
    UNDER="env LD_PRELOAD=$shim SHIM_FIRED=$work/fired SHIM=$1"
    rm -f fired
    shift
    "$@"
    shimmed_status=$?
    UNDER=
    return $shimmed_status
}

# Whatever the source says: either all is as it should be, or threads fail by name and what is
# there of them is a beginning. $failures is then how many.
never_wrong()
{
    fresh && ferry '0|1' migrate --threads ids --json --max-attempts 3 "$@" && collect || return 1
    failures=$(jq '.failures | length' status.json)
    [ "$failures" -eq "$(jq .threads.failed "$out")" ] || return 1
    # shellcheck disable=SC2046 # ids are words
    same $(jq -r '.failures[].thread_id' status.json)
}

# A request of somebody else to the source.
source_get()
{
    curl -sf -H "Authorization: Bearer $canary_key" -H 'OpenAI-Beta: assistants=v2' "$MOCK/v1$1"
}
