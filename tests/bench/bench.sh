#!/bin/sh
# Measures what docs/PERFORMANCE.md promises, as ratios within one run: prints a
# table, writes it to $B/bench/bench.json, and draws plots beside it.
#
#     B=build sh tests/bench/bench.sh [PART…]     all parts, or those that are named
#
# BENCH_QUICK=1 shrinks the jobs. BENCH_DIR is where jobs keep their files, a real
# disk like that of real jobs; MEMORY_DIR is a memory file system, to compare with.
set -u

B=$(cd "${B:-build}" && pwd)
HERE=$(cd "$(dirname "$0")" && pwd)
OUT=$B/bench
JOB=$(mktemp -d "${BENCH_DIR:-${TMPDIR:-/var/tmp}}/threadferry-bench.XXXXXX")
MEMORY=$(mktemp -d "${MEMORY_DIR:-/dev/shm}/threadferry-bench.XXXXXX")
MOCK=
TABLE=$OUT/table.jsonl
mkdir -p "$OUT"
: >"$TABLE"
export BENCH_KEY=k

finish() {
	stop_mock
	rm -rf "$JOB" "$MEMORY"
}
trap finish EXIT
trap 'exit 130' INT TERM

quick() { [ -n "${BENCH_QUICK:-}" ]; }
# full SIZE QUICK_SIZE
size() { if quick; then echo "$2"; else echo "$1"; fi; }
have() { command -v "$1" >/dev/null 2>&1; }

start_mock() {
	: >"$JOB/port"
	"$B/mock-api" "$@" >"$JOB/port" 2>"$JOB/mock.log" &
	MOCK=$!
	tries=0
	until grep -q PORT "$JOB/port"; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] || { echo "bench: the mock does not start" >&2; exit 1; }
		sleep 0.05
	done
	URL=http://127.0.0.1:$(sed -n 's/^PORT //p' "$JOB/port")
}

stop_mock() {
	[ -z "$MOCK" ] || { kill "$MOCK" && wait "$MOCK"; } 2>/dev/null
	MOCK=
}

fresh() {
	curl -s -X POST "$URL/admin/reset" >/dev/null
	rm -f "$JOB/checkpoint" "$JOB/took" "$MEMORY/checkpoint"
}

ids() { curl -s "$URL/admin/source" | jq -r '.threads[].id' >"$JOB/ids"; }

# Runs threadferry with the job's files; what it took is in took, its summary in summary.
ferry() {
	THREADFERRY_CONFIG="$JOB/none.yaml" "$B/bench/measure" "$JOB/took" "$B/threadferry" -c "$JOB/job.yaml" \
		"$@" --json --progress none >"$JOB/summary" 2>"$JOB/stderr"
}

live_job() { # [line of the destination]
	cat >"$JOB/job.yaml" <<-END
		source: {type: openai, base_url: $URL/v1, api_key_env: BENCH_KEY}
		destination: {type: openai, base_url: $URL/v1, api_key_env: BENCH_KEY${1:+, $1}}
		threads: {file: $JOB/ids}
		checkpoint: $JOB/checkpoint
	END
}

took() { jq -s "last | $1" "$JOB/took"; }
requests() { jq '.requests.source + .requests.destination' "$JOB/summary"; }
calc() { jq -n "$1" 2>/dev/null; } # nothing where one of its values is missing

# row NAME VALUE UNIT TARGET: the target is ">= N", "<= N", or "" where there is none. What could
# not be measured is missed.
row() {
	jq -nc --arg name "$1" --argjson v "${2:-null}" --arg unit "$3" --arg target "$4" \
		'{name: $name, value: $v, unit: $unit, target: $target,
		  ok: (if $v == null then false elif $target == "" then null else
		    ($target | capture("^(?<op>[<>])= (?<limit>[0-9.]+)") as $t |
		     if $t.op == "<" then $v <= ($t.limit | tonumber) else $v >= ($t.limit | tonumber) end) end)}' |
		tee -a "$TABLE" | jq -r '[(if .ok == null then "-" elif .ok then "ok" else "MISS" end),
		  .name, (if .value then .value * 1000 | round / 1000 else "not measured" end), .unit, .target] | @tsv'
}

