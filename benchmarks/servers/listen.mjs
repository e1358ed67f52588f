// Our `listen`, which echoes; started as `node --expose-gc listen.mjs MODE`.
import { listen } from "@sansocket/node-adapter";
import { announce } from "./announce.mjs";

const server = listen({
  port: 0,
  hostname: "127.0.0.1",
  origins: "*",
  websocket: {
    message: (socket, data) => {
      socket.send(data);
    },
  },
});
await server.ready;
announce(server.port, () => server.clients.size);
