#!/bin/sh
# A file includes its own layer and those below; os and api are siblings that do
# not see each other. Its own header comes first. Engine and api make no system
# calls, which shows in the system headers they include.
bad=0

# forbid LAYER PATTERN WHY: no include in src/LAYER matches.
forbid()
{
    found=$(grep -nE "^#include $2" src/"$1"/*.[ch] 2>/dev/null) || return 0
    printf '%s: %s\n%s\n' "$1" "$3" "$found"
    bad=1
}

forbid base '"(os|api|engine|cmd)/' 'base stands alone'
forbid base '<(curl|jansson|yaml|openssl)' 'base needs only libc'
forbid os '"(api|engine|cmd)/' 'os sees base only'
forbid api '"(os|engine|cmd)/' 'api sees base only'
forbid engine '"cmd/' 'engine does not see cmd'
system='<(unistd|fcntl|signal|poll|time|pthread|dirent|netdb|spawn|termios|sys/[a-z]+|curl/curl)\.h>'
forbid api "$system" 'api is pure'
forbid engine "$system" 'engine makes no system calls'

for file in src/*/*.c; do
    header=${file%.c}.h
    [ -f "$header" ] || continue
    first=$(sed -n 's/^#include "\(.*\)"/\1/p;/^#include </p' "$file" | head -n 1)
    [ "src/$first" = "$header" ] && continue
    echo "$file: its own header does not come first"
    bad=1
done
grep -nE '^#include "(\.\.|[a-z_0-9]+\.h)' src/*/*.[ch] && bad=1
exit $bad
