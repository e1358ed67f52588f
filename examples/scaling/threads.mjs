// Several threads of one process, each with sockets of its own, and no broker: node threads.mjs 3
import { isMainThread, threadId, Worker } from "node:worker_threads";
import { clusterBackplane, serve, topics } from "@sansocket/node-adapter";

if (isMainThread)
  for (let thread = 1; thread < Number(process.argv[2] ?? 3); thread++)
    new Worker(new URL(import.meta.url));

const rooms = topics({ backplane: clusterBackplane(), presenceInterval: 500 });
const server = serve({
  port: 0, // a proxy in front has the one that is known
  hostname: "127.0.0.1",
  topics: rooms,
  websocket: {
    open(socket) {
      socket.subscribe("room");
      socket.send(`You are with ${threadId}`);
    },
    message(_socket, data) {
      rooms.publish("room", `${threadId}, where ${rooms.count("room")} are known: ${data}`);
    },
  },
});
await server.ready;
console.log(`Thread ${threadId} serves ${server.url}`);
