#!/bin/sh
# N11 and A2: the server is away for a minute, a commit shows after 20 seconds. Takes that long.
. tests/faults/lib.sh

world --generate threads=12,messages=20..60,seed=34

# Processor time of ended children in hundredths of a second.
cpu()
{
    times | tail -n 1 | awk '{ t = 0; for (i = 1; i <= 2; i++) { split($i, a, /[ms]/)
        t += a[1] * 60 + a[2] } printf "%d", t * 100 }'
}

minute_away()
{
    fresh || return 1
    before=$(cpu)
    ferry 0 migrate --json --threads ids --concurrency 4 --source-page-size 10 \
        --connect-timeout-ms 500 || return 1
    spent=$(($(cpu) - before))
    most 'processor time (1/100 s)' $spent 300 || return 1
    # Eight attempts for each of a few requests, two for each thread that begins: nobody hammers at the
    # door.
    most retries "$(jq .requests.retries "$out")" 160 || return 1
    jq -e '.duration_ms >= 60000' "$out" >/dev/null && same
}

check N11-outage-of-a-minute minute_away <<'END'
{"match":{"global_from":20,"until_ms":60040},"do":"reset_before"}
END
# What was refused is there 20 seconds later, which is before anybody looks.
check A2-visible-after-20-s exactly --settle-ms 21000 <<END
$(on append_items '"nth":[2,5]' commit_later '"ms":20000,"error":"html","status":504')
END

check O9-outage no_leaks
