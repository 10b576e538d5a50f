# A line for each difference from the undisturbed run. The threads named as arguments have failed:
# what is there of them has to be a beginning. Of those named with a "!" nothing is asked.
def prefix($of): . == $of[:length];

$calm[0] as $calm |
$dump[0].conversations as $conversations |
$dump[0].stats.violations as $violations |
($conversations | INDEX(.id)) as $at |
($map | group_by(.thread_id)) as $groups |
($ARGS.positional | map(select(startswith("!")) | .[1:])) as $left_out |
($ARGS.positional + $left_out) as $failed |
(
    ($calm | keys[] | select(. as $t | $failed | index($t) | not)
        | select(. as $t | $map | all(.thread_id != $t)) | "\(.): no conversation"),
    ($groups[] | select(length > 1) | "\(.[0].thread_id): \(length) conversations"),
    ($map[] | . as $row | $row.thread_id as $t | $at[$row.conversation_id] as $c | $calm[$t] as $want |
        ($failed | index($t)) as $may_end |
        if ($left_out | index($t)) then empty
        elif $want == null then "\($t): not selected"
        elif $c == null or $c.deleted then "\($t): its conversation is not there"
        elif $c.metadata != $want.metadata then "\($t): other metadata \($c.metadata)"
        elif $may_end and ($c.items | prefix($want.items)) then empty
        elif $c.items != $want.items then
            "\($t): \($c.items | length) items instead of \($want.items | length), or others"
        elif $row.state != "done" then "\($t): \($row.state)"
        elif $row.items != ($c.items | length) then "\($t): counted \($row.items)"
        else empty end),
    ($conversations | map(select(.deleted | not)
        | select(.id as $id | $map | all(.conversation_id != $id))) as $outside |
        ($outside[] | select(.items != []) | "\(.id): \(.items | length) items, and nobody's"),
        ($status[0].possible_empty_orphans as $orphans |
            if ($outside | length) > $orphans
            then "\($outside | length) empty orphans, \($orphans) admitted" else empty end)),
    ($violations // {} | to_entries[] | select(.value > 0 and .key != $forgiven) | "\(.value) violations: \(.key)")
)
