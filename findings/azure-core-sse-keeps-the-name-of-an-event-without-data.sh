#!/usr/bin/env bash
# @azure/core-sse 2.3.0: an event without data is not dispatched, which is right, but its name is not forgotten either: the next event, which has none,
# comes under it. WHATWG resets the event type with every blank line. Guessed: the second event has no name. Seen: "x y".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module", "dependencies": { "@azure/core-sse": "2.3.0" } }' > package.json
npm install --no-audit --no-fund --silent
cat > run.mjs <<'JS'
import { createSseStream } from "@azure/core-sse";
const body = new Response("event: x\n\ndata: y\n\n").body;
for await (const { event, data } of createSseStream(body)) console.log(event, data);
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = "x y" ]
