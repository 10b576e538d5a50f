#!/bin/sh
# What becomes of file ids: mapped, kept because both sides are one project or the destination knows
# them, missing, or open. Decided once, on record, the same for ever. The mock refuses items that name
# a file which it does not know.
. tests/e2e/lib.sh

# thread ID FILE…: a thread with a message of a picture for each file.
thread()
{
    id=$1
    shift
    jq -n --arg id "$id" '{id: $id, object: "thread", created_at: 1700000000, metadata: {}, messages: [$ARGS.positional |
        to_entries[] | {id: "msg_\($id)_\(.key)", object: "thread.message", created_at: (1700000001 + .key), thread_id: $id,
        role: "user", content: [{type: "image_file", image_file: {file_id: .value}}]}]}' --args "$@"
}

# The destination knows file-there and, by its key alone, file-other.
mock_start --check-file-ids
printf '%s\n' '{"files":[{"id":"file-there"},{"id":"file-moved"},{"id":"file-late","expires_at":1},
    {"id":"file-other","key":"another"}]}' | curl -sf --data-binary @- "$MOCK/admin/threads" >/dev/null

archive_config()
{
    config <<END
source: {type: archive, path: threads.jsonl}
destination:
  base_url: @MOCK@/v1
  api_key_env: TEST_KEY
settle_ms: 20
max_attempts: 2
${1:-}
END
}

# fresh [LINES]: a new job with the threads on standard input.
fresh()
{
    cat >threads.jsonl
    rm -f threadferry.checkpoint requests
    curl -sf -X POST "$MOCK/admin/reset" >/dev/null
    curl -sf -X POST --data-binary '' "$MOCK/admin/faults" >/dev/null
    archive_config "$@"
}

# asked N ROUTE: so many requests to the route.
asked()
{
    got=$(curl -sf "$MOCK/admin/stats" | jq ".routes.$2.requests // 0")
    [ "$got" -eq "$1" ] || { echo "$2: $got instead of $1"; return 1; }
}

# stored FILTER: of all parts at the destination.
stored()
{
    curl -sf "$MOCK/admin/dump?form=bare" | jq -e "[.conversations[].items[].content[]] | $1" >/dev/null ||
        { echo "not stored: $1"; curl -sf "$MOCK/admin/dump?form=bare" | head -c 900; return 1; }
}

# on_record FILTER: of the decisions.
on_record()
{
    cut -c10- threadferry.checkpoint | jq -se "[.[] | select(.k == \"file\")] | $1" >/dev/null ||
        { echo "not on record: $1"; cat threadferry.checkpoint; return 1; }
}

known()
{
    thread thread_a file-there | fresh && ferry 0 migrate &&
        stored '.[0].file_id == "file-there"' && asked 1 get_file && asked 1 list_files &&
        on_record '.[0] | .file == "file-there" and .state == "kept"' && ferry 0 verify
}

# A file of that id and another length is another file.
another_length()
{
    thread thread_a file-there | fresh && save file-there=not_downloadable &&
        sed -i 's/"object":{}/"object":{"bytes":5000}/' threads.jsonl.files/MANIFEST && ferry 0 migrate &&
        asked 1 get_file && on_record '.[0] | .state == "missing" and .code == "not_downloadable"' && ferry 0 verify && rm -r threads.jsonl.files
}

mapped()
{
    printf 'file_id,new_id\nfile-here,file-moved\n' >map.csv
    thread thread_a file-here | fresh 'files: {map: map.csv}' && ferry 0 migrate &&
        stored '.[0].file_id == "file-moved"' && asked 0 get_file && ferry 0 verify || return 1
    # The decision stays, whatever the map says later.
    printf 'file_id,new_id\nfile-here,file-there\n' >map.csv
    ferry 0 migrate --top-up && ferry 0 verify && on_record 'length == 1 and .[0].id == "file-moved"'
}

