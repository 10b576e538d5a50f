# The table of bench.json for docs/PERFORMANCE.md: jq -r -f table.jq bench.json
"| what | measured | target | |", "|---|---|---|---|",
(.rows[] | "| \(.name) | \(.value | if . == null then "not measured" elif . >= 1000 then round else (. * 1000 | round / 1000) end) \(.unit) | \(.target) | \(
  if .ok == null then "" elif .ok then "ok" else "missed" end) |")
