#!/bin/sh
# Runs a command in a root, with /proc, /sys and /dev; in namespaces of its own,
# so that its mounts and processes end with it (root.sh).
#
#   root-run.sh ROOT DEBS COMMAND UID:GID
set -eu
root=$1

mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount --rbind /dev "$root/dev"
mount --bind "$2" "$root/var/cache/apt/archives"
set +e
chroot --userspec="$4" "$root" env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 sh -c "$3"
exit $?