# A wrong line of the map is put right: taken back and decided anew.
mapped_anew()
{
    printf 'file_id,new_id\nfile-here,file-typo\n' >map.csv
    thread thread_a file-here | fresh 'files: {map: map.csv}' && ferry 1 migrate && ferry 0 rollback --all --yes || return 1
    printf 'file_id,new_id\nfile-here,file-moved\n' >map.csv
    ferry 0 migrate --retry-files && stored '.[0].file_id == "file-moved"' && ferry 0 verify &&
        on_record 'map(.id) == ["file-typo", "file-moved"]'
}

open_until_saved()
{
    { thread thread_a file-gone; thread thread_b file-there; } | fresh && ferry 1 migrate &&
        on_record 'map(.file) == ["file-there"]' && grep -q 'export --files' "$err" &&
        ferry 0 status --json && jq -e '.failures[0].code == "file_open"' "$out" >/dev/null && stored 'length == 1' &&
        ferry 1 diff --format jsonl && jq -se 'map(select(.action == "fail").code) == ["file_open"]' "$out" >/dev/null
}

placeholder_by_choice()
{
    thread thread_a file-gone | fresh 'mapping: {user_image_files: placeholder}' && ferry 0 migrate &&
        stored '.[0].text == "[image file: file-gone]"' && asked 0 get_file && on_record 'length == 0'
}

expired()
{
    { thread thread_a file-late; thread thread_b file-other; } | fresh && ferry 1 migrate &&
        grep -q '2  *file_open' "$err" && stored 'length == 0'
}

nobody_is_asked()
{
    thread thread_a file-there | fresh 'files: {ask: false}' && ferry 1 migrate && asked 0 list_files
}

hostile()
{
    thread thread_a '../x' 'a
b' '..' "$(printf '%5000s' x | tr ' ' y)" | fresh && ferry 0 migrate && asked 0 get_file && stored 'all(has("text"))' &&
        on_record 'length == 3 and all(.state == "missing" and .code == "bad_id")' && ferry 0 verify
}

# A thousand threads with one file: one question. The mock's counters are the judges.
once()
{
    for n in $(seq 1000); do
        printf '{"id":"thread_%d","object":"thread","created_at":1700000000,"messages":[{"id":"msg_%d","object":"thread.message","created_at":1700000001,"thread_id":"thread_%d","role":"user","content":[{"type":"image_file","image_file":{"file_id":"file-there"}}]}]}\n' "$n" "$n" "$n"
    done | fresh && ferry 0 migrate && asked 1 get_file && asked 1 list_files && on_record 'length == 1' &&
        stored 'length == 1000 and all(.file_id == "file-there")'
}

# A failure is no answer: the thread fails by name, and the next run asks again.
failing()
{
    { thread thread_a file-there; thread thread_b file-there; thread thread_c file-there; } | fresh
    echo '{"match":{"route":"'"$1"'"},"do":"error","status":503}' |
        curl -sf -X POST --data-binary @- "$MOCK/admin/faults" >/dev/null
    ferry 1 migrate && grep -q '3  *server_error' "$err" && asked 2 "$1" && on_record 'length == 0' && stored 'length == 0' &&
        curl -sf -X POST --data-binary '' "$MOCK/admin/faults" >/dev/null && ferry 0 migrate && stored 'length == 3'
}

no_route()
{
    thread thread_a file-there | fresh
    echo '{"match":{"route":["list_files","get_file"]},"do":"error","status":404}' |
        curl -sf -X POST --data-binary @- "$MOCK/admin/faults" >/dev/null
    ferry 1 migrate && grep -q file_open "$err" && asked 0 get_file
}

# On the second run the destination answers otherwise: what is on record stands.
decided_once()
{
    thread thread_a file-there | fresh && ferry 0 migrate &&
        echo '{"match":{"route":"get_file"},"do":"error","status":404}' |
        curl -sf -X POST --data-binary @- "$MOCK/admin/faults" >/dev/null &&
        ferry 0 verify && { thread thread_a file-there; thread thread_b file-there; } >threads.jsonl &&
        ferry 0 migrate && stored 'map(.file_id) == ["file-there", "file-there"]' && asked 1 get_file && ferry 0 verify
}

