#!/bin/sh
# H12 and H13: replies that are not what they should be.
. tests/faults/lib.sh

world --generate threads=4,messages=1..25,seed=43
one=$(sed -n 2p ids)

# One thread's replies are spoilt: it fails, or is done by another try; memory stays bounded.
bounded()
{
    fresh || return 1
    ( ulimit -v "${2:-400000}"; ferry "$1" migrate --threads ids --json --max-attempts 3 ) || return 1
    got=$(jq .exit.code "$out")
    faults </dev/null && resume && same
}
case $THREADFERRY in *asan*) ulimited=unlimited ;; *) ulimited=400000 ;; esac
for route in get_thread list_messages list_runs; do
    check H12-html-$route bounded 1 $ulimited <<END
{"match":{"route":"$route","path":"$one"},"do":"error","error":"html","status":200}
END
    check H12-wrong-type-$route bounded '0|1' $ulimited <<END
{"match":{"route":"$route","path":"$one"},"do":"edit","headers":{"Content-Type":"image/png"}}
END
    check H12-gzip-bomb-$route bounded 1 $ulimited <<END
{"match":{"route":"$route","path":"$one"},"do":"error","status":200,"gzip_bomb":600000000}
END
    check H12-body-of-1-GiB-$route bounded 1 $ulimited <<END
{"match":{"route":"$route","path":"$one"},"do":"error","status":200,"body":"{","body_size":1073741824}
END
done
for route in create_conversation append_items; do
    check H12-html-$route exactly <<END
{"match":{"route":"$route","nth":2},"do":"error_after","error":"html","status":200}
END
    check H12-gzip-bomb-$route exactly <<END
{"match":{"route":"$route","nth":2},"do":"error_after","status":200,"gzip_bomb":600000000}
END
done

check H13-header-of-1-MiB bounded '0|1' $ulimited <<END
{"match":{"route":"list_messages","path":"$one"},"do":"raw","body":["HTTP/1.1 200 OK\r\nX-Large: ",["x",1048576],"\r\nContent-Length: 2\r\n\r\n{}"]}
END
check H13-100000-headers bounded '0|1' $ulimited <<END
{"match":{"route":"list_messages","path":"$one"},"do":"raw","body":["HTTP/1.1 200 OK\r\n",["X-Header: x\r\n",100000],"Content-Length: 2\r\n\r\n{}"]}
END

# What a header holds is shown, if at all, in a form that a terminal does not obey.
visible()
{
    fresh && ferry '0|1' migrate -v -v --threads ids --max-attempts 2 && ! grep -q "$(printf '[\033\007\r]')" "$err" "$out"
}
check H13-escapes visible <<END
{"match":{"route":"list_messages","path":"$one"},"do":"raw","body":"HTTP/1.1 500 \u001b]0;x\u0007\r\nx-request-id: a\u001b[31m\rb\u0007\r\nRetry-After: \u001b[2J\r\nContent-Length: 2\r\n\r\n{}"}
END

check O9-http-bodies no_leaks
