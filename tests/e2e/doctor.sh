#!/bin/sh
# doctor where something is wrong: certificates, permissions, addresses, a full
# disk. Each finding stands in a line of its own and names the remedy.
. tests/e2e/lib_truth.sh

cat >template.yaml <<'END'
source:
  type: foundry
  base_url: @MOCK@/api/projects/p1
  api_key_env: TEST_KEY
destination:
  type: foundry
  base_url: @MOCK@/api/projects/p1/openai/v1
  api_key_env: TEST_KEY
END

serve()
{
    mock_start --key "$TEST_KEY" "$@"
    config <template.yaml
}

rule()
{
    curl -s -X POST "$MOCK/admin/reset" >/dev/null
    echo "$1" | curl -sf -X POST --data-binary @- "$MOCK/admin/faults" >/dev/null
}

# finds STATUS TEXT…: doctor ends with it, and each text is in its output
finds()
{
    ferry "$1" doctor $options || return 1
    shift
    for text; do
        grep -qF -e "$text" "$out" && continue
        echo "missing: $text"
        cat "$out"
        return 1
    done
}

certificate()
{
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days 2 \
        -subj "/CN=$1" -addext "subjectAltName=$2" 2>/dev/null
}

self_signed()
{
    finds 1 'ok    source          Microsoft Foundry answers' \
        'fail  destination TLS the destination'"'"'s certificate was refused' \
        'that of a private authority goes into destination.ca_file' || return 1
    ! grep -qi 'insecure\|verif' "$out"
}

wrong_host()
{
    finds 1 'certificate is for another host' '-> base_url has to name the host'
}

authority()
{
    finds 0 'ok    destination TLS the certificate is good'
}

# The role is what somebody has to give; the two services spell the refusal differently.
permission()
{
    rule '{"match":{"route":"create_conversation"},"do":"error","error":"permission"}'
    finds 1 'HTTP 401, PermissionDenied' '-> the identity needs the role "Azure AI User"' || return 1
    rule '{"match":{"route":"create_conversation"},"do":"error","error":"forbidden"}'
    finds 1 'cannot create a conversation: HTTP 403' '-> the identity needs the role "Azure AI User"'
}

# A run says it as well.
permission_in_run()
{
    rule '{"match":{"route":"create_conversation"},"do":"error","error":"permission"}'
    ferry 13 migrate --all && grep -q 'hint: the identity needs the role "Azure AI User"' "$err"
}

# Of the side that refuses: the other one is another service.
whose_permission()
{
    rule '{"match":{"route":"create_conversation"},"do":"error","error":"forbidden"}'
    ferry 13 migrate --source-type compatible --source-base-url "$MOCK/v1" --all \
        --checkpoint whose &&
        grep -q 'hint: the identity needs the role "Azure AI User"' "$err"
}

# What cannot be deleted again is named.
left_behind()
{
    rule '{"match":{"route":"delete_conversation"},"do":"error","error":"forbidden"}'
    finds 1 'cannot delete the conversation: HTTP 403' 'the canary is still there: conv_'
}

# An append that names other items than the list shows, or in another order, misleads every look.
named_otherwise()
{
    rule '{"match":{"route":"append_items"},"do":"edit","edits":[["\"id\":\"","\"id\":\"x"]]}'
    finds 1 'the list does not have it under the id that was given' || return 1
    # It leaves nothing behind all the same.
    [ "$(curl -sf "$MOCK/admin/stats" | jq '.commits.items_deleted')" -ge 2 ]
}

# What becomes of an image inside an item, and of files that are asked for.
pictures()
{
    curl -s -X POST "$MOCK/admin/reset" >/dev/null
    finds 0 'ok    images          an image inside an item came back unchanged' \
        'ok    files           the destination can be asked whether it knows a file' || return 1
    rule '{"match":{"route":"append_items","body":"data:image"},"do":"error","error":"bad_item"}'
    finds 0 'warn  images          the destination takes no image inside an item: HTTP 400' || return 1
    rule '{"match":{"route":"list_items"},"do":"edit","edits":[["data:image/png;base64,iVB","data:image/png;base64,iVC"]]}'
    finds 0 'warn  images          an image inside an item is taken, but does not come back'
}

# A proxy that takes small bodies only, and one that takes no message of the longest.
small_bodies()
{
    rule '{"match":{"route":"append_items","body":"canary: large"},"do":"error","status":413,"body":"<html>"}'
    finds 0 'a request of 1.2 MB is refused: HTTP 413' '-> batch_bytes: 262144' || return 1
    ! grep -q 'a text of 256 kB' "$out" || return 1
    rule '{"match":{"route":"append_items","body":"canary: long"},"do":"error","status":413,"body":"<html>"}'
    finds 0 'a text of 256 kB is refused: HTTP 413' '-> batch_bytes: 65536'
}

# What was stored although the answer was an error is not sent again.
# list ID: the list of a folder with one saved picture, closed over that id.
list()
{
    printf '{"kind":"file","file_id":"file-a","state":"saved","bytes":8,"sha256":"%s","ext":"png","object":{}}\n' "$digest"
    printf '{"kind":"files_end","ids":1,"sha256":"%s"}\n' "$(printf '%s\n' "$1" | sha256sum | cut -d' ' -f1)"
}

# looks STATUS TEXT: what is found of the folder beside an archive.
looks()
{
    ferry "$1" doctor --source-type archive --source-path saved && grep -qF -e "$2" "$out" && return
    cat "$out"
    return 1
}

