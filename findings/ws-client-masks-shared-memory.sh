#!/usr/bin/env bash
# ws 8.23.0: a client that sends a SharedArrayBuffer masks it where it lies, so that the caller's own memory is changed; an ArrayBuffer, a view
# and a Buffer are left as they are. Seen: "shared 01020304 -> <other bytes>", "plain 01020304 -> 01020304", and the server gets 01020304 for both.
# Why: it asks Buffer.from() for bytes and takes them for a copy of its own, which of a SharedArrayBuffer they are not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent ws@8.23.0
cat > run.cjs <<'JS'
const { WebSocket, WebSocketServer } = require("ws");
const hex = (buffer) => Buffer.from(new Uint8Array(buffer)).toString("hex");
const server = new WebSocketServer({ host: "127.0.0.1", port: 0 }, async () => {
  const client = new WebSocket(`ws://127.0.0.1:${server.address().port}`, { generateMask: (mask) => mask.fill(0x55) });
  const got = [];
  server.on("connection", (socket) => socket.on("message", (data) => {
    got.push(data.toString("hex"));
    if (got.length < 2) return;
    console.log("got", got.join(" "));
    process.exit(hex(shared) !== "01020304" && hex(plain) === "01020304" && got.every((each) => each === "01020304") ? 0 : 1);
  }));
  const shared = new SharedArrayBuffer(4), plain = new ArrayBuffer(4);
  for (const memory of [shared, plain]) new Uint8Array(memory).set([1, 2, 3, 4]);
  client.on("open", () => {
    for (const [name, memory] of Object.entries({ shared, plain })) {
      client.send(memory);
      console.log(name, "01020304 ->", hex(memory));
    }
  });
});
JS
node run.cjs
