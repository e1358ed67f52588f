// A process that is stopped while it has clients, as in each deploy: node drain.mjs 8080
import { serve } from "@sansocket/node-adapter";

const [port = "8080", seconds = "10"] = process.argv.slice(2);
let isLeaving = false;

const server = serve({
  port: Number(port),
  fetch({ url }) {
    const { pathname } = new URL(url);
    if (pathname === "/live") return new Response("alive\n");
    if (pathname === "/ready")
      return new Response(isLeaving ? "leaving\n" : "ready\n", { status: isLeaving ? 503 : 200 });
    return new Response("Not found\n", { status: 404 });
  },
  websocket: { message: (socket, data) => socket.send(data) },
});

process.once("SIGTERM", async () => {
  // The next probe sees it; new connections still come until the load balancer acts on it.
  isLeaving = true;
  const milliseconds = Number(seconds) * 1000;
  await new Promise((resolve) => setTimeout(resolve, milliseconds / 2));
  // Not all clients at once, or they would all come back at once.
  await server.stop({ code: 1012, reason: "restarting", spread: milliseconds });
});

await server.ready;
console.log(`Serving ${server.url}`);