saved_files()
{
    printf '\211PNG\r\n\032\n' >picture
    digest=$(sha256sum <picture | cut -d' ' -f1)
    place=saved.files/$(echo "$digest" | cut -c1-2)
    mkdir -p "$place" && mv picture "$place/$digest.png" && echo '{}' >saved && list file-a >saved.files/MANIFEST &&
        looks 0 '1 file, nothing open' && list file-b >saved.files/MANIFEST && looks 0 'does not fit what is before it' &&
        list file-a | head -n 1 >saved.files/MANIFEST && looks 0 'is not closed' &&
        truncate -s 3 "$place/$digest.png" && looks 1 'of another size than when saved' && rm "$place/$digest.png" &&
        looks 1 "1 file of 'saved.files' is missing" && echo nonsense >>saved.files/MANIFEST && looks 1 MANIFEST &&
        rm -r saved saved.files
}

stored_all_the_same()
{
    rule '{"match":{"route":"append_items","nth":2},"do":"error_after"}'
    finds 1 'an append was answered with HTTP 500, and its items are there' \
        'skip  round trip      not tried: the kinds of content' || return 1
    is '[12,12]' "$(curl -sf "$MOCK/admin/stats" | jq -c '.commits | [.items_stored, .items_deleted]')"
}

# The round trip is tried whatever the first question came to; it is not where nobody answers.
tried()
{
    rule '{"match":{"route":"get_conversation"},"do":"error","status":404,"body":"no such thing"}'
    finds 0 'warn  destination ' 'ok    round trip      created' || return 1
    ferry 1 doctor --live --json --destination-base-url http://127.0.0.1:1/v1 &&
        is '[1,"round trip","skip"]' "$(jq -c '[.skip, (.checks[-1] | .check, .result)]' "$out")"
}

# A yes is not enough: what a create answers has to name the conversation.
no_id()
{
    rule '{"match":{"route":"create_conversation"},"do":"edit","edits":[["\"id\":","\"no\":"]]}'
    finds 1 'cannot create a conversation: HTTP 200, but the reply has no usable id' || return 1
    rule '{"match":{"route":"create_conversation"},"do":"edit","body":"<html>ok</html>"}'
    finds 1 'cannot create a conversation: HTTP 200, but not the reply that it should be'
}

# Servers that answer for a missing thread as they like are no gone ones: another route tells.
odd_servers()
{
    options="--source-type compatible --source-base-url $MOCK/v1"
    for answer in '"status":404,"body":"no such thing"' '"status":404,"body":{"detail":"Not Found"}' \
        '"status":410' '"status":500'; do
        rule "{\"match\":{\"route\":\"get_thread\"},\"do\":\"error\",$answer}"
        finds 0 'ok    source          the source server answers, the key is accepted' || return 1
    done
    rule '{"match":{"path":"/v1/"},"do":"error","status":404,"body":"not here"}'
    finds 0 'answers HTTP 404 to a question' || return 1
    ! grep -q 'the API is gone' "$out" || return 1
    rule '{"match":{"path":"/v1/"},"do":"error","status":410}'
    finds 1 'the API is gone (HTTP 410)' '-> is base_url right? Threads that were exported'
}

no_route()
{
    options="--destination-base-url $MOCK/nowhere"
    finds 1 'has no such route' '-> base_url has to be the root of the API'
}

full_disk()
{
    options="--checkpoint $work/small/checkpoint"
    head -c 65536 /dev/zero >small/rest 2>/dev/null
    finds 1 "fail  disk            cannot sync in '$work/small': No space left" '-> free some space'
}

json()
{
    options=--json
    rule '{"match":{"route":"get_thread"},"do":"error","error":"permission"}'
    ferry 1 doctor --json &&
        [ "$(jq -r '.checks[] | select(.check == "source") | .result' "$out")" = fail ] &&
        [ "$(jq -s length "$out")" -eq 1 ]
}

options=
serve --generate threads=25,messages=2..4 --quirk lists_threads
plain=$MOCK
certificate good IP:127.0.0.1 && certificate other DNS:other.example || echo 'not ok doctor-openssl'
mock_start --key "$TEST_KEY" --tls-cert good.pem --tls-key good.key
options="--destination-base-url https://127.0.0.1:$MOCK_PORT/api/projects/p1/openai/v1"
check doctor-self-signed self_signed
options="$options --destination-ca-file good.pem"
check doctor-authority authority
mock_start --key "$TEST_KEY" --tls-cert other.pem --tls-key other.key
options="--destination-base-url https://127.0.0.1:$MOCK_PORT/api/projects/p1/openai/v1"
options="$options --destination-ca-file other.pem"
check doctor-wrong-host wrong_host
MOCK=$plain
options=--live
check doctor-permission permission
check doctor-permission-in-run permission_in_run
check doctor-whose-permission whose_permission
check doctor-pictures pictures
check doctor-named-otherwise named_otherwise
check doctor-left-behind left_behind
check doctor-no-id no_id
check doctor-small-bodies small_bodies
check doctor-saved-files saved_files
check doctor-stored-all-the-same stored_all_the_same
check doctor-tried tried
check doctor-odd-servers odd_servers
check doctor-no-route no_route
check doctor-json json
curl -s -X POST "$MOCK/admin/reset" >/dev/null
mkdir small
if mount -t tmpfs -o size=64k tmpfs small 2>/dev/null; then
    check doctor-full-disk full_disk
    umount small
else
    echo 'skip doctor-full-disk no right to mount a small disk'
fi
