// This library, bundled for Node and for Bun.
import { broadcast, serve } from "@sansocket/node-adapter";
import { answerFor, topicsOf } from "./publish-mode.mjs";

const server = serve({
  port: 0,
  hostname: "127.0.0.1",
  backlog: 4096,
  budget: { bufferedBytes: 1 << 30 },
  websocket: {
    open(socket) {
      for (const topic of topicsOf(socket.url)) socket.subscribe(topic);
    },
  },
});
await server.ready;
answerFor({
  port: server.port,
  sockets: () => server.clients,
  subscribe: (socket, topic) => socket.subscribe(topic),
  publish: (topic, data) => server.publish(topic, data),
  broadcast: (data) => broadcast(server.clients, data),
});
