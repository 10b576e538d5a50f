#!/bin/sh
# A tag means one thing in all of src: whoever searches for it finds one definition.
found=$(grep -noE '^ *(static )?(const )?(struct|enum|union) [a-z0-9_]+ \{' $(find src -name '*.[ch]') |
    awk -F: '{
        n = split($3, word, " ")
        tag = word[n - 1]
        where[tag] = where[tag] " " $1 ":" $2
        count[tag]++
    }
    END { for (tag in count) if (count[tag] > 1) print tag ":" where[tag] }' | sort)
[ -z "$found" ] || { echo "tags with two meanings:"; echo "$found"; exit 1; }
