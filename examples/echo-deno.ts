import { serve } from "@sansocket/deno-adapter";

const server = serve({
  port: Number(process.argv[2] ?? 8080),
  fetch: () => new Response("An ordinary page\n"),
  websocket: { message: (socket, data) => socket.send(data) },
});
await server.ready;
console.log(`Echoing at ${server.url}`);
