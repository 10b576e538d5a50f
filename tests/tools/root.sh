# Bare roots: a release of Debian or Ubuntu as debootstrap makes it (minbase),
# from the mirror that this machine's own apt uses.
#
#   . tests/tools/root.sh
#   roots_begin                  a folder for roots, $roots; removed at the end
#   roots_able || exit           names what is missing
#   root_new 12 NAME             makes $roots/NAME
#   tree_copy                    the committed tree in $roots/tree
#   root_tree 12 NAME            makes $roots/NAME with that tree in /src
#   root_run NAME COMMAND        sh -c COMMAND in it; nothing it starts or mounts stays
#   root_remove NAME
#   timed NAME LOGS COMMAND…     a line for a step; its output in LOGS/NAME.log
#
# The root as debootstrap leaves it is kept in ${XDG_CACHE_HOME:-~/.cache}/threadferry
# for a week, what is installed in it is not. BARE_MIRROR=URL takes another mirror,
# BARE_KEYRING=FILE the keys that it is signed with.
# shellcheck shell=sh

cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/threadferry

# RELEASE CODENAME KIND
release_rows()
{
    cat <<'ROWS'
11    bullseye debian
12    bookworm debian
13    trixie   debian
sid   sid      debian
24.04 noble    ubuntu
ROWS
}

codename_of()
{
    release_rows | awk -v release="$1" '$1 == release { print $2 }'
}

kind_of()
{
    release_rows | awk -v release="$1" '$1 == release { print $3 }'
}

