#!/bin/sh
# The pages as Chromium shows them: nothing is asked of a network, filters work by
# keyboard and without a script, ten thousand items stay usable, contrast and
# landmarks are what a reader needs. What it sees of a page is in browser.js.
. tests/e2e/lib.sh

for name in chromium chromium-browser google-chrome; do
    browser=$(command -v $name) && break
done
if [ -z "$browser" ] || ! command -v node >/dev/null; then
    for name in diff diff-large diff-filters report report-throughput; do
        echo "skip browser-$name no Chromium or no node on this machine"
    done
    exit 0
fi

mock_start --key "$TEST_KEY" --latency-ms 2
awk 'BEGIN {
    for (t = 0; t < 125; t++) {
        printf "{\"id\":\"thread_%03d\",\"object\":\"thread\",\"created_at\":1700000000,\"messages\":[", t
        for (m = 0; m < 80; m++) {
            printf "%s{\"id\":\"msg_%d_%d\",\"object\":\"thread.message\",\"created_at\":%d,", m ? "," : "", t, m, 1700000000 + m
            printf "\"thread_id\":\"thread_%03d\",\"role\":\"%s\",", t, m % 2 ? "assistant" : "user"
            if (m % 10 == 0)
                printf "\"attachments\":[{\"file_id\":\"file-%d\",\"tools\":[]}],", m
            printf "\"content\":[{\"type\":\"text\",\"text\":{\"value\":\"<b>Message</b> %d שלום 東京 https://example.com/%d and so on.\",\"annotations\":[]}}", m, m
            if (m % 25 == 1)
                printf ",{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://example.com/%d.png\"}}", m
            printf "]}"
        }
        print "]}"
    }
}' >large.jsonl
config <<'END'
source:
  path: large.jsonl
destination:
  base_url: @MOCK@/v1
  api_key_env: TEST_KEY
END

# see PAGE: its facts in the file of that name
see()
{
    timeout 120 node "$top/tests/e2e/browser.js" "$browser" "$work/$1" "$work/profile" \
        >facts 2>"$err" && [ -s facts ] && return 0
    cat "$err"
    return 1
}

# holds EXPRESSION…: each is true of the facts
holds()
{
    for expression; do
        [ "$(jq "$expression" facts)" = true ] && continue
        echo "does not hold: $expression"
        cat facts
        return 1
    done
}

readable()
{
    holds '.outside == 0' '.complaints == []' '.scripts == 0' '.language == "en"' '.labelled == true' \
        '.contrast.light >= 4.5 and .contrast.dark >= 4.5' '.overflow_at_320 <= 0' '.broken_at_375 == []' \
        '.print_hides_navigation'
}

diff_page()
{
    ferry 0 diff --format html -o page.html --limit 3 && see page.html && readable &&
        holds '.landmarks == [1,1,1,1]' '.tab == ["skip","f-all"]'
}

# Seconds, not minutes, also on a machine that has other things to do.
diff_large()
{
    ferry 0 diff --format html -o page.html && see page.html &&
        holds '.items == 10000' '.load_ms < 20000' '.filter_ms < 20000'
}

diff_filters()
{
    holds '.shown["f-all"] == 10000' '.shown["f-attachment"] == 1000' \
        '.shown["f-assistant_image"] == 250' '.shown["f-any"] == 1250'
}

report()
{
    ferry 0 migrate --limit 5 --report page.html && see page.html && readable &&
        holds '.landmarks == [1,0,1,1]'
}

# Also of a run that was over before anything was due.
throughput()
{
    grep -q '<svg role="img" aria-label="requests a second over time, at most [0-9]*"' page.html &&
        grep -qE '<polyline class="curve" points="[0-9.]+,[0-9.]+ ' page.html
}

check browser-diff diff_page
check browser-diff-large diff_large
check browser-diff-filters diff_filters
check browser-report report
check browser-report-throughput throughput