skip() { echo "skip	$1"; }

# --- parts -----------------------------------------------------------------------

bodies() {
	"$B/threadferry" -c "$JOB/job.yaml" convert | jq -r \
		'[.thread_id, ({metadata} | tojson), ({items} | tojson)] | join("\t")' >"$JOB/bodies"
}

# note_run FILE: adds what the newest run of threadferry took
note_run() {
	jq -c --slurpfile took "$JOB/took" \
		'{requests: (.requests.source + .requests.destination), seconds: (.duration_ms / 1000),
		  cpu: ($took[-1].user + $took[-1].system)}' "$JOB/summary" >>"$1"
}

# Best of some runs, alternating, so that a busy moment of the machine hits both.
part_floor() {
	threads=$(size 2000 500)
	start_mock --generate "threads=$threads,messages=10..10,seed=1"
	ids
	live_job
	bodies
	: >"$JOB/floor.all"
	: >"$JOB/twice.all"
	: >"$JOB/ferry.all"
	: >"$JOB/memory.all"
	for run in $(seq 15); do
		fresh
		"$B/bench/floor" twice "$URL/v1" 32 "$JOB/bodies" >>"$JOB/twice.all" || return 1
		fresh
		"$B/bench/floor" once "$URL/v1" 32 "$JOB/bodies" >>"$JOB/floor.all" || return 1
		fresh
		ferry migrate || return 1
		note_run "$JOB/ferry.all"
		syncs=$(grep -o '"b":[0-9]*' "$JOB/checkpoint" | sort -u | wc -l)
		fresh
		ferry migrate --checkpoint "$MEMORY/checkpoint" || return 1
		note_run "$JOB/memory.all"
	done
	stop_mock
	best='map(.requests / .seconds) | max'
	least='map(.cpu / .requests) | min'
	floor=$(jq -s "$best" "$JOB/floor.all")
	floor_cpu=$(jq -s "$least" "$JOB/floor.all")
	ferry=$(jq -s "$best" "$JOB/ferry.all")
	ferry_cpu=$(jq -s "$least" "$JOB/ferry.all")
	twice=$(jq -s "$best" "$JOB/twice.all")
	twice_cpu=$(jq -s "$least" "$JOB/twice.all")
	row "requests/s, floor" "$floor" "/s" ""
	row "requests/s, threadferry" "$ferry" "/s" ""
	row "requests/s against floor" "$(calc "$ferry / $floor")" "" ">= 0.85"
	memory=$(jq -s "$best" "$JOB/memory.all")
	row "requests/s against floor, checkpoint in memory" "$(calc "$memory / $floor")" "" ""
	row "checkpoint's share of the time on the clock" "$(calc "1 - $ferry / $memory")" "" "<= 0.05"
	row "syncs per thread" "$(calc "$syncs / $threads")" "" "<= 0.2"
	row "CPU per request, floor" "$(calc "$floor_cpu * 1e6")" "us" ""
	row "CPU per request, threadferry" "$(calc "$ferry_cpu * 1e6")" "us" ""
	row "CPU per request against floor" "$(calc "$ferry_cpu / $floor_cpu")" "" "<= 1.3"
	row "CPU per request against floor, checkpoint in memory" \
		"$(calc "$(jq -s "$least" "$JOB/memory.all") / $floor_cpu")" "" ""
	row "requests/s against a floor that may repeat writes" "$(calc "$ferry / $twice")" "" ""
	row "CPU per request against a floor that may repeat writes" "$(calc "$ferry_cpu / $twice_cpu")" "" ""
}

