import { connect, serve } from "@sansocket/node-adapter";

const server = serve({
  perMessageDeflate: { threshold: 256 },
  websocket: { message: (socket, data) => socket.send(data) },
});
await server.ready;

const socket = await connect(server.url, { perMessageDeflate: true });
console.log(`Agreed on: ${socket.extensions}`);
socket.send("compressed, since it is long and repeats itself. ".repeat(40));
socket.send("sent as it is: a secret beside what others can choose", { compress: false });
for await (const message of socket) {
  console.log(message.length);
  if (message.startsWith("sent")) break;
}
socket.close();
await server.stop();
