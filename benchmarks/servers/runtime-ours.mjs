// This library, another adapter by one word: `benchmarks/runtimes.mjs` bundles it for Deno or Bun, and starts it as
// `runtime-ours.mjs DOOR MODE`; DOOR is listen or serve, MODE as in mode.mjs.
import process from "node:process";
import { broadcast, listen, serve } from "@sansocket/node-adapter";
import { announce } from "./announce.mjs";

const [door, mode] = process.argv.slice(2);
const message =
  mode === "broadcast"
    ? (_, data) => {
        broadcast(server.clients, data);
      }
    : (socket, data) => {
        socket.send(data);
      };
const server = (door === "serve" ? serve : listen)({
  port: 0,
  hostname: "127.0.0.1",
  origins: "*",
  websocket: { message },
});
await server.ready;
announce(server.port, () => server.clients.size);
