#!/usr/bin/env bash
# elysia 1.4.30 (`yield sse({ data })`) and better-sse 0.16.1 (with a serializer that leaves texts alone): a text of several lines is written behind one `data:` as it is, so that the reader
# hears its first line alone, and what follows is lost; by WHATWG each line has a `data:` of its own. better-sse makes one kind of line break of all, and so looks at them. hono 4.13.19 splits.
# Guess: elysia splits, too; of better-sse it was written down for its JSON alone, and expected here. Seen on Bun 1.4.5: 'hono: "data: a\ndata: b\n\n"', 'elysia: "data: a\nb\n\n"', 'better-sse: "data:a\nb\n\n"'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' > package.json
npm install --no-audit --no-fund --silent bun@1.4.5 elysia@1.4.30 better-sse@0.16.1 hono@4.13.19
cat > senders.mjs <<'JS'
import { createResponse } from "better-sse";
import { Elysia, sse } from "elysia";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";

const data = "a\nb";
const request = new Request("http://localhost/", { headers: { accept: "text/event-stream" } });
const senders = {
  hono: () =>
    new Hono().get("/", (c) => streamSSE(c, (stream) => stream.writeSSE({ data }))).request(request),
  elysia: () =>
    new Elysia()
      .get("/", function* () {
        yield sse({ data });
      })
      .handle(request),
  "better-sse": () =>
    createResponse(request, { serializer: (text) => text }, (session) => {
      session.push(data);
    }),
};
for (const [name, send] of Object.entries(senders)) {
  let text = "";
  for await (const chunk of (await send()).body) {
    text += typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
    if (text.includes("b")) break;
  }
  console.log(`${name}: ${JSON.stringify(/data:[^]*/.exec(text)[0])}`);
}
process.exit();
JS
timeout 30 node_modules/.bin/bun senders.mjs | tee seen
cat > wanted <<'TEXT'
hono: "data: a\ndata: b\n\n"
elysia: "data: a\nb\n\n"
better-sse: "data:a\nb\n\n"
TEXT
cmp seen wanted
