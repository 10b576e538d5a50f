#!/bin/sh
# Folder <= 26 C files, file <= 800 lines, function <= 80 lines, complexity <= 20 (McCabe, a switch
# counts once). Parameters and nesting are clang-tidy's, columns clang-format's.
# limits.txt names what is over a limit and why, with the value it may not pass.
{
    find src tests -name '*.[ch]' -printf '%h\n' | sort | uniq -c | sed 's/^/folder /'
    find src tests -name '*.[ch]' -exec wc -l {} + | sed 's/^/file /'
    # modified complexity, traditional, statements, first line, lines, file(line): name
    find src tests -name '*.c' -exec pmccabe {} + | sed 's/^/function /'
} | awk -v limits=tests/lint/limits.txt '
    function over(kind, name, value, limit) {
        if (kind SUBSEP name in allowed)
            limit = allowed[kind, name]
        if (value + 0 > limit + 0) {
            print name ": " kind " " value ", limit " limit
            bad = 1
        }
    }
    BEGIN {
        while ((getline line < limits) > 0) {
            split(line, word, " ")
            allowed[word[1], word[2]] = word[3]
        }
    }
    $1 == "folder" { over("files", $3, $2, 26) }
    $1 == "file" && $3 != "total" { over("lines", $3, $2, 800) }
    $1 == "function" {
        file = $7
        sub(/\(.*/, "", file)
        over("function-lines", file ":" $8, $6, 80)
        over("complexity", file ":" $8, $2, 20)
    }
    END { exit bad }'
