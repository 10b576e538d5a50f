#!/bin/sh
# mapping --format sql goes into a real SQLite and a real PostgreSQL, and again, with ids that try
# to get out of their quotes.
. tests/e2e/lib.sh

cp "$top/tests/cli/mapping-hostile-sql/threadferry.checkpoint" .
chmod 600 threadferry.checkpoint
: >migrate.yaml

# The rows as they must come back; what cannot be written portably is left out.
wanted()
{
    "$THREADFERRY" mapping --format jsonl | jq -r 'select(.conversation_id |
        test("[\\\\\u202e]") | not) | [.thread_id, .conversation_id, .items, .state] | map(tostring) | join("|")' | sort
}

# goes_in TABLE: twice into the database that sql() speaks to; a row that was altered is set right.
goes_in()
{
    printf '%s\n' "CREATE TABLE $1 (thread_id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL," \
        "items BIGINT NOT NULL, state TEXT NOT NULL);" | sql || return 1
    ferry 1 mapping --format sql --table "$1" && cp "$out" rows.sql && sql <rows.sql || return 1
    printf "UPDATE %s SET items = 99, state = 'partial', conversation_id = 'x';\n" "$1" | sql || return 1
    sql <rows.sql && echo "SELECT * FROM $1;" | sql | sort >have && wanted >want && [ -s want ] &&
        cmp want have
}

each_table()
{
    for table in threads 'other.threads' '"order"' '"a ""b""; DROP TABLE threads; --"' '"It'"'"'s"."T"'; do
        case $table in other.* | *.\"T\") schema "${table%%.*}" || return 1 ;; esac
        goes_in "$table" || { echo "table $table" && return 1; }
    done
    echo 'SELECT count(*) FROM threads;' | sql | grep -qx "$(wc -l <want)"
}

refused()
{
    for table in '' '"' '""' '"a' 'a"' '"a"b' 'a.' '.a' 'a b' '"a"".b' "a'" 'a;b' '"a\b"' '1a' "$(printf '"a\tb"')"; do
        ferry 2 mapping --format sql --table "$table" && [ ! -s "$out" ] || return 1
    done
}

in_sqlite()
{
    rm -f db db.*
    attach=
    # shellcheck disable=SC2317
    schema() { attach="$attach ATTACH 'db.$(printf %s "$1" | cksum | cut -d' ' -f1)' AS $1;"; }
    # shellcheck disable=SC2317
    sql() { { echo "$attach" && cat; } | sqlite3 -bail db; }
    each_table
}

# PostgreSQL refuses to be root: then it runs as nobody, in a folder of that name.
as_user()
{
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid 65534 --regid 65534 --clear-groups env -i PATH="$PATH" LC_ALL=C "$@"
    else
        env -i PATH="$PATH" LC_ALL=C "$@"
    fi
}

in_postgres()
{
    folder=$(mktemp -d /tmp/postgres.XXXXXX) && chmod 711 "$folder" && mkdir "$folder/db" || return 1
    [ "$(id -u)" -ne 0 ] || chown 65534:65534 "$folder" "$folder/db"
    (cd / && as_user "$server/initdb" -D "$folder/db" -A trust -U tester -E UTF8 --no-sync >"$err" 2>&1) &&
        (cd / && as_user "$server/pg_ctl" -D "$folder/db" -w -l "$folder/log" \
            -o "-c listen_addresses= -k $folder -F" start >>"$err" 2>&1) || {
        cat "$err"
        return 1
    }
    # shellcheck disable=SC2317
    schema() { echo "CREATE SCHEMA $1;" | sql; }
    # shellcheck disable=SC2317
    sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$folder" -U tester -d postgres; }
    each_table
    ended=$?
    (cd / && as_user "$server/pg_ctl" -D "$folder/db" -m immediate stop >/dev/null 2>&1)
    rm -rf "$folder"
    return $ended
}

check sql-table-refused refused
if command -v sqlite3 >/dev/null; then
    check sql-sqlite in_sqlite
else
    echo "skip sql-sqlite no sqlite3 on this machine"
fi
server=
for folder in "$(dirname "$(command -v initdb 2>/dev/null || echo /nowhere)")" /usr/lib/postgresql/*/bin; do
    [ ! -x "$folder/initdb" ] || server=$folder
done
if [ -n "$server" ] && command -v psql >/dev/null; then
    check sql-postgres in_postgres
else
    echo "skip sql-postgres no PostgreSQL server on this machine"
fi
