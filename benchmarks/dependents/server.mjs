/**
 * A server of one dependent of `ws`, on the `ws` that is installed beside it. It prints its port, and answers each line on standard input with the CPU
 * time that it has used so far, in microseconds. `node server.mjs socket.io|y-websocket`
 */
import http from "node:http";
import { createInterface } from "node:readline";

const server = http.createServer();
const kinds = {
  "socket.io": async () => {
    const { Server } = await import("socket.io");
    const io = new Server(server, { transports: ["websocket"] });
    io.on("connection", (socket) => {
      void socket.join(String(socket.handshake.query["room"]));
      socket.on("echo", (text, answer) => answer(text));
      socket.on("room", (text) => io.to([...socket.rooms]).emit("said", text));
    });
  },
  "y-websocket": async () => {
    const { setupWSConnection } = await import("y-websocket/bin/utils");
    const { WebSocketServer } = await import("ws");
    new WebSocketServer({ server }).on("connection", setupWSConnection);
  },
};
await kinds[process.argv[2]]();
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
createInterface({ input: process.stdin }).on("line", () => {
  const { user, system } = process.cpuUsage();
  console.log(user + system);
});
