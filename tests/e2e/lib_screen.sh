# A terminal for a script of tests/e2e, played by tmux:
#
#   . tests/e2e/lib_screen.sh      (includes lib.sh)
#   window COLUMNS LINES COMMAND   opens one and runs the shell command in it
#   screen                         prints what stands there
#   wait_for PATTERN               until a line of it matches, ten seconds at most
#   close_window
#
# Each window has a server of its own: one that has just lost its last window
# still takes calls, and ends.
# shellcheck shell=sh disable=SC2154

. tests/e2e/lib.sh

windows=0
trap 'close_window 2>/dev/null; clean_up' EXIT

terminal()
{
    tmux -S "$work/screen.$windows" "$@"
}

window()
{
    windows=$((windows + 1))
    terminal -f /dev/null new-session -d -x "$1" -y "$2" "$3"
}

close_window()
{
    terminal kill-server
}

screen()
{
    terminal capture-pane -p
}

wait_for()
{
    for _ in $(seq 100); do
        screen | sed 's/ *$//' | grep -qE -e "$1" && return 0
        sleep 0.1
    done
    echo "not on the screen: $1"
    show
    return 1
}

# The screen, for a test that failed; without the words of messages.
show()
{
    screen | sed "/^ *\$/d; s/$canary_word/(canary)/g"
}
