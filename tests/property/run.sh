#!/bin/sh
# Random archives, judged: see archives.py. SEEDS of them from FROM on, in two
# processes; a line per mutation goes to $RESULT.
set -u
: "${RESULT:?}" "${B:?}" "${SEEDS:=3000}" "${FROM:=1}"
here=$(dirname "$0")

mkdir -p "$(dirname "$RESULT")"
if ! command -v python3 >/dev/null; then
    echo "skip archives python3 is missing" >"$RESULT"
    exit 0
fi
export PYTHONDONTWRITEBYTECODE=1
half=$((SEEDS / 2))
python3 "$here/archives.py" "$B/property/batch" --first "$FROM" --seeds $half --result "$RESULT.1" &
other=$!
status=0
python3 "$here/archives.py" "$B/property/batch" --first $((FROM + half)) --seeds $((SEEDS - half)) \
    --result "$RESULT.2" || status=1
wait $other || status=1
# A mutation is fine only if both say so.
sort -u "$RESULT.1" "$RESULT.2" | awk '
    /^not ok/ { bad[$3] }
    { name = $1 == "ok" ? $2 : $3; seen[name] }
    END { for (name in seen) print (name in bad ? "not ok " : "ok ") name }' | sort >"$RESULT"
[ -s "$RESULT" ] || status=1
exit $status