part_guide() {
	if ! have node || ! have npm; then
		skip "guide loop: node and npm are not here"
		return
	fi
	mkdir -p "$OUT/guide"
	cp "$HERE/guide/package.json" "$HERE/guide/package-lock.json" "$HERE/guide/guide.mjs" "$OUT/guide"
	if ! (cd "$OUT/guide" && npm ci --no-audit --no-fund --loglevel=error) >"$JOB/npm" 2>&1; then
		skip "guide loop: npm cannot fetch the package"
		return
	fi
	threads=$(size 2000 500)
	start_mock --generate "threads=$threads,messages=10..10,seed=1"
	ids
	live_job
	"$B/bench/measure" "$JOB/took" node "$OUT/guide/guide.mjs" "$URL/v1" 32 "$JOB/ids" >"$JOB/guide" ||
		{ skip "guide loop failed"; stop_mock; return; }
	guide_cpu=$(took ".user + .system")
	guide=$(took ".seconds")
	fresh
	ferry migrate
	stop_mock
	row "threads/s against the guide's loop" "$(calc "$guide / $(took .seconds)")" "" ">= 5"
	row "CPU per thread against the guide's loop" "$(calc "$(took '.user + .system') / $guide_cpu")" "" "<= 0.125"
}

# latency MS CONCURRENCY THREADS: requests/s
at_latency() {
	start_mock --generate "threads=$3,messages=10..10,seed=1" --latency-ms "$1"
	ids
	live_job
	fresh
	ferry migrate --concurrency "$2" || : >"$JOB/summary"
	stop_mock
	jq '(.requests.source + .requests.destination) * 1000 / .duration_ms' "$JOB/summary"
}

# slow NAME TARGET [VARIABLE=N…]: with syncs as slow as those of other disks
slow() {
	name=$1 target=$2
	shift 2
	rate=$(export LD_PRELOAD="$B/bench/slow_sync.so" "$@" && at_latency 50 32 "$(size 4000 800)")
	row "50 ms latency, 32 in flight, $name: share of the ideal" "$(calc "$rate / (32 / 0.05)")" "" "$target"
}

part_syncs() {
	slow "syncs of this disk" ">= 0.95" SYNC_MS=0
	slow "syncs 2 ms slower" ">= 0.95" SYNC_MS=2
	slow "syncs 10 ms slower" ">= 0.95" SYNC_MS=10
	slow "syncs 20 ms slower" ">= 0.93" SYNC_MS=20
	slow "syncs 10 ms slower, one in a hundred 200 ms" ">= 0.9" SYNC_MS=10 SYNC_TAIL_MS=200
}

# alone MS: how long a job of one thread of one page takes
alone() {
	start_mock --generate "threads=1,messages=10..10,seed=1" --latency-ms "$1"
	ids
	live_job
	fresh
	ferry migrate || : >"$JOB/summary"
	stop_mock
	jq .duration_ms "$JOB/summary"
}

part_alone() {
	# In tenths: what the machine does beside adds milliseconds to one of the two.
	row "a thread of one page alone: round trips" "$(calc "(($(alone 400) - $(alone 0)) / 40 | round) / 10")" "" "<= 4"
}

part_latency() {
	: >"$OUT/latency.jsonl"
	: >"$OUT/concurrency.jsonl"
	for ms in 0 2 5 10 20 50 100; do
		jq -nc "{x: $ms, y: $(at_latency $ms 32 "$(size 600 200)")}" >>"$OUT/latency.jsonl"
	done
	for many in 1 2 4 8 16 32 64; do
		jq -nc "{x: $many, y: $(at_latency 10 $many "$(size 400 100)")}" >>"$OUT/concurrency.jsonl"
	done
}

# limited NAME SHARE REFUSALS SECONDS: a live source and its destination on one server, which has
# the faults of $JOB/faults (so it is not reset)
limited() {
	start_mock --generate "threads=20000,messages=10..10,seed=1" --faults "$JOB/faults"
	ids
	live_job
	rm -f "$JOB/checkpoint"
	timeout -s INT "$4" "$B/threadferry" -c "$JOB/job.yaml" migrate --json --progress none \
		>"$JOB/summary" 2>"$JOB/stderr"
	stop_mock
	row "$1: share of the limit" \
		"$(jq "((.requests.source + .requests.destination) - .requests.throttled) / ($RATE / 60000 * .duration_ms)" "$JOB/summary")" "" "$2"
	row "$1: 429 per request" \
		"$(jq '.requests.throttled / (.requests.source + .requests.destination)' "$JOB/summary")" "" "$3"
}

