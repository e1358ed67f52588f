#!/usr/bin/env bash
# parse-sse 0.1.0: where a chunk ends between the CR and the LF of one line end, the LF counts as an end of its own: one event of two lines becomes two.
# Whole it is right. Guessed: the same either way. Seen: 'whole: "a\nb"', 'split: "a" "b"'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module", "dependencies": { "parse-sse": "0.1.0" } }' > package.json
npm install --no-audit --no-fund --silent
cat > run.mjs <<'JS'
import { parseServerSentEvents } from "parse-sse";
const read = async (name, chunks) => {
  const body = ReadableStream.from(chunks.map((text) => new TextEncoder().encode(text)));
  const response = new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  const seen = [];
  for await (const { data } of parseServerSentEvents(response)) seen.push(JSON.stringify(data));
  console.log(`${name}:`, ...seen);
};
await read("whole", ["data: a\r\ndata: b\r\n\r\n"]);
await read("split", ["data: a\r", "\ndata: b\r\n\r\n"]);
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = 'whole: "a\nb"
split: "a" "b"' ]
