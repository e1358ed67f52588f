#!/usr/bin/env bash
# eventsource 4.1.1: `lastEventId` of an event that has no id of its own is "", though an earlier event had one; WHATWG has the event carry the last id seen,
# as undici 7.30.2 does. When it comes back it sends the id all the same. Guessed: "7" both times.
# Seen: 'eventsource "7" "", then Last-Event-ID: 7', 'undici "7" "7", then Last-Event-ID: 7'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module", "dependencies": { "eventsource": "4.1.1", "undici": "7.30.2" } }' > package.json
npm install --no-audit --no-fund --silent
cat > run.mjs <<'JS'
import http from "node:http";
import { EventSource } from "eventsource";
import { EventSource as FromUndici } from "undici";
let again = () => {};
const server = http.createServer(({ headers }, response) => {
  const id = headers["last-event-id"];
  if (id !== undefined) return again(id);
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.end("retry: 50\n\nid: 7\ndata: a\n\ndata: b\n\n");
});
server.listen(0, "127.0.0.1", async () => {
  for (const [name, Source] of Object.entries({ eventsource: EventSource, undici: FromUndici })) {
    const seen = [];
    const back = new Promise((resolve) => (again = resolve));
    const source = new Source(`http://127.0.0.1:${server.address().port}`);
    source.onmessage = ({ lastEventId }) => seen.push(JSON.stringify(lastEventId));
    const id = await back;
    source.close();
    console.log(`${name} ${seen.join(" ")}, then Last-Event-ID: ${id}`);
  }
  process.exit();
});
JS
seen=$(node --no-warnings run.mjs)
echo "$seen"
[ "$seen" = 'eventsource "7" "", then Last-Event-ID: 7
undici "7" "7", then Last-Event-ID: 7' ]
