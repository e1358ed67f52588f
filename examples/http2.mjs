// Pages and WebSockets over HTTP/2 and HTTP/1.1 on one port, and a client that has many sockets in one TCP connection.
import { readFileSync } from "node:fs";
import { connect, serve } from "@sansocket/node-adapter";

const [key, cert, ca] = process.argv.slice(2).map((file) => readFileSync(file));
const server = serve({
  tls: { key, cert },
  http2: true,
  fetch: () => new Response("A page, by the protocol that you like\n"),
  websocket: { message: (socket, data) => socket.send(`${socket.url} heard ${data}`) },
});
await server.ready;

const tls = { ca }; // sockets with the same options object share a session
const sockets = await Promise.all(
  ["one", "two"].map((path) => connect(new URL(path, server.url), { http2: true, tls })),
);
for (const socket of sockets) {
  socket.send("Hello");
  for await (const message of socket) {
    console.log(message);
    socket.close();
  }
}
await server.stop();
