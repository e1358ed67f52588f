import { connect, serve } from "@sansocket/node-adapter";

const server = serve({
  websocket: {
    async open(socket) {
      try {
        for await (const message of socket) socket.send(message.toUpperCase()); // reads no faster than this
      } catch (error) {
        console.error(error.message); // ClosedError: the connection was lost
      }
    },
  },
});
await server.ready;

const socket = await connect(server.url);
socket.send("from a loop");
for await (const message of socket) {
  console.log(message);
  break; // the socket stays open
}

const { readable, writable } = socket.stream(); // as Web Streams, one chunk for each message
const reader = readable.getReader();
const writer = writable.getWriter();
await writer.write("from a stream");
console.log((await reader.read()).value);
await writer.close();
console.log(await socket.closed); // { code: 1000, reason: "", wasClean: true }
await server.stop();
