import { WebSocket } from "@sansocket/node-adapter";
import { listen, mode, server } from "./mode.mjs";

const all = new Set();
server.on("upgrade", (request, stream, head) => {
  const socket = new WebSocket(request, stream, head);
  all.add(socket);
  socket.on("message", (event) => {
    if (mode === "broadcast") for (const other of all) other.send(event.data);
    else socket.send(mode === "relay" ? event : event.data);
  });
  socket.on("close", () => all.delete(socket));
});
listen();
