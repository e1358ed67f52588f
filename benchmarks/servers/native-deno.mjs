/* global Deno */
// Deno's own server: `deno run -A native-deno.mjs MODE`, as in mode.mjs.
import { announce } from "./announce.mjs";

const broadcasts = Deno.args[0] === "broadcast";
const all = new Set();
const onListen = ({ port }) => {
  announce(port, () => all.size);
};
Deno.serve({ port: 0, hostname: "127.0.0.1", onListen }, (request) => {
  if (request.headers.get("upgrade") !== "websocket")
    return new Response("WebSocket only", { status: 426 });
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    all.add(socket);
  };
  socket.onclose = () => {
    all.delete(socket);
  };
  socket.onerror = () => {}; // the load is stopped by force
  socket.onmessage = ({ data }) => {
    if (!broadcasts) socket.send(data);
    else for (const other of all) if (other.readyState === 1) other.send(data);
  };
  return response;
});
