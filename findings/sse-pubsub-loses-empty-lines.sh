#!/usr/bin/env bash
# sse-pubsub 1.4.5, `jsonEncode: false`: a text with an empty line in it, as between two paragraphs, is sent without that line, since it is split at /[\r\n]+/. sse-channel 4.0.2 sends it whole.
# Guess: "a\n\nb" from both. Seen, as undici 7.30.2 hears it: 'sse-channel "a\n\nb"', 'sse-pubsub "a\nb"'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module", "dependencies": { "sse-channel": "4.0.2", "sse-pubsub": "1.4.5", "undici": "7.30.2" } }' > package.json
npm install --no-audit --no-fund --silent
cat > run.mjs <<'JS'
import http from "node:http";
import Channel from "sse-channel";
import PubSub from "sse-pubsub";
import { EventSource } from "undici";
const ways = {
  "sse-channel": (request, response) => {
    const channel = new Channel();
    channel.addClient(request, response);
    channel.send({ data: "a\n\nb" });
  },
  "sse-pubsub": (request, response) => {
    const channel = new PubSub({ jsonEncode: false });
    channel.subscribe(request, response);
    channel.publish("a\n\nb");
  },
};
const server = http.createServer((request, response) => ways[request.url.slice(1)](request, response));
server.listen(0, "127.0.0.1", async () => {
  for (const name of Object.keys(ways)) {
    const source = new EventSource(`http://127.0.0.1:${server.address().port}/${name}`);
    console.log(name, await new Promise((resolve) => (source.onmessage = ({ data }) => resolve(JSON.stringify(data)))));
    source.close();
  }
  process.exit();
});
JS
seen=$(node --no-warnings run.mjs)
echo "$seen"
[ "$seen" = 'sse-channel "a\n\nb"
sse-pubsub "a\nb"' ]