roots_begin()
{
    roots=$(mktemp -d "${TMPDIR:-/tmp}/bare.XXXXXX") || exit 1
    trap roots_end EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# What runs here has namespaces of its own: its mounts and processes end with it.
isolated()
{
    unshare --mount --pid --fork --kill-child --propagation private "$@" </dev/null &
    child=$!
    wait $child
    set -- $?
    child=
    return "$1"
}

child=
roots_end()
{
    trap - EXIT
    trap '' HUP INT TERM
    if [ -n "$child" ]; then
        # unshare itself ignores the gentler signals.
        kill -KILL "$child" && wait "$child"
    fi
    rm -rf --one-file-system "$roots"
}

# Prints what keeps this machine from making roots.
roots_able()
{
    able=0
    if [ "$(id -u)" -ne 0 ]; then
        echo 'bare: needs root (for chroot and mount); BARE=skip goes without'
        able=1
    fi
    for tool in debootstrap unshare chroot git tar; do
        command -v $tool >/dev/null 2>&1 && continue
        echo "bare: needs $tool (\"make deps SET=bare\" installs it)"
        able=1
    done
    if [ -z "${BARE_MIRROR:-}" ] && ! command -v apt-get >/dev/null 2>&1; then
        echo 'bare: needs the mirror of apt, or BARE_MIRROR=URL'
        able=1
    fi
    [ $able -eq 0 ] || return 1
    if ! unshare --mount --pid --fork true 2>"$roots/unshare.log"; then
        echo "bare: needs the right to make namespaces: $(cat "$roots/unshare.log")"
        return 1
    fi
}

# The lines of this machine's apt, with its own release's name: "SUITE URI COMPONENT", a line each.
apt_lines()
{
    apt-get indextargets --format '$(RELEASE) $(REPO_URI) $(COMPONENT)' 'Created-By: Packages' |
        sort -u
}

# sources RELEASE: the sources.list of a root: the archive, its updates and its security fixes.
sources()
(
    codename=$(codename_of "$1")
    # shellcheck source=/dev/null
    . /etc/os-release
    if [ -n "${BARE_MIRROR:-}" ]; then
        echo "deb $BARE_MIRROR $codename main"
    elif [ "$(kind_of "$1")" = "$ID" ]; then
        apt_lines | awk -v here="$VERSION_CODENAME" -v name="$codename" '
            $1 == here || (name != "sid" && ($1 == here "-updates" || $1 == here "-security")) {
                sub("^" here, name, $1)
                print "deb", $2, $1, $3
            }'
    fi
)

# What apt was told here of the way to the mirror holds there too.
apt_settings()
{
    command -v apt-config >/dev/null 2>&1 || return 0
    apt-config dump | grep -E '^Acquire::((http|https|ftp)::|Check-|Retries|ForceIPv)' |
        grep -v '""'
    echo 'Acquire::Languages "none";'
}

# base_make RELEASE FILE
base_make()
{
    codename=$(codename_of "$1")
    list=$(sources "$1")
    # Without one, debootstrap knows where Ubuntu is.
    mirror=$(echo "$list" | awk -v name="$codename" '$3 == name { print $2; exit }')
    if [ -z "$mirror" ] && [ "$(kind_of "$1")" = debian ]; then
        echo "bare: this machine's apt names no mirror of Debian; BARE_MIRROR=URL does"
        return 1
    fi
    keyring=${BARE_KEYRING:-/usr/share/keyrings/$(kind_of "$1")-archive-keyring.gpg}
    if ! [ -s "$keyring" ]; then
        echo "bare: $1 needs the keys in $keyring, or BARE_KEYRING=FILE"
        return 1
    fi
    rm -rf "$roots/base"
    # It has a script for each release that it knows, and they are all alike.
    script=
    case $(kind_of "$1") in
    debian) recipe=sid ;;
    *) recipe=gutsy ;;
    esac
    scripts=/usr/share/debootstrap/scripts
    [ -e $scripts/"$codename" ] || [ -z "$mirror" ] || script=$scripts/$recipe
    # shellcheck disable=SC2086 # empty or one word
    if ! isolated --mount-proc debootstrap --variant=minbase --keyring="$keyring" "$codename" \
        "$roots/base" $mirror $script >"$roots/debootstrap.log" 2>&1; then
        echo "bare: debootstrap cannot make $1 (network, mirror or key):"
        tail -n 5 "$roots/debootstrap.log" | sed 's/^/    /'
        return 1
    fi
    [ -z "$list" ] || echo "$list" >"$roots/base/etc/apt/sources.list"
    [ "$(kind_of "$1")" != ubuntu ] ||
        sed -i 's/ main$/ main universe/' "$roots/base/etc/apt/sources.list"
    rm -f "$roots"/base/var/cache/apt/archives/*.deb
    mkdir -p "$cache"
    tar -C "$roots/base" --one-file-system -cf "$2.$$" . && mv "$2.$$" "$2"
    rm -rf "$roots/base"
}

# root_new RELEASE NAME
root_new()
{
    [ -n "$(codename_of "$1")" ] || { echo "bare: '$1' is none of: $(release_rows | cut -d' ' -f1 | tr '\n' ' ')"; return 1; }
    base=$cache/base-$1-$(dpkg --print-architecture 2>/dev/null || uname -m).tar
    [ -n "$(find "$base" -mtime -7 2>/dev/null)" ] || base_make "$1" "$base" || return
    mkdir "$roots/$2"
    tar -C "$roots/$2" -xf "$base"
    apt_settings >"$roots/$2/etc/apt/apt.conf.d/90machine"
    for file in /etc/resolv.conf /etc/hosts; do
        [ ! -e $file ] || cp -L $file "$roots/$2$file"
    done
    # A root that a power cut would take is made again: dpkg need not wait for the disk.
    echo force-unsafe-io >"$roots/$2/etc/dpkg/dpkg.cfg.d/90machine"
    # Packages that one root has fetched the next one need not.
    mkdir -p "$roots/debs-$1" "$roots/$2/var/cache/apt/archives"
    echo "$roots/debs-$1" >"$roots/$2.debs"
}

# git asks whose a tree is: this one may be anybody's, its copy is root's.
tree_copy()
{
    HOME=$roots git config --global safe.directory '*'
    HOME=$roots git clone -q --no-hardlinks . "$roots/tree" && chown -R 0:0 "$roots/tree"
}

root_tree()
{
    root_new "$1" "$2" && cp -a "$roots/tree" "$roots/$2/src"
}

root_remove()
{
    rm -rf --one-file-system "${roots:?}/$1"
}

# root_run NAME COMMAND [UID:GID]
root_run()
{
    isolated sh tests/tools/root-run.sh "$roots/$1" "$(cat "$roots/$1.debs")" "$2" "${3:-0:0}"
}

timed()
{
    timed_name=$1
    timed_log=$2/$1.log
    shift 2
    timed_from=$(date +%s)
    if "$@" >"$timed_log" 2>&1; then
        printf '%-20s ok      %4d s\n' "$timed_name" $(($(date +%s) - timed_from))
    else
        printf '%-20s FAILED  %4d s   %s\n' "$timed_name" $(($(date +%s) - timed_from)) "$timed_log"
        tail -n 40 "$timed_log" | sed 's/^/    /'
        return 1
    fi
}

# An installed program shows what a file holds: run it where $1 is this folder of the tree.
root_export=tests/archives/a-array-of-pages/files
root_use()
{
    echo "threadferry --version && mkdir -p job && cd job && cp -r '$1' export &&
        threadferry init --source-type archive --source-path ./export && threadferry inventory"
}
