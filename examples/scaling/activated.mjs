// systemd holds the port, and starts this when the first client comes: see docs/scaling.md.
import { serve } from "@sansocket/node-adapter";

const { LISTEN_PID, LISTEN_FDS } = process.env;
const isActivated = LISTEN_PID === `${process.pid}` && LISTEN_FDS === "1";

const server = serve({
  ...(isActivated ? { fd: 3 } : { port: 8080, hostname: "127.0.0.1" }),
  fetch: () => new Response("An ordinary page\n"),
  websocket: { message: (socket, data) => socket.send(data) },
});
await server.ready;
console.log(`${isActivated ? "Activated" : "Started by hand"} at ${server.url}`);
process.once("SIGTERM", () => server.stop({ code: 1012 }));
