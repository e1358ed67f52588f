#!/usr/bin/env bash
# extended-eventsource 2.1.0: each blank line is a message, also behind a comment or an id alone, where WHATWG drops events without data: the comments by which servers keep a stream alive
# arrive as messages with "". Guess: "a" alone. Seen: 'undici ["a"]', 'extended-eventsource ["a","",""]'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module", "dependencies": { "extended-eventsource": "2.1.0", "undici": "7.30.2" } }' > package.json
npm install --no-audit --no-fund --silent
cat > run.mjs <<'JS'
import http from "node:http";
import { EventSource as Extended } from "extended-eventsource";
import { EventSource } from "undici";
const server = http.createServer((_, response) => {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.write("data: a\n\nid: 1\n\n: keep-alive\n\nevent: end\ndata\n\n");
});
server.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  for (const [name, Source] of Object.entries({ undici: EventSource, "extended-eventsource": Extended })) {
    const seen = [];
    const source = new Source(url);
    source.onmessage = ({ data }) => seen.push(data);
    await new Promise((resolve) => source.addEventListener("end", resolve));
    console.log(name, JSON.stringify(seen));
  }
  process.exit();
});
JS
seen=$(node --no-warnings run.mjs)
echo "$seen"
[ "$seen" = 'undici ["a"]
extended-eventsource ["a","",""]' ]
