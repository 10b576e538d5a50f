#!/bin/sh
# "make picture": docs/diff.svg, what diff says of two of the demo's threads, as
# a terminal shows it. picture.sh THREADFERRY prints it.
set -eu
ferry=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
jq -c '.threads[]' tests/demo/threads.json >"$work/export.jsonl"
cd "$work"
env -i "$ferry" diff --color always --source-path export.jsonl thread_demo_refund thread_demo_chart \
    >diff 2>/dev/null

# Each line a text; a colour lasts until the next one, or the line's end.
awk '
    BEGIN {
        split("1 32 2 33 31 35", code, " ")
        split("head add same skip bad loss", class, " ")
        for (i in code) classes["[" code[i] "m"] = class[i]
    }
    {
        gsub(/&/, "\\&amp;")
        gsub(/</, "\\&lt;")
        gsub(/>/, "\\&gt;")
        count = split("\033[0m" $0, pieces, "\033")
        out = ""
        for (i = 2; i <= count; i++) {
            end = index(pieces[i], "m")
            kind = classes[substr(pieces[i], 1, end)]
            piece = substr(pieces[i], end + 1)
            if (piece != "")
                out = out (kind ? "<tspan class=\"" kind "\">" piece "</tspan>" : piece)
        }
        lines[NR] = out
    }
    END {
        height = 19 * (NR + 1) + 36
        printf "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 960 %d\"", height
        print " aria-label=\"threadferry diff: what would be written, and what would be lost\">"
        print "<style>text{font:13.5px ui-monospace,Menlo,Consolas,monospace;fill:#e6e8eb;white-space:pre}"
        print ".head{font-weight:700}.add{fill:#5fd08a}.loss{fill:#d3a4ff}.bad{fill:#ff8a80}"
        print ".skip{fill:#e2b04a}.same,.prompt{fill:#a0a7b0}</style>"
        printf "<rect width=\"960\" height=\"%d\" rx=\"10\" fill=\"#15171a\"/>\n", height
        print "<text x=\"20\" y=\"32\"><tspan class=\"prompt\">$</tspan> threadferry diff</text>"
        for (i = 1; i <= NR; i++)
            if (lines[i] != "")
                printf "<text x=\"20\" y=\"%d\">%s</text>\n", 32 + 19 * i, lines[i]
        print "</svg>"
    }' diff
