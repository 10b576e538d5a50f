#!/bin/sh
# What stands on a terminal: the bar while a job runs, in windows that change
# their size, nothing of it afterwards; the pager. tmux plays the terminal.
. tests/e2e/lib_screen.sh

mock_start --generate threads=30,messages=20..40,seed=7 --latency-ms 60
source_config compatible 'concurrency: 2'
list_ids

no_control_codes()
{
    ferry 0 migrate --threads ids --limit 2 --progress bar &&
        ! cat "$out" "$err" | grep "$(printf '\033')"
}

# Runs commands in a window of 100 columns, or so many; the window stays.
run()
{
    echo "$1; echo STATUS \$?; exec cat" >window.sh
    window "${2:-100}" 24 "exec sh window.sh"
}

# The bar, once.
one_bar()
{
    [ "$(screen | grep -c '/30 threads')" -eq 1 ] && return 0
    show
    return 1
}

bar()
{
    wait_for '^\[=* *\] [0-9]+/30 threads .*requests/s' && one_bar
}

narrow()
{
    terminal resize-window -x 40 && wait_for '^[0-9]+/30 threads' && one_bar
}

wide()
{
    terminal resize-window -x 120 && wait_for '^\[=* *\] [0-9]+/30 threads' && one_bar
}

bar_gone()
{
    wait_for '^STATUS 0' && ! screen | grep '/30 threads'
}

# Without resizes: what stood above the bar stands above the summary.
in_its_place()
{
    wait_for '^STATUS 0' && [ "$(screen | sed -n 1p)" = BEFORE ] &&
        screen | sed -n 2p | grep -q '^threadferry: info: a new job begins' &&
        screen | sed -n '3,4p' | grep -q '^threads: 8 selected' && return 0
    show
    return 1
}

pager()
{
    wait_for '^STATUS 0' && screen | grep -q '^paged:requests: '
}

# The keys of both sides are none of its business; all else is as any program would find it.
pager_environment()
{
    wait_for '^STATUS 0' && grep -q '^HOME=' paged && grep -q '^LESS=FRX' paged &&
        ! grep -E '^(TEST_KEY|OTHER_KEY)=' paged
}

# What ^C means is the business of a pager that lives on: nothing else ends, neither while threads
# are read nor afterwards.
pager_survives()
{
    wait_for '^PAGING' && terminal send-keys C-c && terminal send-keys C-c && wait_for 'PAGED$' &&
        terminal send-keys C-c && terminal send-keys C-c && terminal send-keys q Enter &&
        wait_for '^QUIT q' && wait_for '^STATUS 0' && grep -q '^requests: ' paged
}

pager_interrupted()
{
    wait_for '^PAGING' && terminal send-keys C-c && wait_for 'STATUS 130$'
}

# Who has read enough is told nothing.
pager_quit()
{
    wait_for '^STATUS 0' && screen | grep -q '^thread ' && ! screen | grep 'threadferry:'
}

# Neither SIGINT nor SIGPIPE is ignored: they end most programs, and so does the end of the reader.
pager_signals()
{
    wait_for '^STATUS 0' && mask=0x$(sed -n 's/^SigIgn:[[:space:]]*//p' paged) &&
        [ $((mask & 0x1002)) -eq 0 ]
}

question_interrupted()
{
    wait_for 'Continue\?' && terminal send-keys C-c && wait_for '^threadferry: interrupted' &&
        wait_for '^STATUS 130'
}

# Texts are broken at the width of the window, none of their lines is cut by it.
wrapped()
{
    wait_for '^STATUS 0' && screen >lines && grep -qE '^ {15}[^ !]' lines &&
        ! grep -qE '^[^ ]{16}' lines && return 0
    show
    return 1
}

# Joined, what the terminal has broken would be longer than the window.
# A command to be pasted is never broken.
pasted='^  [^ ]*threadferry '

fits()
{
    wait_for '^STATUS 0' && terminal capture-pane -p -J -S - >lines &&
        grep -q '^  + user' lines && grep -qE '^ *[0-9]+  [a-z_]+$' lines &&
        ! grep -vE "^thread |$pasted" lines | grep -E '.{41}' && return 0
    show
    return 1
}

# lines_fit PATTERN: one line of it is there.
lines_fit()
{
    wait_for '^STATUS' && terminal capture-pane -p -J -S - >lines &&
        grep -qE -e "$1" lines && ! grep -v "$pasted" lines | grep -E '.{41}' && return 0
    show
    return 1
}