part_limit() {
	RATE=6000
	seconds=$(size 120 20)
	bucket="\"do\":\"token_bucket\",\"per_minute\":$RATE"
	echo "{$bucket}" >"$JOB/faults"
	limited "limit of $RATE a minute, unknown" ">= 0.95" "<= 0.01" "$seconds"
	echo "{$bucket,\"advertise\":true}" >"$JOB/faults"
	limited "limit of $RATE a minute, told by headers" ">= 0.95" "<= 0.01" "$seconds"
	RATE=3000
	echo "{\"match\":{\"method\":\"POST\"},\"do\":\"token_bucket\",\"per_minute\":$RATE}" >"$JOB/faults"
	start_mock --generate "threads=20000,messages=10..10,seed=1" --faults "$JOB/faults"
	ids
	live_job "requests_per_minute: $RATE"
	rm -f "$JOB/checkpoint"
	timeout -s INT "$seconds" "$B/threadferry" -c "$JOB/job.yaml" migrate --json --progress none \
		>"$JOB/summary" 2>"$JOB/stderr"
	stop_mock
	row "requests_per_minute: $RATE: share used" \
		"$(jq ".requests.destination / ($RATE / 60000 * .duration_ms)" "$JOB/summary")" "" ">= 0.98"
	row "requests_per_minute: $RATE: 429s" "$(jq .requests.throttled "$JOB/summary")" "" "<= 0"
}

# Resident memory of whole jobs, and processor time per thread; of the smallest job the best of some
# runs, because it is over in a moment.
part_memory() {
	: >"$OUT/memory.jsonl"
	: >"$OUT/cost.jsonl"
	for threads in $(size "1000 10000 100000 1000000" "1000 10000"); do
		start_mock --generate "threads=$threads,messages=2..2,seed=1"
		ids
		live_job
		rm -f "$JOB/took"
		for run in $([ "$threads" -gt 1000 ] && echo 1 || echo 1 2 3 4 5); do
			curl -s -X POST "$URL/admin/reset" >/dev/null
			rm -f "$JOB/checkpoint"
			ferry migrate
		done
		stop_mock
		jq -sc "{x: $threads, y: (last.rss_kb / 1024)}" "$JOB/took" >>"$OUT/memory.jsonl"
		jq -sc "{x: $threads, y: (map(.user + .system) | min / $threads * 1e6)}" "$JOB/took" >>"$OUT/cost.jsonl"
		row "CPU per thread of 2 messages, $threads threads" "$(jq -s last.y "$OUT/cost.jsonl")" "us" ""
	done
	known=$(size 100000 10000)
	row "resident memory, $known threads, live source" \
		"$(jq -s ".[] | select(.x == $known).y" "$OUT/memory.jsonl")" "MB" "<= 32"
	row "cost per thread, $threads threads against 1000" \
		"$(jq -s 'last.y / first.y' "$OUT/cost.jsonl")" "" "<= 1.1"
	for messages in $(size "10000 100000" "2000 10000"); do
		start_mock --generate "threads=1,messages=$messages..$messages,seed=1"
		ids
		live_job
		fresh
		ferry migrate
		stop_mock
		row "resident memory, one thread of $messages messages" "$(took '.rss_kb / 1024')" "MB" "<= 32"
	done
}

part_replay() {
	"$B/bench/bench_replay" --threads "$(size 10000000 1000000)" >"$JOB/replay"
	row "replay of $(size 10 1) million threads: seconds of processor" \
		"$(sed -n 's/.* \([0-9.]*\) s of processor.*/\1/p' "$JOB/replay")" "s" "<= $(size 15 1.5)"
	row "replay of $(size 10 1) million threads: resident memory" \
		"$(sed -n 's/.* \([0-9]*\) MB (at most.*/\1/p' "$JOB/replay")" "MB" "<= 300"
}

