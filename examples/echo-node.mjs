import { serve } from "@sansocket/node-adapter";

const server = serve({
  port: Number(process.env.PORT ?? 8080),
  websocket: {
    message: (socket, data) => socket.send(data),
    close: () => process.argv.includes("--once") && server.stop(),
  },
});
await server.ready;
console.log(`Echoing at ${server.url}`);
