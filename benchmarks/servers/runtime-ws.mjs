// npm ws, on the node:http of the runtime.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
server.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (data, binary) => { socket.send(data, { binary }); });
});
server.on("listening", () => { console.log(JSON.stringify({ port: server.address().port })); });
