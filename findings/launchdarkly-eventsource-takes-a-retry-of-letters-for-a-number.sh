#!/usr/bin/env bash
# launchdarkly-eventsource 2.2.0: `retry: 1 h` sets the wait before it comes back to one millisecond, by parseInt; WHATWG ignores a `retry` that has anything but digits, so that the wait stays as it
# was. Guess: ignored, as undici 7.30.2 and eventsource 4.1.1 do. Seen, of requests within a second: 'undici 1', 'eventsource 1', 'launchdarkly-eventsource more than 5'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module", "dependencies": { "launchdarkly-eventsource": "2.2.0", "eventsource": "4.1.1", "undici": "7.30.2" } }' > package.json
npm install --no-audit --no-fund --silent
cat > run.mjs <<'JS'
import http from "node:http";
import { EventSource as FromEventsource } from "eventsource";
import launchDarkly from "launchdarkly-eventsource";
import { EventSource } from "undici";
let requests = 0;
const server = http.createServer((_, response) => {
  requests++;
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.end("retry: 1 h\ndata: a\n\n");
});
server.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  const ways = {
    undici: () => new EventSource(url),
    eventsource: () => new FromEventsource(url),
    "launchdarkly-eventsource": () => new launchDarkly.EventSource(url, { initialRetryDelayMillis: 60_000 }),
  };
  for (const [name, way] of Object.entries(ways)) {
    requests = 0;
    const source = way();
    source.onerror = () => {};
    await new Promise((resolve) => setTimeout(resolve, 1000));
    source.close();
    console.log(name, requests > 5 ? "more than 5" : requests);
  }
  process.exit();
});
JS
seen=$(node --no-warnings run.mjs)
echo "$seen"
[ "$seen" = 'undici 1
eventsource 1
launchdarkly-eventsource more than 5' ]
