#!/bin/sh
# O8: escape sequences, bidi controls and formulas in everything that a source can name are
# neutral wherever they are shown.
. tests/e2e/lib.sh

mock_start
config <<'END'
source:
  type: archive
  path: evil.jsonl
destination:
  type: openai
  base_url: @MOCK@/v1
  api_key_env: TEST_KEY
settle_ms: 20
mapping:
  unknown: placeholder
  attachments: note
END

evil='\u001b]52;c;ZXZpbA==\u0007\u001b[2J\u009b31m\u202eevil\u2066\u2028=cmd()|x!A1<script>alert(1)</script>'
cat >evil.jsonl <<END
{"id":"thread_1","object":"thread","created_at":1700000000,"metadata":{"$evil":"$evil"},"messages":[{"id":"msg_1","object":"thread.message","created_at":1700000001,"thread_id":"thread_1","role":"user","metadata":{"k":"$evil"},"attachments":[{"file_id":"$evil","tools":[{"type":"$evil"}]}],"content":[{"type":"text","text":{"value":"$evil","annotations":[{"type":"$evil","text":"x"}]}},{"type":"$evil"},{"type":"image_file","image_file":{"file_id":"file<b>\u202e"}}]},{"id":"msg_2","object":"thread.message","created_at":1700000002,"thread_id":"thread_1","role":"$evil","content":[{"type":"text","text":{"value":"$evil","annotations":[]}}]}]}
{"id":"thread_2","object":"thread","created_at":1700000000,"metadata":{},"messages":[{"id":"$evil","object":"thread.message","created_at":1700000001,"thread_id":"thread_2","role":"user","content":[{"type":"text","text":{"value":"hi","annotations":[]}}]}]}
{"id":"$evil","object":"thread","created_at":1700000000,"metadata":{},"messages":[]}
{"id":"=cmd()","object":"thread","created_at":1700000000,"metadata":{},"messages":[]}
END

# No C0 but LF and TAB, no DEL, C1, bidi control or line separator in any of the files.
neutral()
{
    ! LC_ALL=C grep -aP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]' "$@"
}

# shown COMMAND…: whatever the exit status, what is printed is neutral.
shown()
{
    "$THREADFERRY" "$@" >"$out" 2>"$err" </dev/null
    [ $? -le 1 ] && [ -s "$out" ] && neutral "$out" "$err"
}

json()
{
    shown "$@" && jq . "$out" >/dev/null
}

html()
{
    shown diff --format html && ! grep -qi '<script\|file<b>' "$out" && grep -q '&lt;script&gt;' "$out"
}

migrated()
{
    "$THREADFERRY" migrate --log-file log --log-format json >"$out" 2>"$err"
    [ $? -eq 1 ] && neutral "$out" "$err" log threadferry.checkpoint && jq . log >/dev/null
}

# Everything that is carried arrives byte for byte: harmless to show is not the same as altered.
unaltered()
{
    printf '"%s"' "$evil" | jq -c . >want
    curl -s "$MOCK/admin/dump" | jq -c '[.. | .text? // empty][0]' >seen
    cmp want seen
}

check O8-convert json convert
check O8-diff-text shown diff --full
check O8-diff-jsonl json diff --json
check O8-diff-html html
check O8-inventory-text shown inventory
check O8-inventory-json json inventory --json
check O8-migrate migrated
check O8-unaltered unaltered
check O8-status-text shown status
check O8-status-json json status --json
check O8-mapping-csv shown mapping
check O8-mapping-jsonl json mapping --format jsonl
check O8-verify-text shown verify
check O8-verify-json json verify --json