# cpu COMMAND…: seconds of processor, user and system
cpu() {
	rm -f "$JOB/took"
	"$B/bench/measure" "$JOB/took" "$@" >/dev/null 2>"$JOB/stderr" || echo "MISS	$1 ended with an error: $(tail -n 1 "$JOB/stderr")" >&2
	took ".user + .system"
}

archive_job() { # PATH
	cat >"$JOB/job.yaml" <<-END
		source: {type: archive, path: $1}
		destination: {type: openai, base_url: http://127.0.0.1:9/v1, api_key_env: BENCH_KEY}
		checkpoint: $JOB/checkpoint
	END
}

# Messages of the API, a line each: threads, messages in each, bytes of a text.
json_lines() {
	awk -v threads="$1" -v messages="$2" -v bytes="$3" 'BEGIN {
		while (length(text) < bytes) text = text "some \\\"words\\\" of a talk\\n"
		for (t = 0; t < threads; t++) for (m = 0; m < messages; m++)
			printf "{\"id\": \"msg_%d_%d\", \"object\": \"thread.message\", \"created_at\": %d, \"assistant_id\": null, \"thread_id\": \"thread_%d\", \"run_id\": null, \"role\": \"%s\", \"content\": [{\"type\": \"text\", \"text\": {\"value\": \"%s\", \"annotations\": []}}], \"attachments\": [], \"metadata\": {}}\n",
				t, m, 1700000000 + m, t, m % 2 ? "assistant" : "user", text
	}'
}

# Thread by thread in turn, so that the messages of each are far apart.
million() { # THREADS MESSAGES
	awk -v threads="$1" -v messages="$2" 'BEGIN {
		for (m = 0; m < messages; m++) for (t = 0; t < threads; t++)
			printf "{\"id\": \"msg_%d_%d\", \"role\": \"%s\", \"thread_id\": \"thread_%024d\", \"created_at\": %d, \"content\": \"hello %d\"}\n",
				t, m, m % 2 ? "assistant" : "user", t, 1700000000 + m, m
	}'
}

small_files() { # COUNT
	awk -v count="$1" -v room="$JOB/small" 'BEGIN {
		for (i = 0; i < count; i++) {
			if (i % 1000 == 0) { folder = room "/" i; system("mkdir -p " folder) }
			file = folder "/thread_" i ".json"
			printf "{\"thread\": {\"id\": \"thread_%d\", \"object\": \"thread\"}, \"messages\": [{\"role\": \"user\", \"content\": \"hello\"}, {\"role\": \"assistant\", \"content\": \"good day\"}]}\n", i >file
			close(file)
		}
	}'
}

part_archive() {
	json_lines "$(size 10000 1000)" 100 700 >"$JOB/archive.jsonl"
	archive_job "$JOB/archive.jsonl"
	rm -f "$JOB/checkpoint"
	megabytes=$(($(wc -c <"$JOB/archive.jsonl") / 1000000))
	jq_cpu=$(cpu jq -c . "$JOB/archive.jsonl")
	for command in convert inventory "migrate --dry-run"; do
		own_cpu=$(cpu "$B/threadferry" -c "$JOB/job.yaml" $command)
		row "$megabytes MB of JSON lines: $command against jq -c ., CPU" "$(calc "$jq_cpu / $own_cpu")" "" ">= 3"
		[ "$command" != convert ] || row "$megabytes MB of JSON lines: resident memory of convert" "$(took '.rss_kb / 1024')" "MB" ""
	done
	threads=$(size 100000 10000)
	million "$threads" 10 >"$JOB/archive.jsonl"
	jq_cpu=$(cpu jq -c . "$JOB/archive.jsonl")
	own_cpu=$(cpu "$B/threadferry" -c "$JOB/job.yaml" convert)
	row "$((threads * 10)) messages in $threads threads, in turn: resident memory" "$(took '.rss_kb / 1024')" "MB" "<= 128"
	row "$((threads * 10)) messages in $threads threads, in turn: convert against jq -c ., CPU" "$(calc "$jq_cpu / $own_cpu")" "" ""
	rm -f "$JOB/archive.jsonl"
	files=$(size 100000 10000)
	small_files "$files"
	archive_job "$JOB/small"
	row "$files small files: inventory, CPU" "$(cpu "$B/threadferry" -c "$JOB/job.yaml" inventory)" "s" "<= $(size 15 1.5)"
	row "$files small files: convert, CPU" "$(cpu "$B/threadferry" -c "$JOB/job.yaml" convert)" "s" "<= $(size 15 1.5)"
	rm -rf "$JOB/small"
}

