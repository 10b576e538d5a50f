#!/bin/sh
# What a picture whose contents are saved looks like before it is sent: in diffs, in
# a page, and in what convert writes.
. tests/e2e/lib_truth.sh

# The picture of doctor's: 67 bytes.
mkdir export.jsonl.files
base64 -d >picture.png <<'END'
iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNgAAAAAgAB5Sfe/AAAAABJRU5ErkJggg==
END
sum=$(sha256sum <picture.png | cut -d ' ' -f 1)
mkdir "export.jsonl.files/$(printf %.2s "$sum")"
place=export.jsonl.files/$(printf %.2s "$sum")/$sum.png
cp picture.png "$place"
printf '{"kind":"file","file_id":"file-a","state":"saved","bytes":67,"sha256":"%s","ext":"png","object":{}}\n' \
    "$sum" >export.jsonl.files/MANIFEST
cat >export.jsonl <<'END'
{"thread_id":"thread_1","id":"msg_1","object":"thread.message","created_at":1700000001,"role":"user","content":[{"type":"image_file","image_file":{"file_id":"file-a"}}]}
END
cat >migrate.yaml <<'END'
source: {type: archive, path: export.jsonl}
destination: {base_url: "http://127.0.0.1:1/v1", api_key_env: NO_KEY}
END
url="data:image/png;base64,$(base64 -w 0 <picture.png)"

words()
{
    ferry 0 diff && grep -qF 'image file file-a → in the item, 67 bytes' "$out" &&
        ! grep -q base64 "$out"
}

lines()
{
    ferry 0 diff --json &&
        is "{\"file_id\":\"file-a\",\"sha256\":\"$sum\",\"bytes\":67,\"type\":\"image/png\"}" \
            "$(jq -c '.items[0].item.content[0].contents' "$out")"
}

page()
{
    ferry 0 diff --format html && grep -qF "<img alt=\"\" src=\"$url\">" "$out" &&
        grep -qF "img-src data:;" "$out"
}

# convert looks for no folder by itself, and keeps the id.
converted()
{
    ferry 0 convert && is file-a "$(jq -r '.items[0].content[0].file_id' "$out")" &&
        ferry 0 convert --files-path export.jsonl.files &&
        is "$url" "$(jq -r '.items[0].content[0].image_url' "$out")" || return 1
    printf x >>"$place"
    ferry 1 convert --files-path export.jsonl.files && [ ! -s "$out" ] &&
        grep -q 'thread_1 failed: damaged: ' "$err" || return 1
    cp picture.png "$place"
}

check contents-diff words
check contents-json lines
check contents-page page
check contents-convert converted
