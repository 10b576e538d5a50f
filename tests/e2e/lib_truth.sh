# What stands at both sides, asked of the mock and not of the program:
#
#   . tests/e2e/lib_truth.sh      (includes lib.sh)
#   moved [LIST]              the threads of ./ids (or LIST) and no others have one conversation
#                             each, with every message's text in order, and nothing is left over
#
# "moved" knows nothing of the mapping but the way of plain texts, so that a
# fault of the mapping and one of the comparing command cannot hide each other.
# It wants threads of plain text: text="images=0,annotations=0,…".
# shellcheck shell=sh disable=SC2154

. tests/e2e/lib.sh

text=images=0,annotations=0,url_citations=0,attachments=0,runs=0,empty=0

# A line for each message with text: THREAD ROLE TEXT.
at_source()
{
    curl -sf "$MOCK/admin/source" | jq -c '.threads[] | .id as $thread | .messages[] |
        [$thread, .role, ([.content[].text.value] | join("|"))] | select(.[2] != "")'
}

at_destination()
{
    curl -sf "$MOCK/admin/dump?form=bare" | jq -c '.conversations[] | select(.deleted | not) |
        (.metadata.source_thread_id // "nobody") as $thread | .items[] |
        [$thread, .role, ([.content[].text] | join("|"))]'
}

# Of lines as above those of the listed threads, each thread's together.
of_threads()
{
    jq -cn --rawfile ids "$1" '($ids | split("\n") | map({key: ., value: 1}) | from_entries) as $in |
        [inputs | select($in[.[0]])] | group_by(.[0])[][]'
}

moved()
{
    list=${1:-ids}
    sort "$list" >"$list.sorted"
    at_source | of_threads "$list" >want.jsonl
    at_destination | jq -cn '[inputs] | group_by(.[0])[][]' >have.jsonl
    if ! cmp -s want.jsonl have.jsonl; then
        diff want.jsonl have.jsonl | cut -c1-120 | head -n 10
        return 1
    fi
    # Nothing twice, but for empty conversations that a killed run may leave: $orphans at most.
    curl -sf "$MOCK/admin/dump?form=bare" |
        jq -r '.conversations[] | select(.deleted | not) | .metadata.source_thread_id' |
        sort >have.ids
    sort -u have.ids | cmp - "$list.sorted" &&
        [ "$(wc -l <have.ids)" -le $(($(wc -l <"$list.sorted") + ${orphans:-0})) ]
}

# Numbers of the newest --json summary: "done failed remaining" of threads gives "3 0 0".
threads()
{
    jq -r "[$(echo "$1" | sed 's/[a-z_]*/.threads.&/g; s/ /,/g')] | map(tostring) | join(\" \")" \
        "$out"
}

# is WANT HAVE
is()
{
    [ "$1" = "$2" ] && return 0
    echo "'$2' instead of '$1'"
    return 1
}

# commits: how many requests have changed the destination.
commits()
{
    curl -sf "$MOCK/admin/stats" | jq '[.commits | .. | numbers] | add // 0'
}

rules()
{
    curl -sf -X POST --data-binary @- "$MOCK/admin/faults" >/dev/null
}

# A new job against an empty destination; faults are gone too.
fresh()
{
    rm -f threadferry.checkpoint
    curl -sf -X POST "$MOCK/admin/reset" >/dev/null
}
