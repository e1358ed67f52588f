import { connect, serve } from "@sansocket/node-adapter";

const server = serve({
  websocket: { message: (socket, data) => socket.send(`You said: ${data}`) },
});
await server.ready;

const socket = await connect(server.url);
socket.send("Hello");
for await (const message of socket) {
  console.log(message);
  socket.close();
}
await server.stop();
