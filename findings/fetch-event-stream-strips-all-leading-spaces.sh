#!/usr/bin/env bash
# fetch-event-stream 0.1.6: takes away every space behind the colon, where WHATWG takes one: streamed code loses its indentation. And data without a value
# is no event: a message of nothing, or of line breaks only, does not arrive. Guessed: "  indented" and three events.
# Seen: two events, '"indented" "last"'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module", "dependencies": { "fetch-event-stream": "0.1.6" } }' > package.json
npm install --no-audit --no-fund --silent
cat > run.mjs <<'JS'
import { events } from "fetch-event-stream";
const seen = [];
for await (const { data } of events(new Response("data:   indented\n\ndata\ndata\n\ndata: last\n\n"))) seen.push(JSON.stringify(data));
console.log(...seen);
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = '"indented" "last"' ]
