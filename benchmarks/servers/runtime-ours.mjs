// This library, as another adapter by one word: started by `benchmarks/runtimes.mjs`, which bundles it for Node, Deno or Bun.
import { listen, serve } from "@sansocket/node-adapter";
import process from "node:process";

const start = process.argv[2] === "serve" ? serve : listen;
const server = start({ port: 0, hostname: "127.0.0.1", origins: "*", websocket: { message: (socket, data) => { socket.send(data); } } });
await server.ready;
console.log(JSON.stringify({ port: server.port }));
