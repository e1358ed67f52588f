#!/usr/bin/env bash
# event-source-plus 0.1.15: of an event whose data has several lines it keeps the last one: each `data` field takes the place of the one before, where WHATWG puts an LF between. So does
# @sentool/fetch-event-source 0.6.0. Guess: "a\nb" from both, as undici 7.30.2 says. Seen: 'undici "a\nb"', 'event-source-plus "b"', '@sentool/fetch-event-source "b"'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module", "dependencies": { "event-source-plus": "0.1.15", "@sentool/fetch-event-source": "0.6.0", "undici": "7.30.2" } }' > package.json
npm install --no-audit --no-fund --silent
cat > run.mjs <<'JS'
import http from "node:http";
import { fetchEventSource } from "@sentool/fetch-event-source";
import { EventSourcePlus } from "event-source-plus";
import { EventSource } from "undici";
const server = http.createServer((_, response) => {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.write("data: a\ndata: b\n\n");
});
server.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  const ways = {
    undici: (heard) => (new EventSource(url).onmessage = ({ data }) => heard(data)),
    "event-source-plus": (heard) => new EventSourcePlus(url).listen({ onMessage: ({ data }) => heard(data) }),
    "@sentool/fetch-event-source": (heard) => fetchEventSource(url, { onmessage: ({ data }) => heard(data) }),
  };
  for (const [name, way] of Object.entries(ways)) console.log(name, JSON.stringify(await new Promise(way)));
  process.exit();
});
JS
seen=$(node --no-warnings run.mjs)
echo "$seen"
[ "$seen" = 'undici "a\nb"
event-source-plus "b"
@sentool/fetch-event-source "b"' ]
