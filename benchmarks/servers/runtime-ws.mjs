// npm ws on the runtime's node:http (Bun puts its own in its place): `runtime-ws.mjs MODE`, as in mode.mjs.
import process from "node:process";
import { WebSocketServer } from "ws";
import { announce } from "./announce.mjs";

const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
const broadcasts = process.argv[2] === "broadcast";
server.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (data, binary) => {
    if (!broadcasts) socket.send(data, { binary });
    else for (const other of server.clients) other.send(data, { binary });
  });
});
server.on("listening", () => {
  announce(server.address().port, () => server.clients.size);
});
