#!/bin/sh
# N: names, connections, TLS and proxies.
. tests/faults/lib.sh

world --generate threads=6,messages=0..45,seed=31
by_name="--insecure-http --source-base-url http://server.test:$MOCK_PORT/v1 \
    --destination-base-url http://server.test:$MOCK_PORT/v1"

# Space separated options, as in the variable above.
# shellcheck disable=SC2086
by_name()
{
    "$@" $by_name
}

retried()
{
    [ "$(wc -l <fired)" -ge "$1" ] && return 0
    echo "$(wc -l <fired) calls, expected at least $1"
    return 1
}

name_never()
{
    fresh </dev/null && shimmed resolve:1:0:0 by_name ferry 17 migrate --threads ids \
        --max-attempts 3 && retried 3 &&
        shimmed resolve:1:1:0 by_name resume && same
}

name_at_first()
{
    fresh </dev/null && shimmed resolve:1:2:0 by_name ferry 0 migrate --threads ids &&
        retried 2 && same
}

# connection ACTION: never, at first, and to the destination alone.
never()
{
    fresh </dev/null && shimmed "connect:1:0:$1" ferry 17 migrate --threads ids \
        --max-attempts 3 --connect-timeout-ms 200 && retried 3 && resume && same
}

at_first()
{
    fresh </dev/null && shimmed "connect:1:5:$1" ferry 0 migrate --threads ids \
        --connect-timeout-ms 200 && retried 5 && same
}

destination_refuses()
{
    fresh </dev/null && ferry 17 migrate --threads ids --max-attempts 3 \
        --destination-base-url http://127.0.0.1:1/v1 && [ "$(stats .commits.appends)" -eq 0 ] &&
        says 'cannot reach 127.0.0.1:1: connection refused; trying again' &&
        [ "$(grep -c 'cannot reach' "$err")" -eq 1 ]
}

check N1-never-resolves name_never
check N1-resolves-after-two-failures name_at_first
check N2-refused-always never 111
check N2-refused-at-first at_first 111
check N2-time-out-always never hang
check N2-time-out-at-first at_first hang
check N2-destination-refuses destination_refuses

# ---- TLS ----

# certificate NAME SUBJECT-ALTERNATIVE-NAME [UNDER…]: signed by ca.pem; every OpenSSL since 1.1 takes these.
certificate()
{
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$1.key" \
        -out "$1.csr" 2>openssl.err && echo "subjectAltName=$2" >alternative || { cat openssl.err; return 1; }
    signed=$1
    shift 2
    "$@" openssl x509 -req -in "$signed.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
        -extfile alternative -out "$signed.pem" 2>openssl.err || { cat openssl.err; return 1; }
}

# authority NAME
authority()
{
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$1" \
        -keyout "$1.key" -out "$1.pem" 2>openssl.err || { cat openssl.err; return 1; }
}

certificates()
{
    authority ca && authority stranger && certificate good IP:127.0.0.1 &&
        certificate other DNS:elsewhere.test &&
        certificate expired IP:127.0.0.1 env LD_PRELOAD="$shim" SHIM=clock:1:0:past
}

# over_tls CERTIFICATE STATUS [OPTION…]: one run against a server with it.
over_tls()
{
    certificate=$1 status=$2
    shift 2
    plain_mock=$MOCK plain_pid=$mock_pid
    mock_start --generate threads=2,messages=1..3,seed=5 --tls-cert "$certificate.pem" \
        --tls-key "$certificate.key"
    curl -sk "https://127.0.0.1:$MOCK_PORT/admin/source" | jq -r '.threads[].id' >tls.ids
    rm -f threadferry.checkpoint
    ferry "$status" migrate --json --threads tls.ids \
        --source-base-url "https://127.0.0.1:$MOCK_PORT/v1" \
        --destination-base-url "https://127.0.0.1:$MOCK_PORT/v1" "$@"
    result=$?
    mock_stop
    MOCK=$plain_mock mock_pid=$plain_pid
    return $result
}

# The reason is named, no retry, and nobody is told to look away.
refused()
{
    over_tls "$1" 17 --source-ca-file "${3:-ca.pem}" --destination-ca-file "${3:-ca.pem}" &&
        says "$2" || return 1
    if grep -qiE 'insecure|skip|disable|turn off|--no-' "$err"; then
        echo "an ill advice: $(cat "$err")"
        return 1
    fi
    # The thread and its runs, of two threads at once.
    jq -e '.requests.retries == 0 and .requests.source <= 4 and .duration_ms < 2000' "$out" >/dev/null
}

