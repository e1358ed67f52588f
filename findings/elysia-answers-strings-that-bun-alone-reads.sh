#!/usr/bin/env bash
# elysia 1.4.30: the Response that `handle` returns for a generator has a body of strings. A body's chunks are bytes by the Fetch standard ("a Uint8Array object", else a TypeError): Bun 1.4.5 reads strings too,
# Node and Deno 2.9.6 do not, by `text()`, which alone was tried. Expected, though not written down before the run: "data: a\n\n" from all three.
# Seen: 'bun: "data: a\n\n"', 'node: TypeError', 'deno: TypeError'. Node 20.20.2 here.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' > package.json
npm install --no-audit --no-fund --silent bun@1.4.5 deno@2.9.6 elysia@1.4.30
cat > answer.mjs <<'JS'
import { Elysia, sse } from "elysia";

const app = new Elysia().get("/", function* () {
  yield sse({ data: "a" });
});
const response = await app.handle(new Request("http://localhost/"));
const name = globalThis.Deno ? "deno" : globalThis.Bun ? "bun" : "node";
console.log(`${name}: ${await response.text().then(JSON.stringify, (error) => error.name)}`);
JS
{
  timeout 30 node_modules/.bin/bun answer.mjs
  timeout 30 node answer.mjs
  timeout 30 node_modules/.bin/deno run -A answer.mjs
} | tee seen
[ "$(cat seen)" = $'bun: "data: a\\n\\n"\nnode: TypeError\ndeno: TypeError' ]
