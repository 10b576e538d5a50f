# A line of points {x, y} as SVG; x is logarithmic but for zero.
{latency: {title: "requests/s over latency, 32 in flight", x: "latency, ms", y: "requests/s"},
 concurrency: {title: "requests/s over concurrency, 10 ms latency", x: "requests in flight", y: "requests/s"},
 memory: {title: "resident memory over job size", x: "threads", y: "MB"}}[$plot] as $words
| (map(.x | select(. > 0)) | min) as $low
| (map(.x | if . > 0 then 1 + log10 - ($low | log10) else 0 end)) as $xs
| ($xs | min) as $left | (($xs | max) - $left) as $wide | (map(.y) | max) as $top
| [range(length) as $i | {x: .[$i].x, y: .[$i].y, px: (70 + 500 * ($xs[$i] - $left) / (if $wide > 0 then $wide else 1 end)),
   py: (300 - 240 * .[$i].y / $top)}]
| "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 360\" font-family=\"sans-serif\" font-size=\"12\">",
  "<rect width=\"640\" height=\"360\" fill=\"#fff\"/>",
  "<text x=\"70\" y=\"30\" font-size=\"15\">\($words.title)</text>",
  "<path d=\"M70 60V300H570\" fill=\"none\" stroke=\"#888\"/>",
  "<polyline fill=\"none\" stroke=\"#06c\" stroke-width=\"2\" points=\"\(map("\(.px|round),\(.py|round)") | join(" "))\"/>",
  (.[] | "<circle cx=\"\(.px|round)\" cy=\"\(.py|round)\" r=\"3\" fill=\"#06c\"/>",
    "<text x=\"\(.px|round)\" y=\"\(.py - 8|round)\" text-anchor=\"middle\">\(.y * 10 | round / 10)</text>",
    "<text x=\"\(.px|round)\" y=\"318\" text-anchor=\"middle\">\(.x)</text>"),
  "<text x=\"320\" y=\"345\" text-anchor=\"middle\">\($words.x)</text>",
  "<text x=\"20\" y=\"55\">\($words.y)</text>",
  "</svg>"