# A server that speaks nothing newer than TLS 1.1, and a configuration of OpenSSL that would allow it:
# curl gets through, the program does not.
old_version()
{
    cat >weak.cnf <<'END'
openssl_conf = start
[start]
ssl_conf = kinds
[kinds]
system_default = weak
[weak]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
END
    OPENSSL_CONF=weak.cnf openssl s_server -accept 127.0.0.1:0 -tls1_1 -cert good.pem -key good.key \
        -www >old.out 2>&1 &
    old_pid=$!
    mock_pids="$mock_pids $old_pid"
    wait_until grep -q '^ACCEPT .*:[0-9]' old.out || { cat old.out; return 1; }
    port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' old.out)
    OPENSSL_CONF=weak.cnf curl -sf --cacert ca.pem --tlsv1.0 "https://127.0.0.1:$port/" >/dev/null ||
        { echo 'curl does not get through'; return 1; }
    rm -f threadferry.checkpoint
    UNDER='env OPENSSL_CONF=weak.cnf' ferry 17 migrate --json --threads ids --max-attempts 2 \
        --source-base-url "https://127.0.0.1:$port/v1" --source-ca-file ca.pem
    result=$?
    UNDER=
    kill $old_pid
    return $result
}

check N3-authority-made certificates
check N3-good-certificate over_tls good 0 --source-ca-file ca.pem --destination-ca-file ca.pem
check N3-expired refused expired 'expired'
check N3-wrong-host refused other 'another host'
check N3-unknown-authority refused good "authority is unknown" stranger.pem
if openssl s_server -help 2>&1 | grep -q -e -tls1_1; then
    check N3-old-version-of-TLS old_version
else
    echo 'skip N3-old-version-of-TLS this openssl cannot serve it'
fi
check N3-system-authorities over_tls good 17

# ---- proxies ----

# What a proxy says to CONNECT; $1 is the status line's end, $2 the body.
proxy()
{
    printf '{"match":{},"do":"raw","body":%s}' "$(printf 'HTTP/1.1 %s\r\n%s\r\n\r\n%s' "$1" \
        'Content-Type: text/html
Content-Length: 30' '<html>sign in first</html>    ' | jq -Rs .)" | faults || return 1
    http_proxy=$MOCK https_proxy=$MOCK no_proxy="" \
        ferry 17 migrate --json --threads ids --max-attempts 2 \
        --source-base-url https://api.invalid/v1 || return 1
    # Not read as the API's refusal of the key, of the thread or of anything.
    ! grep -qiE 'failed: (forbidden|refused|source_missing)|key' "$err"
}

proxied()
{
    fresh </dev/null && proxy "$1" && jq -e ".threads.failed == 0" "$out" >/dev/null &&
        faults </dev/null && resume && same
}

# A listener that the whole environment names as the proxy hears nothing.
unproxied()
{
    plain_mock=$MOCK plain_port=$MOCK_PORT plain_pid=$mock_pid
    mock_start --key nobody --generate threads=0 --log heard
    listener=$MOCK listener_pid=$mock_pid
    MOCK=$plain_mock MOCK_PORT=$plain_port mock_pid=$plain_pid
    UNDER="env http_proxy=$listener https_proxy=$listener all_proxy=$listener ALL_PROXY=$listener no_proxy="
    fresh </dev/null && "$@"
    result=$?
    UNDER=
    kill "$listener_pid" && wait "$listener_pid"
    [ ! -s heard ] || { sed 's/^/the proxy heard: /' heard; return 1; }
    return $result
}

on_loopback()
{
    ferry 0 migrate --threads ids && same
}

# In clear, and to a host that no name leads to.
in_clear()
{
    ferry 17 migrate --threads ids --insecure-http --max-attempts 2 \
        --source-base-url http://api.invalid/v1 --destination-base-url http://api.invalid/v1
}

check N13-loopback unproxied on_loopback
check N13-plain-http unproxied in_clear
check N4-407 proxied '407 Proxy Authentication Required'
check N4-html-page-403 proxied '403 Forbidden'
check N4-html-page-502 proxied '502 Bad Gateway'

check O9-network no_leaks
