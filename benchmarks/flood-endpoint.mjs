/** The server of `benchmarks/flood.mjs`, on any runtime: another adapter is one word. It echoes, at one door, and prints its port. */
import { listen, serve, upgrade, WebSocket } from "@sansocket/node-adapter";
import { createServer } from "node:http";
import process from "node:process";

const [door] = process.argv.slice(2);
let closed = 0;

/** Serves by a server of one's own. */
function byHand(accept) {
  const server = createServer().on("upgrade", (request, socket, head) => {
    const ws = accept(request, socket, head);
    ws.on("message", ({ data }) => ws.send(data));
    ws.on("error", () => {});
    ws.on("close", () => closed++);
  });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
}

async function served(start, options = {}) {
  const server = start({
    hostname: "127.0.0.1",
    ...options,
    websocket: {
      message: (socket, data) => void socket.send(data),
      close: () => void closed++,
      error: () => {},
    },
  });
  await server.ready;
  console.log(server.port);
}

const doors = {
  serve: () => served(serve),
  listen: () => served(listen),
  "listen, compressed": () => served(listen, { perMessageDeflate: true }),
  upgrade: () => byHand((request, socket, head) => upgrade(request, socket, head)),
  constructor: () => byHand((request, socket, head) => new WebSocket(request, socket, head)),
};
await doors[door]();
