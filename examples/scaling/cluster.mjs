// Several processes on one port, and no broker: node cluster.mjs 8080 3
import cluster from "node:cluster";
import { clusterBackplane, serve, topics } from "@sansocket/node-adapter";

const [port = "8080", count = "3"] = process.argv.slice(2);

// The primary makes one too: it passes on to each worker the topics of that worker.
const backplane = clusterBackplane();

if (cluster.isPrimary) {
  for (let worker = 0; worker < Number(count); worker++) cluster.fork();
  cluster.on("exit", () => cluster.fork());
} else {
  const rooms = topics({
    backplane,
    presenceInterval: 500,
    onDegraded: () => process.exit(1), // the primary is gone: its supervisor starts all processes again
  });
  const server = serve({
    port: Number(port),
    hostname: "127.0.0.1",
    topics: rooms,
    websocket: {
      open(socket) {
        socket.subscribe("room");
        socket.send(`You are with ${process.pid}`);
      },
      message(_socket, data) {
        rooms.publish("room", `${process.pid}, where ${rooms.count("room")} are known: ${data}`);
      },
    },
  });
  await server.ready;
  console.log(`Process ${process.pid} serves ${server.url}`);
}
