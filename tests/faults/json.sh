#!/bin/sh
# J1, J2, J4 to J7: documents that are cut, too large, or not what they should be.
. tests/faults/lib.sh

# ---- J1: every byte of every kind of reply, a thread each ----

# cut_rules FROM TO DO: reads of the thread number N are cut at byte N; so are writes, but only some
# of them, because writes are not bound to a thread and a thread has just so many attempts.
cut_rules()
{
    awk -v from="$1" -v to="$2" -v what="$3" '
        NR >= from && NR <= to {
            rule = "{\"match\":{\"route\":\"%s\",%s},\"do\":\"" what "\",\"bytes\":" NR "}\n"
            for (i = split("get_thread list_messages list_runs", routes, " "); i > 0; i--)
                printf rule, routes[i], "\"path\":\"" $1 "\",\"nth\":1"
            printf rule, "create_conversation", "\"nth\":" 3 * (NR - from + 1)
            printf rule, "append_items", "\"nth\":" 3 * (NR - from + 1)
        }' ids
}

cut_at_bytes()
{
    cut_rules "$1" "$2" "$3" | fresh && ferry 0 migrate --threads ids --json --concurrency 200 \
        && same
}

world --generate threads=900,messages=1..1,seed=51,images=0,attachments=0,annotations=0,runs=0
longest=$(source_get /threads/thread_canary/messages | wc -c)
check J1-longest-reply-is-covered most bytes "$longest" 800
for how in edit truncate; do
    check J1-$how-at-1-to-300 cut_at_bytes 1 300 $how
    check J1-$how-at-301-to-600 cut_at_bytes 301 600 $how
    check J1-$how-at-601-to-900 cut_at_bytes 601 900 $how
done

# ---- J2 ----

mock_stop
world --generate threads=5,messages=1..45,seed=52
one=$(sed -n 3p ids)
case $(nm -D "$THREADFERRY" 2>/dev/null) in *__asan*) most_memory=unlimited ;; *) most_memory=500000 ;; esac

# The thread fails by name, in bounded memory, and the others are done.
bounded()
{
    ( ulimit -v $most_memory; never_wrong && [ "$failures" -eq 1 ] &&
        [ "$(jq -r '.failures[0].thread_id' status.json)" = "$one" ] )
}
for route in get_thread list_messages list_runs; do
    check J2-depth-$route bounded <<END
{"match":{"route":"$route","path":"$one"},"do":"error","status":200,"body":["{\"data\":",["[",100000],["]",100000],"}"]}
END
    check J2-open-depth-$route bounded <<END
{"match":{"route":"$route","path":"$one"},"do":"error","status":200,"body":[["{\"data\":",100000]]}
END
    check J2-long-string-$route bounded <<END
{"match":{"route":"$route","path":"$one"},"do":"error","status":200,"body":["{\"id\":\"",["x",104857600],"\"}"]}
END
done
check J2-million-keys bounded <<END
{"match":{"route":"list_messages","path":"$one"},"do":"error","status":200,"body":["{",["\"k#\":1,",1000000],"\"data\":[1]}"]}
END
check J2-create-depth exactly <<'END'
{"match":{"route":"create_conversation","nth":2},"do":"error_after","status":200,"body":[["[",100000]]}
{"match":{"route":"append_items","nth":2},"do":"error_after","status":200,"body":[["[",100000]]}
END

# ---- J4 ----

check J4-unknown-fields exactly <<'END'
{"match":{"route":["list_messages","get_thread","list_runs","list_items","append_items","create_conversation"]},
 "do":"edit","edits":[["{\"id\":","{\"something_new\":{\"id\":[1,null,\"x\"]},\"id\":"]]}
END
check J4-unknown-type-fails fails_one unsupported thread_canary 'hologram' <<'END'
{"match":{"route":"list_messages","path":"thread_canary"},"do":"edit","edits":[["\"type\":\"text\"","\"type\":\"hologram\""]]}
END

