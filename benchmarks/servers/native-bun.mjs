/* global Bun */
// Bun's own server: `bun native-bun.mjs MODE`, as in mode.mjs.
import { announce } from "./announce.mjs";

const broadcasts = process.argv[2] === "broadcast";
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: (request, server) =>
    server.upgrade(request) ? undefined : new Response("WebSocket only", { status: 426 }),
  websocket: {
    perMessageDeflate: false,
    idleTimeout: 0,
    maxPayloadLength: 64 << 20,
    backpressureLimit: 256 << 20,
    open: (socket) => {
      if (broadcasts) socket.subscribe("all");
    },
    message: (socket, data) => {
      if (broadcasts) server.publish("all", data);
      else socket.send(data);
    },
  },
});
announce(server.port, () => server.pendingWebSockets);
