#!/usr/bin/env bash
# fastify-sse-v2 4.2.2 and ssestream 1.1.0: an event whose data is "" is sent without a `data` line, so that no reader hears of it, though its name says all ("done"); eventsource-encoder 1.0.2 writes
# `data: `. Guess: an empty line of data. Seen: 'fastify-sse-v2 "event: done\n\n"', 'ssestream "event: done\n\n"', 'eventsource-encoder "event: done\ndata: \n\n"'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module", "dependencies": { "fastify": "5.12.8", "fastify-sse-v2": "4.2.2", "ssestream": "1.1.0", "eventsource-encoder": "1.0.2" } }' > package.json
npm install --no-audit --no-fund --silent
cat > run.mjs <<'JS'
import { encode } from "eventsource-encoder";
import fastify from "fastify";
import { FastifySSEPlugin } from "fastify-sse-v2";
import http from "node:http";
import stream from "ssestream";
const show = (name, text) => console.log(name, JSON.stringify(text.slice(text.indexOf("event:"))));
const event = { event: "done", data: "" };
const app = fastify();
await app.register(FastifySSEPlugin);
app.get("/", (_, reply) => {
  reply.sse(event);
  reply.sseContext.source.end();
});
show("fastify-sse-v2", (await app.inject("/")).body);
const server = http.createServer((request, response) => {
  const events = new (stream.default ?? stream)(request);
  events.pipe(response);
  events.end(event);
});
server.listen(0, "127.0.0.1", async () => {
  show("ssestream", await (await fetch(`http://127.0.0.1:${server.address().port}`)).text());
  show("eventsource-encoder", encode(event));
  process.exit();
});
JS
seen=$(node --no-warnings run.mjs)
echo "$seen"
[ "$seen" = 'fastify-sse-v2 "event: done\n\n"
ssestream "event: done\n\n"
eventsource-encoder "event: done\ndata: \n\n"' ]
