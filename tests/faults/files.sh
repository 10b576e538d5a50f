#!/bin/sh
# F2, F5 to F9: what happens to the checkpoint while nobody looks.
. tests/faults/lib.sh
built=${shim%/faults/shim.so}

# The core against a disk of its own, cut at every operation (tests/crash).
power_loss()
{
    (cd "$top" && POWERLOSS_STATES=${POWERLOSS_STATES:-3000} "$built/crash/crash_powerloss") >power.txt ||
        { cat power.txt; return 1; }
    ! grep '^not ok' power.txt
}
check F2-power-loss power_loss

world --generate threads=3,messages=1..45,seed=81
ferry 0 migrate --threads ids
cp threadferry.checkpoint whole

# bit_flipped BYTE BIT: the checkpoint with this bit turned over.
bit_flipped()
{
    value=$(od -An -tu1 -j "$1" -N 1 whole | tr -d ' ')
    place=$((1 << $2))
    flipped=$((value & place ? value - place : value + place))
    cp whole threadferry.checkpoint
    # shellcheck disable=SC2059 # a byte
    printf "\\$(printf %03o $flipped)" |
        dd of=threadferry.checkpoint bs=1 seek="$1" conv=notrunc 2>/dev/null
}

# A bit of every so-many-th byte, another one each time: damage is refused and left alone, or it was the last
# batch, which is then cut, said, and done again.
flips()
{
    size=$(wc -c <whole) byte=0 damaged=0 torn=0
    curl -sf "$MOCK/admin/stats" | jq .commits >commits.before
    while [ "$byte" -lt "$size" ]; do
        bit_flipped "$byte" $(((byte + byte / 8) % 8))
        cp threadferry.checkpoint flipped
        ferry '0|11' migrate --threads ids || { echo "at byte $byte"; return 1; }
        if [ "$got" -eq 11 ]; then
            damaged=$((damaged + 1))
            cmp -s flipped threadferry.checkpoint || { echo "changed at byte $byte"; return 1; }
        else
            torn=$((torn + 1))
            says 'unfinished write' || { echo "silent at byte $byte"; return 1; }
        fi
        byte=$((byte + ${FLIP_STEP:-17}))
    done
    curl -sf "$MOCK/admin/stats" | jq .commits >commits.after
    cmp -s commits.before commits.after || { echo 'something was written'; return 1; }
    [ $torn -gt 0 ] && [ $damaged -gt $torn ] && same
}
check F5-flipped-bits flips

# Bytes cut off the end: a torn tail, never damage, and the server is not asked to write again.
cut_off()
{
    size=$(wc -c <whole) left=$((size - 1))
    header=$(head -n 1 whole | wc -c)
    while [ $left -gt $((size - 260)) ] && [ $left -ge "$header" ]; do
        head -c $left whole >threadferry.checkpoint
        ferry 0 migrate --threads ids || return 1
        left=$((left - 29))
    done
    same
}
check F5-cut-off cut_off

# ---- F6 ----

refused()
{
    ferry 16 migrate --threads ids && says "$1" && [ "$(stats .requests)" -eq "$asked" ]
}
# strange WHAT WORDS: in the place of the checkpoint.
strange()
{
    rm -rf threadferry.checkpoint
    asked=$(stats .requests)
    case $1 in
    symlink) cp whole elsewhere && ln -s elsewhere threadferry.checkpoint ;;
    dangling) ln -s nowhere threadferry.checkpoint ;;
    fifo) mkfifo threadferry.checkpoint ;;
    directory) mkdir threadferry.checkpoint ;;
    device) ln /dev/null threadferry.checkpoint 2>/dev/null || mknod threadferry.checkpoint c 1 3 ;;
    mode) cp whole threadferry.checkpoint && chmod "$3" threadferry.checkpoint ;;
    owner) cp whole threadferry.checkpoint && chown 65534 threadferry.checkpoint ;;
    esac
    refused "$2"
    result=$?
    if [ "$1" = symlink ]; then cmp -s whole elsewhere || result=1; fi
    if [ "$1" = dangling ]; then [ ! -e nowhere ] || result=1; fi
    if [ "$1" = mode ]; then cmp -s whole threadferry.checkpoint || result=1; fi
    rm -rf threadferry.checkpoint
    return $result
}
check F6-symlink strange symlink 'symbolic link'
check F6-dangling-symlink strange dangling 'symbolic link'
check F6-fifo strange fifo 'not a regular file'
check F6-directory strange directory 'threadferry.checkpoint'
for mode in 0666 0640 0604; do
    check F6-mode-$mode strange mode 'have access' $mode
