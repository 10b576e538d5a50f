#!/bin/sh
# What the program does around every command: lost output has a status of its
# own, files are private, nobody can attach or dump.
set -u
: "${THREADFERRY:?}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
bad=0

# expect NAME WANTED SEEN
expect()
{
    if [ "$2" = "$3" ]; then
        echo "ok $1"
    else
        echo "not ok $1"
        echo "# wanted '$2', seen '$3'"
        bad=1
    fi
}

umask 000
"$THREADFERRY" init --quiet
expect files-are-private 600 "$(stat -c %a migrate.yaml)"

"$THREADFERRY" config check >/dev/full 2>err
expect stdout-full 16 $?
expect stdout-full-is-said 'threadferry: cannot write to standard output' "$(cat err)"

"$THREADFERRY" config check >&- 2>err
expect stdout-closed 16 $?

# A pipe that nobody reads: both ends are opened, then the reading one is closed.
mkfifo pipe
# shellcheck disable=SC2094 # a pipe, not a file
exec 3<>pipe 4>pipe 3>&-
"$THREADFERRY" config check >&4 2>err
expect stdout-closed-pipe 141 $? # SIGPIPE
exec 4>&-

# With standard error closed the number 2 must not become a file of ours.
"$THREADFERRY" --log-file log config check >out 2>&-
expect stderr-closed 0 $?
expect stderr-closed-log '' "$(cat log)"
"$THREADFERRY" config check --batch-items 0 >out 2>&-
expect stderr-closed-error 2 $?
"$THREADFERRY" config check <&- >out
expect stdin-closed 0 $?

"$THREADFERRY" --log-file /nonexistent/log config check >out 2>err
expect log-cannot-be-opened 16 $?
THREADFERRY_OF_SOMEBODY_ELSE=x "$THREADFERRY" --log-file /dev/full config check >out 2>err
expect log-without-near-name 0 $?
# A thread without messages fails, which is logged.
echo '{"id":"thread_1","object":"thread"}' >bare.json
"$THREADFERRY" --log-file /dev/full convert --source-type archive --source-path bare.json >out 2>err
expect log-full 16 $?

env -i PATH="$PATH" LC_ALL=C "$THREADFERRY" --version >out
expect bare-environment 0 $?

# A signal is heard inside of one large document: the run ends with it, not with what is in the file.
# It is sent once the file is open; reading it takes seconds.
{
    printf '['
    yes '{"a": "b", "c": ["d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"]},' |
        head -c 300000000
    printf '\n{}]\n'
} >large.json
"$THREADFERRY" convert --source-path large.json >out 2>err </dev/null &
pid=$!
until readlink /proc/$pid/fd/* 2>/dev/null | grep -q large.json || ! kill -0 $pid; do :; done
kill -TERM $pid
wait $pid
expect stop-inside-a-document 143 $?
expect stop-inside-a-document-is-told 1 "$(grep -c interrupted err)"
rm -f large.json

# A failure said already keeps its own status.
"$THREADFERRY" config chek >/dev/full 2>err
expect first-failure-counts 2 $?
exit $bad
