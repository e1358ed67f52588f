// Echoes: node record.mjs WAY FOLDER. It prints its port, and for each line the microseconds of CPU that it has taken.
import process from "node:process";
import { createInterface } from "node:readline";
import { createTraceRing, recordTo, serve } from "@sansocket/node-adapter";

const [way, folder] = process.argv.slice(2);
const ways = { ring: () => createTraceRing(), files: () => recordTo(folder) };
const server = serve({
  port: 0,
  hostname: "127.0.0.1",
  record: ways[way]?.(),
  websocket: { message: (socket, data) => void socket.send(data) },
});
await server.ready;
console.log(JSON.stringify({ port: server.port }));
createInterface({ input: process.stdin }).on("line", () => {
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ cpu: user + system }));
});
