// Sends a file of any size in one message, which neither side ever holds as a whole: run `node stream-file.mjs [FILE]`.
import { connect, serve } from "@sansocket/node-adapter";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

const server = serve({
  port: 0,
  websocket: { open: (socket) => void receive(socket).catch(console.error) },
});
await server.ready;

async function receive(socket) {
  for await (const message of socket.messages({ stream: true })) {
    const hash = createHash("sha256");
    let size = 0;
    for await (const piece of message) {
      hash.update(piece);
      size += piece.length;
    }
    socket.send(`${size} bytes, SHA-256 ${hash.digest("hex")}`);
  }
}

const socket = await connect(server.url);
await socket.sendStream(createReadStream(process.argv[2] ?? new URL(import.meta.url)));
for await (const answer of socket) {
  console.log(answer);
  socket.close();
}
await server.stop();