# text_is JSON-STRING LOSS: what is stored of the thread with the canary.
text_is()
{
    ferry 0 migrate --threads ids --json "$@" || return 1
    collect
    stored=$(jq -n --slurpfile dump dump.json --slurpfile map map.jsonl '
        ($map[] | select(.thread_id == "thread_canary") | .conversation_id) as $id |
        $dump[0].conversations[] | select(.id == $id) | [.items[].content[].text]')
}
stored_is()
{
    wanted=$1 loss=$2
    shift 2
    fresh && text_is "$@" || return 1
    [ "$(echo "$stored" | jq -c .)" = "$(echo "$wanted" | jq -c .)" ] || {
        echo "stored: $stored"
        return 1
    }
    [ -z "$loss" ] || jq -e ".losses.$loss >= 1" "$out" >/dev/null
}
for policy in placeholder:'["[unsupported hologram]"]' drop:'[]'; do
    check J4-unknown-type-${policy%%:*} stored_is "${policy#*:}" unknown \
        --mapping-unknown "${policy%%:*}" <<'END'
{"match":{"route":"list_messages","path":"thread_canary"},"do":"edit","edits":[["\"type\":\"text\"","\"type\":\"hologram\""]]}
END
done

# ---- J3 ----

# altered FROM TO [latin1]: the thread's page reads so.
altered()
{
    printf '{"match":{"route":"list_messages","path":"thread_canary"},"do":"edit","latin1":%s,"edits":[[%s,%s]]}\n' \
        "${3:-false}" "$(printf %s "$1" | jq -Rs .)" "$(printf %s "$2" | jq -Rs .)"
}
check J3-nul stored_is '["a\u0000b"]' '' <<END
$(altered "$canary_text" 'a\u0000b')
END
check J3-lone-surrogate stored_is '["a\ufffdb"]' invalid_text <<END
$(altered "$canary_text" 'a\ud800b')
END
check J3-low-surrogate-first stored_is '["\ufffd\ufffd"]' invalid_text <<END
$(altered "$canary_text" '\udc00\ud800')
END
check J3-pair-is-a-character stored_is '["😀"]' '' <<END
$(altered "$canary_text" '\ud83d\ude00')
END
check J3-invalid-utf-8 stored_is '["a\ufffdb"]' invalid_text <<'END'
{"match":{"route":"list_messages","path":"thread_canary"},"do":"edit","latin1":true,"edits":[["canary-text-83b1e46fd0","aÿb"]]}
END
check J3-overlong stored_is '["a\ufffd\ufffdb"]' invalid_text <<'END'
{"match":{"route":"list_messages","path":"thread_canary"},"do":"edit","latin1":true,"edits":[["canary-text-83b1e46fd0","aÀ\u0080b"]]}
END
check J3-byte-order-mark stored_is "[\"$canary_text\"]" '' <<'END'
{"match":{"route":"list_messages","path":"thread_canary"},"do":"edit","edits":[["{\"object\":\"list\"","\ufeff{\"object\":\"list\""]]}
END
named()
{
    never_wrong && [ "$failures" -eq 1 ] && [ "$(jq -r '.failures[0].thread_id' status.json)" = thread_canary ]
}
check J3-key-twice named <<END
$(altered '"role":"user"' '"role":"user","role":"assistant"')
END
check J3-key-twice-escaped named <<END
$(altered '"role":"user"' '"role":"user","r\u006fle":"assistant"')
END
check J3-not-a-number named <<END
$(altered '1790000001' 'NaN')
END
# No number of ours, but JSON all the same: the time of the message is not known, its text is.
check J3-infinite stored_is "[\"$canary_text\"]" '' <<END
$(altered '1790000001' '1e999')
END
check J3-rest-behind-the-document named <<END
$(altered '"has_more":false}' '"has_more":false}}')
END

# ---- J5 ----

# The id of a message, of a conversation and of items: usable or refused by name, never in a URL.
strange_ids()
{
    mock_stop
    mock_start --key "$canary_key" --generate threads=5,messages=3..45,seed=53 --log requests.log
    config <"$faults/world.yaml"
    calm
}
strange_ids
# safe RESULT…: a run over this; $1 is for a failure (1) or none (0).
safe()
{
    wanted=$1
    shift
    never_wrong -v -v "$@" && [ "$got" -eq "$wanted" ] || return 1
    if grep -q -e '\.\./' -e '%1B' requests.log || grep -q "$(printf '\033')" "$out" "$err"; then
        grep -e '\.\./' -e '%1B' requests.log
        return 1
    fi
}
one=$(sed -n 2p ids)
first=$(source_get "/threads/$one/messages?order=asc&limit=1" | jq -r ".data[0].id")
for what in null:null up:'"../../conversations"' escape:'"a\u001b[31mb"' empty:'""' number:17 \
    array:'["x"]'; do
    label=${what%%:*} id=${what#*:}
    check J5-message-id-$label safe 1 --source-page-size 1 <<END
{"match":{"route":"list_messages","path":"$one"},"do":"edit","edits":[["\"id\":\"$first\"",$(printf %s "\"id\":$id" | jq -Rs .)]]}
END
    check J5-conversation-id-$label safe 1 <<END
{"match":{"route":"create_conversation","body":"$one"},"do":"edit","edits":[["\"id\":\"conv_",$(printf %s "\"id\":$id,\"was\":\"conv_" | jq -Rs .)]]}
END
    check J5-item-id-$label safe '0' <<END
{"match":{"route":"append_items","metadata":"$one","nth":1},"do":"edit","edits":[["\"id\":\"msg_",$(printf %s "\"id\":$id,\"was\":\"msg_" | jq -Rs .)]]}
END
done
check J5-message-id-missing safe 1 --source-page-size 1 <<END
{"match":{"route":"list_messages","path":"$one"},"do":"edit","edits":[["\"id\":\"$first\"","\"was\":\"$first\""]]}
END

# ---- J6, J7 ----

mock_stop
world --generate threads=5,messages=5..60,seed=54
plain_thread thread_long 35 | add_threads
calm
one=thread_long
# twisted RESULT HOW: pages of one thread are twisted so.
twisted()
{
    wanted=$1
    never_wrong --source-page-size 10 <<END || return 1
{"match":{"route":"list_messages","path":"$one"},"do":"page","how":$2}
END
    case "|$wanted|" in *"|$failures|"*) return 0 ;; esac
    echo "$failures threads failed instead of $wanted"
    return 1
}
check J6-has-more-missing twisted '0|1' '"no_has_more"'
check J6-never-more twisted 0 '"never_more"'
check J6-always-more twisted '0|1' '"always_more"'
check J6-more-on-a-full-page twisted '0|1' '"full_is_more"'
check J6-more-and-empty twisted 1 '"empty_more"'
check J6-cursor-ignored twisted 1 '"ignore_after"'
check J6-parameters-ignored twisted '0|1' '"ignore_params"'
check J6-cursor-ignored-and-always-more twisted 1 '["ignore_after","always_more"]'
check J6-500-behind-a-cursor twisted 1 '"after_500"'
check J6-never-more-and-500-behind-a-cursor twisted '0|1' '["never_more","after_500"]'
check J7-reversed twisted '0|1' '"reverse"'
check J7-two-swapped twisted '0|1' '"swap"'
check J7-one-twice twisted '0|1' '"duplicate"'
check J7-pages-overlap twisted '0|1' '"overlap"'
check J7-without-object twisted 0 '["no_object","no_first"]'

check O9-json no_leaks
