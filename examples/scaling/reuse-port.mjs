// Start it several times: the system shares connections out among the processes. node reuse-port.mjs 8080
import { listen } from "@sansocket/node-adapter";

const server = listen({
  port: Number(process.argv[2] ?? 8080),
  hostname: "127.0.0.1",
  reusePort: true,
  websocket: { open: (socket) => socket.send(`You are with ${process.pid}`) },
});
await server.ready;
console.log(`Process ${process.pid} listens at ${server.url}`);
