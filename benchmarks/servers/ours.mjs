import { broadcast, WebSocket } from "@sansocket/node-adapter";
import { listen, mode, server } from "./mode.mjs";

const all = new Set();
server.on("upgrade", (request, stream, head) => {
  const socket = new WebSocket(request, stream, head);
  all.add(socket);
  socket.on("message", (event) => {
    if (mode === "broadcast") broadcast(all, event);
    else socket.send(mode === "relay" ? event : event.data);
  });
  socket.on("close", () => all.delete(socket));
});
listen();