# What was printed, with its colours.
painted()
{
    wait_for '^STATUS 0' && terminal capture-pane -e -p -S - >lines
}

# One diff after the other: coloured unless somebody says no; an empty NO_COLOR says nothing.
colors()
{
    wait_for '^STATUS 0' || return 1
    terminal capture-pane -p -e -S - | awk '/^VARIANT/ { way = $2 } /\033\[[0-9;]*3[1-6]m/ { seen[way] = 1 }
        END { exit !(seen["plain"] && seen["empty"] && !seen["no"] && !seen["dumb"] && !seen["none"]) }' &&
        return 0
    show
    return 1
}

# A machine without the pager shows the text all the same.
no_pager()
{
    wait_for '^STATUS 0' && screen | grep -q '^requests: ' && ! screen | grep -q 'not found'
}

check terminal-no-control-codes no_control_codes
if ! command -v tmux >/dev/null; then
    for name in bar narrow wide bar-gone in-its-place pager pager-environment pager-survives \
        pager-interrupted pager-quit pager-signals wrapped fits summary-fits status-fits \
        inventory-fits doctor-fits question-interrupted colors no-pager; do
        echo "skip terminal-$name no tmux on this machine"
    done
    exit 0
fi
rm threadferry.checkpoint
run "'$THREADFERRY' migrate --threads ids"
check terminal-bar bar
check terminal-narrow narrow
check terminal-wide wide
check terminal-bar-gone bar_gone
close_window
rm threadferry.checkpoint
run "echo BEFORE; '$THREADFERRY' migrate --threads ids --limit 8"
check terminal-in-its-place in_its_place
close_window
rm threadferry.checkpoint
run "PAGER='sed s/^/paged:/' '$THREADFERRY' diff --threads ids --limit 2"
check terminal-pager pager
close_window
sed '/^destination/,$s/TEST_KEY/OTHER_KEY/' migrate.yaml >two_keys.yaml
run "OTHER_KEY=k PAGER='env >paged; cat' '$THREADFERRY' -c two_keys.yaml diff --threads ids --limit 1"
check terminal-pager-environment pager_environment
close_window
cat >survivor.sh <<'END'
trap '' INT
echo PAGING
cat >paged
echo PAGED
read -r answer </dev/tty
echo "QUIT $answer"
END
run "trap : INT; PAGER='sh survivor.sh' '$THREADFERRY' diff --threads ids"
check terminal-pager-survives pager_survives
close_window
run "trap : INT; PAGER='echo PAGING; sleep 600' '$THREADFERRY' diff --threads ids --limit 1"
check terminal-pager-interrupted pager_interrupted
close_window
run "PAGER='head -n 3' '$THREADFERRY' diff --threads ids"
check terminal-pager-quit pager_quit
close_window
run "PAGER='grep SigIgn /proc/self/status >paged; cat' '$THREADFERRY' diff --threads ids --limit 1"
check terminal-pager-signals pager_signals
close_window
run "'$THREADFERRY' diff --threads ids --limit 1 --no-pager"
check terminal-wrapped wrapped
close_window
diff="'$THREADFERRY' diff --threads ids --limit 1 --no-pager"
run "echo VARIANT plain; $diff; echo VARIANT empty; NO_COLOR= $diff; echo VARIANT no; NO_COLOR=1 $diff
echo VARIANT dumb; TERM=dumb $diff; echo VARIANT none; TERM= $diff"
check terminal-colors colors
close_window
run "'$THREADFERRY' diff --threads ids --limit 3 --no-pager" 40
check terminal-fits fits
close_window
rm -f threadferry.checkpoint
{ head -n 2 ids; echo thread_none; } >some
run "'$THREADFERRY' migrate -q --threads some --progress none 2>/dev/null; '$THREADFERRY' migrate --threads ids --limit 2" 40
check terminal-summary-fits lines_fit '^requests: '
close_window
run "'$THREADFERRY' status" 40
check terminal-status-fits lines_fit '^    read the thread: HTTP 404$'
close_window
run "'$THREADFERRY' inventory --threads some" 40
check terminal-inventory-fits lines_fit '^    read the thread: HTTP 404$'
close_window
run "'$THREADFERRY' doctor" 40
check terminal-doctor-fits lines_fit '^      OpenAI answers, the key is$'
close_window
run "trap : INT; '$THREADFERRY' rollback --threads ids"
check terminal-question-interrupted question_interrupted
close_window
run "PAGER='no-such-pager -x' '$THREADFERRY' diff --threads ids --limit 1"
check terminal-no-pager no_pager
close_window
