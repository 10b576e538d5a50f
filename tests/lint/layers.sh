#!/bin/sh
# The rooms of src, from the ground up: a file includes its own room and those
# before it in this list, so that no circle can arise. Its own header comes
# first. Rooms that only decide make no system calls, which shows in the system
# headers they include.
rooms='base json os files http map service checkpoint net source decode fields archive
    write check export loop settings print report run doctor command'
bad=0

below=
for room in $rooms; do
    below="${below:+$below|}$room"
    found=$(grep -nE '^#include "' src/"$room"/*.[ch] | grep -vE "#include \"($below)/")
    [ -z "$found" ] || { printf '%s sees only the rooms below it:\n%s\n' "$room" "$found"; bad=1; }
done
for folder in src/*/; do
    folder=${folder#src/}
    case " $(echo $rooms) " in *" ${folder%/} "*) continue ;; esac
    echo "src/$folder: a room without a place in tests/lint/layers.sh"
    bad=1
done

# forbid 'ROOM…' PATTERN WHY: no include in these rooms matches.
forbid()
{
    for room in $1; do
        found=$(grep -nE "^#include $2" src/"$room"/*.[ch] 2>/dev/null) || continue
        printf '%s: %s\n%s\n' "$room" "$3" "$found"
        bad=1
    done
}

forbid base '<(curl|jansson|yaml|openssl)' 'base needs only libc'
system='<(unistd|fcntl|signal|poll|time|pthread|dirent|netdb|spawn|termios|sys/[a-z]+|curl/curl)\.h>'
forbid 'json files map service checkpoint net source decode fields archive write check export loop' "$system" \
    'makes no system calls'

for file in src/*/*.c; do
    header=${file%.c}.h
    [ -f "$header" ] || continue
    first=$(sed -n 's/^#include "\(.*\)"/\1/p;/^#include </p' "$file" | head -n 1)
    [ "src/$first" = "$header" ] && continue
    echo "$file: its own header does not come first"
    bad=1
done
# The rooms of the mock, in the same way.
below=
for room in base api core files source destination judge server; do
    below="${below:+$below|}$room"
    found=$(grep -nE '^#include "' tests/mock/$room/*.[ch] | grep -vE "#include \"mock/($below)/")
    [ -z "$found" ] || { printf 'mock/%s sees only the rooms below it:\n%s\n' "$room" "$found"; bad=1; }
done

# A module's test is in the room of that name.
ls tests/unit/*.[ch] 2>/dev/null && { echo 'no room of tests/unit'; bad=1; }
for test in tests/unit/*/test_*.c; do
    module=$(basename "${test##*/test_}" .c)
    room=$(basename "$(dirname "$test")")
    [ ! -f src/"$room/$module".h ] && [ ! -f src/"$room/$module".c ] || continue
    for file in src/*/"$module".[ch]; do
        [ ! -f "$file" ] || { echo "$test: its module is $file"; bad=1; }
    done
done
grep -nE '^#include "(\.\.|[a-z_0-9]+\.h)' src/*/*.[ch] && bad=1
exit $bad
