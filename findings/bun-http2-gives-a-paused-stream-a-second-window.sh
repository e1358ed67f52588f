#!/usr/bin/env bash
# Bun 1.4.5, node:http2: the window of a stream that its reader has paused from the start is renewed once all the same, so that the sender gets rid of 114688 bytes where the window that Bun announces has
# 65535. On Node 20 and Deno 2.9.6 it is held within that window, and on Bun too where the window is of 128 KiB or more. Guess: within the window, whatever its size.
# Seen, in pieces of 16384: 'node: 49152', 'deno: 49152', 'bun: 114688', 'bun, 131072 by settings: 131072'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent bun@1.4.5 deno@2.9.6
cat > server.mjs <<'JS'
import http2 from "node:http2";
const [size] = (globalThis.Deno?.args ?? process.argv.slice(2)).map(Number);
const server = http2.createServer(size ? { settings: { initialWindowSize: size } } : {});
server.on("stream", (stream) => {
  stream.on("error", () => {}).respond({ ":status": 200 });
  stream.pause();
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
JS
cat > client.mjs <<'JS'
import { spawn } from "node:child_process";
import { once } from "node:events";
import http2 from "node:http2";
import { createInterface } from "node:readline";

const commands = {
  node: [process.execPath, "server.mjs"],
  deno: ["node_modules/.bin/deno", "run", "-A", "server.mjs"],
  bun: ["node_modules/.bin/bun", "server.mjs"],
  "bun, 131072 by settings": ["node_modules/.bin/bun", "server.mjs", "131072"],
};
for (const [name, [command, ...args]] of Object.entries(commands)) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"], detached: true });
  const [port] = await once(createInterface(child.stdout), "line");
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  const stream = session.request({ ":method": "POST", ":path": "/" }).on("error", () => {});
  let sent = 0;
  const send = () =>
    stream.write(Buffer.alloc(16384), () => {
      sent += 16384;
      if (sent < 4 << 20) send();
    });
  await once(stream, "response");
  send();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  console.log(`${name}: ${sent}`);
  session.destroy();
  process.kill(-child.pid, "SIGKILL");
}
process.exit();
JS
timeout 50 node client.mjs | tee seen
[ "$(cat seen)" = $'node: 49152\ndeno: 49152\nbun: 114688\nbun, 131072 by settings: 131072' ]
