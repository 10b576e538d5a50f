#!/bin/sh
# Nothing left undone, and the project speaks of itself alone.
bad=0
left=$(grep -rnIE '\bTO''DO\b|FIX''ME|\bXX''X\b|not impl''emented|unimpl''emented' src tests docs README.md \
    Makefile --include='*.[ch]' --include='*.sh' --include='*.md' --include='*.[0-9]' \
    --include=Makefile) && { echo "$left"; bad=1; }
blank=$(grep -rnIE '[[:blank:]]+$' src tests Makefile .ci --include='*.[ch]' --include='*.sh' \
    --include=Makefile --include=run) && { echo "$blank"; bad=1; }
exit $bad
