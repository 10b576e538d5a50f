#!/bin/sh
# docs/deploy as it stands: what Kubernetes, Slurm and GNU parallel are told is
# done here with their parts played by a few lines. What each exit status leads
# to is compared with the list of statuses in docs/OPERATIONS.md.
. tests/e2e/lib_truth.sh

deploy=$top/docs/deploy
mkdir bin
ln -s "$THREADFERRY" bin/threadferry
PATH=$work/bin:$PATH
unset JOB_COMPLETION_INDEX SLURM_ARRAY_TASK_ID SLURM_RESTART_COUNT

# ---- what the files say -------------------------------------------------------------

# A line for each status of the pod failure policy: ACTION STATUS.
policy()
{
    awk '$2 == "action:" { action = $3 }
        $1 == "values:" { gsub(/[][,]/, " "); for (i = 2; i <= NF; i++) print action, $i }' \
        "$deploy/kubernetes.yaml"
}

action_of()
{
    policy | sed -n "s/ $1\$//p"
}

number_of()
{
    sed -n "s/^ *$1: \([0-9]*\).*/\1/p" "$deploy/kubernetes.yaml"
}

documented()
{
    sed -n '/^## Exit status/,/^## Failures/s/^| \([1-9][0-9, ]*\) |.*/\1/p' "$top/docs/OPERATIONS.md" |
        tr -d ' ' | tr ',' '\n'
}

# Each status has one rule, the intended one; 137 is the kernel's SIGKILL.
each_status_has_its_rule()
{
    cat >wanted <<'END'
1 FailIndex
2 FailJob
3 Count
10 Count
11 FailIndex
12 FailIndex
13 FailJob
14 FailJob
15 FailJob
16 Count
17 Count
129 Count
130 Count
137 Count
143 Count
END
    policy | awk '{ print $2, $1 }' | sort -n >have
    { documented; echo 137; } | sort -n >listed
    diff wanted have && cut -d' ' -f1 have | diff listed -
}

# The API takes the values of a rule in ascending order only.
values_ascend()
{
    policy >have && sort -s -k1,1 -k2,2n have >sorted &&
        sort -s -k1,1 have | diff sorted -
}

numbers_agree()
{
    is 16 "$(number_of completions)" && grep -q -e '--shard=auto/16$' "$deploy/kubernetes.yaml" &&
        grep -q '^#SBATCH --array=0-15$' "$deploy/slurm.sh" &&
        grep -q -e '--shard auto/16 ' "$deploy/slurm.sh"
}

# What is in flight may take timeout_ms; whoever stops the program waits longer.
time_to_drain()
{
    ferry 0 config check --json || return 1
    timeout_s=$(($(jq '.keys[] | select(.key == "timeout_ms").value' "$out") / 1000))
    [ "$(number_of terminationGracePeriodSeconds)" -gt $timeout_s ] &&
        [ "$(sed -n 's/^#SBATCH --signal=TERM@//p' "$deploy/slurm.sh")" -gt $timeout_s ] &&
        [ "$(sed -n 's/.*--termseq TERM,\([0-9]*\)000,KILL.*/\1/p' "$deploy/parallel.sh")" -gt $timeout_s ]
}

# Packages to build with are those that "make deps SET=program" installs.
image_is_not_roots()
{
    is 65532:65532 "$(sed -n 's/^USER //p' "$deploy/Containerfile" | tail -n 1)" &&
        sed -n 's/^program  *[a-z]*:[^ ]*  *\([^ ]*\).*/\1/p' "$top/tests/tools/deps.sh" >packages &&
        [ "$(wc -l <packages)" -ge 9 ] &&
        while read -r package; do
            grep -q " $package\( \|\$\)" "$deploy/Containerfile" || return 1
        done <packages
}

# The page's commands, run as they stand.
not_done()
{
    sed -n '/^    threadferry mapping --format/,/^$/s/^    //p' "$top/docs/SCALING.md" >not_done.sh
    sh not_done.sh
}

# ---- an indexed job ---------------------------------------------------------------------

# The pod of an index: the container's arguments, its three volumes being folders here.
pod()
{
    mkdir -p "shard-$1"
    # shellcheck disable=SC2046 # words without spaces
    JOB_COMPLETION_INDEX=$1 "$THREADFERRY" $(awk '$1 == "args:" { on = 1; next }
        on && $1 != "-" { exit } on { print $2 }' "$deploy/kubernetes.yaml" |
        sed "s|/config/||; s|/input/||; s|/job/|shard-$1/|") >>"pod-$1.log" 2>&1 </dev/null
}

