#!/bin/sh
# What a server says when it refuses: shown where a person sees it, cut, escaped and once; else only
# that it was said. A setting that is known to help is named everywhere.
. tests/e2e/lib.sh

mock_start --key "$TEST_KEY" --generate threads=7,messages=3..3,seed=5,runs=0,empty=0
source_config compatible
list_ids
long=$(printf '%0300d' 7)

refuses()
{
    rm -f threadferry.checkpoint
    curl -sf -X POST "$MOCK/admin/reset" >/dev/null &&
        curl -sf -X POST --data-binary @- "$MOCK/admin/faults" >/dev/null
}

# Two texts: the third append is refused in other words.
two_texts()
{
    refuses <<END
{"match":{"route":"append_items","nth":3},"do":"error","status":400,"body":{"error":{"message":"another \u001b]52;c;x\u0007 $long","type":"x","param":null,"code":null}}}
{"match":{"route":"append_items"},"do":"error","status":400,"body":{"error":{"message":"said-by-the-server","type":"x","param":null,"code":null}}}
END
}

# Not a terminal: only that there are words.
elsewhere()
{
    two_texts && ferry 1 migrate --threads ids --log-file run.log --report run.json || return 1
    ! grep -F said-by-the-server "$out" "$err" run.log run.json threadferry.checkpoint &&
        grep -q 'the servers gave reasons for 7 threads; -v shows them' run.log
}

# With -v each text once, with how many threads; never with a control code, never past 200 bytes.
verbose()
{
    two_texts && ferry 1 migrate --threads ids -v --report run.json || return 1
    [ "$(grep -c 'info: the server said, ' "$err")" -eq 2 ] &&
        grep -qF 'the server said, 6 threads: HTTP 400: said-by-the-server' "$err" &&
        grep -qF 'the server said, 1 thread: HTTP 400: another \x1b]52;c;x' "$err" || return 1
    ! grep -q "$(printf '\033')" "$err" &&
        [ "$(sed -n 's/.*1 thread: HTTP 400: //p' "$err" | wc -c)" -le 201 ] &&
        jq -e '.server_messages | length == 2 and (map(.threads) | add) == 7' run.json >/dev/null &&
        ! grep -F said-by-the-server threadferry.checkpoint && ferry 0 status &&
        ! grep -F said-by-the-server "$out"
}

on_a_terminal()
{
    two_texts
    script -qec "\"$THREADFERRY\" migrate --threads ids --progress none" /dev/null </dev/null >screen 2>&1
    grep -q '^what the servers said:' screen && grep -q '^  6 threads: HTTP 400: said-by-the-server' screen &&
        [ "$(grep -c said-by-the-server screen)" -eq 1 ] && return
    cat screen
    return 1
}

# A wait is no refusal: what was granted later says nothing.
granted_later()
{
    refuses <<'END'
{"match":{"route":"append_items"},"do":"error","error":"conversation_locked","times":1}
END
    ferry 0 migrate "$(sed -n 1p ids)" -v && ! grep -q 'the server said' "$err"
}

# The setting that helps is in each output.
names_batch_bytes()
{
    refuses <<'END'
{"match":{"route":"append_items"},"do":"error","status":413}
END
    ferry 1 migrate "$(sed -n 1p ids)" --report run.html && grep -q batch_bytes "$err" &&
        grep -q batch_bytes run.html && ferry 0 status && grep -q batch_bytes "$out" &&
        ferry 0 status --json && grep -q batch_bytes "$out"
}

check words-elsewhere elsewhere
check words-verbose verbose
if command -v script >/dev/null; then
    check words-on-a-terminal on_a_terminal
else
    echo "skip words-on-a-terminal no script on this machine"
fi
check words-granted-later granted_later
check words-names-batch-bytes names_batch_bytes