# A whole job of one thread is an upper bound of the time to its first request.
part_start() {
	start_mock --generate "threads=1,messages=1..1,seed=1"
	ids
	live_job
	rm -f "$JOB/took"
	for run in 1 2 3 4 5 6 7 8 9 10; do
		rm -f "$JOB/checkpoint"
		ferry migrate
	done
	stop_mock
	row "start to the end of a job of one thread" "$(jq -s 'map(.seconds) | min * 1000' "$JOB/took")" "ms" "<= 20"
}

# Instructions, from the difference of two jobs, so that the start does not count.
instructions() { # NAME THREADS COMMAND…: what it took is in NAME.THREADS
	name=$1 many=$2
	shift 2
	valgrind -q --tool=callgrind --callgrind-out-file="$JOB/callgrind" "$@" >/dev/null 2>&1
	callgrind_annotate --inclusive=yes --threshold=100 "$JOB/callgrind" | tr -d , |
		awk -v all="$JOB/$name.$many" -v sum="$JOB/checkpoint.$many" '/PROGRAM TOTALS/ { print $1 >all }
			/:checkpoint_(add|sync|sync_on) / { n += $1 } END { print n + 0 >sum }'
}

each() { calc "($(cat "$JOB/$1.300") - $(cat "$JOB/$1.100")) / 1000"; }

part_instructions() {
	have valgrind && have callgrind_annotate || { skip "instructions: valgrind is not here"; return; }
	start_mock --generate "threads=300,messages=10..10,seed=1"
	ids
	live_job
	bodies
	for threads in 100 300; do
		fresh
		head -n "$threads" "$JOB/bodies" >"$JOB/some"
		instructions floor "$threads" "$B/bench/floor" once "$URL/v1" 32 "$JOB/some"
		fresh
		instructions ferry "$threads" "$B/threadferry" -c "$JOB/job.yaml" migrate --limit "$threads" --json --progress none
	done
	stop_mock
	row "instructions per request, floor" "$(each floor)" "" ""
	row "instructions per request" "$(each ferry)" "" ""
	row "checkpoint's share of instructions" "$(calc "$(each checkpoint) / $(each ferry)")" "" "<= 0.05"
}

# --- all of it ---------------------------------------------------------------------

for part in ${*:-floor guide syncs alone latency limit memory replay archive start instructions}; do
	part_"$part" || row "$part works: $(tail -n 1 "$JOB/stderr" 2>/dev/null)" "" "" ""
	stop_mock
done
jq -s --arg machine "$(uname -srm), $(nproc) processors, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)" \
	--arg date "$(date -u +%Y-%m-%d)" \
	'{machine: $machine, date: $date, rows: .}' "$TABLE" >"$OUT/bench.json"
for plot in latency concurrency memory; do
	[ ! -s "$OUT/$plot.jsonl" ] || jq -rs --arg plot $plot -f "$HERE/plot.jq" "$OUT/$plot.jsonl" >"$OUT/$plot.svg"
done
jq -e 'all(.rows[]; .ok != false)' "$OUT/bench.json" >/dev/null || echo "some targets are missed"
