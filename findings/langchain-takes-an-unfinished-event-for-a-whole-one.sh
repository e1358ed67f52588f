#!/usr/bin/env bash
# @langchain/core 1.4.0, convertEventStreamToIterableReadableDataStream: an event that the end of the stream cuts off, before its blank line, is delivered as if it were whole, so that a connection which is lost
# half way through gives half a text; WHATWG: "once the end of the file is reached, any pending data must be discarded". Guess: "a" alone, as undici 7.30.2. Seen: 'undici ["a"]', 'langchain ["a","half"]'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' > package.json
npm install --no-audit --no-fund --silent @langchain/core@1.4.0 undici@7.30.2
cat > read.mjs <<'JS'
import http from "node:http";
import { once } from "node:events";
import { convertEventStreamToIterableReadableDataStream } from "@langchain/core/utils/event_source_parse";
import { EventSource } from "undici";

const server = http
  .createServer((_, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.end("data: a\n\ndata: half\n");
  })
  .listen(0, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${server.address().port}/`;

const byUndici = [];
const source = new EventSource(url);
source.onmessage = ({ data }) => byUndici.push(data);
await new Promise((resolve) => (source.onerror = resolve)); // the stream has ended
source.close();
console.log(`undici ${JSON.stringify(byUndici)}`);

const { body } = await fetch(url);
const byLangchain = [];
for await (const data of convertEventStreamToIterableReadableDataStream(body)) byLangchain.push(data);
console.log(`langchain ${JSON.stringify(byLangchain)}`);
process.exit();
JS
timeout 30 node read.mjs | tee seen
[ "$(cat seen)" = $'undici ["a"]\nlangchain ["a","half"]' ]