# Nothing is on record after a dry run, and without a key nobody is asked.
dry()
{
    { thread thread_a file-there; thread thread_b file-gone; } | fresh && ferry 1 migrate --dry-run --json &&
        jq -e '.threads.failed == 1 and .files.kept == 1' "$out" >/dev/null && [ ! -e threadferry.checkpoint ] && asked 2 get_file || return 1
    sed -i 's/api_key_env:.*/api_key_env: NOT_SET/' migrate.yaml
    ferry 0 migrate --dry-run --json && jq -e '.files.unknown == 2' "$out" >/dev/null && asked 2 get_file
}

one_project()
{
    thread thread_live file-unknown | jq '{threads: [.], files: []}' |
        curl -sf --data-binary @- "$MOCK/admin/threads" >/dev/null
    rm -f threadferry.checkpoint
    curl -sf -X POST "$MOCK/admin/reset" >/dev/null
    source_config openai
    # The mock has no such file on either side, and says so of the item: nobody asks for it before.
    ferry 1 migrate thread_live && asked 0 list_files && on_record '.[0].state == "kept"' && grep -q refused "$err"
}

# save ID STATE…: the folder beside the archive, closed over these ids; saved ones are pictures of
# their own.
save()
{
    rm -rf threads.jsonl.files
    mkdir threads.jsonl.files
    for id in "$@"; do
        state=${id#*=}
        id=${id%%=*}
        if [ "$state" = saved ]; then
            printf '\211PNG\r\n\032\n%s' "$id" >picture
            hex=$(sha256sum <picture | cut -d ' ' -f 1)
            mkdir -p "threads.jsonl.files/${hex%"${hex#??}"}"
            cp picture "threads.jsonl.files/${hex%"${hex#??}"}/$hex.png"
            jq -nc --arg id "$id" --arg hex "$hex" --argjson bytes "$(wc -c <picture)" \
                '{kind: "file", file_id: $id, state: "saved", bytes: $bytes, sha256: $hex, ext: "png", object: {}}'
        else
            jq -nc --arg id "$id" --arg state "$state" '{kind: "file", file_id: $id, state: $state, object: {}}'
        fi
    done >threads.jsonl.files/MANIFEST
    for id in "$@"; do echo "${id%%=*}"; done | LC_ALL=C sort >ids.saved
    jq -nc --arg hex "$(sha256sum <ids.saved | cut -d ' ' -f 1)" --argjson ids $# '{kind: "files_end", ids: $ids, sha256: $hex}' \
        >>threads.jsonl.files/MANIFEST
}

data_url()
{
    printf 'data:image/png;base64,%s' "$(printf '\211PNG\r\n\032\n%s' "$1" | base64 -w 0)"
}

# The picture at the destination is the saved one, byte for byte.
inside()
{
    thread thread_a file-pic file-pic | fresh && save file-pic=saved && ferry 0 migrate --json &&
        jq -e '.files == {kept: 0, mapped: 0, inside: 1, missing: {}, unknown: 0, bytes: 16}' "$out" >/dev/null &&
        stored "length == 2 and all(.image_url == \"$(data_url file-pic)\")" && asked 0 list_files &&
        on_record 'length == 1 and .[0].state == "inside" and .[0].bytes == 16' && ferry 0 verify &&
        ferry 0 status --json && jq -e '.files.inside == 1' "$out" >/dev/null &&
        ferry 0 mapping --file-ids && grep -qx 'file-pic,inside,,16' "$out" || return 1
    # What was written is compared with what is on record, whether the folder is there or not.
    rm -rf threads.jsonl.files
    ferry 0 verify && ferry 0 migrate --top-up
}

# A bit flipped, a file gone, a link: the thread fails by name, and nothing is on record.
damaged()
{
    for harm in 'printf x >>"$file"' 'rm "$file"' 'mv "$file" away && ln -s "$PWD/away" "$file"' 'printf "\211PNG\r\n\032\nfile-piX" >"$file"'; do
        thread thread_a file-pic | fresh
        save file-pic=saved
        file=$(find threads.jsonl.files -name '*.png')
        eval "$harm"
        ferry 1 diff --format jsonl && jq -se '.[0].code == "damaged"' "$out" >/dev/null && ferry 1 migrate && on_record 'length == 0' &&
            ferry 0 status --json && jq -e '.failures[0].code == "damaged"' "$out" >/dev/null && stored 'length == 0' &&
            asked 0 create_conversation || { echo "after: $harm"; return 1; }
    done
    # On record, and not at hand for the next thread: as before, and none of its items is promised.
    { thread thread_a file-pic; thread thread_b file-pic; } | fresh && save file-pic=saved && ferry 0 migrate thread_a &&
        rm -rf threads.jsonl.files && ferry 1 diff --format jsonl && jq -se '.[1].code == "damaged"' "$out" >/dev/null &&
        ferry 1 migrate --dry-run --json && mv "$out" promised && ferry 1 migrate --json &&
        jq -se '.[0] as $p | .[1] | .threads == $p.threads and .items == $p.items and .losses == $p.losses' promised "$out" >/dev/null
}

missing_for_certain()
{
    thread thread_a file-1 file-2 file-3 file-4 | fresh && save file-1=not_found file-2=not_downloadable file-3=too_large file-4=saved &&
        ferry 0 migrate --json && jq -e '.files.missing == {not_downloadable: 1, not_found: 1, too_large: 1} and .files.inside == 1' "$out" >/dev/null &&
        stored 'map(.text // "picture") == ["[image file: file-1]", "[image file: file-2]", "[image file: file-3]", "picture"]' &&
        ferry 0 verify || return 1
    # Without its end the list says nothing of what is missing.
    thread thread_a file-4 file-1 | fresh && sed -i '/files_end/d' threads.jsonl.files/MANIFEST && ferry 1 migrate && on_record 'map(.file) == ["file-4"]' ||
        return 1
    # What the destination knows is kept, whatever could not be saved.
    thread thread_a file-there | fresh && save file-there=not_downloadable && ferry 0 migrate && stored '.[0].file_id == "file-there"'
}

too_large()
{
    thread thread_a file-pic | fresh 'files: {max_bytes: 15}' && save file-pic=saved && ferry 0 migrate &&
        on_record '.[0].code == "too_large"' && stored '.[0].text == "[image file: file-pic]"'
}

# The folder was completed later: new threads carry the picture, done ones are as they were.
retried()
{
    thread thread_a file-pic | fresh && save file-pic=not_found && ferry 0 migrate && save file-pic=saved &&
        { thread thread_a file-pic; thread thread_b file-pic; } >threads.jsonl && ferry 0 migrate --retry-files && ferry 0 verify &&
        stored "(map(select(.image_url == \"$(data_url file-pic)\")) | length) == 1 and (map(select(.text)) | length) == 1" &&
        on_record 'map(.state) == ["missing", "inside"]' && { thread thread_a file-pic; thread thread_b file-pic; thread thread_c file-pic; } >threads.jsonl &&
        ferry 0 migrate && ferry 0 verify && stored 'map(select(.image_url)) | length == 2'
}

# convert looks for no folder by itself.
converted()
{
    thread thread_a file-pic | fresh && save file-pic=saved && ferry 0 convert && jq -e '.items[0].content[0].file_id == "file-pic"' "$out" >/dev/null &&
        ferry 0 convert --files-path threads.jsonl.files && jq -e ".items[0].content[0].image_url == \"$(data_url file-pic)\"" "$out" >/dev/null
}

check file-inside inside
check T6-damaged damaged
check file-missing missing_for_certain
check file-too-large too_large
check T12-retried retried
check file-converted converted
check file-known known
check file-another-length another_length
check file-mapped mapped
check file-mapped-anew mapped_anew
check T12-file-open open_until_saved
check file-placeholder placeholder_by_choice
check T5-expired-or-anothers expired
check file-nobody-asked nobody_is_asked
check T7-hostile-ids hostile
check T3-asked-once once
check T4-asking-fails failing get_file
check T4-asking-for-the-list-fails failing list_files
check file-no-route no_route
check T11-decided-once decided_once
check file-dry dry
check file-one-project one_project
