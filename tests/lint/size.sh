#!/bin/sh
# Folder <= 26 C files, file <= 800 lines, function <= 80 lines, complexity <= 20 (McCabe, a switch
# counts once). Parameters and nesting are clang-tidy's, columns clang-format's.
# limits.txt names what is over a limit and why, with the value it may not pass.
bad=0
limits=tests/lint/limits.txt

# over KIND NAME VALUE LIMIT
over()
{
    allowed=$(awk -v kind="$1" -v name="$2" '$1 == kind && $2 == name { print $3 }' "$limits")
    [ "$3" -le "${allowed:-$4}" ] && return
    echo "$2: $1 $3, limit ${allowed:-$4}"
    bad=1
}

while read -r files folder; do
    over files "$folder" "$files" 26
done <<EOT
$(find src tests -name '*.[ch]' -printf '%h\n' | sort | uniq -c)
EOT

while read -r lines file; do
    [ "$file" = total ] || over lines "$file" "$lines" 800
done <<EOT
$(find src tests -name '*.[ch]' -exec wc -l {} +)
EOT

# pmccabe: modified complexity, traditional, statements, first line, lines, file(line): name
while read -r complexity _ _ _ lines place name; do
    [ -n "$complexity" ] || continue
    file=${place%%(*}
    over function-lines "$file:$name" "$lines" 80
    over complexity "$file:$name" "$complexity" 20
done <<EOT
$(find src tests -name '*.c' -exec pmccabe {} +)
EOT

exit $bad