done
if [ "$(id -u)" -eq 0 ]; then
    check F6-device strange device 'not a regular file'
    check F6-owner strange owner 'another user'
else
    echo 'skip F6-device only root can make one'
    echo 'skip F6-owner only root can give files away; the unit test of fsio fakes the owner'
fi

# ---- F7 ----

appended()
{
    fresh || return 1
    "$THREADFERRY" migrate --threads ids >"$out" 2>"$err" </dev/null &
    pid=$!
    wait_until grep -q created threadferry.checkpoint 2>/dev/null
    echo "$1" >>threadferry.checkpoint
    wait $pid
    got=$?
    [ $got -eq 16 ] && says 'somebody else' || { echo "exit status $got"; return 1; }
    faults </dev/null && resume && same
}
for line in 'a line of somebody' "$(tail -n 1 whole)"; do
    check "F7-appended-${#line}-bytes" appended "$line" <<'END'
{"match":{"route":"append_items"},"do":"latency","ms":300}
END
done

# taken_away HOW: while requests are on their way. Nothing is begun after it was noticed.
taken_away()
{
    fresh || return 1
    rm -f elsewhere
    "$THREADFERRY" migrate --threads ids --concurrency 2 >"$out" 2>"$err" </dev/null &
    pid=$!
    wait_until grep -q created threadferry.checkpoint 2>/dev/null
    case $1 in
    removed) rm threadferry.checkpoint ;;
    renamed) mv threadferry.checkpoint elsewhere ;;
    replaced) cp -p threadferry.checkpoint elsewhere && mv elsewhere threadferry.checkpoint ;;
    esac
    wait $pid
    got=$?
    [ $got -eq 16 ] && says 'renamed, replaced or removed' && says 'put the file back' ||
        { echo "exit status $got"; return 1; }
    most 'appends' "$(stats .commits.appends)" 2 || return 1
    [ "$1" != renamed ] || { mv elsewhere threadferry.checkpoint && faults </dev/null && resume && same; }
}
for how in removed renamed replaced; do
    check F7-$how taken_away $how <<'END'
{"match":{"route":"append_items"},"do":"latency","ms":300}
END
done

# A run that writes nothing notices it at its end.
taken_from_the_idle()
{
    fresh || return 1
    cp whole threadferry.checkpoint
    "$THREADFERRY" migrate --top-up --threads ids >"$out" 2>"$err" </dev/null &
    pid=$!
    wait_until differs whole threadferry.checkpoint
    mv threadferry.checkpoint elsewhere
    wait $pid
    got=$?
    [ $got -eq 16 ] && says 'renamed, replaced or removed' || { echo "exit status $got"; return 1; }
}
differs()
{
    ! cmp -s "$1" "$2"
}
check F7-taken-from-the-idle taken_from_the_idle <<'END'
{"match":{"route":"list_messages"},"do":"latency","ms":300}
END

# ---- F8: the measurement at ten million is bench_replay's ----

check F8-replay-of-200000-threads sh -c "cd '$top' && '$built/bench/bench_replay' --threads 200000 >/dev/null"

# ---- F9 ----

format()
{
    cp "$faults/checkpoints/$1.journal" threadferry.checkpoint
    chmod 600 threadferry.checkpoint
    asked=$(stats .requests)
    if [ "$3" = status ]; then ferry "$2" status; else ferry "$2" "$3" --threads ids; fi && { [ -z "$4" ] || says "$4"; } &&
        cmp -s "$faults/checkpoints/$1.journal" threadferry.checkpoint &&
        [ "$(stats .requests)" -eq "$asked" ]
}
read_well()
{
    cp "$faults/checkpoints/$1.journal" threadferry.checkpoint
    chmod 600 threadferry.checkpoint
    ferry 0 status --json && jq -e '.threads.partial == 1' "$out" >/dev/null
}
check F9-newer-format format format-3 12 migrate 'format 3, this version reads format 2'
check F9-older-format format format-1 12 migrate 'format 1, this version reads format 2'
check F9-older-format-rollback format format-1 12 rollback 'threadferry 1.0.0'
check F9-newer-kind format needed-kind 12 migrate "kind 'Colour', which needs a newer version (threadferry 1.0.0 began"
check F9-newer-kind-has-a-way-out format needed-kind 12 status 'continue with the version that'
check F9-newer-format-has-a-way-out format format-3 12 status 'continue with the version that'
check F9-unknown-kind-is-skipped read_well unknown-kind

check O9-files no_leaks
