#!/usr/bin/env bash
# eventsource 4.1.1 and eventsource-client 1.2.0 (both on eventsource-parser 3): a stream whose lines end by CR alone, which WHATWG allows, is heard one
# event late, and its last event never: the parser waits for the byte behind a CR that ends a chunk. launchdarkly-eventsource 2.2.0 is not late.
# Guessed: every event at once. Seen, of three events sent one by one on a stream that then stays open: "eventsource 1 2", "eventsource-client 1 2",
# "launchdarkly-eventsource 1 2 3".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module", "dependencies": { "eventsource": "4.1.1", "eventsource-client": "1.2.0", "eventsource-parser": "3.1.1", "launchdarkly-eventsource": "2.2.0" }, "overrides": { "eventsource-parser": "3.1.1" } }' > package.json
npm install --no-audit --no-fund --silent
cat > run.mjs <<'JS'
import http from "node:http";
import { EventSource } from "eventsource";
import { createEventSource } from "eventsource-client";
import LaunchDarkly from "launchdarkly-eventsource";
const server = http.createServer((request, response) => {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  for (const at of [1, 2, 3]) setTimeout(() => response.write(`data: ${at}\r\r`), 200 * at);
});
server.listen(0, "127.0.0.1", () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  const heard = { eventsource: [], "eventsource-client": [], "launchdarkly-eventsource": [] };
  new EventSource(url).onmessage = ({ data }) => heard.eventsource.push(data);
  createEventSource({ url, onMessage: ({ data }) => heard["eventsource-client"].push(data) });
  new LaunchDarkly.EventSource(url).onmessage = ({ data }) => heard["launchdarkly-eventsource"].push(data);
  setTimeout(() => {
    for (const [name, events] of Object.entries(heard)) console.log(name, ...events);
    process.exit();
  }, 3000);
});
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = "eventsource 1 2
eventsource-client 1 2
launchdarkly-eventsource 1 2 3" ]
