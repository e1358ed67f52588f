import WebSocket from "faye-websocket";
import { listen, mode, server } from "./mode.mjs";

const all = new Set();
server.on("upgrade", (request, stream, head) => {
  const socket = new WebSocket(request, stream, head, [], { maxLength: 2 ** 26 - 1 });
  all.add(socket);
  socket.on("message", (event) => {
    if (mode !== "broadcast" && mode !== "loop") socket.send(event.data);
    else for (const other of all) other.send(event.data);
  });
  socket.on("close", () => all.delete(socket));
});
listen();
