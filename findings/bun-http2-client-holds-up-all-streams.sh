#!/usr/bin/env bash
# A client of node:http2 on Bun 1.4.5 sends nothing on any stream of a session while one stream waits for its flow-control window.
#
# The server, on Node, reads one stream of the session and not the other. The client fills the window of the unread one (65 535 bytes, and one more), then sends
# five bytes on the other. The server takes bytes off the window of the whole session as they come, so that only the unread stream is held up (RFC 9113 §5.2.1): clients
# of Node and Deno send the five bytes, and get them back.
#
# Seen: bun: 0 bytes came back
#       node: 5 bytes came back
# Guess: both get all five, as flow control is per stream.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > npm.log 2>&1
npm install --no-audit --no-fund bun@1.4.5 >> npm.log 2>&1

cat > server.mjs << 'END'
import http2 from "node:http2";
const server = http2.createServer().on("stream", (stream, headers) => {
  stream.on("error", () => {}).respond({ ":status": 200 });
  stream.on("data", (data) => stream.write(data));
  if (headers[":path"] === "/unread") stream.pause();
});
server.on("session", (session) => session.on("error", () => {}));
server.listen(0, "127.0.0.1", () => process.send(server.address().port));
END
cat > client.mjs << 'END'
import http2 from "node:http2";
const pass = (time) => new Promise((resolve) => setTimeout(resolve, time));
const session = http2.connect(`http://127.0.0.1:${process.argv[2]}`);
const open = async (path) => {
  const stream = session.request({ ":method": "POST", ":path": path }, { endStream: false });
  await new Promise((resolve) => stream.on("error", () => {}).once("response", resolve));
  return stream;
};
const [unread, read] = [await open("/unread"), await open("/read")];
let came = 0;
read.on("data", (data) => (came += data.length));
unread.write(Buffer.alloc(65_536));
await pass(300);
read.write("hello");
for (let at = 0; at < 30 && came < 5; at++) await pass(100);
console.log(`${came} bytes came back`);
process.exit();
END
cat > main.mjs << 'END'
import { execFileSync, fork } from "node:child_process";
const server = fork("server.mjs");
server.once("message", (port) => {
  for (const [name, program] of [["bun", "node_modules/.bin/bun"], ["node", process.execPath]])
    console.log(`${name}: ${execFileSync(program, ["client.mjs", port], { encoding: "utf8" }).trim()}`);
  server.kill();
});
END
seen=$(node main.mjs)
echo "$seen"
[ "$seen" = "bun: 0 bytes came back
node: 5 bytes came back" ]