# One index after the other: "done" and "failed" get their numbers, "$pods" counts.
indexed_job()
{
    : >done
    : >failed
    pods=0
    for index in $(seq 0 $(($(number_of completions) - 1))); do
        left=$(number_of backoffLimitPerIndex)
        while :; do
            pods=$((pods + 1))
            pod "$index"
            status=$?
            [ $status -ne 0 ] || { echo "$index" >>done; break; }
            case $(action_of $status) in
            Count) [ $left -gt 0 ] || { echo "$index" >>failed; break; } ;;
            FailIndex) echo "$index" >>failed; break ;;
            FailJob) return $status ;;
            *) echo "exit status $status: no rule"; return 1 ;;
            esac
            left=$((left - 1))
        done
    done
}

# mapping_of CHECKPOINT…: the shards together have a row for each thread, and no other.
mapping_of()
{
    ferry 0 mapping --format jsonl "$@" && jq -r .thread_id "$out" | sort >mapped &&
        sort ids | diff - mapped
}

# An outage is waited out; a thread that is not there fails its own index, which is run again.
kubernetes()
{
    fresh
    rm -rf shard-* pod-*
    { cat ids; echo thread_nobody_knows; } >threads.txt
    echo '{"match":{"first":6},"do":"reset_before"}' | rules
    indexed_job || return 1
    is 15 "$(wc -l <done)" && is 1 "$(wc -l <failed)" && [ $pods -gt 16 ] || return 1
    cp ids threads.txt
    indexed_job && is '16 16' "$(wc -l <done) $pods" && mapping_of shard-*/threadferry.checkpoint && moved
}

# A key that is refused is refused for all.
kubernetes_stops()
{
    rm -rf shard-* pod-*
    echo '{"match":{},"do":"error","error":"key"}' | rules
    indexed_job
    is '13 1' "$? $pods"
}

# ---- an array -------------------------------------------------------------------------------

array_task()
{
    SLURM_JOB_ID=$((700 + $1)) SLURM_ARRAY_TASK_ID=$1 sh "$deploy/slurm.sh" >task.log 2>&1 </dev/null
}

play_slurm()
{
    printf '#!/bin/sh\n%s\n' "$1" >bin/srun
    # shellcheck disable=SC2016 # for the script
    printf '#!/bin/sh\necho "$@" >>%s\n' "$work/requeued" >bin/scontrol
    chmod +x bin/srun bin/scontrol
    : >requeued
}

slurm()
{
    fresh
    rm -rf shard-*
    cp ids threads.txt
    # shellcheck disable=SC2016 # for the script
    play_slurm 'exec "$@"'
    for index in $(seq 0 15); do
        array_task "$index" || { cat task.log; return 1; }
    done
    is 0 "$(wc -l <requeued)" && mapping_of shard-*.checkpoint && is '' "$(not_done)" && moved || return 1
    rm shard-5.checkpoint
    ferry 1 mapping shard-*.checkpoint && grep -q 'missing: shard 6 of 16' "$err" &&
        is "$(($(wc -l <ids) - $(sed 1d "$out" | wc -l)))" "$(not_done | wc -l)"
}

# Requeued is what Kubernetes counts, with an end to it; the status stays as it is.
slurm_statuses()
{
    for status in $(policy | cut -d' ' -f2); do
        play_slurm "exit $status"
        array_task 3
        is "$status" $? || return 1
        case $(action_of "$status") in
        Count) want='requeue 703' ;;
        *) want= ;;
        esac
        is "$want" "$(cat requeued)" || return 1
        : >requeued
        SLURM_RESTART_COUNT=20 array_task 3
        is "$status " "$? $(cat requeued)" || return 1
    done
}

# ---- one host -------------------------------------------------------------------------------

# The first run fails in a shard and says so, the second one completes it.
in_parallel()
{
    fresh
    rm -rf shard-*
    cp ids threads.txt
    echo "{\"match\":{\"path\":\"$(head -n 1 ids)\"},\"do\":\"reset_before\"}" | rules
    sh "$deploy/parallel.sh" >"$out" 2>"$err" </dev/null
    is 1 $? && is '4 1' "$(sed 1d shards.log | wc -l) $(awk '$7 == 1' shards.log | wc -l)" || return 1
    echo | rules
    is "$(head -n 1 ids)" "$(not_done)" || return 1
    sh "$deploy/parallel.sh" >"$out" 2>"$err" </dev/null &&
        mapping_of shard-?.checkpoint && is '' "$(not_done)" && moved
}

mock_start --generate "threads=40,messages=1..30,seed=21,$text"
source_config compatible 'max_attempts: 2'
list_ids

check deploy-each-status-has-its-rule each_status_has_its_rule
check deploy-values-ascend values_ascend
check deploy-numbers-agree numbers_agree
check deploy-time-to-drain time_to_drain
check deploy-image-is-not-roots image_is_not_roots
check deploy-kubernetes kubernetes
check deploy-kubernetes-stops kubernetes_stops
check deploy-slurm slurm
check deploy-slurm-statuses slurm_statuses
if parallel --version 2>/dev/null | grep -q '^GNU parallel'; then
    check deploy-parallel in_parallel
else
    echo "skip deploy-parallel no GNU parallel on this machine"
fi
