// WebSockets only, on Bun.listen: TCP, TLS (tls: { key, cert }) or a Unix socket (unix: path).
import { listen } from "@sansocket/bun-adapter";

const server = listen({
  port: Number(process.argv[2] ?? 8080),
  path: "/chat",
  websocket: { message: (socket, data) => socket.send(data) },
});
await server.ready;
console.log(`Listening at ${server.url}`);
