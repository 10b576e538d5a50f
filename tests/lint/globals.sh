#!/bin/sh
# No mutable state at file scope: what the compiler puts into .data or .bss is
# named in globals.txt with its reason.
: "${B:?}"
found=$(for object in $(find "$B/src" -name '*.o'); do
    source=${object#"$B"/}
    [ -f "${source%.o}.c" ] || continue
    objdump -t "$object" | awk -v file="${source%.o}.c" '
        / O (\.data|\.bss|\.tbss|\.tdata|\*COM\*)/ && !/\.data\.rel\.ro/ {
            name = $NF
            sub(/\.[0-9]+$/, "", name) # a static inside a function
            print file, name
        }'
done | sort -u)
allowed=$(mktemp) || exit 1
trap 'rm -f "$allowed"' EXIT
sed '/^#/d; s/^\([^ ]* [^ ]*\).*/\1/' tests/lint/globals.txt | sort -u >"$allowed"
new=$(printf '%s\n' "$found" | grep . | grep -vxFf "$allowed")
[ -z "$new" ] || { echo "mutable state at file scope:"; echo "$new"; exit 1; }
