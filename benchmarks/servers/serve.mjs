// Our `serve`, which echoes; with `node --expose-gc serve.mjs MODE http2` it speaks HTTP/2 too, and both begin on the same port.
import { serve } from "@sansocket/node-adapter";
import { announce } from "./announce.mjs";

const server = serve({
  port: 0,
  hostname: "127.0.0.1",
  origins: "*",
  http2: process.argv[3] === "http2",
  websocket: {
    message: (socket, data) => {
      socket.send(data);
    },
  },
});
await server.ready;
announce(server.port, () => server.clients.size);
