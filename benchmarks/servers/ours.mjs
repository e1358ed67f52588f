import { broadcast, WebSocket } from "@sansocket/node-adapter";
import { listen, mode, server } from "./mode.mjs";

const all = new Set();
const options = {
  deflate: { perMessageDeflate: true },
  takeover: {
    perMessageDeflate: { serverNoContextTakeover: false, clientNoContextTakeover: false },
  },
}[mode];
server.on("upgrade", (request, stream, head) => {
  const socket = new WebSocket(request, stream, head, null, options);
  all.add(socket);
  socket.on("message", (event) => {
    if (mode === "broadcast") broadcast(all, event);
    else if (mode === "loop") for (const other of all) other.send(event.data);
    else socket.send(mode === "relay" ? event : event.data);
  });
  socket.on("close", () => all.delete(socket));
});
listen();
