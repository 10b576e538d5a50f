#!/bin/sh
# Nothing left undone, and what people read is English: no words that had been
# translated, in messages or in headers.
bad=0
left=$(grep -rnIE '\bTO''DO\b|FIX''ME|\bXX''X\b|not impl''emented|unimpl''emented' src tests docs README.md \
    Makefile --include='*.[ch]' --include='*.sh' --include='*.md' --include='*.[0-9]' \
    --include=Makefile) && { echo "$left"; bad=1; }
blank=$(grep -rnIE '[[:blank:]]+$' src tests Makefile .ci --include='*.[ch]' --include='*.sh' \
    --include=Makefile --include=run) && { echo "$blank"; bad=1; }
# Strings of the program; comments go first, and shell scripts inside strings are left alone.
said=$(for file in src/main.c src/*/*.c; do
    gcc -fpreprocessed -dD -E "$file" 2>/dev/null | grep -v '^#' | grep -v _Static_assert |
        grep -oE '"([^"\\]|\\.)*"' | sed "s|^|$file: |"
done | grep -iE '\bis no (name|list|object|id|file|number|text)\b|\bbehind\b|\bstands?\b|\bmend(s|ed)?\b|has no place|\bgoes on\b|\banew\b|within reach|\bthrottled [^"]|\bheld until\b|\bsettling\b|like any other|\bto hand\b|"[^"]*\btalks? |\bpictures?\b|\bprint of\b|asks? for time|\b(the|no|of) answers?\b|possible empty|same again' |
    grep -vi 'there \(is\|are\) no ') &&
    { echo "$said"; bad=1; }
shown=$(grep -nE '\bbehind\b|\b(True|False|NULL|""|Fails) where\b|\b(is|are) no (list|object|id|record|header|member)\b|\bstands? (in|for|at|under|behind)\b|goes on record|the same holds' \
    src/print/*.h src/report/*.h src/map/*.h src/check/*.h src/write/*.h src/checkpoint/*.h src/source/*.h \
    src/net/*.h src/loop/*.h src/run/*.h | grep -vi 'there \(is\|are\) no ') && { echo "$shown"; bad=1; }
# Phrases that were hard to read, each with a better one today; and 1,002,642, not 1 002 642.
old=$(grep -nE 'possible empty conv|within reach|stand on a command line|needs a person|takes the word|shown from here on|messages? without an item\b|whenever you like|What is a choice|nobody told|can know the file|has no place|are known too|no matter to it|is not waited for|behind --force|way is free|of which list|no service gives|\b[0-9]{1,3} [0-9]{3} [0-9]{3}\b' \
    README.md docs/*.md docs/threadferry.1 migrate.yaml.example) && { echo "$old"; bad=1; }
exit $bad
