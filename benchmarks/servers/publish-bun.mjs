/* global Bun */
// Bun's own topics, which are those of uWebSockets, in Bun's build of it.
import { answerFor, topicsOf } from "./publish-mode.mjs";

const sockets = new Set();
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: (request, self) =>
    self.upgrade(request, { data: request.url })
      ? undefined
      : new Response("WebSocket only", { status: 426 }),
  websocket: {
    perMessageDeflate: false,
    idleTimeout: 0,
    open(socket) {
      sockets.add(socket);
      for (const topic of topicsOf(socket.data)) socket.subscribe(topic);
    },
    message() {},
    close: (socket) => sockets.delete(socket),
  },
});
answerFor({
  port: server.port,
  sockets: () => sockets,
  subscribe: (socket, topic) => socket.subscribe(topic),
  publish: (topic, data) => server.publish(topic, data, false),
});
