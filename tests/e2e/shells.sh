#!/bin/sh
# Completion in the shells themselves: a line is typed into each of them, on a
# terminal that tmux plays, then Tab; what stands there then is judged.
. tests/e2e/lib_screen.sh

# fish would fill the last one in the background.
mkdir -p bin home/functions home/fish/completions place home/.local/share/fish/generated_completions
ln -s "$THREADFERRY" bin/threadferry
for shell in bash zsh fish; do
    "$THREADFERRY" completion $shell >"completion.$shell" || echo "not ok shells-script-$shell"
done
cp completion.zsh home/functions/_threadferry
cp completion.fish home/fish/completions/threadferry.fish
: >place/archive.jsonl
cat >bashrc <<'END'
PS1='> '
. "$WORK/completion.bash"
bind 'set bell-style none'
END
cat >zshrc <<'END'
fpath=($WORK/home/functions $fpath)
autoload -Uz compinit && compinit -u -d $WORK/home/dump
setopt NO_BEEP
PS1='> '
END
cat >home/fish/config.fish <<'END'
function fish_prompt; echo '> '; end
function fish_greeting; end
set -g fish_autosuggestion_enabled 0
END
export WORK="$work" HOME="$work/home" XDG_CONFIG_HOME="$work/home"
PATH=$work/bin:$PATH

start()
{
    case $1 in
    bash) command='bash --noprofile --rcfile ../bashrc -i' ;;
    zsh) command='zsh -f -i' ;;
    fish) command='fish -i' ;;
    esac
    window 160 50 "cd '$work/place' && exec $command"
    [ "$1" != zsh ] || send '. ../zshrc; clear' Enter
}

send()
{
    terminal send-keys "$@"
}

# Until a line of the screen is this one.
line()
{
    wait_for "^$1\$"
}

# becomes TYPED EXPECTED: after Tab the line is the expected one
becomes()
{
    send C-u
    send C-l
    line '>' || return 1
    send -l "threadferry $1"
    line "> threadferry $1" || return 1
    send Tab
    # zsh may show what fits first, with what it is for, and fill it in at the next.
    wait_for "^> threadferry $2\$|^-.* -- " || return 1
    screen | grep -qE "^-.* -- " && send Tab
    line "> threadferry $2"
}

completes()
{
    equals=
    [ $shell != zsh ] || equals='='
    line '>' || return 1
    becomes 'mig' 'migrate' &&
        becomes '--json stat' '--json status' &&
        becomes '-c some.yaml inv' '-c some.yaml inventory' &&
        becomes 'help roll' 'help rollback' &&
        becomes 'migrate --top-' 'migrate --top-up' &&
        becomes 'migrate --mapping-annotations st' 'migrate --mapping-annotations strip' &&
        becomes 'migrate --source-type=fo' 'migrate --source-type=foundry' &&
        becomes 'diff --format=h' 'diff --format=html' &&
        becomes 'verify --against ch' 'verify --against checkpoint' &&
        becomes 'rollback --force one --for' "rollback --force one --force$equals" &&
        becomes 'completion z' 'completion zsh' &&
        becomes 'migrate --source-path ar' 'migrate --source-path archive.jsonl' &&
        becomes 'mapping ar' 'mapping archive.jsonl'
}

# A value is no command, though it is spelt like one.
value()
{
    becomes '-c config inv' '-c config inventory'
}

for shell in bash zsh fish; do
    if ! command -v tmux >/dev/null || ! command -v $shell >/dev/null; then
        echo "skip shells-$shell no tmux or no $shell on this machine"
        continue
    fi
    start $shell
    check shells-$shell completes
    check shells-$shell-value value
    close_window
done
